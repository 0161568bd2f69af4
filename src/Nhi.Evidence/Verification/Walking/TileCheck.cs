using System.Runtime.InteropServices;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>Compares tiles and bundles with the tree as it grows. They may be a little behind: their own pointer says how far they go.</summary>
internal sealed class TileCheck(ITileStore tiles, string origin, FindingBook book)
{
    private readonly List<List<TreeHash>> levels = [];
    private readonly List<(int Level, long Index, TreeHash[] Hashes)> whole = [];
    private (Checkpoint Checkpoint, ReadOnlyMemory<byte> Note)? pointer;
    private bool partial;
    private bool missing;
    private long size = -1;

    /// <summary>Reads the pointer.</summary>
    internal async Task BeginAsync(CancellationToken ct)
    {
        if (await tiles.ReadAsync(TilePath.Checkpoint, SignedNote.MostBytes, ct) is not { } note)
        {
            missing = true;
            return;
        }

        if (!SignedNote.TryParse(note.Span, out var signed, out var why) || !Checkpoint.TryParse(signed.Text, out var checkpoint, out why) || checkpoint.Origin != origin)
            book.Add(LogFindingKind.TileAltered, origin, TilePath.Checkpoint, found: why ?? "it is for another log");
        else
            (size, pointer) = (checkpoint.Size, (checkpoint, note));
    }

    /// <summary>A complete subtree; those of every eighth level stand in tiles.</summary>
    internal void Made(int level, long index, in TreeHash hash)
    {
        if (level % TilePath.Height != 0)
            return;
        var tileLevel = level / TilePath.Height;
        while (levels.Count <= tileLevel)
            levels.Add(new List<TreeHash>(TilePath.Width));
        var hashes = levels[tileLevel];
        hashes.Add(hash);
        if (hashes.Count < TilePath.Width)
            return;
        if (size < 0 || (index + 1) << level <= size)
            whole.Add((tileLevel, index / TilePath.Width, [.. hashes]));
        hashes.Clear();
    }

    /// <summary>Compares what became whole.</summary>
    internal async Task CompareAsync(CancellationToken ct)
    {
        foreach (var (level, index, hashes) in whole)
        {
            await CompareAsync(level, index, hashes, ct);
            if (level == 0)
                await CompareBundleAsync(index, hashes, ct);
        }

        whole.Clear();
    }

    /// <summary>The end of a batch: where the pointer stands, the tiles that are not whole are compared, and the pointer with what was signed there.</summary>
    internal async Task GrownAsync(long grown, IReadOnlyList<FoundCheckpoint> checkpoints, CancellationToken ct)
    {
        if (grown != size || pointer is not { } at)
            return;
        if (checkpoints.Count > 0 && checkpoints.Any(one => one.Checkpoint.Batch == at.Checkpoint.Batch))
        {
            if (!checkpoints.Any(one => one.Note.Span.SequenceEqual(at.Note.Span)))
                book.Add(LogFindingKind.TileAltered, origin, TilePath.Checkpoint, at.Checkpoint.Batch, expected: checkpoints[0].Path, found: "other bytes than the checkpoint that it copies");
            pointer = null;
        }

        if (partial)
            return;
        partial = true;
        for (var level = 0; level < levels.Count; level++)
        {
            if (levels[level].Count == 0)
                continue;
            var index = size >> ((level + 1) * TilePath.Height);
            await CompareAsync(level, index, [.. levels[level]], ct);
            if (level == 0)
                await CompareBundleAsync(index, [.. levels[0]], ct);
        }
    }

    /// <summary>All leaves are taken.</summary>
    /// <param name="grown">How many there are.</param>
    /// <param name="known">False where the tree is not known to its end.</param>
    internal void End(long grown, bool known)
    {
        // A log that has not begun has no tiles yet.
        if (missing && grown > 0)
            book.Add(LogFindingKind.TileMissing, origin, TilePath.Checkpoint);
        if (!known)
            return;
        if (size > grown)
            book.Add(LogFindingKind.TileAltered, origin, TilePath.Checkpoint, expected: $"at most {grown} leaves", found: $"it says {size}");
        else if (pointer is not null && size >= 0)
            book.Add(LogFindingKind.TileAltered, origin, TilePath.Checkpoint, pointer.Value.Checkpoint.Batch, found: "it is no checkpoint of the log");
    }

    private async Task CompareAsync(int level, long index, TreeHash[] hashes, CancellationToken ct)
    {
        var path = TilePath.Of(level, index, hashes.Length);
        var expected = MemoryMarshal.AsBytes(hashes.AsSpan()).ToArray();
        var found = await tiles.ReadAsync(path, TilePath.Width * TreeHash.Size, ct);
        // A partial tile may be gone once the full one is there.
        if (found is null && hashes.Length < TilePath.Width && await tiles.ReadAsync(path = TilePath.Of(level, index), TilePath.Width * TreeHash.Size, ct) is { } full && full.Length >= expected.Length)
            found = full[..expected.Length];
        if (found is null)
            book.Add(LogFindingKind.TileMissing, origin, TilePath.Of(level, index, hashes.Length));
        else if (!found.Value.Span.SequenceEqual(expected))
            book.Add(LogFindingKind.TileAltered, origin, path, bytes: RecordCheck.Difference(expected, found.Value.Span));
    }

    private async Task CompareBundleAsync(long index, TreeHash[] leaves, CancellationToken ct)
    {
        var path = TilePath.OfBundle(index, leaves.Length);
        if (await tiles.ReadAsync(path, EntryBundle.MostBytes, ct) is not { } bundle)
        {
            // Partial bundles are written now and then.
            if (leaves.Length == TilePath.Width)
                book.Add(LogFindingKind.TileMissing, origin, path);
            return;
        }

        if (!EntryBundle.TryDecode(bundle, leaves.Length, out var records))
        {
            book.Add(LogFindingKind.TileAltered, origin, path, found: $"it does not hold {leaves.Length} records");
            return;
        }

        var offset = 0L;
        for (var i = 0; i < leaves.Length; i++)
        {
            // An empty entry stands for a record that was not there when the bundle was made: a finding of its own.
            if (records[i].Length > 0 && TreeHash.Leaf(records[i].Span) != leaves[i])
                book.Add(LogFindingKind.TileAltered, origin, path, index: (index * TilePath.Width) + i, bytes: new ByteRange(offset + 2, records[i].Length), expected: leaves[i].ToString());
            offset += records[i].Length + 2;
        }
    }
}
