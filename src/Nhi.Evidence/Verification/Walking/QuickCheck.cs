using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>The head alone: where the log ends, whether its newest checkpoint is signed and grew out of the saved one, how old the newest seal is. A few dozen reads, however long the log is.</summary>
internal sealed class QuickCheck(LogVerifier.Run run)
{
    private const int Wide = 64;
    private const int MostBack = 1_000;

    internal async Task RunAsync(CancellationToken ct)
    {
        var shards = run.Known;
        run.At = run.Options.At ?? shards.Select(pair => pair.Shard.Log.AsOf).Max() ?? run.Options.Clock.GetUtcNow();
        run.Skip("Records, batches and names: only the head was looked at.");
        (LogShard Shard, string Origin)? sealing = null;
        var begun = false;
        foreach (var (shard, origin) in shards)
        {
            var last = run.Saved.Where(one => one.Checkpoint.Origin == origin).MaxBy(one => (one.Checkpoint.Size, one.Checkpoint.Batch));
            var head = await HeadAsync(shard, origin, last?.Checkpoint.Batch ?? 0, ct);
            // A year may have gone by without a record; and whoever looks in a year's first minutes finds its log not begun, while the former one still says how all is.
            if (head < 0 && last is null && (!ReferenceEquals(shard, shards[^1].Shard) || (begun && ShardName.TryParse(origin) is { } year && run.At - year.Begins <= run.Options.SealAge)))
            {
                run.Book.Add(LogFindingKind.NotYet, origin, BatchName.Of(0), 0, found: "this log has not begun");
                continue;
            }

            begun = true;
            var newest = await NewestAsync(shard, origin, head, ct);
            var closed = await IsClosedAsync(shard.Log, head, ct);
            if (closed && ShardName.IsUnderWay(origin, run.At))
                run.Book.Add(LogFindingKind.ShardBroken, origin, BatchName.Of(head), head, expected: "a log that goes on until its year is over", found: "it closes the log, which takes in nothing more");
            if (newest is null)
                run.Book.Add(LogFindingKind.CheckpointMissing, origin, CheckpointName.Of(Math.Max(head, 0)), Math.Max(head, 0), found: $"no signed checkpoint among the last {MostBack} batches, by the keys that were given");
            else if (last is not null)
                await CompareAsync(shard, origin, last.Checkpoint, newest, ct);
            sealing = closed ? null : (shard, origin);
            await run.PolicyAsync(shard, origin, ct);
            run.Add(new VerifiedLog(origin, shard.Log.Place, head + 1, newest?.Checkpoint.Size ?? 0, 0, newest is null ? 0 : 1, 0,
                newest is null ? null : LogHead.Of(newest.Checkpoint.Batch, newest.Checkpoint.Size, newest.Checkpoint.Root, System.Text.Encoding.UTF8.GetString(newest.Note.Span)), closed));
        }

        if (sealing is var (open, name))
            await SealAsync(open.Log, name, ct);
    }

    /// <summary>The last number whose batch name is taken, probed in the container: far steps as long as signed checkpoints are there, which nobody else can make; then name by name.</summary>
    private async Task<long> HeadAsync(LogShard shard, string origin, long from, CancellationToken ct)
    {
        var low = from;
        for (var step = 1L; await SignedAsync(shard.Log, origin, low + step, ct) is not null; step *= 2)
            low += step;
        for (var step = Wide; ; low += step)
        {
            var start = low;
            var there = await Task.WhenAll(Enumerable.Range(0, step).Select(async i => await shard.Log.ReadAsync(BatchName.Of(start + i), 1, ct) is not null));
            if (Array.IndexOf(there, false) is var free && free >= 0)
                return free == 0 && low > from ? await HeadAsync(shard, origin, from + ((low - from) / 2), ct) : low + free - 1;
        }
    }

    private async Task<FoundCheckpoint?> NewestAsync(LogShard shard, string origin, long head, CancellationToken ct)
    {
        for (var number = head; number >= 0 && number > head - MostBack; number--)
        {
            if (await SignedAsync(shard.Log, origin, number, ct) is { } found)
                return found;
        }

        return null;
    }

