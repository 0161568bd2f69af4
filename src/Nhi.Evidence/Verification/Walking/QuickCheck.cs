using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>The head alone: where the log ends, whether its newest checkpoint is signed and grew out of the saved one, how old the newest seal is. Some hundred reads, however long the log is.</summary>
internal sealed class QuickCheck(LogVerifier.Run run)
{
    /// <summary>Batches that are looked through for the newest seal: each hour has one, and at most 60 batches.</summary>
    private const int MostBack = 1_000;
    private const int AtATime = 32;

    internal async Task RunAsync(CancellationToken ct)
    {
        run.At = run.Options.At ?? run.Known.Select(pair => pair.Shard.Log.AsOf).Max() ?? run.Options.Clock.GetUtcNow();
        run.Skip("Records, batches and names: only the head was looked at.");
        var finders = run.Known.Select(pair => new QuickHead(pair.Shard.Log, pair.Origin, run.Options, run.Book)).ToList();
        try
        {
            await RunAsync(finders, ct);
        }
        finally
        {
            finders.ForEach(finder => finder.Dispose());
        }
    }

    private async Task RunAsync(List<QuickHead> finders, CancellationToken ct)
    {
        (int Log, long Head)? open = null;
        for (var i = 0; i < finders.Count; i++)
        {
            var ((shard, origin), finder) = (run.Known[i], finders[i]);
            var last = run.Saved.Where(one => one.Checkpoint.Origin == origin).MaxBy(one => (one.Checkpoint.Size, one.Checkpoint.Batch))?.Checkpoint;
            var (head, notes) = await finder.LookAsync(last?.Batch ?? 0, ct);
            // A year may have gone by without a record; and whoever looks in a year's first minutes finds its log not begun, while the former one still says how all is.
            if (head < 0 && last is null && (i + 1 < run.Known.Count || (open is not null && ShardName.TryParse(origin) is { } year && run.At - year.Begins <= run.Options.SealAge)))
            {
                run.Book.Add(LogFindingKind.NotYet, origin, BatchName.Of(0), 0, found: "this log has not begun");
                continue;
            }

            open = await LookAsync(finder, shard, origin, last, head, notes, ct) is { } end ? (i, end) : null;
        }

        // The newest log that has begun is the one that has to be sealed.
        if (open is var (newest, at))
            await SealAsync(finders[newest], run.Known[newest].Shard.Log, run.Known[newest].Origin, at, ct);
    }

    /// <summary>Looks at the head of one log. Null for one that is closed, else where its seals are to be looked for.</summary>
    private async Task<long?> LookAsync(QuickHead finder, LogShard shard, string origin, Checkpoint? last, long head, IReadOnlyList<FoundCheckpoint> notes, CancellationToken ct)
    {
        // What lies behind the batch that closes a log counts for nothing.
        var closed = (notes.Count > 0 && await IsClosingAsync(finder, notes[0].Checkpoint.Batch, ct)) || await IsClosingAsync(finder, head, ct);
        if (closed && ShardName.IsUnderWay(origin, run.At))
            run.Book.Add(LogFindingKind.ShardBroken, origin, BatchName.Of(head), head, expected: "a log that goes on until its year is over", found: "it closes the log, which takes in nothing more");
        var newest = await ChooseAsync(shard, origin, head, notes, last, ct);
        var policy = await run.PolicyAsync(shard, origin, ct);
        var shown = newest ?? (notes.Count > 0 ? notes[0] : null);
        run.Add(new VerifiedLog(origin, shard.Log.Place, head + 1, shown?.Checkpoint.Size ?? 0, 0, newest is null ? 0 : 1, 0,
            shown is null ? null : LogHead.Of(shown.Checkpoint.Batch, shown.Checkpoint.Size, shown.Checkpoint.Root, newest is null ? null : System.Text.Encoding.UTF8.GetString(newest.Note.Span)), closed, Policy: policy));
        return closed ? null : Math.Max(head, notes.Count > 0 ? notes[0].Checkpoint.Batch : -1);
    }

    private static async Task<bool> IsClosingAsync(QuickHead finder, long number, CancellationToken ct) => await finder.BatchAsync(number, ct) is { Closes: true };

    /// <summary>The newest checkpoint that can be gone by: of several that differ the one that grew out of the saved one. Null where there is none, or nobody can say which.</summary>
    private async Task<FoundCheckpoint?> ChooseAsync(LogShard shard, string origin, long head, IReadOnlyList<FoundCheckpoint> notes, Checkpoint? last, CancellationToken ct)
    {
        if (notes.Count == 0)
        {
            run.Book.Add(LogFindingKind.CheckpointMissing, origin, CheckpointName.Of(Math.Max(head, 0)), Math.Max(head, 0), found: "no signed checkpoint among the last batches, by the keys that were given and those that the log names");
            return null;
        }

        var grown = last is null ? notes : await GrownAsync(shard, origin, last, notes, ct);
        if (last is not null && grown.Count == 0)
        {
            var now = notes.MaxBy(one => one.Checkpoint.Size)!;
            if (now.Checkpoint.Size < last.Size || now.Checkpoint.Batch < last.Batch)
                run.Book.Add(LogFindingKind.LogTruncated, origin, now.Path, now.Checkpoint.Batch, expected: $"{last.Size} leaves up to batch {last.Batch}", found: $"{now.Checkpoint.Size} leaves up to batch {now.Checkpoint.Batch}");
            else
                run.Book.Add(LogFindingKind.HistoryRewritten, origin, now.Path, now.Checkpoint.Batch, expected: $"a tree that grew out of {last.Size} leaves with root {last.Root.ToBase64()}", found: $"{now.Checkpoint.Size} leaves with root {now.Checkpoint.Root.ToBase64()}");
        }

        var chosen = grown.Count == 1 ? grown[0] : null;
        foreach (var fork in notes.Count > 1 ? notes.Where(one => one != chosen) : [])
        {
            run.Book.Add(LogFindingKind.CheckpointFork, origin, fork.Path, fork.Checkpoint.Batch, expected: chosen is null ? "one checkpoint" : $"{chosen.Checkpoint.Size} leaves with root {chosen.Checkpoint.Root.ToBase64()}", found: $"{fork.Checkpoint.Size} leaves with root {fork.Checkpoint.Root.ToBase64()}");
        }

        return chosen;
    }

