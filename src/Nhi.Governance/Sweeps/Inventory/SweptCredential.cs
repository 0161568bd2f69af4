using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>
/// What the inventory's sweep knows of one credential: its vault's list, its version list as of the last change, and its resource as list rights show it. Instants UTC, governance time. Never a value.
/// </summary>
public sealed record SweptCredential
{
    /// <summary>So many versions are kept, the newest: a row of a table is bounded.</summary>
    public const int MostVersions = 100;

    public required CredentialId Id { get; init; }

    /// <summary>The vault's environment, or the tag's.</summary>
    public required string Environment { get; init; }

    /// <summary>As the vault's list shows it: tags, attributes; no version id.</summary>
    public required CredentialVersion Newest { get; init; }

    /// <summary>
    /// The newest <see cref="MostVersions"/>, oldest first; empty until the list of versions was read for the first time (a failure, or a managed secret).
    /// The tags of the last one are whole; of the others only those whose names begin with <c>nhi</c> are kept.
    /// </summary>
    public IReadOnlyList<CredentialVersion> Versions { get; init; } = [];

    /// <summary>How many versions there are beyond <see cref="Versions"/>: older than all of them.</summary>
    public int OlderVersions { get; init; }

    /// <summary>When the list of its versions was read; null where it never was.</summary>
    public DateTimeOffset? VersionsSeen { get; init; }

    /// <summary>Null when no tag or rule names a kind that is known.</summary>
    public string? Kind { get; init; }

    /// <summary>Null where <see cref="Kind"/> is, or where its resource tag does not read.</summary>
    public ResourceId? Resource { get; init; }

    /// <summary>When a sweep first saw it.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>When it was no longer listed; null while it is.</summary>
    public DateTimeOffset? Gone { get; init; }

    /// <summary>The current value's keyed fingerprint and the version that it is of (<c>null</c>: not looked, for only a rotator reads values).</summary>
    public string? Fingerprint { get; init; }
    public string? FingerprintOf { get; init; }

    /// <summary>Whether the provider took the published value, when, and why (null: not looked).</summary>
    public Verification? Verified { get; init; }
    public DateTimeOffset? VerifiedAt { get; init; }
    public string? VerifiedOf { get; init; }

    /// <summary>What everything that a list shows comes down to (<see cref="SweptStamp"/>): the same stamp, no news. Null where the last look was not finished, so that the next sweep looks again.</summary>
    public string? Stamp { get; init; }

    /// <summary>Superseded versions that were tried after they had expired, each with its last answer; those that are gone, disabled or dead are no longer among them.</summary>
    public IReadOnlyList<TriedVersion> Tried { get; init; } = [];

    /// <summary>What its tag <c>nhi-workload</c> named when the directory was asked about it last; null where it never was.</summary>
    public SeenWorkload? Workload { get; init; }
}

/// <summary>What the directory said of a workload (<paramref name="At"/>: UTC, governance time).</summary>
public sealed record SeenWorkload(string Name, PrincipalState State, DateTimeOffset At);

/// <summary>Whether the provider took an expired version's value when it was last tried (<paramref name="At"/>: UTC, governance time).</summary>
public sealed record TriedVersion(string Version, Verification Verification, DateTimeOffset At);
