using CsCheck;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Tree;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Tests.Tiles;

public sealed class TileTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(3, 1_234_067, 256, "tile/3/x001/x234/067")]
    [InlineData(0, 999, 1, "tile/0/999.p/1")]
    [InlineData(1, 1_000, 255, "tile/1/x001/000.p/255")]
    [InlineData(63, 1_000_000, 8, "tile/63/x001/x000/000.p/8")]
    public void Names_are_those_of_C2SP(int level, long index, int width, string name) => Assert.Equal(name, TilePath.Of(level, index, width));

    [Fact]
    public void Bundles_have_names_of_their_own() => Assert.Equal(("tile/entries/x001/234", "tile/entries/000.p/8"), (TilePath.OfBundle(1_234), TilePath.OfBundle(0, 8)));

    [Fact]
    public void A_tree_of_70000_has_the_tiles_that_C2SP_says()
    {
        Assert.Equal((256, 112, 0), (TilePath.WidthIn(70_000, 0, 272), TilePath.WidthIn(70_000, 0, 273), TilePath.WidthIn(70_000, 0, 274)));
        Assert.Equal((256, 17, 0), (TilePath.WidthIn(70_000, 1, 0), TilePath.WidthIn(70_000, 1, 1), TilePath.WidthIn(70_000, 1, 2)));
        Assert.Equal((1, 0), (TilePath.WidthIn(70_000, 2, 0), TilePath.WidthIn(70_000, 3, 0)));
        Assert.Equal((256, 1), (TilePath.WidthIn(256, 0, 0), TilePath.WidthIn(256, 1, 0)));
        Assert.Equal(0, TilePath.WidthIn(long.MaxValue, 63, 0));
    }

    [Fact]
    public void Bundles_hold_what_was_put_into_them() => Gen.Byte.Array[0, 300].Array[0, 20].Sample(records =>
    {
        var bundle = EntryBundle.Encode([.. records.Select(record => (ReadOnlyMemory<byte>)record)]);
        Assert.True(EntryBundle.TryDecode(bundle, records.Length, out var read));
        Assert.Equal(records, read.Select(record => record.ToArray()));
        Assert.False(EntryBundle.TryDecode(bundle, records.Length + 1, out _));
        Assert.False(records.Length > 0 && EntryBundle.TryDecode(bundle, records.Length - 1, out _));
        Assert.False(records.Length > 0 && EntryBundle.TryDecode(bundle.AsMemory(0, bundle.Length - 1), records.Length, out _));
    });

    [Fact]
    public void Hostile_bundles_are_refused_and_never_throw() =>
        Gen.Select(Gen.Byte.Array[0, 700], Gen.Int).Sample((bytes, count) => Assert.Equal(EntryBundle.TryDecode(bytes, count, out var read), count >= 0 && read.Count == count && read.Sum(record => record.Length + 2) == bytes.Length));

    [Fact]
    public void A_bundle_has_its_limits()
    {
        Assert.Throws<ArgumentException>(() => EntryBundle.Encode([new byte[65_536]]));
        Assert.Throws<ArgumentException>(() => EntryBundle.Encode([.. Enumerable.Repeat(default(ReadOnlyMemory<byte>), 257)]));
        Assert.Equal(EntryBundle.MostBytes, EntryBundle.Encode([.. Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[65_535], 256)]).Length);
    }

    [Fact]
    public async Task A_reader_without_its_tile_says_which_one_it_misses_and_takes_a_full_one_for_a_partial_one()
    {
        var store = new MemoryTileStore();
        TreeHash[] leaves = [.. Enumerable.Range(0, 256).Select(i => TreeHash.Leaf([(byte)i]))];
        await store.WriteAsync("tile/0/000", leaves.SelectMany(leaf => leaf.ToArray()).ToArray(), Ct);
        Assert.Equal(ReferenceTree.Root(leaves.AsSpan(64, 64)), await new TileReader(store, 200).NodeAsync(6, 1, Ct));
        Assert.Equal(ReferenceTree.Root(leaves.AsSpan(0, 128)), await new TileReader(store, 256).NodeAsync(7, 0, Ct));
        await store.WriteAsync("tile/0/000.p/200", new byte[31], Ct);
        Assert.Equal(leaves[0], await new TileReader(store, 200).NodeAsync(0, 0, Ct));
        Assert.Contains("tile/0/001.p/44", (await Assert.ThrowsAsync<EvidenceStoreException>(async () => await new TileReader(store, 300).NodeAsync(0, 299, Ct))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await new TileReader(store, 200).NodeAsync(7, 1, Ct));
    }

    [Fact]
    public async Task Tiles_in_a_folder_are_read_bounded_overwritten_whole_and_never_outside_of_it()
    {
        var folder = Directory.CreateTempSubdirectory("nhi-tiles");
        try
        {
            var store = new FolderTileStore(folder.FullName);
            Assert.Null(await store.ReadAsync("checkpoint", 100, Ct));
            await store.WriteAsync("tile/0/x001/234.p/5", "one"u8.ToArray(), Ct);
            await store.WriteAsync("tile/0/x001/234.p/5", "two"u8.ToArray(), Ct);
            Assert.Equal("two"u8.ToArray(), (await store.ReadAsync("tile/0/x001/234.p/5", 3, Ct))!.Value.ToArray());
            Assert.Null(await store.ReadAsync("tile/0/x001/234.p/5", 2, Ct));
            await Assert.ThrowsAsync<ArgumentException>(() => store.ReadAsync("../passwd", 100, Ct));
            await Assert.ThrowsAsync<EvidenceStoreException>(() => store.WriteAsync("tile/0/x001/234.p/5/x", new byte[1], Ct));
            Assert.Single(folder.GetFiles("*", SearchOption.AllDirectories));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
