namespace Nhi.Azure.Rest;

/// <summary>
/// Where one Azure cloud answers. <paramref name="Login"/>, <paramref name="Graph"/>, <paramref name="Management"/>: host names;
/// <paramref name="BlobSuffix"/>: what follows <c>{account}.</c>; <paramref name="PostgresScope"/>: of the token that is a PostgreSQL owner's password.
/// </summary>
public sealed record CloudHosts(string Login, string Graph, string Management, string BlobSuffix, string PostgresScope)
{
    /// <summary>Host name of Azure Monitor's queries.</summary>
    public string LogAnalytics { get; init; } = "api.loganalytics.io";

    public static readonly CloudHosts Public = new(
        "login.microsoftonline.com", "graph.microsoft.com", "management.azure.com", "blob.core.windows.net",
        "https://ossrdbms-aad.database.windows.net/.default");

    public static readonly CloudHosts UsGovernment = new(
        "login.microsoftonline.us", "graph.microsoft.us", "management.usgovcloudapi.net", "blob.core.usgovcloudapi.net",
        "https://ossrdbms-aad.database.usgovcloudapi.net/.default")
    { LogAnalytics = "api.loganalytics.us" };

    public static readonly CloudHosts China = new(
        "login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "management.chinacloudapi.cn", "blob.core.chinacloudapi.cn",
        "https://ossrdbms-aad.database.chinacloudapi.cn/.default")
    { LogAnalytics = "api.loganalytics.azure.cn" };

    /// <summary>The cloud that <c>Nhi__Cloud</c> names, as <c>az cloud list</c> spells it; the public one unless said. Throws <see cref="InvalidOperationException"/> for any other name.</summary>
    public static CloudHosts Of(string? name) => name switch
    {
        null or "" or "AzureCloud" => Public,
        "AzureUSGovernment" => UsGovernment,
        "AzureChinaCloud" => China,
        _ => throw new InvalidOperationException("Nhi__Cloud names no known cloud. It is AzureCloud, AzureUSGovernment or AzureChinaCloud."),
    };
}
