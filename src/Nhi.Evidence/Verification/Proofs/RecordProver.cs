using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Verification.Proofs;

/// <summary>
/// Proves that a record stands in the log: into a checkpoint that the auditor saved where there is one, else into the newest that tiles know, else into that of the record's own batch.
/// All tiles are read as the newest tree has them, whose subtrees are those of every tree before; so it takes a handful of reads however the log grew.
/// </summary>
internal sealed class RecordProver(LogShard shard, string origin, string path, VerifyOptions options, LogPast past, FindingBook book)
{
    internal int TileReads { get; private set; }

    /// <summary>The proof, and the batch of the checkpoint that it leads to; null where none does, which is named.</summary>
    internal async Task<(TlogProof Proof, long Into)?> ProveAsync(ReadOnlyMemory<byte> bytes, BatchFile batch, long index, IReadOnlyList<LogKey> keys, CancellationToken ct)
    {
        var leaf = TreeHash.Leaf(bytes.Span);
        var pointer = await PointerAsync(ct);
        foreach (var target in await WantedAsync(index, pointer, ct))
        {
            if (await IntoAsync(target, leaf, index, pointer?.Size ?? 0, ct) is { } proof)
                return (proof, target.Checkpoint.Batch);
        }

        if (options.SavedCheckpoints.Count > 0)
        {
            book.Add(LogFindingKind.SavedCheckpointUnusable, origin, path, batch.Number, index, expected: "a saved checkpoint of this log that includes the record", found: "no proof leads to one");
            return null;
        }

        return await IntoOwnAsync(leaf, batch, index, keys, pointer?.Size ?? 0, ct);
    }

    /// <summary>Into the checkpoint of its own batch. A thief's may stand beside the true one: the true one is what the proof leads to.</summary>
    private async Task<(TlogProof Proof, long Into)?> IntoOwnAsync(TreeHash leaf, BatchFile batch, long index, IReadOnlyList<LogKey> keys, long known, CancellationToken ct)
    {
        var size = batch.First + batch.Entries.Count;
        var own = await NotesAsync(batch.Number, keys, book, ct);
        foreach (var target in own.Where(one => one.Checkpoint.Size == size))
        {
            if (await IntoAsync(target, leaf, index, known, ct) is not { } proof)
                continue;
            foreach (var fork in own.Where(one => one.Checkpoint != target.Checkpoint))
                book.Add(LogFindingKind.CheckpointFork, origin, fork.Path, batch.Number, expected: $"{size} leaves with root {target.Checkpoint.Root.ToBase64()}", found: $"{fork.Checkpoint.Size} leaves with root {fork.Checkpoint.Root.ToBase64()}");
            return (proof, batch.Number);
        }

        if (own.FirstOrDefault(one => one.Checkpoint.Size == size) is { } wrong)
            book.Add(LogFindingKind.LeafUntrue, origin, path, batch.Number, index, expected: $"a leaf of the tree in '{wrong.Path}'", found: "no proof leads there");
        else
            book.Add(LogFindingKind.CheckpointMissing, origin, CheckpointName.Of(batch.Number), batch.Number);
        return null;
    }

    /// <summary>What the proof is to lead to, the most wanted first: the auditor's own, else the newest that tiles know as the container has it.</summary>
    private async Task<IReadOnlyList<FoundCheckpoint>> WantedAsync(long index, Checkpoint? pointer, CancellationToken ct)
    {
        if (options.SavedCheckpoints.Count > 0)
        {
            List<FoundCheckpoint> saved = [];
            foreach (var note in options.SavedCheckpoints)
            {
                if (SavedCheckpoint.TryRead(note, out var one, out _) && one.Checkpoint.Origin == origin && one.Checkpoint.Size > index)
                    saved.Add(new FoundCheckpoint("the saved checkpoint", one.Checkpoint, one.Note, false));
            }

            return [.. saved.OrderByDescending(one => one.Checkpoint.Size)];
        }

        if (pointer is null || pointer.Size <= index)
            return [];
        var keys = options.AllLogKeys.Select(spki => new LogKey(Es256.KeyId(spki.Span), spki, 0, long.MaxValue)).ToList();
        return [.. (await NotesAsync(pointer.Batch, keys, new FindingBook(0, null), ct)).Where(one => one.Checkpoint == pointer)];
    }

