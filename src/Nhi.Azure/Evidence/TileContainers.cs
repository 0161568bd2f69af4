using System.Collections.Concurrent;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;
using Nhi.Evidence.Tiles;

namespace Nhi.Azure.Evidence;

/// <summary>The containers of the state account that hold tiles: <c>evidence-2026-tiles</c> for <c>evidence-2026</c>, <c>evidence-2026-secondary-tiles</c> for that of the secondary account. Deployment makes them.</summary>
public sealed class TileContainers : ITileStores
{
    private readonly NhiSettings _settings;
    private readonly BlobServiceClient _service;
    private readonly ConcurrentDictionary<string, BlobTileStore> _stores = new(StringComparer.Ordinal);

    /// <param name="settings">Which accounts there are.</param>
    /// <param name="credential">The sequencer's, or an auditor's who only reads.</param>
    /// <param name="equipment">What every client has.</param>
    public TileContainers(NhiSettings settings, TokenCredential credential, ClientEquipment equipment)
    {
        _settings = settings;
        // The same bytes written twice are the same bytes.
        _service = new BlobServiceClient(settings.Storage.Blobs, credential, equipment.Equip(new BlobClientOptions { Audience = new BlobAudience(settings.Cloud.StorageAudience) }, "tiles", resend: true));
    }

    public ITileStore Of(string origin) => _stores.GetOrAdd(NameOf(origin, _settings.Storage.EvidenceSecondary?.Host), name => new BlobTileStore(_service.GetBlobContainerClient(name)));

    /// <summary>The container for the tiles of a log.</summary>
    internal static string NameOf(string origin, string? secondaryHost)
    {
        var slash = origin.IndexOf('/', StringComparison.Ordinal);
        var isSecondary = string.Equals(origin[..slash], secondaryHost, StringComparison.OrdinalIgnoreCase);
        return origin[(slash + 1)..] + (isSecondary ? "-secondary-tiles" : "-tiles");
    }
}
