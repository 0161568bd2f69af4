using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Signals;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>All that decides what is next about the wide roles of one identity. Instants UTC, governance time.</summary>
internal sealed record CurtailmentLook
{
    public required ResourceId Identity { get; init; }
    public required DateTimeOffset Now { get; init; }

    /// <summary>The secrets that open it, each with what its rule says.</summary>
    public required IReadOnlyList<(Credential Credential, EffectivePolicy Policy)> Secrets { get; init; }

    /// <summary>The open finding <c>over-privileged</c>; null where there is none.</summary>
    public Finding? Finding { get; init; }

    /// <summary>The object id that its roles are given to; null where the directory knows none.</summary>
    public string? Principal { get; init; }

    /// <summary>Its own assignments at whole subscriptions, by <see cref="RoleAssignment.Key"/>; null where nobody looked, since no rule asks for it and nothing is under way.</summary>
    public IReadOnlyDictionary<string, SeenRole>? Roles { get; init; }

    /// <summary>What persons said of its secrets.</summary>
    public IReadOnlyList<RemovalKeep> Keeps { get; init; } = [];

    /// <summary>Who paused one of its secrets and why; null: nobody.</summary>
    public string? Paused { get; init; }

    /// <summary>True where evidence has it that a value which the product published opens the identity: a tag that names it authorises nothing.</summary>
    public bool Proven { get; init; } = true;

    /// <summary>Whether anybody hears what the log says: a topic or a webhook is set.</summary>
    public bool IsHeard { get; init; } = true;

    public bool MayCurtail => Secrets.Count > 0 && Secrets.All(secret => secret.Policy is { Enforced: true, CurtailOverPrivileged: true });

    /// <summary>What binds first of the rules over it: an identity that several secrets open is as careful as the most careful one.</summary>
    public TimeSpan Notice => Secrets.Max(secret => secret.Policy.QuarantineAfter);
    public int ADay => Secrets.Min(secret => secret.Policy.QuarantinesPerDay);
    public bool MayBegin => Secrets.All(secret => secret.Policy.MayBegin(Now));
    public string Rules => string.Join(", ", Secrets.Select(secret => secret.Policy.Rule).Distinct(StringComparer.Ordinal));
    public bool IsBreakGlass => Secrets.Any(secret => SignalTags.IsBreakGlass(secret.Credential.Tags));
    public RemovalKeep? Kept => Keeps.Where(keep => keep.Until > Now).MaxBy(keep => keep.Until);
}

/// <summary>An assignment that is there. <paramref name="Grant"/>: what makes it a wide role, null where it is none; <paramref name="OtherOwner"/>: whether somebody else, who can give it back, is Owner of the subscription; null: not known.</summary>
internal sealed record SeenRole(RoleAssignment Assignment, RoleGrant? Grant, bool? OtherOwner);
