using System.Runtime.CompilerServices;

namespace Nhi.Evidence.Storage;

/// <summary>A log in memory, create-only as a WORM container is, whose calls can be made to fail. For simulations; nothing of it outlives the process.</summary>
public sealed class MemoryEvidenceStore(string origin, TimeProvider clock) : IEvidenceStore
{
    private readonly SortedDictionary<string, StoredBlob> blobs = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private long calls;

    public string Origin { get; } = origin;

    /// <summary>Asked before each call; may wait, throw (a crash) or name a fault. Null: nothing ever fails.</summary>
    public Func<StoreCall, CancellationToken, ValueTask<StoreFault>>? OnCall { get; set; }

    /// <summary>Calls so far, by verb.</summary>
    public long Creates { get; private set; }
    public long Reads { get; private set; }
    public long Lists { get; private set; }

    public async Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var fault = await AskAsync("create", path, ct);
        if (fault == StoreFault.Unreachable)
            throw new EvidenceStoreException($"The store {Origin} did not answer (create '{path}').");
        var now = clock.GetUtcNow();
        bool made;
        lock (gate)
        {
            Creates++;
            // WORM: a name is taken for ever; nothing here can overwrite or delete.
            made = fault != StoreFault.Refused && blobs.TryAdd(path, new StoredBlob(bytes.ToArray(), now));
        }

        if (fault == StoreFault.AnswerLost)
            throw new EvidenceStoreException($"The answer of the store {Origin} was lost (create '{path}').");
        return new CreateResult(made ? CreateAnswer.Created : CreateAnswer.Refused, now);
    }

    public async Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        if (await AskAsync("read", path, ct) is StoreFault.Unreachable or StoreFault.AnswerLost)
            throw new EvidenceStoreException($"The store {Origin} did not answer (read '{path}').");
        lock (gate)
        {
            Reads++;
            if (!blobs.TryGetValue(path, out var blob))
                return null;
            return blob.Bytes.Length <= maxBytes ? blob : blob with { Bytes = blob.Bytes[..maxBytes], Truncated = true };
        }
    }

    public async IAsyncEnumerable<ListedBlob> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (await AskAsync("list", prefix, ct) is StoreFault.Unreachable or StoreFault.AnswerLost)
            throw new EvidenceStoreException($"The store {Origin} did not answer (list '{prefix}').");
        ListedBlob[] listed;
        lock (gate)
        {
            Lists++;
            listed = [.. blobs.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(pair => new ListedBlob(pair.Key, pair.Value.Bytes.Length, pair.Value.Created))];
        }

        foreach (var blob in listed)
            yield return blob;
    }

    private ValueTask<StoreFault> AskAsync(string verb, string path, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var call = new StoreCall(verb, path, Interlocked.Increment(ref calls));
        return OnCall is { } ask ? ask(call, ct) : new ValueTask<StoreFault>(StoreFault.None);
    }
}
