namespace Nhi.Governance.Estate;

/// <summary>The vaults in scope: <c>Nhi__Vaults__n</c>.</summary>
public interface IVaultRegistry
{
    /// <summary>In the order of the settings.</summary>
    IReadOnlyList<GovernedVault> All { get; }

    /// <summary>Null when that host is not in scope.</summary>
    GovernedVault? Find(string vaultHost);
}

/// <summary><paramref name="Host"/>: lower case, e.g. <c>kv1.vault.azure.net</c>; <paramref name="Environment"/>: which rotator's identity works there.</summary>
public sealed record GovernedVault(string Host, string Environment);
