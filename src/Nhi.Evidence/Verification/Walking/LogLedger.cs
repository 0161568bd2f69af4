using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.History;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>Leaves in log order: the tree that they yield, compared with every checkpoint; their names; what they say together.</summary>
internal sealed class LogLedger
{
    private readonly string origin;
    private readonly FindingBook book;
    private readonly EvidenceHistory history;
    private readonly List<SavedCheckpoint> saved;
    private readonly Checkpoint? furthest;
    private long lastTaken = -1;
    private readonly SubtreeMade? made;
    private readonly IndexCheck? rows;
    private readonly Action<string, EvidenceRecord, long>? onRecord;
    private CompactRange tree = new();
    private bool known = true;
    private readonly List<long> unsigned = [];
    private string? newest;

    internal LogLedger(string origin, FindingBook book, EvidenceHistory history, IEnumerable<SavedCheckpoint> saved, ITileStore? tiles, IndexCheck? rows, Action<string, EvidenceRecord, long>? onRecord)
    {
        (this.origin, this.book, this.history, this.rows, this.onRecord) = (origin, book, history, rows, onRecord);
        this.saved = [.. saved.Where(one => one.Checkpoint.Origin == origin).OrderBy(one => one.Checkpoint.Size)];
        furthest = this.saved.Select(one => one.Checkpoint).MaxBy(one => one.Batch);
        Tiles = tiles is null ? null : new TileCheck(tiles, origin, book);
        made = Tiles is null ? null : Tiles.Made;
        Seals = new SealBook(origin, book);
    }

    internal TileCheck? Tiles { get; }

    internal SealBook Seals { get; }

    /// <summary>Names in the log.</summary>
    internal NameSet Names { get; } = new();

    internal long Checkpoints { get; private set; }

    /// <summary>When the first record was written, UTC.</summary>
    internal DateTimeOffset? Begun { get; private set; }

    internal long Size { get; private set; }

    internal long LastBatch { get; private set; } = -1;

    internal ShardLinks Links { get; } = new();

    /// <summary>Begins in the middle: with the edge of a tree whose root is believed.</summary>
    internal void Begin(CompactRange edge, long batch)
    {
        (tree, Size, LastBatch, lastTaken) = (edge, edge.Size, batch, batch);
        Seals.Begin(edge.Size);
    }

    /// <summary>False behind a batch whose leaves are not known: roots can not be compared from there on.</summary>
    internal bool IsKnown => known;

    internal LogHead? Head => LastBatch < 0 || !known ? null : LogHead.Of(LastBatch, Size, tree.Root(), newest);

    /// <summary>Takes the leaves of a batch, or the next ones of it.</summary>
    internal void Take(BatchWork work, ReadOnlySpan<Leaf> leaves, long first)
    {
        if (work.AfterGap && first == work.Batch!.First)
        {
            (known, Size) = (false, work.Batch.First);
            Seals.Begin(Size);
        }

        foreach (ref readonly var found in leaves)
        {
            var index = Size++;
            var leaf = history.Ends?.Counts(origin, found, work.Number, index) is false ? found with { Gist = null } : found;
            if (known)
            {
                tree.Append(leaf.Entry.LeafHash, made);
                CompareSaved();
            }

            Seals.Count(leaf.Name);
            rows?.Take(leaf, origin, index, work.Number);
            if (!Names.Add(leaf.Key))
            {
                book.Add(LogFindingKind.DuplicateLeaf, origin, leaf.Entry.Path, work.Number, index);
                continue;
            }

            history.Take(origin, leaf, index);
            Begun ??= leaf.Gist?.Recorded;
            if (leaf.Gist?.Whole is not { } record)
                continue;
            Seals.Take(leaf.Entry, record, index);
            Links.Take(leaf.Entry.Path, record, index);
            onRecord?.Invoke(origin, record, index);
        }
    }

