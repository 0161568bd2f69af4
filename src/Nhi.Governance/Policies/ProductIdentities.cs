using Nhi.Governance.Credentials;

namespace Nhi.Governance.Policies;

/// <summary>
/// What the product itself lives on: it never governs these. Refused when a policy names one, and again whenever something is about to be done.
/// Compared without case.
/// </summary>
/// <param name="VaultHosts">Hosts of its vaults, e.g. <c>nhi-abc.vault.azure.net</c>.</param>
/// <param name="StorageHosts">Hosts of its storage accounts, any service of them, e.g. <c>nhievidence.blob.core.windows.net</c>.</param>
/// <param name="ClientIds">Client ids of its identities and applications.</param>
/// <param name="ResourceIds">ARM ids and other resource ids of what it is made of; what lies below one is its own, too.</param>
public sealed record ProductIdentities(IReadOnlyList<string> VaultHosts, IReadOnlyList<string> StorageHosts, IReadOnlyList<string> ClientIds, IReadOnlyList<string> ResourceIds)
{
    private const StringComparison Loose = StringComparison.OrdinalIgnoreCase;
    private static readonly char[] _separators = ['/', '+', ':', '@', ';', ','];

    /// <summary>Nothing is the product's own: for tests, and for looking at a policy apart from any deployment.</summary>
    public static ProductIdentities None { get; } = new([], [], [], []);

    /// <summary>True when the secret lies in one of the product's vaults, or opens one of its own things.</summary>
    public bool Owns(CredentialId credential, ResourceId? resource = null) => WhyOwned(credential, resource) is not null;

    /// <summary>What of its own it is, for a decision's reason; null when it is not.</summary>
    public string? WhyOwned(CredentialId credential, ResourceId? resource = null)
    {
        if (VaultHosts.Contains(credential.Vault, StringComparer.OrdinalIgnoreCase))
            return $"the product's own vault {credential.Vault}";
        return resource is { Value: { } id } ? WhyNamed(id) : null;
    }

    /// <summary>What of its own a text names: a host, a client id, a resource id, or an ARM id of the account or vault behind a host; null when it names none.</summary>
    public string? WhyNamed(string text)
    {
        var parts = text.Split(_separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (VaultHosts.FirstOrDefault(host => Names(parts, host, "vaults")) is { } vault)
            return $"the product's own vault {vault}";
        if (StorageHosts.FirstOrDefault(host => Names(parts, host, "storageAccounts")) is { } account)
            return $"the product's own storage account {account}";
        if (ClientIds.FirstOrDefault(id => parts.Contains(id, StringComparer.OrdinalIgnoreCase)) is { } client)
            return $"the product's own identity {client}";
        return ResourceIds.FirstOrDefault(id => IsOrLiesBelow(text, id)) is { } resource ? $"the product's own resource {resource}" : null;
    }

    // Names of vaults and storage accounts are unique in a cloud: the first label of a host is the name in an ARM id.
    private static bool Names(string[] parts, string host, string type)
    {
        if (parts.Contains(host, StringComparer.OrdinalIgnoreCase))
            return true;
        var (name, rest) = (host.Split('.')[0], host.IndexOf('.', StringComparison.Ordinal));
        for (var i = 0; i < parts.Length; i++)
        {
            if (i > 0 && parts[i].Equals(name, Loose) && parts[i - 1].Equals(type, Loose))
                return true;
            // Another service of the same account: nhievidence.table.core.windows.net beside nhievidence.blob.core.windows.net.
            if (rest > 0 && type == "storageAccounts" && parts[i].StartsWith(name + ".", Loose) && parts[i].EndsWith(Domain(host), Loose))
                return true;
        }

        return false;
    }

    // blob.core.windows.net → .core.windows.net
    private static string Domain(string host) => host.Split('.', 3) is [_, _, var domain] ? "." + domain : host;

    private static bool IsOrLiesBelow(string text, string id)
    {
        var (a, b) = (text.Trim().TrimEnd('/'), id.Trim().TrimEnd('/'));
        return b.Length > 0 && a.StartsWith(b, Loose) && (a.Length == b.Length || a[b.Length] == '/');
    }
}