    private async Task<FoundCheckpoint?> SignedAsync(IReadableLog log, string origin, long number, CancellationToken ct)
    {
        var keys = run.Options.LogKeys.Select(spki => new NoteKey(origin, spki.Span)).ToList();
        try
        {
            var plain = CheckpointName.Of(number);
            if (await log.ReadAsync(plain, SignedNote.MostBytes, ct) is not { } first)
                return null;
            if (Judge(plain, first, origin, number, keys) is { } found)
                return found;
            await foreach (var name in log.ListAsync(CheckpointName.Prefix(number), ct))
            {
                if (name.Path != plain && CheckpointName.TryParse(name.Path, out _, out _) && await log.ReadAsync(name.Path, SignedNote.MostBytes, ct) is { } blob && Judge(name.Path, blob, origin, number, keys) is { } beside)
                    return beside;
            }

            return null;
        }
        finally
        {
            keys.ForEach(key => key.Dispose());
        }
    }

    private static FoundCheckpoint? Judge(string path, LogBlob blob, string origin, long number, List<NoteKey> keys) =>
        !blob.Truncated && CheckpointNote.Judge(blob.Bytes.Span, origin, number, keys).Checkpoint is { } checkpoint ? new FoundCheckpoint(path, checkpoint, blob.Bytes, false) : null;

    private static async Task<bool> IsClosedAsync(IReadableLog log, long head, CancellationToken ct) =>
        head >= 0 && await log.ReadAsync(BatchName.Of(head), BatchFile.MostBytes, ct) is { Truncated: false } blob && BatchParser.TryParse(blob.Bytes, out var signed, out _) && signed.Batch.Closes;

    /// <summary>That the newest tree grew out of the saved one. Tiles make the proof short; where they do not, the batches say.</summary>
    private async Task CompareAsync(LogShard shard, string origin, Checkpoint last, FoundCheckpoint newest, CancellationToken ct)
    {
        var now = newest.Checkpoint;
        if (now.Size < last.Size || now.Batch < last.Batch)
        {
            run.Book.Add(LogFindingKind.LogTruncated, origin, newest.Path, now.Batch, expected: $"{last.Size} leaves up to batch {last.Batch}", found: $"{now.Size} leaves up to batch {now.Batch}");
            return;
        }

        if (shard.Tiles is not null && await IsConsistentAsync(shard.Tiles, last, now, ct))
            return;
        if (await RootsAsync(shard.Log, origin, last.Size, now.Size, ct) is var (before, after) && before == last.Root && after == now.Root)
            return;
        run.Book.Add(LogFindingKind.HistoryRewritten, origin, newest.Path, now.Batch, expected: $"a tree that grew out of {last.Size} leaves with root {last.Root.ToBase64()}", found: $"{now.Size} leaves with root {now.Root.ToBase64()}");
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

    /// <summary>Looks for the newest seal by the folders of the last hours.</summary>
    private async Task SealAsync(IReadableLog log, string origin, CancellationToken ct)
    {
        DateTimeOffset? newest = null;
        for (var hour = 0; hour <= 2 && newest is null; hour++)
        {
            await foreach (var name in log.ListAsync(RecordPath.HourFolder(run.At.AddHours(-hour)), ct))
            {
                if (RecordPath.TryParse(name.Path, out var parsed) && parsed.Stage == "2-seal" && await log.ReadAsync(name.Path, RecordLimits.Bytes, ct) is { Truncated: false } blob
                    && run.Authenticity.Check(blob.Bytes.Span, name.Path, origin).Record?.Seal is { } seal && (newest is null || seal.To > newest))
                    newest = seal.To;
            }
        }

        if (newest is null || run.At - newest > run.Options.SealAge)
            run.Book.Add(LogFindingKind.SealLate, origin, expected: $"a seal not older than {run.Options.SealAge.TotalMinutes:0} minutes", found: newest is null ? "there is none in the last hours" : $"the newest one covers the time to {newest:yyyy-MM-dd'T'HH:mm:ss'Z'}");
    }
}
