namespace Nhi.Governance.Credentials;

/// <summary>
/// The vaults in scope. Lists need the list right only and use the watcher's identity; values are read and written by the rotator's of the vault's environment.
/// Every method throws <see cref="ExternalCallException"/> when it cannot answer; a write says whether it may have happened all the same.
/// </summary>
public interface ICredentialVault
{
    /// <summary>The secrets of one vault, each as its newest version's facts, page by page (25 a page, one call a page). Soft-deleted secrets are not among them.</summary>
    IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, CancellationToken ct);

    /// <summary>
    /// The same from a page on: <paramref name="continuation"/> is the <see cref="SecretPage.Continuation"/> of the page before it, null for the first one. A continuation that the service (or this product) does not take
    /// throws an <see cref="ExternalCallException"/> that is not transient: the list is begun anew.
    /// </summary>
    IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, string? continuation, CancellationToken ct) => continuation is null
        ? ListSecretsAsync(vaultHost, ct)
        : throw new ExternalCallException($"The list of {vaultHost} cannot be gone on with from the middle.", mayHaveHappened: false, transient: false, "NoContinuation");

    /// <summary>All versions of a secret: one call a page of 25.</summary>
    Task<VersionList> ListVersionsAsync(CredentialId id, CancellationToken ct);

    /// <summary>A version with its value, the current one when <paramref name="version"/> is null; null when there is none.</summary>
    Task<SecretReading?> ReadAsync(CredentialId id, string? version, CancellationToken ct);

    /// <summary>Makes a new version with everything in one call, sent once: never retried by the transport.</summary>
    Task<CredentialVersion> PublishAsync(CredentialId id, Publication publication, CancellationToken ct);

    /// <summary>Changes attributes and the whole tag set of one version in one call.</summary>
    Task<CredentialVersion> UpdateAsync(CredentialId id, string version, VersionUpdate update, CancellationToken ct);
}
