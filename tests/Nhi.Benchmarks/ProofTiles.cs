using System.Buffers.Binary;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;

namespace Nhi.Benchmarks;

/// <summary>Counts the tiles that a proof of inclusion takes in a tree of a million leaves, at a thousand places of it.</summary>
internal static class ProofTiles
{
    private const int Leaves = 1_000_000;
    private const int Apart = 999;

    internal static async Task<long> MostAsync()
    {
        var tiles = new MemoryTileStore();
        var writer = new TileWriter(tiles);
        for (var i = 0; i < Leaves; i++)
            await writer.AppendAsync(LeafOf(i), default, default);
        await writer.FlushAsync(withBundle: false, default);
        var most = 0L;
        for (var place = 0; place < Leaves; place += Apart)
        {
            var before = tiles.Reads;
            var proof = await new TreeProver(new TileReader(tiles, Leaves)).InclusionAsync(place, Leaves, default);
            most = Math.Max(most, tiles.Reads - before);
            if (!TreeProof.IsIncluded(LeafOf(place), place, Leaves, proof, writer.Root()))
                throw new InvalidDataException($"The proof of leaf {place} does not verify.");
        }

        return most;
    }

    private static TreeHash LeafOf(int number)
    {
        Span<byte> hash = stackalloc byte[TreeHash.Size];
        BinaryPrimitives.WriteInt32LittleEndian(hash, number);
        return new TreeHash(hash);
    }
}
