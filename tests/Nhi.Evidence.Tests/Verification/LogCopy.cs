using System.Runtime.CompilerServices;
using System.Text;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>A copy of a container in memory that, unlike the container, anybody can change.</summary>
internal sealed class LogCopy : IReadableLog
{
    internal LogCopy(IEnumerable<KeyValuePair<string, (byte[] Bytes, DateTimeOffset Created)>> blobs) => Blobs = new(blobs.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);

    internal SortedDictionary<string, (byte[] Bytes, DateTimeOffset Created)> Blobs { get; }

    public string Place => "copy";

    public string? Origin { get; internal set; }

    public DateTimeOffset? AsOf => Listing?.AsOf;

    public int ReadsAtATime => 1;

    public ExportListing? Listing { get; internal set; }

    internal static async Task<LogCopy> OfAsync(IEvidenceStore store)
    {
        List<KeyValuePair<string, (byte[], DateTimeOffset)>> blobs = [];
        await foreach (var blob in store.ListAsync("", default))
            blobs.Add(new(blob.Path, ((await store.ReadAsync(blob.Path, int.MaxValue, default))!.Bytes.ToArray(), blob.Created)));
        return new LogCopy(blobs);
    }

    /// <summary>A fresh copy, with a listing of what is there now.</summary>
    internal async Task<LogCopy> WithListingAsync()
    {
        var csv = Encoding.UTF8.GetBytes(ExportListing.HeaderLine + string.Concat(Blobs.Select(pair => ExportListing.LineOf(pair.Key, pair.Value.Created, pair.Value.Bytes.Length))));
        return new LogCopy(Blobs) { Listing = await ExportListing.ReadAsync(() => new MemoryStream(csv), default) };
    }

    internal LogCopy Copy() => new(Blobs) { Origin = Origin };

    internal void Put(string path, byte[] bytes, DateTimeOffset? created = null) => Blobs[path] = (bytes, created ?? (Blobs.TryGetValue(path, out var there) ? there.Created : Blobs.Values.Max(blob => blob.Created)));

    internal string Text(string path) => Encoding.UTF8.GetString(Blobs[path].Bytes);

    internal void Flip(string path, int at) => Put(path, [.. Blobs[path].Bytes.Select((b, i) => i == at ? (byte)(b ^ 1) : b)]);

    internal IEnumerable<string> Below(string prefix) => Blobs.Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Reads so far, and those of them that were of checkpoints.</summary>
    internal int Reads => reads;

    internal int CheckpointReads => checkpointReads;

    private int reads;
    private int checkpointReads;

    public Task<LogBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        Interlocked.Increment(ref reads);
        if (path.Contains(".checkpoint", StringComparison.Ordinal))
            Interlocked.Increment(ref checkpointReads);
        return Task.FromResult(Blobs.TryGetValue(path, out var blob)
            ? new LogBlob(blob.Bytes.Length <= maxBytes ? blob.Bytes : blob.Bytes.AsMemory(0, maxBytes), Listing is null ? blob.Created : Listing.CreatedOf(path), blob.Bytes.Length > maxBytes)
            : null);
    }

    public async IAsyncEnumerable<LogName> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        foreach (var (path, blob) in Blobs)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
                yield return new LogName(path, blob.Bytes.Length, Listing is null ? blob.Created : Listing.CreatedOf(path));
        }
    }
}
