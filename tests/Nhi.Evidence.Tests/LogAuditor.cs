using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Tree;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Tests;

/// <summary>What an auditor finds in a container, by the plainest means: every batch, every note, the tree of RFC 6962 word for word.</summary>
internal sealed record LogAuditor(IReadOnlyList<BatchFile> Valid, IReadOnlyList<BatchJudgement> Void, IReadOnlyList<TreeHash> Leaves, IReadOnlyList<Checkpoint> Checkpoints, IReadOnlyList<string> Forks, IReadOnlyList<string> VoidNotes, IReadOnlyList<LogKey> Keys)
{
    internal TreeHash Root => ReferenceTree.Root([.. Leaves]);

    internal static async Task<LogAuditor> ReadAsync(IEvidenceStore store, params IReadOnlyList<ReadOnlyMemory<byte>> firstKeys)
    {
        using var chain = new BatchChain(store.Origin, firstKeys);
        List<BatchFile> valid = [];
        List<BatchJudgement> voids = [];
        List<(long Size, TreeHash Root)> at = [];
        var tree = new CompactRange();
        List<TreeHash> leaves = [];
        while (await store.ReadAsync(BatchName.Of(chain.Next), BatchFile.MostBytes, default) is { } blob)
        {
            var judgement = chain.Take(blob.Truncated ? null : blob.Bytes);
            if (judgement.Batch is { } batch)
                valid.Add(batch);
            else
                voids.Add(judgement);
            foreach (var entry in judgement.Batch?.Entries ?? [])
            {
                leaves.Add(entry.LeafHash);
                tree.Append(entry.LeafHash);
            }

            at.Add((tree.Size, tree.Root()));
        }

        List<Checkpoint> checkpoints = [];
        List<string> forks = [], voidNotes = [];
        var keys = chain.Keys.Select(key => (Key: key, Note: new NoteKey(store.Origin, key.Spki.Span))).ToArray();
        await foreach (var blob in store.ListAsync("log/", default))
        {
            if (!CheckpointName.TryParse(blob.Path, out var number, out _))
                continue;
            var note = (await store.ReadAsync(blob.Path, SignedNote.MostBytes, default))!;
            var judged = CheckpointNote.Judge(note.Bytes.Span, store.Origin, number, [.. keys.Where(one => one.Key.CountsAt(number)).Select(one => one.Note)]);
            if (judged.Checkpoint is not { } checkpoint || number >= at.Count)
                voidNotes.Add(blob.Path);
            else if ((checkpoint.Size, checkpoint.Root) != at[(int)number])
                forks.Add(blob.Path);
            else
                checkpoints.Add(checkpoint);
        }

        foreach (var (_, note) in keys)
            note.Dispose();
        return new LogAuditor(valid, voids, leaves, checkpoints, forks, voidNotes, chain.Keys);
    }

    /// <summary>Every valid batch has its checkpoint, and so has the last name that is taken.</summary>
    internal void AssertCheckpointed()
    {
        var have = Checkpoints.Select(checkpoint => checkpoint.Batch).ToHashSet();
        Assert.All(Valid, batch => Assert.Contains(batch.Number, have));
        if (Valid.Count + Void.Count is > 0 and var taken)
            Assert.Contains(taken - 1L, have);
    }

    /// <summary>The tiles are those of this log, byte for byte: hashes, full bundles, and the pointer.</summary>
    internal async Task AssertTiledAsync(MemoryTileStore tiles, IEvidenceStore store)
    {
        var size = Leaves.Count;
        var reader = new TileReader(tiles, size);
        var prover = new TreeProver(reader);
        Assert.Equal(Root, await prover.RootAsync(size, default));
        for (var i = 0; i < size; i++)
            Assert.Equal(Leaves[i], await reader.NodeAsync(0, i, default));
        for (var level = 8; size >> level > 0; level += 8)
        {
            for (var i = 0; i < size >> level; i++)
                Assert.Equal(ReferenceTree.Root([.. Leaves.Skip(i << level).Take(1 << level)]), await reader.NodeAsync(level, i, default));
        }

        var paths = Valid.SelectMany(batch => batch.Entries).Select(entry => entry.Path).ToArray();
        for (var bundle = 0; bundle < size / TilePath.Width; bundle++)
        {
            Assert.True(EntryBundle.TryDecode((await tiles.ReadAsync(TilePath.OfBundle(bundle), EntryBundle.MostBytes, default))!.Value, TilePath.Width, out var records));
            for (var i = 0; i < TilePath.Width; i++)
            {
                var blob = await store.ReadAsync(paths[(bundle * TilePath.Width) + i], 65_535, default);
                Assert.Equal(blob?.Bytes.ToArray() ?? [], records[i].ToArray());
            }
        }

        Assert.True(SignedNote.TryParse((await tiles.ReadAsync(TilePath.Checkpoint, SignedNote.MostBytes, default))!.Value.Span, out var note, out _));
        Assert.True(Checkpoint.TryParse(note.Text, out var pointer, out _));
        Assert.Equal((size, Root), (pointer.Size, pointer.Root));
    }
}
