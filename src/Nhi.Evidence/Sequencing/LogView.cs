using Nhi.Evidence.Storage;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Sequencing;

/// <summary>The log as its batch files tell it, read forward as far as they go: the chain, what is logged, and the tree. Eight bytes a batch, sixteen and some a record.</summary>
internal sealed class LogView(IEvidenceStore store, IReadOnlyList<ReadOnlyMemory<byte>> firstKeys, int parallel) : IDisposable
{
    private const long Void = -1;
    private readonly List<long> firsts = [];
    private readonly CompactRange tree = new();
    private CompactRange beforeNewest = new();

    internal BatchChain Chain { get; } = new(store.Origin, firstKeys);

    internal LoggedRecords Logged { get; } = new();

    /// <summary>The newest valid batch.</summary>
    internal BatchFile? Newest { get; private set; }

    /// <summary>The last name that is taken, valid or void; -1 where none is.</summary>
    internal long Head => Chain.Next - 1;

    internal long Size => Chain.Size;

    internal TreeHash Root { get; private set; } = TreeHash.Empty;

    /// <summary>True when the container has said two things about one batch.</summary>
    internal bool IsInDoubt { get; private set; }

    internal bool IsVoid(long number) => firsts[(int)number] == Void;

    /// <summary>The last valid batch that begins at or before this leaf; 0 where there is none.</summary>
    internal long BatchAt(long leaf)
    {
        var number = firsts.Count - 1;
        while (number > 0 && (firsts[number] == Void || firsts[number] > leaf))
            number--;
        return Math.Max(number, 0);
    }

    /// <summary>Reads forward to the first free name: one read when nothing is new, then many at a time.</summary>
    internal async Task FollowAsync(Action<BatchJudgement> onVoid, CancellationToken ct)
    {
        if (await ReadAsync(Chain.Next, ct) is not { } first)
            return;
        Take(first, onVoid);
        // As far ahead as what was found so far: mostly there is one more batch, and a backlog is soon read at full width.
        for (var ahead = 1; ; ahead = Math.Min(parallel, ahead * 2))
        {
            var start = Chain.Next;
            var blobs = await Task.WhenAll(Enumerable.Range(0, ahead).Select(i => ReadAsync(start + i, ct)));
            foreach (var blob in blobs)
            {
                if (blob is null)
                    return;
                Take(blob, onVoid);
            }
        }
    }

    internal Task<StoredBlob?> ReadAsync(long number, CancellationToken ct) => store.ReadAsync(BatchName.Of(number), BatchFile.MostBytes, ct);

    /// <summary>A valid batch once more, from the container. Throws <see cref="EvidenceStoreException"/> when it is not what it was.</summary>
    internal async Task<BatchFile> ReadAgainAsync(long number, CancellationToken ct)
    {
        if (await ReadAsync(number, ct) is { Truncated: false } blob && BatchParser.TryParse(blob.Bytes, out var signed, out _) && signed.Batch.Number == number && signed.Batch.First == firsts[(int)number])
            return signed.Batch;
        IsInDoubt = true;
        throw new EvidenceStoreException($"'{BatchName.Of(number)}' of the log {store.Origin} is not there any more as it was read before: the container is not what it should be.");
    }

    /// <summary>Reads the newest batch again and derives the root again. Throws <see cref="EvidenceStoreException"/> when another one comes out: nothing may be signed.</summary>
    internal async Task DeriveAgainAsync(CancellationToken ct)
    {
        if (Newest is null)
            return;
        var again = beforeNewest.Copy();
        Grow(again, await ReadAgainAsync(Newest.Number, ct));
        if (again.Root() == Root && again.Size == Size)
            return;
        IsInDoubt = true;
        throw new EvidenceStoreException($"Read again, the batches of the log {store.Origin} yield {again.Size} leaves with root {again.Root()}, before {Size} with {Root}: nothing is signed, the next run reads everything anew.");
    }

    public void Dispose() => Chain.Dispose();

    private void Take(StoredBlob blob, Action<BatchJudgement> onVoid)
    {
        var judgement = Chain.TakeStored(blob);
        firsts.Add(judgement.Batch?.First ?? Void);
        if (judgement.Batch is not { } batch)
        {
            onVoid(judgement);
            return;
        }

        Logged.Add(batch, blob.Created);
        beforeNewest = tree.Copy();
        Grow(tree, batch);
        (Newest, Root) = (batch, tree.Root());
    }

    private static void Grow(CompactRange tree, BatchFile batch)
    {
        foreach (var entry in batch.Entries)
            tree.Append(entry.LeafHash);
    }
}
