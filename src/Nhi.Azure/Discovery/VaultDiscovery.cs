using Nhi.Azure.Rest;
using Nhi.Azure.Settings;
using Nhi.Azure.Tables;
using Nhi.Azure.Vaults;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;

namespace Nhi.Azure.Discovery;

/// <summary>
/// Looks for vaults by <c>Nhi__Discovery</c> and keeps them in the table, from where every instance takes them over. A query that fails changes nothing;
/// a vault that a whole answer no longer shows leaves the scope and is named among those left out.
/// </summary>
public sealed class VaultDiscovery(NhiSettings settings, AzureRest rest, CloudHosts hosts, DiscoveredVaultsTable table, VaultRegistry registry) : IVaultDiscovery
{
    private const int LongestEnvironment = 64;

    /// <inheritdoc/>
    public async Task<string?> DiscoverAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (settings.Discovery is not { } wanted)
            return null;
        try
        {
            await KeepAsync(await FindAsync(wanted, ct), now, ct);
            await registry.ReloadAsync(ct);
            return null;
        }
        catch (ExternalCallException e)
        {
            return e.Message;
        }
    }

    /// <inheritdoc/>
    public async Task<int?> CountAsync(CancellationToken ct) => settings.Discovery is { } wanted ? (await FindAsync(wanted, ct)).Count : null;

    private async Task<IReadOnlyList<DiscoveredVault>> FindAsync(DiscoverySettings wanted, CancellationToken ct) =>
        [.. (await new ResourceGraph(rest, hosts).VaultsAsync(Query(wanted), wanted.ManagementGroups, wanted.Subscriptions, ct)).Select(Found).OfType<DiscoveredVault>()];

    /// <summary>Sorted, or pages would overlap. The names in it have no quotes and no backslashes (<see cref="SettingsReader"/>).</summary>
    internal static string Query(DiscoverySettings wanted)
    {
        var tag = wanted.TagName is null ? ""
            : wanted.TagValue is null ? $" | where isnotempty(tags['{wanted.TagName}'])"
            : $" | where tags['{wanted.TagName}'] =~ '{wanted.TagValue}'";
        return $"resources | where type =~ 'microsoft.keyvault/vaults'{tag} | project id, vaultUri = tostring(properties.vaultUri), environment = tostring(tags['nhi-environment']) | order by id asc";
    }

    private async Task KeepAsync(IReadOnlyList<DiscoveredVault> all, DateTimeOffset now, CancellationToken ct)
    {
        var known = await table.ListAsync(ct).ToDictionaryAsync(vault => vault.Host, StringComparer.Ordinal, cancellationToken: ct);
        foreach (var found in all)
        {
            if (known.GetValueOrDefault(found.Host) != found)
                await table.WriteAsync(found, ct);
            known.Remove(found.Host);
        }

        foreach (var missing in known.Values.Where(vault => vault.Missing is null))
            await table.WriteAsync(missing with { Missing = now }, ct);
    }

    /// <summary>Null for what cannot be a vault of this cloud: an address from elsewhere would be handed our token.</summary>
    private DiscoveredVault? Found(VaultRow row) =>
        Uri.TryCreate(row.VaultUri, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.IsDefaultPort && uri.UserInfo.Length == 0 && uri.PathAndQuery == "/"
        && uri.Host.EndsWith(settings.Cloud.VaultSuffix, StringComparison.OrdinalIgnoreCase) && CredentialId.TryOf(uri.Host, "x", out var probe) && row.Id is { Length: <= 512 }
            ? new DiscoveredVault(probe.Vault, (row.Environment ?? "") is var environment && environment.Length <= LongestEnvironment ? environment : environment[..LongestEnvironment], row.Id.ToLowerInvariant())
            : null;
}
