using System.Runtime.CompilerServices;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.History;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>
/// Reads one log from its first batch to its last: batches in order, records on all cores, and what they say together in order again. What is under way at a time bounds the memory, not the log.
/// </summary>
internal sealed class ShardPass(LogShard shard, string origin, VerifyOptions options, RecordAuthenticity authenticity, EvidenceHistory history, IReadOnlyList<SavedCheckpoint> saved, IndexCheck? rows, FindingBook book, IProgress<VerifyProgress>? progress)
{
    // Small enough that the records of one batch keep all cores, or a network, busy.
    private const int ChunkLeaves = 64;
    private readonly RecordCheck records = new(shard.Log, shard.Tiles, origin, authenticity, options, book);
    private readonly CheckpointCheck checkpoints = new(shard.Log, origin, book);
    private DateTimeOffset? headCreated;
    private DateTimeOffset? savedCreated;

    internal LogLedger Ledger { get; } = new(origin, book, history, saved, options.Level == VerifyLevel.Full ? shard.Tiles : null, rows, options.OnRecord);

    internal long Valid { get; private set; }

    internal long Names { get; private set; }

    internal long RecordsRead => records.Read;

    internal bool IsClosed { get; private set; }

    /// <summary>True when its last batch came while its year was under way, known from <see cref="End"/> on: only a thief of the log key does that, to keep records out.</summary>
    internal bool IsClosedEarly { get; private set; }

    /// <summary>Keys that the log went by.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Keys { get; private set; } = [];

    /// <summary>Names in batches that were altered beyond reading.</summary>
    internal NameSet Doubtful { get; private set; } = new();

    /// <summary>True when batches before the saved checkpoint were not read, or some at the end.</summary>
    internal bool IsPart { get; private set; }

    /// <summary>When the part ends that was not read because a checkpoint was saved behind it, as far as its batch's creation and the first record behind it tell; the last instant there is where nothing tells; null where all was read.</summary>
    internal DateTimeOffset? UnreadUntil => !IsPart || CutAt is not null ? null : Ledger.Begun is { } begun && savedCreated is { } created ? (begun > created ? begun : created) : Ledger.Begun ?? DateTimeOffset.MaxValue;

    /// <summary>When the last batch that was read was written, where the reading ended before the log did: nothing behind it is known, so nothing is late by what is newer.</summary>
    internal DateTimeOffset? CutAt { get; private set; }

    /// <summary>What was logged, to be compared with what is listed.</summary>
    internal LoggedNames Logged => new(Ledger.Names, Doubtful, Keys, IsClosed && !IsClosedEarly, Ledger.Links);

    internal async Task RunAsync(CancellationToken ct)
    {
        if (Ledger.Tiles is { } tiles)
            await tiles.BeginAsync(ct);
        var (from, size, recordsFrom, keys) = await StartAsync(ct);
        using var walk = new BatchWalk(shard.Log, origin, keys, book, from, size, options.LogKeyVersions);
        var done = size;
        await foreach (var chunk in Ordered.SelectAsync(ChunksAsync(walk, recordsFrom, ct), options.AtATime(shard.Log.ReadsAtATime), CheckAsync, ct))
        {
            if (chunk.Leaves.Length > 0)
                Ledger.Take(chunk.Work, chunk.Leaves, chunk.First);
            done += chunk.Leaves.Length;
            if (!chunk.IsLast)
                continue;
            headCreated = chunk.Work.Role == PlaceRole.Batch ? chunk.Work.Created : headCreated;
            await Ledger.CloseAsync(chunk.Work, chunk.Checkpoints, ct);
            progress?.Report(new VerifyProgress(origin, "batches", done, null));
            // Each run comes a batch further, whatever it has to read again before.
            if (chunk.Work.Number < recordsFrom || options.Enough?.Invoke() != true || headCreated is not { } last)
                continue;
            (IsPart, CutAt) = (true, last);
            break;
        }

        // The walk is ahead of what was judged.
        (Valid, Names, IsClosed, Doubtful, Keys) = (walk.Valid, walk.Folder.Names, walk.IsClosed && CutAt is null, walk.Doubtful, walk.Keys);
    }

    /// <summary>Everything is known: names what is left to name.</summary>
    internal void End(DateTimeOffset at)
    {
        // Whoever read between a batch and its checkpoint sees one without.
        Ledger.End(headCreated is not { } created || at - created <= options.UnloggedAfter);
        IsClosedEarly = IsClosed && ShardName.IsUnderWay(origin, headCreated ?? at);
        if (IsClosedEarly)
            book.Add(LogFindingKind.ShardBroken, origin, BatchName.Of(Ledger.LastBatch), Ledger.LastBatch, expected: "a log that goes on until its year is over", found: $"it closes the log, which takes in nothing more{(headCreated is { } closed ? $" since {closed:yyyy-MM-dd'T'HH:mm:ss'Z'}" : "")}");
        Ledger.Seals.End(at, options.SealAge, Ledger.Begun, (IsClosed && !IsClosedEarly) || Valid == 0 || CutAt is not null, !IsPart);
    }

