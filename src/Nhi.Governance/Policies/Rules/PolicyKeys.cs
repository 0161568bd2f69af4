namespace Nhi.Governance.Policies.Rules;

/// <summary>Every key that a policy may have; <c>policy.schema.json</c> has the same (a test compares them).</summary>
internal static class PolicyKeys
{
    public const string Version = "version";
    public const string Description = "description";
    public const string Defaults = "defaults";
    public const string Caps = "caps";
    public const string Rules = "rules";
    public const string Name = "name";
    public const string Match = "match";
    public const string Mode = "mode";
    public const string Vault = "vault";
    public const string Kind = "kind";
    public const string Tag = "tag";
    public const string Owner = "owner";
    public const string Environment = "environment";
    public const string Lifetime = "lifetime";
    public const string RotateBefore = "rotateBefore";
    public const string Overlap = "overlap";
    public const string Slack = "slack";
    public const string QuietPeriod = "quietPeriod";
    public const string OnExpired = "onExpired";
    public const string AllowCutover = "allowCutover";
    public const string FreeAfter = "freeAfter";
    public const string DisableSuperseded = "disableSuperseded";
    public const string EndSessions = "endSessions";
    public const string Windows = "windows";
    public const string Freezes = "freezes";
    public const string UnusedAfter = "unusedAfter";
    public const string AttestEvery = "attestEvery";
    public const string RemoveNeglected = "removeNeglected";
    public const string CurtailOverPrivileged = "curtailOverPrivileged";
    public const string QuarantineAfter = "quarantineAfter";
    public const string RevokeAfter = "revokeAfter";
    public const string RemoveAfter = "removeAfter";
    public const string MintsPerHour = "mintsPerHour";
    public const string KillsPerRun = "killsPerRun";
    public const string QuarantinesPerDay = "quarantinesPerDay";
    public const string Days = "days";
    public const string From = "from";
    public const string To = "to";
    public const string Reason = "reason";

    public static IReadOnlyList<string> OfPolicy { get; } = [Version, Description, Defaults, Caps, Rules];
    public static IReadOnlyList<string> OfSettings { get; } = [Lifetime, RotateBefore, Overlap, Slack, QuietPeriod, OnExpired, AllowCutover, FreeAfter, DisableSuperseded, EndSessions, Owner, Windows, Freezes,
        UnusedAfter, AttestEvery, RemoveNeglected, CurtailOverPrivileged, QuarantineAfter, RevokeAfter, RemoveAfter];
    public static IReadOnlyList<string> OfRule { get; } = [Name, Match, Mode, .. OfSettings];
    public static IReadOnlyList<string> OfMatch { get; } = [Vault, Name, Kind, Tag, Owner, Environment];
    public static IReadOnlyList<string> OfCaps { get; } = [MintsPerHour, KillsPerRun, QuarantinesPerDay];
    public static IReadOnlyList<string> OfWindow { get; } = [Days, From, To];
    public static IReadOnlyList<string> OfFreeze { get; } = [From, To, Reason];
}
