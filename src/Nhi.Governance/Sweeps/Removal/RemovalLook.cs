using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Signals;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>All that decides what is next about a credential's removal. Instants UTC, governance time.</summary>
internal sealed record RemovalLook
{
    public required Credential Credential { get; init; }
    public required EffectivePolicy Policy { get; init; }

    /// <summary>Open findings about it.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }
    public required RemovalHistory History { get; init; }
    public required DateTimeOffset Now { get; init; }

    /// <summary>Its known reads.</summary>
    public IReadOnlyList<UseFact> Reads { get; init; } = [];

    /// <summary>In which time all reads are known; null: its vault's log was never seen.</summary>
    public UseWindow? Known { get; init; }

    /// <summary>Who paused it and why; null: nobody.</summary>
    public string? Paused { get; init; }

    /// <summary>Whether anybody hears what the log says: a topic or a webhook is set.</summary>
    public bool IsHeard { get; init; } = true;

    /// <summary>Whether a person asks for the quarantine, or for the restore.</summary>
    public string? Asked { get; init; }

    public IReadOnlyList<Finding> Leading => field ??= RemovalSignals.Of(Findings);

    /// <summary>A read since then speaks against a removal: within <c>unusedAfter</c>, and since its owner was told.</summary>
    public DateTimeOffset UnusedSince => History.Standing is { } told && told.At < Now - Policy.UnusedAfter ? told.At : Now - Policy.UnusedAfter;

    /// <summary>A read since then gives back what is in quarantine: since its owner was told, for the platform tells of a read late, also of one before the quarantine; since the quarantine where a person asked for it, knowing what is read.</summary>
    public DateTimeOffset MissedSince(RemovalTag tag) => !tag.Person && History.Told is { } told && told.At < tag.Quarantined ? told.At : tag.Quarantined;

    public bool MayRemove => Policy is { Enforced: true, RemoveNeglected: true };

    /// <summary>For emergencies, as its tag says: that nobody reads it, and that nothing is there to use it, is as it should be.</summary>
    public bool IsBreakGlass => SignalTags.IsBreakGlass(Credential.Tags);

    /// <summary>The tag of the current version. One that was copied onto an enabled version by another hand says nothing of an end.</summary>
    public RemovalTag? Tag => RemovalTag.Of(Credential.Current) is { } tag && (tag.Step == RemovalStep.Quarantined || !Credential.Current.Enabled) ? tag : null;

    /// <summary>What the quarantine disabled and nobody proved dead since, the current version first: what a restore enables.</summary>
    public IReadOnlyList<CredentialVersion> Quarantined => [.. Credential.Versions.Reverse().Where(version => RemovalTag.Of(version)?.Step == RemovalStep.Quarantined)];

    /// <summary>What a quarantine disables, the current version first: from then on nobody else works on the secret.</summary>
    public IReadOnlyList<CredentialVersion> Enabled => [.. Credential.Versions.Reverse().Where(version => version.Enabled && !version.IsDead)];

    public IReadOnlyList<UseFact> ReadsAfter(DateTimeOffset instant) => [.. Reads.Where(read => read.Last > instant).OrderBy(read => read.Last)];
}
