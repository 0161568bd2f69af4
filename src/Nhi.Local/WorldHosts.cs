namespace Nhi.Local;

/// <summary>The host names of the local world.</summary>
internal static class WorldHosts
{
    public const string ProductVault = "kv-nhi";

    public const string StagingVault = "kv-nhi-staging";

    public static readonly string[] CertificateNames =
    [
        "*.vault.azure.net", "*.blob.core.windows.net", "*.table.core.windows.net", "*.queue.core.windows.net",
        "login.microsoftonline.com", "graph.microsoft.com", "management.azure.com", Emulators.WorkspaceEmulator.HostName, "*.westeurope-1.eventgrid.azure.net", Emulators.WebhookReceiver.HostName,
    ];
}
