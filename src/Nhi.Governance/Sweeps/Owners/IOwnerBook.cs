using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Owners;

/// <summary>Owners as they were last told, in the table <c>Inventory</c> (partitions of their own). Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface IOwnerBook
{
    Task<OwnerEntry?> FindAsync(CredentialId id, CancellationToken ct);

    /// <summary>The entries of one vault in the order of their names.</summary>
    IAsyncEnumerable<OwnerEntry> OfVaultAsync(string vaultHost, CancellationToken ct);

    /// <summary>Writes one in place of an earlier one.</summary>
    Task WriteAsync(OwnerEntry entry, CancellationToken ct);
}
