using Azure.Core;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;
using Nhi.Azure.Time;
using Nhi.Evidence.Storage;
using Nhi.Governance.Evidence;

namespace Nhi.Azure.Evidence;

/// <summary>The evidence accounts and keys of the settings, by the identity that works there.</summary>
public sealed class EvidenceAccounts : IDisposable
{
    private readonly NhiSettings _settings;
    private readonly GovernanceClock _clock;
    private readonly ClientEquipment _equipment;
    private readonly RecentBlobs _recent = new();

    public EvidenceAccounts(NhiSettings settings, AzureIdentities identities, GovernanceClock clock, ClientEquipment equipment)
    {
        (_settings, _clock, _equipment) = (settings, clock, equipment);
        Primary = Containers(settings.Storage.Evidence, identities.Writer);
        Log = Containers(settings.Storage.Evidence, identities.Sequencer);
        if (settings.Storage.EvidenceSecondary is { } secondary)
        {
            Secondary = Containers(secondary, identities.Writer);
            SecondaryLog = Containers(secondary, identities.Sequencer);
        }

        LogKey = new KeyVaultSigner(settings.LogKey, identities.Sequencer, settings.Cloud, equipment);
        LogKeys = new KeyVaultKeyVersions(settings.LogKey, identities.Sequencer, settings.Cloud, equipment, TimeProvider.System);
        ProducersKey = new KeyVaultSigner(settings.ProducersKey, identities.Writer, settings.Cloud, equipment);
        // Whichever version the settings name certifies us; other instances may be certified by any.
        ProducersKeys = new KeyVaultKeyVersions(new Uri(settings.ProducersKey, $"/keys/{settings.ProducersKey.Segments[2].Trim('/')}"), identities.Writer, settings.Cloud, equipment, TimeProvider.System);
    }

    /// <summary>Where records are written, and read: the writer's.</summary>
    public EvidenceContainers Primary { get; }

    /// <summary>Where what must not wait falls back to: the writer's; null where none is set.</summary>
    public EvidenceContainers? Secondary { get; }

    /// <summary>Where batches and checkpoints are written: the sequencer's.</summary>
    public EvidenceContainers Log { get; }

    /// <summary>The same of the secondary account; null where none is set.</summary>
    public EvidenceContainers? SecondaryLog { get; }

    /// <summary>The logs that there are, the primary one first: the sequencer's.</summary>
    public IReadOnlyList<IEvidenceContainers> Logs => SecondaryLog is null ? [Log] : [Log, SecondaryLog];

    /// <summary>The same for those who follow them: what one of them has read, the others are not charged for.</summary>
    public IReadOnlyList<IEvidenceContainers> FollowedLogs => [.. Logs.Select(_recent.Over)];

    /// <summary>Both accounts, or the one there is, by both identities. What is sequenced is remembered for those who follow.</summary>
    public IReadOnlyList<LogAccount> Accounts => Secondary is null ? [new LogAccount(_recent.Over(Log), Primary)] : [new LogAccount(_recent.Over(Log), Primary), new LogAccount(_recent.Over(SecondaryLog!), Secondary)];

    /// <summary>The version of the log key that is current when it is first asked: the sequencer's.</summary>
    public KeyVaultSigner LogKey { get; }

    /// <summary>The log key in all its versions, which sign batches and checkpoints: the sequencer's.</summary>
    public KeyVaultKeyVersions LogKeys { get; }

    /// <summary>Certifies the keys of instances: the writer's.</summary>
    public KeyVaultSigner ProducersKey { get; }

    /// <summary>The same key in all its versions: whatever one of them certified is authentic.</summary>
    public KeyVaultKeyVersions ProducersKeys { get; }

    private EvidenceContainers Containers(Uri account, TokenCredential credential) =>
        new(new EvidenceClients(account, credential, _settings.Cloud.StorageAudience, _equipment), _clock, policyNeeded: _settings.Clock is null);

    public void Dispose()
    {
        Primary.Dispose();
        Secondary?.Dispose();
        Log.Dispose();
        SecondaryLog?.Dispose();
        LogKey.Dispose();
        LogKeys.Dispose();
        ProducersKey.Dispose();
        ProducersKeys.Dispose();
    }
}