    private async Task<IReadOnlyList<FoundCheckpoint>> NotesAsync(long number, IReadOnlyList<LogKey> keys, FindingBook into, CancellationToken ct)
    {
        var place = new LogPlace(number, BatchName.Of(number), [], MoreCheckpoints: true);
        List<FoundCheckpoint> counting = [];
        // Whoever has a retired key signs at any number that nobody took yet.
        foreach (var one in await new CheckpointCheck(shard.Log, origin, into).CheckAsync(new BatchWork(place, PlaceRole.Batch, null, keys), ct))
        {
            if (await past.CountsAsync(one.Note, number, ct))
                counting.Add(one);
        }

        return counting;
    }

    /// <summary>How far tiles say that they go: what they say is worth what it hashes to.</summary>
    private async Task<Checkpoint?> PointerAsync(CancellationToken ct)
    {
        try
        {
            return shard.Tiles is not null && await shard.Tiles.ReadAsync(TilePath.Checkpoint, SignedNote.MostBytes, ct) is { } note && SignedNote.TryParse(note.Span, out var signed, out _)
                && Checkpoint.TryParse(signed.Text, out var said, out _) && said.Origin == origin ? said : null;
        }
        catch (EvidenceStoreException)
        {
            return null;
        }
    }

    private async Task<TlogProof?> IntoAsync(FoundCheckpoint target, TreeHash leaf, long index, long known, CancellationToken ct)
    {
        var (size, root) = (target.Checkpoint.Size, target.Checkpoint.Root);
        var hashes = await FromTilesAsync(index, size, Math.Max(known, size), ct);
        if (hashes is null || !TreeProof.IsIncluded(leaf, index, size, hashes, root))
            hashes = await FromBatchesAsync(index, size, ct);
        return hashes is not null && TreeProof.IsIncluded(leaf, index, size, hashes, root) ? new TlogProof(index, hashes, Encoding.UTF8.GetString(target.Note.Span)) : null;
    }

    /// <summary>Null where there are none, or they are not whole: they are derived.</summary>
    private async Task<IReadOnlyList<TreeHash>?> FromTilesAsync(long index, long size, long known, CancellationToken ct)
    {
        if (shard.Tiles is null)
            return null;
        var reader = new TileReader(shard.Tiles, known);
        try
        {
            return await new TreeProver(reader).InclusionAsync(index, size, ct);
        }
        catch (EvidenceStoreException)
        {
            return null;
        }
        finally
        {
            TileReads += reader.Reads;
        }
    }

    private async Task<IReadOnlyList<TreeHash>?> FromBatchesAsync(long index, long size, CancellationToken ct)
    {
        var nodes = new BatchNodes();
        using var walk = new BatchWalk(shard.Log, origin, options.LogKeys, new FindingBook(0, null));
        await foreach (var work in walk.ReadAsync(ct))
        {
            foreach (var entry in work.Batch?.Entries ?? [])
                nodes.Append(entry.LeafHash);
            if (nodes.Size >= size)
                return await new TreeProver(nodes).InclusionAsync(index, size, ct);
        }

        return null;
    }

    /// <summary>All complete subtrees of a log, in memory: 64 bytes a leaf. For logs without tiles.</summary>
    private sealed class BatchNodes : ITreeNodes
    {
        private readonly List<List<TreeHash>> levels = [];
        private readonly CompactRange tree = new();

        internal long Size => tree.Size;

        internal void Append(TreeHash leaf) => tree.Append(leaf, (int level, long _, in TreeHash hash) =>
        {
            if (levels.Count == level)
                levels.Add([]);
            levels[level].Add(hash);
        });

        public ValueTask<TreeHash> NodeAsync(int level, long index, CancellationToken ct) => new(levels[level][(int)index]);
    }
}
