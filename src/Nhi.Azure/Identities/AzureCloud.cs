using System.Diagnostics.CodeAnalysis;

namespace Nhi.Azure.Identities;

/// <summary>The names of one Azure cloud: hosts, and the scopes that tokens are asked for. Suffixes begin with a dot.</summary>
public sealed record AzureCloud
{
    /// <summary>As <c>Nhi__Cloud</c> names it.</summary>
    public required string Name { get; init; }

    /// <summary>As Azure itself names it (<c>environment().name</c> in Bicep, <c>az cloud list</c>); <c>Nhi__Cloud</c> takes it too.</summary>
    public required string AzureName { get; init; }

    /// <summary>Where tokens come from.</summary>
    public required Uri Authority { get; init; }
    public required string VaultSuffix { get; init; }
    public required string StorageSuffix { get; init; }

    /// <summary>Azure Resource Manager.</summary>
    public required Uri Management { get; init; }

    /// <summary>Microsoft Graph.</summary>
    public required Uri Graph { get; init; }
    public required string VaultScope { get; init; }

    /// <summary>The same in every cloud: <c>https://storage.azure.com/.default</c>.</summary>
    public string StorageScope { get; init; } = "https://storage.azure.com/.default";
    public required string ManagementScope { get; init; }
    public required string GraphScope { get; init; }

    /// <summary>Azure Database for PostgreSQL, MySQL.</summary>
    public required string DatabaseScope { get; init; }

    /// <summary>The audience of tables, without <c>/.default</c>.</summary>
    public string StorageAudience => StorageScope[..StorageScope.LastIndexOf('/')];

    public static readonly AzureCloud Public = new()
    {
        Name = "public",
        AzureName = "AzureCloud",
        Authority = new("https://login.microsoftonline.com/"),
        VaultSuffix = ".vault.azure.net",
        StorageSuffix = ".core.windows.net",
        Management = new("https://management.azure.com/"),
        Graph = new("https://graph.microsoft.com/"),
        VaultScope = "https://vault.azure.net/.default",
        ManagementScope = "https://management.azure.com/.default",
        GraphScope = "https://graph.microsoft.com/.default",
        DatabaseScope = "https://ossrdbms-aad.database.windows.net/.default",
    };

    public static readonly AzureCloud UsGov = new()
    {
        Name = "usgov",
        AzureName = "AzureUSGovernment",
        Authority = new("https://login.microsoftonline.us/"),
        VaultSuffix = ".vault.usgovcloudapi.net",
        StorageSuffix = ".core.usgovcloudapi.net",
        Management = new("https://management.usgovcloudapi.net/"),
        Graph = new("https://graph.microsoft.us/"),
        VaultScope = "https://vault.usgovcloudapi.net/.default",
        ManagementScope = "https://management.usgovcloudapi.net/.default",
        GraphScope = "https://graph.microsoft.us/.default",
        DatabaseScope = "https://ossrdbms-aad.database.usgovcloudapi.net/.default",
    };

    public static readonly AzureCloud China = new()
    {
        Name = "china",
        AzureName = "AzureChinaCloud",
        Authority = new("https://login.chinacloudapi.cn/"),
        VaultSuffix = ".vault.azure.cn",
        StorageSuffix = ".core.chinacloudapi.cn",
        Management = new("https://management.chinacloudapi.cn/"),
        Graph = new("https://microsoftgraph.chinacloudapi.cn/"),
        VaultScope = "https://vault.azure.cn/.default",
        ManagementScope = "https://management.chinacloudapi.cn/.default",
        GraphScope = "https://microsoftgraph.chinacloudapi.cn/.default",
        DatabaseScope = "https://ossrdbms-aad.database.chinacloudapi.cn/.default",
    };

    public static readonly IReadOnlyList<AzureCloud> All = [Public, UsGov, China];

    public static bool TryFind(string? name, [NotNullWhen(true)] out AzureCloud? cloud) =>
        (cloud = All.FirstOrDefault(candidate =>
            string.Equals(candidate.Name, name, StringComparison.OrdinalIgnoreCase) || string.Equals(candidate.AzureName, name, StringComparison.OrdinalIgnoreCase))) is not null;
}
