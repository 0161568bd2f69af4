using System.Collections.Frozen;
using Nhi.Azure.Settings;
using Nhi.Governance.Estate;

namespace Nhi.Azure.Vaults;

/// <summary>The vaults of the settings.</summary>
public sealed class VaultRegistry(NhiSettings settings) : IVaultRegistry
{
    private readonly FrozenDictionary<string, GovernedVault> _byHost = settings.Vaults.ToFrozenDictionary(vault => vault.Uri.Host, Governed, StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<GovernedVault> All { get; } = [.. settings.Vaults.Select(Governed)];

    public GovernedVault? Find(string vaultHost) => _byHost.GetValueOrDefault(vaultHost);

    // Uri.Host is lower case already.
    private static GovernedVault Governed(VaultSettings vault) => new(vault.Uri.Host, vault.Environment);
}
