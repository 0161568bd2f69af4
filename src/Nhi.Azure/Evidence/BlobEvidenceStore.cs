using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Time;
using Nhi.Evidence.Storage;

namespace Nhi.Azure.Evidence;

/// <summary>
/// One WORM container. All instants that it answers are governance time, mapped from what the service stamped.
/// Metadata (<c>op</c>, <c>stage</c>, <c>sha256</c>) is for people in Storage Explorer: nothing reads it.
/// </summary>
public sealed class BlobEvidenceStore : IEvidenceStore
{
    private readonly BlobContainerClient _creates;
    private readonly BlobContainerClient _reads;
    private readonly GovernanceClock _clock;

    public BlobEvidenceStore(EvidenceClients clients, string container, GovernanceClock clock)
    {
        (_creates, _reads, _clock) = (clients.Container(container, resend: false), clients.Container(container, resend: true), clock);
        Origin = $"{clients.Host}/{container}";
    }

    public string Origin { get; }

    public async Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct)
    {
        // One Put Blob whatever the size: blocks would need the right to change blobs.
        var options = new BlobUploadOptions
        {
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
            HttpHeaders = new BlobHttpHeaders { ContentType = contentType },
            Metadata = Metadata(path, bytes.Span),
            TransferOptions = new() { InitialTransferSize = bytes.Length + 1, MaximumTransferSize = bytes.Length + 1 },
        };
        try
        {
            var answer = await _creates.GetBlobClient(path).UploadAsync(BinaryData.FromBytes(bytes), options, ct);
            return new CreateResult(CreateAnswer.Created, Time(answer.GetRawResponse()));
        }
        catch (RequestFailedException e) when (e.Status is 403 or 409 or 412)
        {
            return new CreateResult(CreateAnswer.Refused, Time(e.GetRawResponse()));
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw Failed($"create '{path}'", e, changes: true);
        }
    }

    public async Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        try
        {
            var answer = await _reads.GetBlobClient(path).DownloadStreamingAsync(cancellationToken: ct);
            using var download = answer.Value;
            var length = download.Details.ContentLength;
            var bytes = new byte[Math.Min(length, maxBytes)];
            await download.Content.ReadExactlyAsync(bytes, ct);
            return new StoredBlob(bytes, _clock.FromService(download.Details.CreatedOn), length > maxBytes);
        }
        catch (RequestFailedException e) when (e.Status == 404 && e.ErrorCode != BlobErrorCode.ContainerNotFound)
        {
            return null;
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobUsesCustomerSpecifiedEncryption)
        {
            return StoredBlob.Unreadable(Time(e.GetRawResponse()));
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw Failed($"read '{path}'", e, changes: false);
        }
    }

    public async IAsyncEnumerable<ListedBlob> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var blobs = _reads.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, ct).GetAsyncEnumerator(ct);
        while (await NextAsync(blobs, prefix, ct))
            yield return new ListedBlob(blobs.Current.Name, blobs.Current.Properties.ContentLength ?? 0, _clock.FromService(blobs.Current.Properties.CreatedOn ?? DateTimeOffset.UnixEpoch));
    }

    private async Task<bool> NextAsync(IAsyncEnumerator<BlobItem> blobs, string prefix, CancellationToken ct)
    {
        try
        {
            return await blobs.MoveNextAsync();
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw Failed($"list '{prefix}'", e, changes: false);
        }
    }

    private EvidenceStoreException Failed(string what, Exception e, bool changes) => new(new ExternalCall($"{what} in {Origin}", changes).Classify(e).Message);

    private DateTimeOffset Time(Response? answer) => _clock.FromService(answer?.Headers.Date ?? _clock.RealNow);

    /// <summary><c>records/…/{time}_{slug}_{verb}_{stage}_{op}.json</c>; other names have a hash only.</summary>
    private static Dictionary<string, string> Metadata(string path, ReadOnlySpan<byte> bytes)
    {
        var metadata = new Dictionary<string, string> { ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
        var parts = path[(path.LastIndexOf('/') + 1)..].Split('_');
        if (path.StartsWith("records/", StringComparison.Ordinal) && parts.Length == 5)
        {
            metadata["stage"] = parts[3];
            metadata["op"] = parts[4].Split('.', '~')[0];
        }

        return metadata;
    }

    /// <summary>The name of a year's container, which deployment makes.</summary>
    public static string ContainerOf(int year) => string.Create(CultureInfo.InvariantCulture, $"evidence-{year:D4}");
}
