using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Owners;

/// <summary>Owners as they were last told, in the table <c>Inventory</c> (partitions of their own). Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface IOwnerBook
{
    Task<OwnerEntry?> FindAsync(CredentialId id, CancellationToken ct);

    /// <summary>The entries of one vault in the order of their names.</summary>
    IAsyncEnumerable<OwnerEntry> OfVaultAsync(string vaultHost, CancellationToken ct);

    /// <summary>
    /// Changes what is kept of one, and nothing that <paramref name="change"/> leaves as it was: a sweep and a person who write at once lose neither's word. It is called again with what is there where somebody else was faster.
    /// </summary>
    Task<OwnerEntry> ChangeAsync(CredentialId id, Func<OwnerEntry, OwnerEntry> change, CancellationToken ct);

    /// <summary>Notes when the sources of these were asked (<see cref="OwnerEntry.Asked"/>) and leaves what else is kept of them as it is: some calls for many.</summary>
    async Task AskedAsync(IReadOnlyList<OwnerEntry> entries, CancellationToken ct)
    {
        foreach (var entry in entries)
            await ChangeAsync(entry.Credential, known => known with { Asked = entry.Asked }, ct);
    }
}
