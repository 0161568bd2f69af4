namespace Nhi.Governance.Policies.Rules;

/// <summary>
/// A tag never authorises an effect. A rule that a tag names takes the place of the first match only if it allows nothing more: no effect at all, or no mode, switch, earlier kill or hour that the first one does not allow.
/// Lifetime, rotate-before and owner are free: they move a rotation that the first rule wants anyway.
/// </summary>
internal static class TagChoice
{
    /// <summary>The key of what would be widened, or null when nothing is.</summary>
    public static string? WhatItWouldWiden(EffectivePolicy first, EffectivePolicy named)
    {
        if (!named.Enforced)
            return null;
        if (!first.Enforced)
            return PolicyKeys.Mode;
        if (named.AllowCutover && !first.AllowCutover)
            return PolicyKeys.AllowCutover;
        if (named.EndSessions && !first.EndSessions)
            return PolicyKeys.EndSessions;
        if (named.DisableSuperseded && !first.DisableSuperseded)
            return PolicyKeys.DisableSuperseded;
        if (named.OnExpired == ExpiredAction.Revoke && first.OnExpired != ExpiredAction.Revoke)
            return PolicyKeys.OnExpired;
        if (named.Overlap < first.Overlap)
            return PolicyKeys.Overlap;
        if (named.QuietPeriod < first.QuietPeriod)
            return PolicyKeys.QuietPeriod;
        if (named.RemoveNeglected && !first.RemoveNeglected)
            return PolicyKeys.RemoveNeglected;
        if (named.RemoveNeglected && Earlier(named, first) is { } earlier)
            return earlier;
        if (named.CurtailOverPrivileged && !first.CurtailOverPrivileged)
            return PolicyKeys.CurtailOverPrivileged;
        if (named.CurtailOverPrivileged && named.QuarantineAfter < first.QuarantineAfter)
            return PolicyKeys.QuarantineAfter;
        if (named.FreeAfter is { } free && (first.FreeAfter is not { } longer || free < longer))
            return PolicyKeys.FreeAfter;
        if (first.Windows.Count > 0 && (named.Windows.Count == 0 || !named.Windows.All(window => first.Windows.Any(wide => Same(window, wide)))))
            return PolicyKeys.Windows;
        return first.Freezes.All(named.Freezes.Contains) ? null : PolicyKeys.Freezes;
    }

    /// <summary>What would take a neglected credential away sooner; null for nothing.</summary>
    private static string? Earlier(EffectivePolicy named, EffectivePolicy first) =>
        named.UnusedAfter < first.UnusedAfter ? PolicyKeys.UnusedAfter
        : named.QuarantineAfter < first.QuarantineAfter ? PolicyKeys.QuarantineAfter
        : named.RevokeAfter < first.RevokeAfter ? PolicyKeys.RevokeAfter
        : named.RemoveAfter < first.RemoveAfter ? PolicyKeys.RemoveAfter
        : null;

    private static bool Same(MaintenanceWindow a, MaintenanceWindow b) => a.From == b.From && a.To == b.To && a.Days.Order().SequenceEqual(b.Days.Order());
}
