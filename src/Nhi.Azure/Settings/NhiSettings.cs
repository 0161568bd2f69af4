using Nhi.Azure.Identities;

namespace Nhi.Azure.Settings;

/// <summary>All settings of the product, read and checked: configuration section <c>Nhi</c> (<c>Nhi__…</c> as environment variables). See <see cref="SettingsReference"/> for each.</summary>
public sealed record NhiSettings
{
    /// <summary>The vaults in scope, in the order of their numbers.</summary>
    public required IReadOnlyList<VaultSettings> Vaults { get; init; }
    /// <summary>Which vaults are looked for; null: none but <see cref="Vaults"/> are in scope.</summary>
    public DiscoverySettings? Discovery { get; init; }
    public required StorageSettings Storage { get; init; }
    public IdentitySettings Identities { get; init; } = new();

    /// <summary>The product's own vault: the key of the fingerprints.</summary>
    public required Uri ProductVault { get; init; }

    /// <summary>Values that the product chose, before they are set at a provider.</summary>
    public required Uri StagingVault { get; init; }

    /// <summary>Key id of the key that signs batches and checkpoints.</summary>
    public required Uri LogKey { get; init; }

    /// <summary>Key id of the key that certifies producers.</summary>
    public required Uri ProducersKey { get; init; }

    /// <summary>A path or a blob's URI; null: the embedded policy that observes everything.</summary>
    public string? Policy { get; init; }

    /// <summary>The blob that <see cref="Policy"/> names; null when it is absent or a path.</summary>
    public Uri? PolicyBlob => Policy is not null && Policy.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? new Uri(Policy) : null;

    /// <summary>The clock's file; null: the system's time.</summary>
    public string? Clock { get; init; }

    /// <summary>What every lease is multiplied by.</summary>
    public double LeaseScale { get; init; } = 1;
    public AzureCloud Cloud { get; init; } = AzureCloud.Public;

    /// <summary>Id (GUID) of the Log Analytics workspace that the vaults' logs lie in too; null: the archive alone is read.</summary>
    public string? AuditWorkspace { get; init; }

    /// <summary>The Event Grid topic that published records go to; null: none.</summary>
    public Uri? Topic { get; init; }

    /// <summary>Where people are told, in the order of their numbers.</summary>
    public IReadOnlyList<WebhookSettings> Webhooks { get; init; } = [];
}

/// <summary>One vault in scope. <paramref name="Environment"/>: which rotator's identity works there, lower case.</summary>
public sealed record VaultSettings(Uri Uri, string Environment);

/// <summary>
/// Which vaults are discovered: those of all of <paramref name="ManagementGroups"/> or of all of <paramref name="Subscriptions"/> (both empty: of all that the watcher may read),
/// with the tag <paramref name="TagName"/> (null: any), of the value <paramref name="TagValue"/> (null: any). <paramref name="Environment"/>: of those whose tag names none, lower case.
/// </summary>
public sealed record DiscoverySettings(IReadOnlyList<string> ManagementGroups, IReadOnlyList<string> Subscriptions, string? TagName, string? TagValue, string Environment);

/// <summary>Service URIs of the storage accounts.</summary>
public sealed record StorageSettings
{
    /// <summary>The state account's tables.</summary>
    public required Uri Tables { get; init; }

    /// <summary>The state account's blobs: tiles, a policy, and the vaults' logs.</summary>
    public required Uri Blobs { get; init; }

    /// <summary>The evidence account's blobs.</summary>
    public required Uri Evidence { get; init; }

    /// <summary>The secondary evidence account's blobs, for what must not wait; null: none.</summary>
    public Uri? EvidenceSecondary { get; init; }

    /// <summary>The container that Event Grid writes its dead letters to; null: none is read back.</summary>
    public Uri? DeadLetters { get; init; }
}

/// <summary>Client ids of user-assigned managed identities; null or empty where none is set.</summary>
public sealed record IdentitySettings
{
    public string? Watcher { get; init; }
    public string? Writer { get; init; }
    public string? Sequencer { get; init; }

    /// <summary>Deletes secrets whose removal has ended; null: nobody does.</summary>
    public string? Cleanup { get; init; }

    /// <summary>Deletes role assignments of over-privileged identities; null: nobody does.</summary>
    public string? Curtailer { get; init; }

    /// <summary>By environment, names ignore case.</summary>
    public IReadOnlyDictionary<string, string> Rotators { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>
/// One webhook. <paramref name="Number"/>: names its cursor; <paramref name="Uri"/>: its address, null where it is a secret of the product vault, <paramref name="UriSecretName"/> (chat services put a key into it);
/// <paramref name="Template"/>: the name of one that is built in, or a path; <paramref name="SecretName"/>: the secret of the product vault that holds the signing key, null: not signed; <paramref name="Every"/>: the window of a digest.
/// </summary>
public sealed record WebhookSettings(int Number, Uri? Uri, string? UriSecretName, string Template, string? SecretName, TimeSpan Every);
