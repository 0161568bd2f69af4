using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.Azure.Pipeline;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;

namespace Nhi.Azure.Evidence;

/// <summary>The tiles of one log in an ordinary container of the state account: derived, overwritten, never deleted by the product.</summary>
public sealed class BlobTileStore(BlobContainerClient container) : ITileStore
{
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        try
        {
            var answer = await container.GetBlobClient(path).DownloadStreamingAsync(cancellationToken: ct);
            using var download = answer.Value;
            if (download.Details.ContentLength > maxBytes)
                return null;
            var bytes = new byte[download.Details.ContentLength];
            await download.Content.ReadExactlyAsync(bytes, ct);
            return bytes;
        }
        catch (RequestFailedException e) when (e.Status == 404 && e.ErrorCode != BlobErrorCode.ContainerNotFound)
        {
            return null;
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw Failed($"read the tile '{path}'", e);
        }
    }

    public async Task WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var options = new BlobUploadOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = path == TilePath.Checkpoint ? "text/plain; charset=utf-8" : "application/octet-stream" },
            // One Put Blob: a reader sees the whole of it or what was there before.
            TransferOptions = new() { InitialTransferSize = bytes.Length + 1, MaximumTransferSize = bytes.Length + 1 },
        };
        try
        {
            await container.GetBlobClient(path).UploadAsync(BinaryData.FromBytes(bytes), options, ct);
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw Failed($"write the tile '{path}'", e);
        }
    }

    private EvidenceStoreException Failed(string what, Exception e) => new(new ExternalCall($"{what} in {container.Uri}", Changes: false).Classify(e).Message);
}