    /// <summary>Those whose tree grew out of the saved one. Tiles make the proof short; where they do not, the batches say.</summary>
    private async Task<List<FoundCheckpoint>> GrownAsync(LogShard shard, string origin, Checkpoint last, IReadOnlyList<FoundCheckpoint> notes, CancellationToken ct)
    {
        List<FoundCheckpoint> grown = [];
        foreach (var note in notes.Where(one => one.Checkpoint.Size >= last.Size && one.Checkpoint.Batch >= last.Batch))
        {
            if (shard.Tiles is not null && await IsConsistentAsync(shard.Tiles, last, note.Checkpoint, ct))
                grown.Add(note);
        }

        foreach (var note in grown.Count > 0 ? [] : notes.Where(one => one.Checkpoint.Size >= last.Size && one.Checkpoint.Batch >= last.Batch))
        {
            if (await RootsAsync(shard.Log, origin, last.Size, note.Checkpoint.Size, ct) is var (before, after) && before == last.Root && after == note.Checkpoint.Root)
                grown.Add(note);
        }

        return grown;
    }

    private static async Task<bool> IsConsistentAsync(ITileStore tiles, Checkpoint last, Checkpoint now, CancellationToken ct)
    {
        try
        {
            var proof = await new TreeProver(new TileReader(tiles, now.Size)).ConsistencyAsync(last.Size, now.Size, ct);
            return TreeProof.IsConsistent(last.Size, last.Root, now.Size, now.Root, proof);
        }
        catch (Storage.EvidenceStoreException)
        {
            return false;
        }
    }

    private async Task<(TreeHash Before, TreeHash After)> RootsAsync(IReadableLog log, string origin, long first, long second, CancellationToken ct)
    {
        var tree = new CompactRange();
        var before = first == 0 ? TreeHash.Empty : default;
        using var walk = new BatchWalk(log, origin, run.Options.LogKeys, new FindingBook(0, null));
        await foreach (var work in walk.ReadAsync(ct))
        {
            foreach (var entry in work.Batch?.Entries ?? [])
            {
                if (tree.Size == second)
                    return (before, tree.Root());
                tree.Append(entry.LeafHash);
                before = tree.Size == first ? tree.Root() : before;
            }
        }

        return (before, tree.Size == second ? tree.Root() : default);
    }

    /// <summary>Looks for the newest seal that is logged, in the batches before the head: one that only lies there may be hidden or held back.</summary>
    private async Task SealAsync(QuickHead finder, IReadableLog log, string origin, long head, CancellationToken ct)
    {
        if (log is { Origin: null, AsOf: null } && run.Options.At is null)
        {
            run.Skip($"How old the newest seal of {origin} is: the export has no {ExportListing.FileName}, which says when it was made.");
            return;
        }

        DateTimeOffset? newest = null;
        for (var high = head; high >= 0 && high > head - MostBack && newest is null; high -= AtATime)
        {
            var top = high;
            foreach (var batch in await Task.WhenAll(Enumerable.Range(0, (int)Math.Min(AtATime, top + 1)).Select(i => finder.BatchAsync(top - i, ct))))
                newest ??= batch is null ? null : await NewestSealAsync(log, origin, batch, ct);
        }

        if (newest is null || run.At - newest > run.Options.SealAge)
            run.Book.Add(LogFindingKind.SealLate, origin, expected: $"a seal not older than {run.Options.SealAge.TotalMinutes:0} minutes", found: newest is null ? $"none is logged in the last {MostBack} batches" : $"the newest one covers the time to {newest:yyyy-MM-dd'T'HH:mm:ss'Z'}");
    }

    private async Task<DateTimeOffset?> NewestSealAsync(IReadableLog log, string origin, BatchFile batch, CancellationToken ct)
    {
        DateTimeOffset? newest = null;
        foreach (var entry in batch.Entries)
        {
            if (RecordPath.TryParse(entry.Path, out var name) && name.Stage == "2-seal" && await log.ReadAsync(entry.Path, RecordLimits.Bytes, ct) is { Truncated: false } blob
                && run.Authenticity.Check(blob.Bytes.Span, entry.Path, origin, blob.Created).Record?.Seal is { } seal && (newest is null || seal.To > newest))
                newest = seal.To;
        }

        return newest;
    }
}
