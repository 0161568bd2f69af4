using Nhi.Evidence.Records;
using Nhi.Evidence.Seals;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Shards;

namespace Nhi.Evidence.Tests.Seals;

public sealed class SealerTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);
    private readonly YearsBench bench = new(Start, 2026, 2027);

    public void Dispose() => bench.Dispose();

    private async Task<List<EvidenceRecord>> SealsAsync() => await bench.RecordsAsync(2026, SealRecord.Action);

    private async Task CheckAsync() => await SealChain.CheckAsync(bench.Year(2026), await bench.LeavesAsync(2026), await bench.RecordsAsync(2026));

    [Fact]
    public async Task A_seal_is_written_at_each_full_hour_also_when_nothing_happened()
    {
        using var host = bench.NewHost();
        for (var minute = 0; minute < 180; minute++)
        {
            await YearsBench.RunAsync(host);
            bench.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        var seals = await SealsAsync();
        Assert.Equal([13, 14, 15, 16], seals.Select(seal => seal.Time.Hour));
        Assert.All(seals, seal => Assert.Equal(seal.Time, seal.Seal!.To));
        // Of an hour without anything else the seal before is all there is.
        Assert.Equal(1, Assert.Single(seals[2].Seal!.Counts, count => count.Key == "seal_2-seal").Value);
        await CheckAsync();
    }

    [Fact]
    public async Task Counts_are_by_verb_and_stage_over_the_leaves_since_the_seal_before()
    {
        using var host = bench.NewHost();
        await YearsBench.RunAsync(host);
        for (var i = 0; i < 3; i++)
            await bench.AttemptAsync(i);
        await bench.Writer.WriteAsync(Samples.Intent(9, Start), default, default);
        bench.Clock.Advance(TimeSpan.FromHours(1));
        await YearsBench.RunAsync(host);

        var seal = (await SealsAsync())[^1].Seal!;
        Assert.Equal(new Dictionary<string, long> { ["rotate_1-intent"] = 4, ["rotate_2-ok"] = 3, ["seal_2-seal"] = 1 }, seal.Counts.ToDictionary());
        Assert.Equal((0, 7), (seal.FirstIndex, seal.LastIndex));
        Assert.Equal(1, seal.OpenIntents);
        await CheckAsync();
    }

    [Fact]
    public async Task A_seal_names_the_newest_checkpoint_and_its_root()
    {
        using var host = bench.NewHost();
        await bench.AttemptAsync(1);
        await YearsBench.RunAsync(host);

        var seal = Assert.Single(await SealsAsync()).Seal!;
        Assert.Equal(0, seal.Checkpoint);
        var note = System.Text.Encoding.UTF8.GetString((await bench.Year(2026).ReadAsync("log/000000/000000000.checkpoint.txt", 10_000, default))!.Bytes.Span);
        Assert.Equal(["2", seal.Root!, "batch 0"], note.Split('\n')[1..4]);
        Assert.Equal(1, seal.LastIndex);
    }

    [Fact]
    public async Task One_seal_covers_an_outage()
    {
        using (var host = bench.NewHost())
            await YearsBench.RunAsync(host);
        await bench.AttemptAsync(1);
        bench.Clock.Advance(TimeSpan.FromDays(4));
        using (var host = bench.NewHost())
            await YearsBench.RunAsync(host);

        var seals = await SealsAsync();
        Assert.Equal(2, seals.Count);
        Assert.Equal((seals[0].Seal!.To, seals[0].Seal!.To.AddDays(4)), (seals[1].Seal!.From, seals[1].Seal!.To));
        await CheckAsync();
    }

    /// <summary>A seal that stands in no batch is found however long ago it was, and days in which nothing lies cost a list call each.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(30)]
    [InlineData(10 * 24)]
    public async Task L11_a_seal_that_nothing_lists_is_found_over_an_outage_of_any_length(int hours)
    {
        using var host = bench.NewHost();
        await YearsBench.RunAsync(host);
        var origin = bench.Year(2026).Origin;
        var at = Start.AddHours(hours / 2);
        var hour = new DateTimeOffset(at.Year, at.Month, at.Day, at.Hour, 0, 0, TimeSpan.Zero);
        var first = (await SealsAsync())[0];
        bench.Clock.Advance(at - Start);
        var other = await bench.Writer.WriteAsync(SealRecord.Of(origin, hour, first.Seal! with { From = first.Seal.To, To = hour }), default, default);
        bench.Clock.Advance(Start.AddHours(hours) - at);
        var calls = Calls();
        await YearsBench.RunAsync(host);

        Assert.Equal(other.Reference.Path, (await SealsAsync())[^1].Seal!.Previous!.Path);
        Assert.InRange(Calls() - calls, 1, 60);
    }

    private long Calls() => bench.Year(2026).Reads + bench.Year(2026).Lists;

    [Fact]
    public async Task A_restart_in_the_same_hour_writes_no_second_seal()
    {
        for (var i = 0; i < 5; i++)
        {
            using var host = bench.NewHost();
            await YearsBench.RunAsync(host);
            bench.Clock.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Single(await SealsAsync());
    }

    /// <summary>The last seal is in no batch yet, and no index is asked: its name is.</summary>
    [Fact]
    public async Task L11_a_seal_finds_its_predecessor_by_name_although_nothing_lists_it()
    {
        using (var host = bench.NewHost())
        {
            await YearsBench.RunAsync(host);
            bench.Clock.Advance(TimeSpan.FromHours(1));
            await YearsBench.RunAsync(host);
        }

        Assert.Equal(1, (await bench.LeavesAsync(2026)).Count(path => path.Contains("_2-seal_", StringComparison.Ordinal)));
        await foreach (var row in bench.Pending.ListAsync(default))
            await bench.Pending.RemoveAsync(row, default);
        bench.Clock.Advance(TimeSpan.FromHours(7));
        using (var host = bench.NewHost())
            await YearsBench.RunAsync(host);

        var seals = await SealsAsync();
        Assert.Equal(seals[1].Path, seals[2].Seal!.Previous!.Path);
        await YearsBench.RunAsync(bench.NewHost());
        await CheckAsync();
    }

    [Fact]
    public async Task Two_hosts_that_seal_at_once_have_one_seal()
    {
        using ShardKeeper one = bench.NewHost(), two = bench.NewHost();
        for (var hour = 0; hour < 6; hour++)
        {
            await bench.AttemptAsync(hour);
            await Task.WhenAll(YearsBench.RunAsync(one), YearsBench.RunAsync(two));
            bench.Clock.Advance(TimeSpan.FromHours(1));
        }

        await YearsBench.RunAsync(one);
        Assert.Equal(7, (await SealsAsync()).Count);
        await CheckAsync();
    }

    [Fact]
    public async Task L9_a_squatted_seal_name_costs_a_name_beside_it_that_the_next_seal_finds()
    {
        using (var host = bench.NewHost())
            await YearsBench.RunAsync(host);
        foreach (var hour in (int[])[14, 15])
            await bench.Year(2026).TryCreateAsync(SealRecord.PathOf(bench.Year(2026).Origin, new DateTimeOffset(2026, 11, 24, hour, 0, 0, TimeSpan.Zero)), "junk"u8.ToArray(), "text/plain", default);
        for (var i = 0; i < 3; i++)
        {
            bench.Clock.Advance(TimeSpan.FromHours(1));
            using var host = bench.NewHost();
            await YearsBench.RunAsync(host);
            await YearsBench.RunAsync(host);
        }

        var seals = await SealsAsync();
        Assert.Equal(4, seals.Count);
        Assert.Equal(2, seals.Count(seal => seal.Path!.Contains('~', StringComparison.Ordinal)));
        Assert.Equal(2, seals[^1].Seal!.Foreign);
        await CheckAsync();
    }

    [Fact]
    public async Task A_genuine_seal_that_is_dated_ahead_is_nobodys_predecessor()
    {
        using (var host = bench.NewHost())
            await YearsBench.RunAsync(host);
        var origin = bench.Year(2026).Origin;
        var ahead = new DateTimeOffset(2027, 8, 1, 0, 0, 0, TimeSpan.Zero);
        await bench.Writer.WriteAsync(SealRecord.Of(origin, ahead, new SealFacts(ahead, ahead, 7_000, 9_000, new Dictionary<string, long>(), 0)), default, default);
        for (var i = 0; i < 3; i++)
        {
            bench.Clock.Advance(TimeSpan.FromHours(1));
            using var host = bench.NewHost();
            await YearsBench.RunAsync(host);
        }

        var own = (await bench.RecordsAsync(2026)).Where(pair => pair.Record.Seal is not null && pair.Record.Time < ahead);
        Assert.Equal(4, own.Count());
        await SealChain.CheckAsync(bench.Year(2026), await bench.LeavesAsync(2026), own);
    }

    [Fact]
    public async Task A_store_that_fails_while_sealing_costs_the_seal_a_minute_and_the_batch_nothing()
    {
        bench.Year(2026).OnCall = (call, _) => new(call.Verb == "create" && call.Path.Contains("_seal_", StringComparison.Ordinal) ? StoreFault.Unreachable : StoreFault.None);
        using var host = bench.NewHost();
        await bench.AttemptAsync(1);
        var run = Assert.Single((await host.RunAsync(default)).Logs);
        Assert.IsType<Nhi.Evidence.Writing.EvidenceWriteRefusedException>(run.Failure);
        Assert.Equal(2, Assert.Single(run.Reports).Logged);

        bench.Year(2026).OnCall = null;
        await YearsBench.RunAsync(host);
        Assert.Single(await SealsAsync());
    }

    [Fact]
    public async Task A_seal_of_a_long_log_reads_the_batches_of_its_hour_only()
    {
        using var host = bench.NewHost();
        for (var i = 0; i < 120; i++)
        {
            await bench.AttemptAsync(i);
            await YearsBench.RunAsync(host);
            bench.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        var reads = bench.Year(2026).Reads;
        bench.Clock.Advance(TimeSpan.FromMinutes(55));
        await YearsBench.RunAsync(host);
        Assert.InRange(bench.Year(2026).Reads - reads, 1, 80);
        Assert.Equal(4, (await SealsAsync()).Count);
        await CheckAsync();
    }
}
