using System.Runtime.InteropServices;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Tiles;

/// <summary>
/// The hashes of a tree of <paramref name="size"/> leaves out of its tiles, each tile read once. What comes out is worth what the root that it hashes to is worth. Not safe for use by many threads at once.
/// </summary>
/// <param name="tiles">Where they lie.</param>
/// <param name="size">Leaves: which partial tiles there are.</param>
public sealed class TileReader(ITileStore tiles, long size) : ITreeNodes
{
    /// <summary>Tiles kept, at 8 KB each; then the reader forgets them all.</summary>
    private const int MostKept = 4_096;
    private readonly Dictionary<(int Level, long Index), TreeHash[]> kept = [];

    /// <summary>Leaves of the tree.</summary>
    public long Size { get; } = size;

    /// <summary>Tiles read so far.</summary>
    public int Reads { get; private set; }

    /// <summary>Throws <see cref="EvidenceStoreException"/> when the tile is missing, too short or cannot be read: rebuild the tiles.</summary>
    public async ValueTask<TreeHash> NodeAsync(int level, long index, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(level);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (level > 62 || index >= Size >> level)
            throw new ArgumentOutOfRangeException(nameof(index), $"Subtree {index} of level {level} is not complete in a tree of {Size} leaves.");
        var inside = level % TilePath.Height;
        var (tileLevel, first) = (level / TilePath.Height, index << inside);
        var tile = await TileAsync(tileLevel, first / TilePath.Width, ct);
        return Combine(tile.AsSpan((int)(first % TilePath.Width), 1 << inside));
    }

    /// <summary>The hashes of a tile as this tree has it. Throws <see cref="EvidenceStoreException"/> as <see cref="NodeAsync"/> does.</summary>
    public async ValueTask<TreeHash[]> TileAsync(int level, long index, CancellationToken ct) =>
        await TryTileAsync(level, index, ct)
            ?? throw new EvidenceStoreException($"The tile '{TilePath.Of(level, index, TilePath.WidthIn(Size, level, index))}' is missing or too short. Rebuild the tiles: nhi rebuild --tiles.");

    /// <summary>The same; null when the tile is missing or too short.</summary>
    public async ValueTask<TreeHash[]?> TryTileAsync(int level, long index, CancellationToken ct)
    {
        if (kept.TryGetValue((level, index), out var known))
            return known;
        var width = TilePath.WidthIn(Size, level, index);
        if (width == 0)
            throw new ArgumentOutOfRangeException(nameof(index), $"A tree of {Size} leaves has no tile {index} on level {level}.");
        var found = await ReadAsync(TilePath.Of(level, index, width), ct);
        // A partial tile may be gone once the full one is there.
        if (width < TilePath.Width && found.Length < width * TreeHash.Size)
            found = await ReadAsync(TilePath.Of(level, index), ct);
        if (found.Length < width * TreeHash.Size)
            return null;
        if (kept.Count >= MostKept)
            kept.Clear();
        return kept[(level, index)] = MemoryMarshal.Cast<byte, TreeHash>(found.Span[..(width * TreeHash.Size)]).ToArray();
    }

    /// <summary>No bytes where there is no tile.</summary>
    private async Task<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken ct)
    {
        Reads++;
        return await tiles.ReadAsync(path, TilePath.Width * TreeHash.Size, ct) ?? default;
    }

    private static TreeHash Combine(ReadOnlySpan<TreeHash> hashes)
    {
        Span<TreeHash> row = stackalloc TreeHash[TilePath.Width / 2];
        if (hashes.Length == 1)
            return hashes[0];
        for (var i = 0; i < hashes.Length / 2; i++)
            row[i] = TreeHash.Node(hashes[2 * i], hashes[(2 * i) + 1]);
        for (var width = hashes.Length / 4; width >= 1; width /= 2)
        {
            for (var i = 0; i < width; i++)
                row[i] = TreeHash.Node(row[2 * i], row[(2 * i) + 1]);
        }

        return row[0];
    }
}
