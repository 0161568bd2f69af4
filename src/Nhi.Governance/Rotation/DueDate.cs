using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Rotation;

/// <summary>When a version is due for rotation. One function over UTC instants.</summary>
public static class DueDate
{
    /// <summary>The instant from which the current version is due. At that instant it is due.</summary>
    /// <param name="current">The version.</param>
    /// <param name="policy">What is wanted of it.</param>
    /// <param name="ends">When its provider ends what it holds, where that is known: UTC. The vault's end locks nobody out, this one does.</param>
    public static DateTimeOffset Of(CredentialVersion current, EffectivePolicy policy, DateTimeOffset? ends = null)
    {
        var end = Min(Min(current.Expires ?? DateTimeOffset.MaxValue, ends ?? DateTimeOffset.MaxValue), After(current.Created, policy.Lifetime));
        var due = end - policy.RotateBefore;
        if (current.Nhi is not { Op: not null, Rotation: not null } and not { Rollback: true })
            return due;

        // Our own versions are left alone for an overlap and its slack: a provider that grants a short life must not make us rotate in a circle, and a rollback is not undone at once. Where its value ends sooner, half of what it had left is for those who read it, the other half for those who still have to.
        var settled = Min(current.Created + policy.Overlap + policy.Slack, ends is { } last ? current.Created + ((last - current.Created) / 2) : DateTimeOffset.MaxValue);
        if (current.Nhi is { Rollback: true })
            return Max(due, settled);
        return Max(due, Min(settled, current.Expires ?? settled));
    }

    public static bool IsDue(CredentialVersion current, EffectivePolicy policy, DateTimeOffset now) => now >= Of(current, policy);

    /// <summary>The end that the policy wants on a version that others made: null when its own is fine. Never earlier than rotate-before from now, and spread over half of what is left of a life.</summary>
    public static DateTimeOffset? Clamp(CredentialId id, CredentialVersion current, EffectivePolicy policy, DateTimeOffset now)
    {
        var wanted = After(current.Created, policy.Lifetime);
        if (current.Expires is { } end && end <= wanted)
            return null;
        var earliest = now + policy.RotateBefore;
        if (wanted > earliest)
            return wanted;
        var room = policy.Lifetime - policy.RotateBefore;
        var clamped = earliest + (room * (RotationId.Spread($"{id}\n{current.Version}") / 2));
        clamped = new DateTimeOffset(clamped.UtcTicks - (clamped.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        return current.Expires is { } own && own <= clamped ? null : clamped;
    }

    private static DateTimeOffset After(DateTimeOffset start, TimeSpan span) => start > DateTimeOffset.MaxValue - span ? DateTimeOffset.MaxValue : start + span;
    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