    /// <summary>The end of a number: its checkpoints against the tree.</summary>
    internal async Task CloseAsync(BatchWork work, IReadOnlyList<FoundCheckpoint> checkpoints, CancellationToken ct)
    {
        if (work.Place.Batch is not null || checkpoints.Count > 0)
            lastTaken = work.Number;
        if (work.Role is PlaceRole.Batch or PlaceRole.Altered)
            LastBatch = work.Number;
        var root = known ? tree.Root() : default;
        var right = known ? checkpoints.Where(one => one.Checkpoint.Size == Size && one.Checkpoint.Root == root).ToList() : checkpoints;
        Checkpoints += right.Count > 0 ? 1 : 0;
        if (right.Count > 0 && work.Role is not PlaceRole.Beyond)
            newest = System.Text.Encoding.UTF8.GetString(right[0].Note.Span);
        JudgeVoid(work, checkpoints, right.Count);
        if (known && work.Role is PlaceRole.Batch)
        {
            foreach (var fork in checkpoints.Except(right))
                book.Add(LogFindingKind.CheckpointFork, origin, fork.Path, work.Number, expected: $"{Size} leaves with root {root.ToBase64()}", found: $"{fork.Checkpoint.Size} leaves with root {fork.Checkpoint.Root.ToBase64()}");
        }
        else if (work.Role is PlaceRole.Altered && checkpoints.Count > 0 && right.Count == 0)
        {
            // Its lines were altered too: what the tree is from here on is not known.
            known = false;
        }

        if (right.Count == 0 && work.Role is PlaceRole.Batch or PlaceRole.Altered)
            unsigned.Add(work.Number);
        if (known)
        {
            Seals.Grown(Size, root);
            Links.Grown(Size, root);
        }

        if (Tiles is not null && known)
        {
            await Tiles.CompareAsync(ct);
            await Tiles.GrownAsync(Size, right, ct);
        }
    }

    /// <summary>All numbers are taken.</summary>
    /// <param name="headIsNew">True when the last batch may still get its checkpoint.</param>
    internal void End(bool headIsNew)
    {
        foreach (var number in unsigned)
        {
            var last = number == LastBatch;
            book.Add(last && headIsNew ? LogFindingKind.NotYet : LogFindingKind.CheckpointMissing, origin, CheckpointName.Of(number), number);
        }

        foreach (var one in saved.Where(one => one.Checkpoint.Size > Size))
            book.Add(LogFindingKind.LogTruncated, origin, BatchName.Of(one.Checkpoint.Batch), one.Checkpoint.Batch, expected: $"{one.Checkpoint.Size} leaves up to batch {one.Checkpoint.Batch}", found: $"{Size} leaves up to batch {LastBatch}");
        // A last batch that lists nothing (it names a key, or closes the log) leaves the tree as it was: its number alone tells that it is gone.
        if (furthest is { } end && end.Size <= Size && end.Batch > lastTaken)
            book.Add(LogFindingKind.LogTruncated, origin, BatchName.Of(end.Batch), end.Batch, expected: $"{end.Size} leaves up to batch {end.Batch}", found: $"{Size} leaves up to batch {LastBatch}");

        Tiles?.End(Size, known);
    }

    /// <summary>A file that counts for nothing, or none at all, where a signed checkpoint says that there was a batch.</summary>
    private void JudgeVoid(BatchWork work, IReadOnlyList<FoundCheckpoint> checkpoints, int right)
    {
        var proof = checkpoints.FirstOrDefault(one => one.Checkpoint.Size > Size);
        switch (work.Role)
        {
            case PlaceRole.Void when proof is not null && known:
                book.Add(LogFindingKind.BatchAltered, origin, work.Place.Batch, work.Number, expected: $"a batch up to leaf {proof.Checkpoint.Size}, as '{proof.Path}' says", found: work.Why);
                break;
            case PlaceRole.Void:
                book.Add(LogFindingKind.BatchVoid, origin, work.Place.Batch, work.Number, found: work.Why);
                foreach (var fork in checkpoints.Where(_ => known && right < checkpoints.Count).Where(one => one.Checkpoint.Size != Size || one.Checkpoint.Root != tree.Root()))
                    book.Add(LogFindingKind.CheckpointFork, origin, fork.Path, work.Number);
                break;
            case PlaceRole.Beyond when work.Place.Batch is { } path:
                book.Add(LogFindingKind.NameSquatted, origin, path, work.Number, found: work.Why);
                break;
            case PlaceRole.Beyond when checkpoints.Count > 0:
                book.Add(LogFindingKind.BatchMissing, origin, BatchName.Of(work.Number), work.Number, expected: $"{checkpoints[0].Checkpoint.Size} leaves, as '{checkpoints[0].Path}' says", found: "there is none");
                break;
        }
    }

    private void CompareSaved()
    {
        while (saved.Count > 0 && saved[0].Checkpoint.Size <= Size)
        {
            var one = saved[0].Checkpoint;
            if (one.Size == Size && one.Root != tree.Root())
                book.Add(LogFindingKind.HistoryRewritten, origin, CheckpointName.Of(one.Batch), one.Batch, index: Size - 1, expected: $"{one.Size} leaves with root {one.Root.ToBase64()}, as saved", found: tree.Root().ToBase64());
            saved.RemoveAt(0);
        }
    }
}
