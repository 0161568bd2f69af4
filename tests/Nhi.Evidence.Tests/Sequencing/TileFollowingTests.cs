using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Tests.Sequencing;

/// <summary>Tiles follow the log: whatever becomes of them, they come back, and what lies there decides nothing (story L6).</summary>
public sealed class TileFollowingTests : IDisposable
{
    private readonly SequencerBench bench = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task<LogAuditor> AssertTiledAsync()
    {
        var audit = await bench.AuditAsync();
        audit.AssertCheckpointed();
        Assert.Empty(audit.Forks);
        await audit.AssertTiledAsync(bench.Tiles, bench.Store);
        return audit;
    }

    [Fact]
    public async Task Tiles_and_bundles_grow_with_the_log_over_restarts()
    {
        var at = 0;
        foreach (var count in (int[])[1, 200, 54, 1, 1, 255, 256, 300, 7])
        {
            await bench.WriteAsync(at, count);
            at += count;
            await bench.RunAfreshAsync();
            await AssertTiledAsync();
        }

        Assert.Contains("tile/1/000.p/4", bench.Tiles.Names);
        Assert.Contains("tile/entries/003", bench.Tiles.Names);
    }

    [Fact]
    public async Task A_process_that_goes_on_writes_only_what_is_new()
    {
        var sequencer = bench.NewSequencer();
        await bench.WriteAsync(0, 700);
        await sequencer.RunAsync(Ct);
        await bench.WriteAsync(700, 1);
        var (reads, writes) = (bench.Tiles.Reads, bench.Tiles.Writes);
        await sequencer.RunAsync(Ct);
        // The partial tile of level 0, and the pointer; the bundle that is not full comes once an hour.
        Assert.Equal((0, 2), (bench.Tiles.Reads - reads, bench.Tiles.Writes - writes));
        await AssertTiledAsync();
        Assert.DoesNotContain(TilePath.OfBundle(2, 701 - 512), bench.Tiles.Names);
        bench.Log.Clock.Advance(TimeSpan.FromHours(1));
        await bench.WriteAsync(701, 1);
        await sequencer.RunAsync(Ct);
        Assert.True(EntryBundle.TryDecode((await bench.Tiles.ReadAsync(TilePath.OfBundle(2, 702 - 512), EntryBundle.MostBytes, Ct))!.Value, 702 - 512, out _));
    }

    [Fact]
    public async Task A_proof_reads_few_tiles()
    {
        await bench.WriteAsync(0, 1_500);
        await bench.RunAfreshAsync();
        var audit = await AssertTiledAsync();
        foreach (var index in (long[])[0, 255, 256, 1_023, 1_499])
        {
            var reader = new TileReader(bench.Tiles, 1_500);
            var proof = await new TreeProver(reader).InclusionAsync(index, 1_500, Ct);
            Assert.True(TreeProof.IsIncluded(audit.Leaves[(int)index], index, 1_500, proof, audit.Root));
            Assert.InRange(reader.Reads, 1, 3);
        }
    }

    [Fact]
    public async Task L6_Tiles_that_are_lost_altered_or_ahead_are_written_anew_and_no_checkpoint_is_wrong()
    {
        await bench.WriteAsync(0, 600);
        await bench.RunAfreshAsync();
        var genuine = (await bench.Tiles.ReadAsync(TilePath.Checkpoint, 1_000, Ct))!.Value;
        var at = 600;
        foreach (var attack in Attacks(genuine))
        {
            await attack();
            await bench.WriteAsync(at, 3);
            at += 3;
            Assert.Equal(3, (await bench.RunAfreshAsync()).Logged);
            if (bench.Tiles.Drop("again"))
                await bench.RunAfreshAsync();
            await AssertTiledAsync();
        }
    }

    private IEnumerable<Func<Task>> Attacks(ReadOnlyMemory<byte> genuine)
    {
        yield return () =>
        {
            foreach (var name in bench.Tiles.Names)
                bench.Tiles.Drop(name);
            return Task.CompletedTask;
        };
        yield return () => Task.FromResult(bench.Tiles.Drop(TilePath.Checkpoint));
        yield return () => bench.Tiles.WriteAsync(TilePath.Checkpoint, "junk"u8.ToArray(), Ct);
        yield return () => bench.Tiles.WriteAsync(TilePath.Checkpoint, genuine, Ct);
        yield return async () => await bench.Tiles.WriteAsync(TilePath.Checkpoint, await bench.ForgeAsync(1_000_000, TreeHash.Empty, 1_000), Ct);
        yield return async () => await bench.Tiles.WriteAsync(TilePath.Checkpoint, await bench.ForgeAsync(0, TreeHash.Empty, 0), Ct);
        yield return async () => await bench.Tiles.WriteAsync(TilePath.Checkpoint, await bench.ForgeAsync(512, TreeHash.Empty, 0, origin: "another"), Ct);
        yield return () => FlipAsync(bench.Tiles.Names.Where(name => name.StartsWith("tile/1/", StringComparison.Ordinal)));
        yield return () => FlipAsync(bench.Tiles.Names.Where(name => name.StartsWith("tile/0/", StringComparison.Ordinal) && name.Contains(".p/", StringComparison.Ordinal)));
        // A false edge with a pointer to match, signed by the real key: the root of the batches is another one, and the next run writes everything anew.
        yield return async () =>
        {
            var store = new MemoryTileStore();
            var writer = new TileWriter(store);
            for (var i = 0; i < 300; i++)
                await writer.AppendAsync(TreeHash.Leaf(BitConverter.GetBytes(i)), default, Ct);
            await writer.FlushAsync(withBundle: false, Ct);
            foreach (var name in store.Names)
                await bench.Tiles.WriteAsync(name, (await store.ReadAsync(name, 100_000, Ct))!.Value, Ct);
            await bench.Tiles.WriteAsync(TilePath.Checkpoint, await bench.ForgeAsync(300, writer.Root(), 0), Ct);
            await bench.Tiles.WriteAsync("again", new byte[1], Ct);
        };
    }

