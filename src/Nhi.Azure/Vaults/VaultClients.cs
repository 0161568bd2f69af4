using System.Collections.Concurrent;
using Azure.Core;
using Azure.Security.KeyVault.Secrets;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;

namespace Nhi.Azure.Vaults;

/// <summary>
/// The vaults' clients, one for each vault, identity and use, made once. Lists are the watcher's; values and writes the rotator's of an environment; the product's own vaults have their own.
/// A client for writes sends everything once, with its token at hand when a fence is asked.
/// </summary>
public sealed class VaultClients(AzureIdentities identities, ClientEquipment equipment)
{
    private readonly ConcurrentDictionary<(string Host, string Identity, bool Writes), Lazy<SecretClient>> _clients = new();

    public SecretClient Lists(string host) => Get(host, "watcher", false, () => identities.Watcher);

    public SecretClient Values(string host, string environment) => Get(host, $"rotator {environment}", false, () => identities.Rotator(environment));

    public SecretClient Writes(string host, string environment) => Get(host, $"rotator {environment}", true, () => identities.Rotator(environment));

    /// <summary>The product's own vault and the staging vault.</summary>
    public SecretClient Own(string host, bool writes) => Get(host, "own", writes, () => identities.Own);

    /// <summary>The secrets of the product's own vault that webhooks name: read by the watcher, who has a right to each of them. Notices go out while the product only observes, too, when there is no rotator.</summary>
    public SecretClient Notices(string host) => Lists(host);

    /// <summary>Deletes secrets that were removed.</summary>
    public SecretClient Deletes(string host) => Get(host, "cleanup", true, () => identities.Cleanup);

    private SecretClient Get(string host, string identity, bool writes, Func<TokenCredential> credential) =>
        _clients.GetOrAdd((host, identity, writes), key => new(() => Make(key.Host, key.Writes, credential()))).Value;

    private SecretClient Make(string host, bool writes, TokenCredential credential)
    {
        var options = equipment.Equip(new SecretClientOptions(), "vault", resend: !writes);
        if (writes)
            options.AddPolicy(new FencePolicy(), HttpPipelinePosition.PerRetry);
        return new SecretClient(new Uri($"https://{host}/"), credential, options);
    }
}
