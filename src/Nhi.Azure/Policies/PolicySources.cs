using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;
using Nhi.Azure.Time;
using Nhi.Governance.Policies;
using Nhi.Governance.Policies.Sources;

namespace Nhi.Azure.Policies;

/// <summary>Where the policy comes from, and what it may not touch, as the settings say.</summary>
public static class PolicySources
{
    /// <summary>Absent: the embedded one that observes everything; a blob's URI: that blob, by ETag each minute; else a path.</summary>
    public static IPolicySource Of(NhiSettings settings, AzureIdentities identities, ClientEquipment equipment, GovernanceClock clock) => settings.Policy switch
    {
        null => new EmbeddedPolicySource(),
        _ when settings.PolicyBlob is { } blob => new ReloadingPolicySource(new BlobPolicyText(blob, identities.Watcher, settings.Cloud, equipment).ReadAsync, blob.ToString(), Own(settings), clock),
        var path => new FilePolicySource(path, Own(settings), clock),
    };

    /// <summary>What the product itself lives on.</summary>
    public static ProductIdentities Own(NhiSettings settings) => new(
        VaultHosts: [.. new[] { settings.ProductVault, settings.StagingVault, settings.LogKey, settings.ProducersKey }.Select(uri => uri.Host).Distinct(StringComparer.Ordinal)],
        StorageHosts: [.. new[] { settings.Storage.Blobs, settings.Storage.Evidence, settings.Storage.EvidenceSecondary }.OfType<Uri>().Select(uri => uri.Host)],
        ClientIds: [.. new[] { settings.Identities.Watcher, settings.Identities.Writer, settings.Identities.Sequencer, settings.Identities.Cleanup, settings.Identities.Curtailer }.OfType<string>().Concat(settings.Identities.Rotators.Values).Distinct(StringComparer.OrdinalIgnoreCase)],
        ResourceIds: []);
}
