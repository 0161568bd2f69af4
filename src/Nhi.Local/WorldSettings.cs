using System.Globalization;
using Nhi.Local.Emulators;
using Nhi.Local.Emulators.Topic;

namespace Nhi.Local;

/// <summary>Where a child finds the world.</summary>
internal sealed record WorldAddresses(int ProxyPort, string AuthorityFile, string OtherAuthorities, string IdentityEndpoint, string IdentityHeader, string ClockFile);

/// <summary>The environment of a host of the local world.</summary>
internal static class WorldSettings
{
    public static IReadOnlyDictionary<string, string> Of(WorldAddresses addresses, WorldOptions options, WorldIdentities identities)
    {
        var proxy = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{addresses.ProxyPort}");
        const string Direct = "127.0.0.1,localhost";
        var settings = new Dictionary<string, string>
        {
            // Both spellings: .NET prefers the lower one, and somebody's own proxy may be set there.
            ["HTTPS_PROXY"] = proxy,
            ["https_proxy"] = proxy,
            ["NO_PROXY"] = Direct,
            ["no_proxy"] = Direct,
            ["SSL_CERT_FILE"] = addresses.AuthorityFile,
            // Nobody else's: each process would read all that the machine trusts, and sort it for every connection.
            ["SSL_CERT_DIR"] = addresses.OtherAuthorities,
            ["IDENTITY_ENDPOINT"] = addresses.IdentityEndpoint,
            ["IDENTITY_HEADER"] = addresses.IdentityHeader,
            ["Nhi__Storage__State"] = "https://nhistate.table.core.windows.net",
            ["Nhi__Storage__Evidence"] = "https://nhievidence.blob.core.windows.net",
            ["Nhi__Storage__EvidenceSecondary"] = "https://nhievidence2.blob.core.windows.net",
            ["Nhi__Storage__DeadLetters"] = "https://nhihost.blob.core.windows.net/deadletters",
            ["Nhi__Identities__Watcher"] = identities.Watcher.ClientId,
            ["Nhi__Identities__Writer"] = identities.Writer.ClientId,
            ["Nhi__Identities__Sequencer"] = identities.Sequencer.ClientId,
            ["Nhi__ProductVault"] = $"https://{WorldHosts.ProductVault}.vault.azure.net",
            ["Nhi__StagingVault"] = $"https://{WorldHosts.StagingVault}.vault.azure.net",
            ["Nhi__LogKey"] = $"https://{WorldHosts.ProductVault}.vault.azure.net/keys/log",
            ["Nhi__ProducersKey"] = $"https://{WorldHosts.ProductVault}.vault.azure.net/keys/producers",
            ["Nhi__Clock"] = addresses.ClockFile,
            ["Nhi__Operations__LeaseScale"] = options.LeaseScale.ToString(CultureInfo.InvariantCulture),
            ["Nhi__Entra__TenantId"] = Parts.LocalTokenCredential.Tenant,
            ["Nhi__Topic"] = TopicEmulator.Endpoint.AbsoluteUri,
        };
        for (var i = 0; i < options.Vaults.Count; i++)
        {
            settings[$"Nhi__Vaults__{i}__Uri"] = $"https://{options.Vaults[i].Name}.vault.azure.net";
            settings[$"Nhi__Vaults__{i}__Environment"] = options.Vaults[i].Environment;
        }

        if (options.Unlisted.Count > 0)
        {
            settings["Nhi__Discovery__Subscriptions__0"] = WorldNames.Subscription;
            settings["Nhi__Discovery__Environment"] = options.Vaults.Concat(options.Unlisted).First(vault => vault.Environment.Length > 0).Environment;
        }

        foreach (var (environment, rotator) in identities.Rotators)
        {
            settings[$"Nhi__Identities__Rotators__{environment}"] = rotator.ClientId;
            if (options.Postgres) settings[$"Nhi__Postgres__Owners__{environment}"] = Deployment.OwnerRole(environment);
        }

        // The loopback has no host name that a certificate could prove.
        if (options.Postgres) settings["Nhi__Postgres__Tls"] = "OffOnLoopback";
        if (options.AuditWorkspace) settings["Nhi__AuditWorkspace"] = WorkspaceEmulator.Id;
        if (options.PolicyFile is { } policy) settings["Nhi__Policy"] = Path.GetFullPath(policy);
        return settings;
    }
}
