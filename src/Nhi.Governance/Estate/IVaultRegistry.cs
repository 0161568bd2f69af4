namespace Nhi.Governance.Estate;

/// <summary>The vaults in scope: <c>Nhi__Vaults__n</c>, and what <c>Nhi__Discovery</c> found.</summary>
public interface IVaultRegistry
{
    /// <summary>Those of the settings in their order, then the discovered ones by host.</summary>
    IReadOnlyList<GovernedVault> All { get; }

    /// <summary>Vaults that are known and left out, with the reason: the product's own first.</summary>
    IReadOnlyList<LeftOutVault> LeftOut => [];

    /// <summary>Null when that host is not in scope.</summary>
    GovernedVault? Find(string vaultHost);

    /// <summary>
    /// Takes over what the inventory's sweep discovered last; cheap to call often. No call where nothing is to be discovered.
    /// Throws <see cref="Credentials.ExternalCallException"/> when nobody could say yet what is in scope; later the last known scope stays.
    /// </summary>
    Task RefreshAsync(CancellationToken ct) => Task.CompletedTask;
}

/// <summary>
/// <paramref name="Host"/>: lower case, e.g. <c>kv1.vault.azure.net</c>; <paramref name="Environment"/>: which rotator's identity works there;
/// <paramref name="Discovered"/>: found by <c>Nhi__Discovery</c>, not listed in the settings.
/// </summary>
public sealed record GovernedVault(string Host, string Environment, bool Discovered = false);

/// <summary><paramref name="Why"/>: for a person; <paramref name="Missing"/>: since when discovery no longer finds it (UTC), null where it is left out for another reason.</summary>
public sealed record LeftOutVault(string Host, string Why, DateTimeOffset? Missing = null);