    private async Task FlipAsync(IEnumerable<string> names)
    {
        foreach (var name in names.ToArray())
        {
            var bytes = (await bench.Tiles.ReadAsync(name, 100_000, Ct))!.Value.ToArray();
            bytes[0] ^= 1;
            await bench.Tiles.WriteAsync(name, bytes, Ct);
        }
    }

    [Fact]
    public async Task Tiles_that_cannot_be_written_stop_nothing_and_are_said_once_and_follow_later()
    {
        var sequencer = bench.NewSequencer();
        bench.Tiles.OnCall = (_, _, _) => throw new EvidenceStoreException("the state account is down");
        await bench.WriteAsync(0, 300);
        var report = await sequencer.RunAsync(Ct);
        Assert.Equal((300, SequencerAlarmKind.Tiles), (report.Logged, Assert.Single(report.Alarms).Kind));
        await bench.WriteAsync(300, 3);
        Assert.Empty((await sequencer.RunAsync(Ct)).Alarms);
        bench.Tiles.OnCall = null;
        await sequencer.RunAsync(Ct);
        await AssertTiledAsync();
    }

    [Fact]
    public async Task Tiles_far_behind_catch_up_over_several_runs_while_records_are_logged()
    {
        await bench.WriteAsync(0, 1_000);
        await bench.NewSequencer(options: new SequencerOptions { BatchEntries = 100 }, tiles: false).RunAsync(Ct);
        var sequencer = bench.NewSequencer(options: new SequencerOptions { BatchEntries = 100, MostTileLeaves = 300 });
        await sequencer.RunAsync(Ct);
        // The pointer says how far they have come.
        Assert.True(SignedNote.TryParse((await bench.Tiles.ReadAsync(TilePath.Checkpoint, 1_000, Ct))!.Value.Span, out var note, out _));
        Assert.StartsWith($"{EvidenceBench.Origin}\n300\n", note.Text, StringComparison.Ordinal);
        await bench.WriteAsync(1_000, 10);
        Assert.Equal(10, (await sequencer.RunAsync(Ct)).Logged);
        for (var i = 0; i < 3; i++)
            await sequencer.RunAsync(Ct);
        await AssertTiledAsync();
    }

    [Fact]
    public async Task A_record_that_is_absent_or_untrue_is_an_empty_entry_of_its_bundle()
    {
        var absent = LeafHash.EntryOf("records/2026/11/24/13/absent.json", "nothing is there"u8);
        var untrue = LeafHash.EntryOf("records/2026/11/24/13/untrue.json", "one"u8);
        await bench.PutAsync(untrue.Path, "two");
        await bench.PutAsync(BatchName.Of(0), await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 0, 0, [absent, untrue])));
        await bench.WriteAsync(0, 254);
        await bench.RunAfreshAsync();
        Assert.True(EntryBundle.TryDecode((await bench.Tiles.ReadAsync(TilePath.OfBundle(0), EntryBundle.MostBytes, Ct))!.Value, 256, out var records));
        Assert.Equal((0, 0, 254), (records[0].Length, records[1].Length, records.Count(record => record.Length > 0)));
    }

    [Fact]
    public async Task Rebuilt_tiles_are_the_same_byte_for_byte()
    {
        var at = 0;
        foreach (var count in (int[])[10, 300, 255, 3])
        {
            await bench.WriteAsync(at, count);
            at += count;
            await bench.RunAfreshAsync();
        }

        var rebuilt = new MemoryTileStore();
        var keys = await bench.Log.LogKey.FirstKeysAsync(Ct);
        Assert.Equal(568, await new TilesRebuilder(bench.Store, keys, rebuilt, bench.Log.Clock).RebuildAsync(Ct));
        // The bundle that is not full is written once an hour; a rebuild writes it.
        var whole = rebuilt.Names.Where(name => name != TilePath.OfBundle(2, 56)).ToArray();
        Assert.All(whole, name => Assert.Contains(name, bench.Tiles.Names));
        foreach (var name in whole)
            Assert.Equal((await bench.Tiles.ReadAsync(name, EntryBundle.MostBytes, Ct))!.Value.ToArray(), (await rebuilt.ReadAsync(name, EntryBundle.MostBytes, Ct))!.Value.ToArray());
        await (await bench.AuditAsync()).AssertTiledAsync(rebuilt, bench.Store);
        Assert.Equal(0, await new TilesRebuilder(new MemoryEvidenceStore("empty", bench.Log.Clock), keys, new MemoryTileStore(), bench.Log.Clock).RebuildAsync(Ct));
    }

    [Fact]
    public async Task The_pointer_is_the_checkpoint_of_the_container_byte_for_byte()
    {
        await bench.WriteAsync(0, 5);
        var report = await bench.RunAfreshAsync();
        var pointer = (await bench.Tiles.ReadAsync(TilePath.Checkpoint, SignedNote.MostBytes, Ct))!.Value;
        Assert.Equal((await bench.Store.ReadAsync(report.Checkpoint!.Path, SignedNote.MostBytes, Ct))!.Bytes.ToArray(), pointer.ToArray());
        Assert.StartsWith($"{EvidenceBench.Origin}\n5\n", Encoding.UTF8.GetString(pointer.Span), StringComparison.Ordinal);
    }

    public void Dispose() => bench.Dispose();
}
