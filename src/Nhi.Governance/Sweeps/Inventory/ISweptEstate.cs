using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>
/// What sweeps know, kept in the table <c>Inventory</c> beside the engine's own rows (partitions of their own). Derived: the next sweep fills it again. Every method throws <see cref="ExternalCallException"/> when it cannot answer.
/// </summary>
public interface ISweptEstate
{
    /// <summary>The credentials of one vault in the order of their names, page by page: memory is one page.</summary>
    IAsyncEnumerable<SweptCredential> OfVaultAsync(string vaultHost, CancellationToken ct);

    /// <summary>The same, of each only what tells whether it is as it was: no versions are read.</summary>
    IAsyncEnumerable<SweptStamp> StampsAsync(string vaultHost, CancellationToken ct);

    Task<SweptCredential?> FindAsync(CredentialId id, CancellationToken ct);

    /// <summary>Writes one in place of an earlier one; nothing where nothing changed. Whoever dies in between leaves a fingerprint that names one credential too many, never one too few.</summary>
    Task WriteAsync(SweptCredential credential, CancellationToken ct);

    /// <summary>The same by who has just read what is there (null: nothing is), and need not read it again.</summary>
    Task WriteAsync(SweptCredential credential, SweptCredential? known, CancellationToken ct) => WriteAsync(credential, ct);

    Task<SweptResource?> FindAsync(ResourceId id, CancellationToken ct);
    IAsyncEnumerable<SweptResource> ResourcesAsync(CancellationToken ct);
    Task WriteAsync(SweptResource resource, CancellationToken ct);

    /// <summary>The credentials whose current value has this fingerprint, as last noted.</summary>
    Task<IReadOnlyList<CredentialId>> WithFingerprintAsync(string fingerprint, CancellationToken ct);

    /// <summary>The fingerprints that more than one credential has, as last noted: so many list calls as there are pages, and memory for those alone. Null where nobody can say.</summary>
    Task<IReadOnlySet<string>?> SharedFingerprintsAsync(CancellationToken ct) => Task.FromResult<IReadOnlySet<string>?>(null);
}
