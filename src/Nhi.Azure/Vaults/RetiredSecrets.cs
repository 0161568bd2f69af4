using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Azure.Vaults;

/// <summary>Deletes secrets by the cleanup identity, which may do nothing else. What it deletes the vault keeps for its retention; it has no right to purge.</summary>
public sealed class RetiredSecrets(VaultClients clients, NhiSettings settings) : IRetiredSecrets
{
    public bool MayDelete => settings.Identities.Cleanup is not null;

    /// <summary>The answer says that it is deleted; that the vault is still moving it aside is waited for by nobody.</summary>
    public Task DeleteAsync(CredentialId id, CancellationToken ct) =>
        new ExternalCall($"delete {id}", Changes: true).RunAsync(() => clients.Deletes(id.Vault).StartDeleteSecretAsync(id.Name, ct), ct);
}
