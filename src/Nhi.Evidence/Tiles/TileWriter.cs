using System.Runtime.InteropServices;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Tiles;

/// <summary>
/// Writes a growing tree as tiles and bundles: full ones as they fill, partial ones at a flush. It keeps the right edge only, so its memory is that of one bundle however many leaves there are.
/// After a failure make another one. Not safe for use by many threads at once.
/// </summary>
public sealed class TileWriter
{
    private const int MostUnderWay = 16;
    private readonly ITileStore store;
    private readonly CompactRange tree;
    private readonly List<Edge> edges = [];
    private readonly List<ReadOnlyMemory<byte>> bundle = [];
    private readonly List<Task> underWay = [];
    private readonly SubtreeMade made;

    /// <summary>Begins with an empty tree.</summary>
    public TileWriter(ITileStore store) : this(store, new CompactRange()) { }

    private TileWriter(ITileStore store, CompactRange tree)
    {
        ArgumentNullException.ThrowIfNull(store);
        (this.store, this.tree) = (store, tree);
        made = Made;
    }

    /// <summary>Leaves so far.</summary>
    public long Size => tree.Size;

    /// <summary>The root of the leaves so far.</summary>
    public TreeHash Root() => tree.Root();

    /// <summary>
    /// Goes on where tiles of <paramref name="size"/> leaves lie, from the last full bundle on: <see cref="Size"/> says how many leaves that is. Null when the right edge of those tiles does not hash to <paramref name="root"/>.
    /// Throws <see cref="EvidenceStoreException"/> when the store does not answer.
    /// </summary>
    public static async Task<TileWriter?> OpenAsync(ITileStore store, long size, TreeHash root, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var reader = new TileReader(store, size);
        List<Edge> edges = [];
        for (var (level, width) = (0, size); width > 0; (level, width) = (level + 1, width / TilePath.Width))
        {
            var edge = new Edge();
            edges.Add(edge);
            if (width % TilePath.Width == 0)
                continue;
            if (await reader.TryTileAsync(level, width / TilePath.Width, ct) is not { } hashes)
                return null;
            edge.Hashes.AddRange(hashes);
            edge.Written = hashes.Length;
        }

        var prover = new TreeProver(reader);
        if (await prover.RootAsync(size, ct) != root)
            return null;
        // Leaves of the bundle that is not full come again, with their records.
        var writer = new TileWriter(store, await prover.EdgeAsync(size - (size % TilePath.Width), ct));
        edges.FirstOrDefault()?.Clear();
        writer.edges.AddRange(edges);
        return writer;
    }

    /// <summary>Adds a leaf and its record's bytes; none where the blob is absent or does not hash to the leaf.</summary>
    public async ValueTask AppendAsync(TreeHash leaf, ReadOnlyMemory<byte> record, CancellationToken ct)
    {
        bundle.Add(record);
        tree.Append(leaf, made);
        if (bundle.Count < TilePath.Width)
            return;
        underWay.Add(store.WriteAsync(TilePath.OfBundle((tree.Size / TilePath.Width) - 1), EntryBundle.Encode(bundle), ct));
        bundle.Clear();
        for (var level = 0; edges[level].Hashes.Count == TilePath.Width; level++)
        {
            underWay.Add(store.WriteAsync(TilePath.Of(level, IndexOf(level) - 1), Bytes(edges[level].Hashes), ct));
            edges[level].Clear();
        }

        if (underWay.Count >= MostUnderWay)
            await SettleAsync();
    }

    /// <summary>Writes the partial tiles of the tree as it is, and, with <paramref name="withBundle"/>, the partial bundle. When it returns, every tile of this tree is there.</summary>
    public async Task FlushAsync(bool withBundle, CancellationToken ct)
    {
        for (var level = 0; level < edges.Count; level++)
        {
            var edge = edges[level];
            if (edge.Hashes.Count > 0 && edge.Hashes.Count != edge.Written)
                underWay.Add(store.WriteAsync(TilePath.Of(level, IndexOf(level), edge.Hashes.Count), Bytes(edge.Hashes), ct));
            edge.Written = edge.Hashes.Count;
        }

        if (withBundle && bundle.Count > 0)
            underWay.Add(store.WriteAsync(TilePath.OfBundle(tree.Size / TilePath.Width, bundle.Count), EntryBundle.Encode(bundle), ct));
        await SettleAsync();
    }

    private async Task SettleAsync()
    {
        await Task.WhenAll(underWay);
        underWay.Clear();
    }

    private void Made(int level, long index, in TreeHash hash)
    {
        if (level % TilePath.Height != 0)
            return;
        if (edges.Count == level / TilePath.Height)
            edges.Add(new Edge());
        edges[level / TilePath.Height].Hashes.Add(hash);
    }

    /// <summary>The tile of that level that is being filled.</summary>
    private long IndexOf(int level) => tree.Size >> ((level + 1) * TilePath.Height);

    private static byte[] Bytes(List<TreeHash> hashes) => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(hashes)).ToArray();

    /// <summary>The hashes of a tile that is not full, and how many of them were written.</summary>
    private sealed class Edge
    {
        internal List<TreeHash> Hashes { get; } = [];

        internal int Written { get; set; }

        internal void Clear()
        {
            Hashes.Clear();
            Written = 0;
        }
    }
}
