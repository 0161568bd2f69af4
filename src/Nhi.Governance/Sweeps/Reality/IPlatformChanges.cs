using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>Changes that the platform logged, kept until somebody judged them (table <c>Use</c>). Derived from the logs. Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface IPlatformChanges
{
    /// <summary>Keeps one. One that is known already, judged or not, stays as it is.</summary>
    Task NoteAsync(PlatformChange change, CancellationToken ct);

    /// <summary>Those of the days from that instant (UTC) on that nobody has judged, in no order.</summary>
    IAsyncEnumerable<PlatformChange> OpenAsync(DateTimeOffset since, CancellationToken ct);

    /// <summary>It was judged: <paramref name="how"/> is <c>matched</c>, <c>told</c> or <c>before</c>.</summary>
    Task JudgedAsync(PlatformChange change, string how, CancellationToken ct);

    /// <summary>True when the platform logged that this version was published.</summary>
    Task<bool> SawPublishedAsync(CredentialId credential, string version, CancellationToken ct);
}
