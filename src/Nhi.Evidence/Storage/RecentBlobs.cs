using Nhi.Evidence.Records;

namespace Nhi.Evidence.Storage;

/// <summary>
/// Records that this process has read, up to so many bytes of them, the oldest forgotten first. A name is taken once, for ever, so what was read once need not be read again by each of those who follow a log:
/// they hold it against the batch's line. Batches and checkpoints are not kept, since they are read again before anything is signed; and whoever verifies reads the container itself.
/// </summary>
/// <param name="mostBytes">With their names; a larger record is not kept.</param>
public sealed class RecentBlobs(long mostBytes = RecentBlobs.UsualBytes)
{
    /// <summary>Some thousands of records: what half an hour of a busy estate writes.</summary>
    private const long UsualBytes = 16 << 20;

    /// <summary>What an entry takes beside its name and content: of empty ones there may be very many.</summary>
    private const int EntryBytes = 300;

    private readonly Dictionary<(string Origin, string Path), StoredBlob> known = [];
    private readonly Queue<(string Origin, string Path)> inOrder = [];
    private readonly Lock gate = new();
    private long bytes;

    /// <summary>The same container, whose reads are remembered here.</summary>
    public IEvidenceStore Over(IEvidenceStore store) => new Store(store, this);

    /// <summary>The same containers, whose reads are remembered here.</summary>
    public IEvidenceContainers Over(IEvidenceContainers containers) => new Containers(containers, this);

    private StoredBlob? Find((string Origin, string Path) name)
    {
        lock (gate)
            return known.GetValueOrDefault(name);
    }

    private void Keep((string Origin, string Path) name, StoredBlob blob)
    {
        lock (gate)
        {
            if (Size(name, blob) > mostBytes || !known.TryAdd(name, blob))
                return;
            inOrder.Enqueue(name);
            for (bytes += Size(name, blob); bytes > mostBytes;)
                if (inOrder.Dequeue() is var first && known.Remove(first, out var oldest))
                    bytes -= Size(first, oldest);
        }
    }

    private static long Size((string Origin, string Path) name, StoredBlob blob) => EntryBytes + (2L * name.Path.Length) + blob.Bytes.Length;

    private sealed class Store(IEvidenceStore store, RecentBlobs recent) : IEvidenceStore
    {
        public string Origin => store.Origin;

        public Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct) => store.TryCreateAsync(path, bytes, contentType, ct);

        /// <summary>What is not there may come, and what was not read whole has more: neither is kept.</summary>
        public async Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
        {
            if (recent.Find((Origin, path)) is { } known)
                return known.Bytes.Length <= maxBytes ? known : known with { Bytes = known.Bytes[..maxBytes], Truncated = true };
            var blob = await store.ReadAsync(path, maxBytes, ct);
            if (blob is { Truncated: false } && path.StartsWith(RecordPath.Root, StringComparison.Ordinal))
                recent.Keep((Origin, path), blob);
            return blob;
        }

        public IAsyncEnumerable<ListedBlob> ListAsync(string prefix, CancellationToken ct) => store.ListAsync(prefix, ct);
    }

    private sealed class Containers(IEvidenceContainers containers, RecentBlobs recent) : IEvidenceContainers
    {
        public async ValueTask<IEvidenceStore> CurrentAsync(DateTimeOffset now, CancellationToken ct) => recent.Over(await containers.CurrentAsync(now, ct));

        public async ValueTask<IReadOnlyList<IEvidenceStore>> AllAsync(CancellationToken ct) => [.. (await containers.AllAsync(ct)).Select(recent.Over)];
    }
}
