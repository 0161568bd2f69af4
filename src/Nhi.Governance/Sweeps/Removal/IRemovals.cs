using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>The table <c>Removals</c>. Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface IRemovals
{
    Task<RemovalNote?> FindAsync(CredentialId id, CancellationToken ct);

    /// <summary>All rows in no order, page by page.</summary>
    IAsyncEnumerable<RemovalNote> ListAsync(CancellationToken ct);

    /// <summary>Writes one in place of an earlier one.</summary>
    Task WriteAsync(RemovalNote note, CancellationToken ct);
}
