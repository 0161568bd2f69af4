using System.Runtime.CompilerServices;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.Azure.Pipeline;
using Nhi.Governance.Sweeps.Events;

namespace Nhi.Azure.PlatformLogs;

/// <summary>The container that Event Grid writes its dead letters to, read by the watcher's identity.</summary>
/// <param name="container">Null where none is set: then there is nothing to read.</param>
public sealed class DeadLetterBlobs(BlobContainerClient? container) : IDeadLetters
{
    public async IAsyncEnumerable<DeadLetterBlob> SinceAsync(DateTimeOffset since, [EnumeratorCancellation] CancellationToken ct)
    {
        if (container is null)
            yield break;
        await using var items = container.GetBlobsAsync(new GetBlobsOptions(), ct).GetAsyncEnumerator(ct);
        while (await NextAsync(items, ct))
            if (items.Current.Properties.CreatedOn is { } written && written >= since)
                yield return new DeadLetterBlob(items.Current.Name, written);
    }

    public async Task<string?> ReadAsync(string name, int mostBytes, CancellationToken ct)
    {
        if (container is null)
            return null;
        try
        {
            using var download = (await container.GetBlobClient(name).DownloadStreamingAsync(new BlobDownloadOptions(), ct)).Value;
            if (download.Details.ContentLength > mostBytes)
                return null;
            var bytes = new byte[download.Details.ContentLength];
            var read = await download.Content.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
            return Encoding.UTF8.GetString(bytes, 0, read);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new ExternalCall($"read the dead letter {name}", Changes: false).Classify(e);
        }
    }

    private static async Task<bool> NextAsync(IAsyncEnumerator<BlobItem> items, CancellationToken ct)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new ExternalCall("list the dead letters", Changes: false).Classify(e);
        }
    }
}