    /// <summary>Where to begin: at the start; for a delta behind the saved checkpoint, where tiles give the tree up to there, else from the start without its records.</summary>
    private async Task<(long From, long Size, long RecordsFrom, IReadOnlyList<ReadOnlyMemory<byte>> Keys)> StartAsync(CancellationToken ct)
    {
        var last = saved.Where(one => one.Checkpoint.Origin == origin).MaxBy(one => (one.Checkpoint.Size, one.Checkpoint.Batch));
        if (options.Level != VerifyLevel.Delta || last is null)
            return (0, 0, 0, options.LogKeys);
        IsPart = true;
        await CompareSavedAsync(last.Checkpoint, ct);
        var keys = await KeysAsync(last, ct);
        if (keys.Count > 0 && shard.Tiles is not null && await EdgeAsync(last.Checkpoint.Size, ct) is { } edge && edge.Root() == last.Checkpoint.Root)
        {
            Ledger.Begin(edge, last.Checkpoint.Batch);
            return (last.Checkpoint.Batch + 1, last.Checkpoint.Size, last.Checkpoint.Batch + 1, keys);
        }

        return (0, 0, last.Checkpoint.Batch + 1, options.LogKeys);
    }

    /// <summary>The keys that count behind a saved checkpoint, oldest first: those that signed it, and the one that its batch names. Later ones are named by later batches.</summary>
    private async Task<List<ReadOnlyMemory<byte>>> KeysAsync(SavedCheckpoint last, CancellationToken ct)
    {
        var ids = SignedNote.TryParse(last.Note.Span, out var note, out _) ? note.Signatures.Where(signature => signature.Name == origin).Select(signature => signature.KeyId).Reverse() : [];
        List<ReadOnlyMemory<byte>> keys = [.. ids.SelectMany(id => options.AllLogKeys.Where(spki => Es256.KeyId(spki.Span) == id).Take(1))];
        if (keys.Count == 0 || await shard.Log.ReadAsync(BatchName.Of(last.Checkpoint.Batch), BatchFile.MostBytes, ct) is not { Truncated: false } blob || !BatchParser.TryParse(blob.Bytes, out var signed, out _) || signed.Batch.NextKey is not { } named)
            return keys;
        using var chain = new BatchChain(origin, keys, last.Checkpoint.Batch, signed.Batch.First);
        if (chain.Take(blob.Bytes).IsValid && chain.Keys[^1].Spki is var next && Convert.ToBase64String(next.Span) == named)
            keys.Add(next);
        return keys;
    }

    /// <summary>What the container has at the saved checkpoint's name must be that checkpoint, signed again or not, and its batch must stand where it stood.</summary>
    private async Task CompareSavedAsync(Checkpoint last, CancellationToken ct)
    {
        var stored = await shard.Log.ReadAsync(BatchName.Of(last.Batch), 1, ct);
        savedCreated = stored?.Created;
        if (stored is null)
            book.Add(LogFindingKind.LogTruncated, origin, BatchName.Of(last.Batch), last.Batch, expected: $"{last.Size} leaves up to batch {last.Batch}", found: "its batch is gone");
        // What is void there was named when that batch was verified, and a key that came later may not be among those given.
        var keys = options.AllLogKeys.Select(spki => new LogKey(Es256.KeyId(spki.Span), spki, 0, long.MaxValue)).ToList();
        var there = await new CheckpointCheck(shard.Log, origin, new FindingBook(0, null)).CheckAsync(new BatchWork(new LogPlace(last.Batch, null, [], MoreCheckpoints: true), PlaceRole.Gap, null, keys), ct);
        if (there.Count > 0 && there.All(one => one.Checkpoint.Size != last.Size || one.Checkpoint.Root != last.Root))
            book.Add(LogFindingKind.HistoryRewritten, origin, there[0].Path, last.Batch, expected: $"{last.Size} leaves with root {last.Root.ToBase64()}, as saved", found: $"{there[0].Checkpoint.Size} leaves with root {there[0].Checkpoint.Root.ToBase64()}");
    }

    private async Task<CompactRange?> EdgeAsync(long size, CancellationToken ct)
    {
        try
        {
            return await new TreeProver(new TileReader(shard.Tiles!, size)).EdgeAsync(size, ct);
        }
        catch (Storage.EvidenceStoreException)
        {
            // Tiles are derived: without them the batches say the same.
            return null;
        }
    }

    private static async IAsyncEnumerable<Chunk> ChunksAsync(BatchWalk walk, long recordsFrom, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var work in walk.ReadAsync(ct))
        {
            var entries = work.Batch?.Entries ?? [];
            for (var from = 0; from == 0 || from < entries.Count; from += ChunkLeaves)
                yield return new Chunk(work, from, Math.Min(ChunkLeaves, entries.Count - from), from + ChunkLeaves >= entries.Count, work.Number >= recordsFrom);
        }
    }

    private async Task<CheckedChunk> CheckAsync(Chunk chunk, CancellationToken ct)
    {
        var leaves = new Leaf[chunk.Count];
        var first = (chunk.Work.Batch?.First ?? 0) + chunk.From;
        for (var i = 0; i < leaves.Length; i++)
        {
            var entry = chunk.Work.Batch!.Entries[chunk.From + i];
            leaves[i] = chunk.WithRecords ? await records.CheckAsync(entry, chunk.Work.Number, first + i, ct) : RecordCheck.Unread(entry);
        }

        return new CheckedChunk(chunk.Work, first, leaves, chunk.IsLast, chunk.IsLast ? await checkpoints.CheckAsync(chunk.Work, ct) : []);
    }

    private sealed record Chunk(BatchWork Work, int From, int Count, bool IsLast, bool WithRecords);

    private sealed record CheckedChunk(BatchWork Work, long First, Leaf[] Leaves, bool IsLast, IReadOnlyList<FoundCheckpoint> Checkpoints);
}
