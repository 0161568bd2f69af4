using Nhi.Azure.Discovery;
using Nhi.Azure.Rest;
using Nhi.Azure.Settings;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Azure.PlatformLogs;

/// <summary>
/// What of the platform's logs concerns us: governed resources as the inventory knows them, and by Azure Resource Graph the ARM ids of governed vaults and of the product's own vaults and storage accounts,
/// of which settings know only names. Names of both are unique in a cloud.
/// </summary>
public sealed class GovernedScopes(ISweptEstate estate, IVaultRegistry vaults, ProductIdentities own, AzureRest rest, CloudHosts hosts)
{
    private const string Entra = "entra:";

    /// <summary>Names in one query.</summary>
    private const int AtATime = 200;

    /// <summary>Client ids of the applications whose secrets are governed. Throws <see cref="ExternalCallException"/>.</summary>
    public async Task<IReadOnlySet<string>> ApplicationsAsync(CancellationToken ct) =>
        await estate.ResourcesAsync(ct).Select(resource => resource.Id.Value).Where(id => id.StartsWith(Entra, StringComparison.Ordinal)).Select(id => id[Entra.Length..]).ToHashSetAsync(StringComparer.Ordinal, ct);

    /// <summary>Everything that has an ARM id. Throws <see cref="ExternalCallException"/> where the inventory does not answer; what Resource Graph did not show is said in <see cref="ArmScopes.Unknown"/>.</summary>
    public async Task<ArmScopes> ResourcesAsync(CancellationToken ct)
    {
        var resources = await estate.ResourcesAsync(ct).Select(resource => resource.Id.Value).Where(id => id.StartsWith("/subscriptions/", StringComparison.Ordinal)).ToHashSetAsync(StringComparer.Ordinal, ct);
        var hostOf = vaults.All.Select(vault => vault.Host).Concat(own.VaultHosts).Distinct(StringComparer.OrdinalIgnoreCase).ToDictionary(host => host.Split('.')[0], StringComparer.OrdinalIgnoreCase);
        var accounts = own.StorageHosts.Select(host => host.Split('.')[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        List<string> unknown = [];
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        await LookAsync("microsoft.keyvault/vaults", [.. hostOf.Keys], (id, name) => found[id] = hostOf[name].ToLowerInvariant(), unknown, ct);
        await LookAsync("microsoft.storage/storageaccounts", [.. accounts], (id, _) => found[id] = id, unknown, ct);
        return new ArmScopes(resources, found, unknown);
    }

    private async Task LookAsync(string type, IReadOnlyList<string> names, Action<string, string> found, List<string> unknown, CancellationToken ct)
    {
        foreach (var some in names.Chunk(AtATime))
        {
            var missing = some.ToHashSet(StringComparer.OrdinalIgnoreCase);
            try
            {
                foreach (var row in await new ResourceGraph(rest, hosts).VaultsAsync(Query(type, some), [], [], ct))
                    if (row.Id is { Length: <= 512 } id && id.ToLowerInvariant() is var lower && lower.Split('/') is ["", "subscriptions", var subscription, "resourcegroups", _, "providers", _, _, var name]
                        && Guid.TryParseExact(subscription, "D", out _) && lower.Contains($"/providers/{type}/", StringComparison.Ordinal) && missing.Remove(name))
                        found(lower, name);
            }
            catch (ExternalCallException e)
            {
                unknown.Add(e.Message);
            }

            if (missing.Count > 0)
                unknown.Add($"Azure Resource Graph does not show to the watcher where these are: {string.Join(", ", missing.Order(StringComparer.Ordinal).Take(5))}{(missing.Count > 5 ? $" and {missing.Count - 5} more" : "")}");
        }
    }

    /// <summary>Sorted, or pages would overlap. Names of vaults and accounts are letters, digits and hyphens (<see cref="SettingsReader"/>).</summary>
    internal static string Query(string type, IEnumerable<string> names) =>
        $"resources | where type =~ '{type}' and name in~ ({string.Join(", ", names.Where(name => name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')).Order(StringComparer.Ordinal).Select(name => $"'{name}'"))}) | project id | order by id asc";
}

/// <summary>
/// ARM ids in lower case. <paramref name="Resources"/>: governed ones; <paramref name="Named"/>: of vaults and the product's accounts, with what a finding calls them (a vault's host, else the id); <paramref name="Unknown"/>: what could not be found out.
/// </summary>
public sealed record ArmScopes(IReadOnlySet<string> Resources, IReadOnlyDictionary<string, string> Named, IReadOnlyList<string> Unknown)
{
    private IEnumerable<string> All => Resources.Concat(Named.Keys);

    public IReadOnlyList<string> Subscriptions => [.. All.Select(id => id.Split('/')[2]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>It is one of them.</summary>
    public bool Is(string scope) => Resources.Contains(scope) || Named.ContainsKey(scope);

    /// <summary>It is one of them, or holds one: a resource group, a subscription.</summary>
    public bool Reaches(string scope) => Is(scope) || All.Any(id => id.StartsWith(scope + "/", StringComparison.Ordinal));

    /// <summary>It lies in the resource group of one of them.</summary>
    public bool IsBeside(string scope) => GroupOf(scope) is { } group && All.Any(id => GroupOf(id) == group);

    private static string? GroupOf(string id) => id.Split('/') is ["", "subscriptions", var subscription, "resourcegroups", var group, ..] ? $"{subscription}/{group}" : null;
}
