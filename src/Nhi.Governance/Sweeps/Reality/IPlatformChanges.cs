using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>Changes that the platform logged, kept until somebody judged them (table <c>Use</c>). Derived from the logs. Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface IPlatformChanges
{
    /// <summary>Keeps one. One that is known already, judged or not, stays as it is.</summary>
    Task NoteAsync(PlatformChange change, CancellationToken ct);

    /// <summary>Those of the days from that instant (UTC) on that nobody has judged, in no order.</summary>
    IAsyncEnumerable<PlatformChange> OpenAsync(DateTimeOffset since, CancellationToken ct);

    /// <summary>It was judged: <paramref name="how"/> is <c>matched</c>, <c>told</c>, <c>observed</c>, <c>late</c> or <c>before</c>; <paramref name="op"/>: the attempt that explains it and nothing else of its kind, where one does.</summary>
    Task JudgedAsync(PlatformChange change, string how, string? op, CancellationToken ct);

    /// <summary>The same of many that no attempt explains, in as few writes as their days allow. One that fails in the middle leaves the others judged.</summary>
    Task JudgedAsync(IReadOnlyCollection<PlatformChange> judged, string how, CancellationToken ct);

    /// <summary>What earlier runs explained by an attempt that explains one change of its kind only, of the days from that instant (UTC) on, in no order.</summary>
    IAsyncEnumerable<ExplainedChange> ExplainedAsync(DateTimeOffset since, CancellationToken ct);

    /// <summary>True when the platform logged between two instants (UTC, both included) that at this resource something of that kind happened: to <paramref name="handle"/> where that is given, or to one that the log does not name.</summary>
    Task<bool> SawAsync(ResourceId resource, ChangeKind kind, string? handle, DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <summary>Of what events tell too (versions that were made, ends that are near) all that vaults logged between two instants (UTC, the first excluded), judged or not, in no order.</summary>
    IAsyncEnumerable<PlatformChange> AnnouncedAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <summary>True when the platform logged that this version was published.</summary>
    Task<bool> SawPublishedAsync(CredentialId credential, string version, CancellationToken ct);
}

/// <summary>A change (<see cref="PlatformChange.Key"/>) and the attempt that explains it: its op, of a secret that it published beside its own with that secret's id behind a blank.</summary>
public sealed record ExplainedChange(string Op, ChangeKind Kind, string Key);
