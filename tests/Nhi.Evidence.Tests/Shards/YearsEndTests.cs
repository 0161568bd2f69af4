using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Seals;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Seals;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Shards;

public sealed class YearsEndTests : IDisposable
{
    private static readonly DateTimeOffset NewYear = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly YearsBench bench = new(NewYear.AddMinutes(-2), 2026, 2027, 2028);

    public void Dispose() => bench.Dispose();

    private async Task RunUntilAsync(ShardKeeper host, DateTimeOffset until, TimeSpan? step = null)
    {
        while (bench.Clock.GetUtcNow() < until)
        {
            await YearsBench.RunAsync(host);
            bench.Clock.Advance(step ?? TimeSpan.FromMinutes(1));
        }

        await YearsBench.RunAsync(host);
    }

    private async Task<CheckpointFacts> StoredCheckpointAsync(int year, long batch)
    {
        var note = Encoding.UTF8.GetString((await bench.Year(year).ReadAsync(CheckpointName.Of(batch), 10_000, default))!.Bytes.Span);
        Assert.True(Checkpoint.TryParse(note[..(note.IndexOf("\n\n", StringComparison.Ordinal) + 1)], out var checkpoint, out var why), why);
        return new CheckpointFacts(batch, checkpoint.Size, checkpoint.Root.ToBase64(), note);
    }

    [Fact]
    public async Task L8_the_new_years_log_opens_at_once_with_the_old_ones_newest_checkpoint_as_its_first_leaf()
    {
        using var host = bench.NewHost();
        await bench.AttemptAsync(1);
        await RunUntilAsync(host, NewYear.AddSeconds(-1), TimeSpan.FromSeconds(119));
        var newest = await StoredCheckpointAsync(2026, (await bench.BatchesAsync(2026))[^1].Number);
        bench.Clock.Advance(TimeSpan.FromSeconds(3));
        await bench.AttemptAsync(2);
        await YearsBench.RunAsync(host);

        var leaves = await bench.LeavesAsync(2027);
        var open = await bench.RecordsAsync(2027, ShardRecords.Open);
        Assert.Equal(Assert.Single(open).Path, leaves[0]);
        Assert.Equal(new ShardFacts(bench.Year(2026).Origin, newest), open[0].Shard);
        // Nothing waited for the old log to be closed.
        Assert.Equal(3, leaves.Count);
        Assert.False((await bench.BatchesAsync(2026))[^1].Closes);
    }

    [Fact]
    public async Task The_old_log_is_sealed_until_it_is_closed_two_days_later_and_the_new_one_carries_its_final_checkpoint()
    {
        using var host = bench.NewHost();
        await bench.AttemptAsync(1);
        await RunUntilAsync(host, NewYear.AddHours(47), TimeSpan.FromMinutes(20));
        Assert.DoesNotContain(await bench.BatchesAsync(2026), batch => batch.Closes);
        await RunUntilAsync(host, NewYear.AddHours(50), TimeSpan.FromMinutes(20));

        var batches = await bench.BatchesAsync(2026);
        Assert.True(batches[^1].Closes);
        Assert.Empty(batches[^1].Entries);
        var close = Assert.Single(await bench.RecordsAsync(2027, ShardRecords.Close));
        Assert.Equal(new ShardFacts(bench.Year(2026).Origin, await StoredCheckpointAsync(2026, batches[^1].Number)), close.Shard);
        Assert.Equal(NewYear.AddHours(48), close.Time);
        var seals = await bench.RecordsAsync(2026, SealRecord.Action);
        Assert.Equal(Enumerable.Range(-1, 49).Select(hour => NewYear.AddHours(hour)), seals.Select(seal => seal.Time));
        foreach (var year in (int[])[2026, 2027])
            await SealChain.CheckAsync(bench.Year(year), await bench.LeavesAsync(year), await bench.RecordsAsync(year));
        Assert.Empty(await bench.BatchesAsync(2028));
    }

    [Fact]
    public async Task L15_A_host_whose_clock_is_in_the_next_year_opens_no_log_and_nobody_is_accused()
    {
        bench.Clock.AdjustTime(NewYear.AddHours(-2));
        var fast = new FakeTimeProvider(NewYear.AddDays(10));
        using var host = bench.NewHost();
        using var ahead = bench.NewHost(clock: fast);
        await bench.AttemptAsync(1);
        await YearsBench.RunAsync(host);
        for (var i = 0; i < 3; i++)
        {
            var report = await ahead.RunAsync(TestContext.Current.CancellationToken);
            Assert.Contains("is not opened. Set the clock right", report.Logs.Single(log => log.Origin == bench.Year(2027).Origin).Failure!.Message, StringComparison.Ordinal);
            fast.Advance(TimeSpan.FromDays(3));
        }

        await bench.AttemptAsync(2);
        bench.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Empty((await YearsBench.RunAsync(host)).Alarms);
        await RunUntilAsync(host, NewYear.AddMinutes(-1), TimeSpan.FromMinutes(7));
        Assert.DoesNotContain(await bench.BatchesAsync(2026), batch => batch.Closes);
        Assert.Equal(4, (await bench.LeavesAsync(2026)).Count(leaf => !leaf.Contains("_2-seal_", StringComparison.Ordinal)));
        // The year ends as it would have.
        await RunUntilAsync(host, NewYear.AddHours(49), TimeSpan.FromMinutes(30));
        Assert.True((await bench.BatchesAsync(2026))[^1].Closes);
        Assert.Equal(bench.Year(2026).Origin, Assert.Single(await bench.RecordsAsync(2027, ShardRecords.Open)).Shard!.Log);
    }

    [Fact]
    public async Task L15_A_host_whose_clock_is_days_ahead_closes_no_log_that_is_under_way()
    {
        bench.Clock.AdjustTime(NewYear.AddHours(-2));
        using var host = bench.NewHost();
        using var ahead = bench.NewHost(clock: new FakeTimeProvider(NewYear.AddDays(10)));
        await bench.AttemptAsync(1);
        await RunUntilAsync(host, NewYear.AddHours(1), TimeSpan.FromMinutes(30));
        Assert.Contains("is not closed. Set the clock right", (await ahead.RunAsync(TestContext.Current.CancellationToken)).Logs.Single(log => log.Origin == bench.Year(2026).Origin).Failure!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(await bench.BatchesAsync(2026), batch => batch.Closes);
        await RunUntilAsync(host, NewYear.AddHours(49), TimeSpan.FromMinutes(30));
        Assert.True((await bench.BatchesAsync(2026))[^1].Closes);
    }

    [Fact]
    public async Task L15_A_host_whose_clock_is_in_the_last_year_accuses_nobody_of_closing_it_or_of_beginning_the_next()
    {
        bench.Clock.AdjustTime(NewYear.AddHours(-2));
        using var host = bench.NewHost();
        await bench.AttemptAsync(1);
        await RunUntilAsync(host, NewYear.AddHours(50), TimeSpan.FromMinutes(30));
        Assert.True((await bench.BatchesAsync(2026))[^1].Closes);
        using var behind = bench.NewHost(clock: new FakeTimeProvider(NewYear.AddDays(-3)));
        var report = await YearsBench.RunAsync(behind);
        Assert.Equal([SequencerAlarmKind.WrongClock], report.Alarms.Concat(report.Logs.SelectMany(log => log.Reports).SelectMany(one => one.Alarms)).Select(alarm => alarm.Kind).Distinct());
        Assert.DoesNotContain(report.Logs.SelectMany(log => log.Reports), one => one.IsClosedEarly);
    }

    [Fact]
    public async Task A_record_goes_to_the_log_of_the_year_in_which_it_is_written_whatever_its_own_time()
    {
        using var host = bench.NewHost();
        var intent = Samples.Intent(7, NewYear.AddSeconds(-40));
        var written = await bench.Writer.WriteAsync(intent, default, default);
        await YearsBench.RunAsync(host);
        bench.Clock.Advance(TimeSpan.FromMinutes(3));
        var outcome = await bench.Writer.WriteAsync(Samples.Outcome(intent, "ok", written.Reference), default, default);
        await YearsBench.RunAsync(host);

        Assert.EndsWith("evidence-2026", written.Log, StringComparison.Ordinal);
        Assert.EndsWith("evidence-2027", outcome.Log, StringComparison.Ordinal);
        Assert.StartsWith("records/2026/12/31/", outcome.Reference.Path, StringComparison.Ordinal);
        // shard.open goes first although the name of the outcome is the smaller.
        var leaves = await bench.LeavesAsync(2027);
        Assert.Equal(outcome.Reference.Path, leaves[1]);
        Assert.Contains("_open_2-summary_", leaves[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task L10_genuine_records_that_are_copied_into_another_years_container_are_foreign_there()
    {
        using var host = bench.NewHost();
        await bench.AttemptAsync(1);
        await RunUntilAsync(host, NewYear.AddMinutes(1));
        foreach (var (path, _) in await bench.RecordsAsync(2026))
            await bench.Year(2027).TryCreateAsync(path, (await bench.Year(2026).ReadAsync(path, RecordLimits.Bytes, default))!.Bytes, RecordSerializer.ContentType, default);
        bench.Clock.Advance(TimeSpan.FromMinutes(61));
        using var second = bench.NewHost();
        await YearsBench.RunAsync(second);

        Assert.Empty((await bench.LeavesAsync(2026)).Intersect(await bench.LeavesAsync(2027)));
        // An intent, its outcome and two seals.
        Assert.Equal(4, (await bench.RecordsAsync(2027, SealRecord.Action))[^1].Seal!.Foreign);
    }

    [Fact]
    public async Task What_comes_into_a_closed_log_is_listed_once_with_its_hash_whoever_looks()
    {
        using (var host = bench.NewHost())
            await RunUntilAsync(host, NewYear.AddHours(49), TimeSpan.FromHours(1));
        var frozen = new EvidenceWriter(YearlyContainers.Single(bench.Year(2026)), null, bench.Producer, null, bench.Clock, bench.Clock, YearsBench.Options);
        List<RecordReference> strays = [];
        for (var i = 0; i < 70; i++)
            strays.Add((await frozen.WriteAsync(Samples.Intent(i, NewYear.AddHours(40)), default, default)).Reference);
        await bench.Year(2026).TryCreateAsync(RecordPath.HourFolder(NewYear) + "junk.json", "junk"u8.ToArray(), "text/plain", default);
        for (var i = 0; i < 6; i++)
        {
            bench.Clock.Advance(TimeSpan.FromHours(1));
            using var host = bench.NewHost();
            await YearsBench.RunAsync(host);
            await YearsBench.RunAsync(host);
        }

        var lists = await bench.RecordsAsync(2027, ShardRecords.Stray);
        Assert.Equal([6, 64], lists.Select(list => list.Shard!.Strays!.Count).Order());
        Assert.Equal(strays.OrderBy(stray => stray.Path), lists.SelectMany(list => list.Shard!.Strays!).OrderBy(stray => stray.Path));
        Assert.All(lists, list => Assert.Equal("shard-stray", list.Finding!.Signal));

        // One more, later: it alone is told.
        var late = (await frozen.WriteAsync(Samples.Intent(500, NewYear.AddHours(41)), default, default)).Reference;
        bench.Clock.Advance(TimeSpan.FromHours(1));
        await YearsBench.RunAsync(bench.NewHost());
        Assert.Equal(late, Assert.Single((await bench.RecordsAsync(2027, ShardRecords.Stray)).SelectMany(list => list.Shard!.Strays!), stray => !strays.Contains(stray)));
    }

    /// <summary>The name of a year's opening is known before, and who stole a writer can say there when it was.</summary>
    [Theory, InlineData(-20), InlineData(0), InlineData(4_000), InlineData(2_912_000)]
    public async Task L8_a_thiefs_word_of_when_the_year_opened_stops_no_log_and_closes_none_while_its_year_is_under_way(int days)
    {
        var thief = new EvidenceWriter(YearlyContainers.Single(bench.Year(2027)), null, bench.Producer, null, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(bench.Clock.GetUtcNow().AddDays(days)), bench.Clock, YearsBench.Options);
        await thief.WriteAsync(ShardRecords.OfOpen(ShardName.TryParse(bench.Year(2027).Origin)!, new ShardFacts(bench.Year(2026).Origin)), default, default);
        using var host = bench.NewHost();
        await RunUntilAsync(host, NewYear.AddHours(47), TimeSpan.FromHours(1));
        await bench.AttemptAsync(1);
        await RunUntilAsync(host, NewYear.AddHours(47.5), TimeSpan.FromMinutes(10));
        Assert.Contains(await bench.LeavesAsync(2027), path => path.Contains("_rotate_2-ok_", StringComparison.Ordinal));
        Assert.DoesNotContain(await bench.BatchesAsync(2026), batch => batch.Closes);
        await RunUntilAsync(host, NewYear.AddHours(50), TimeSpan.FromHours(1));
        // The service knows when it came, whatever it says.
        Assert.True((await bench.BatchesAsync(2026))[^1].Closes);
        bench.Clock.SetUtcNow(NewYear.AddDays(304));
        await YearsBench.RunAsync(host);
        Assert.True((await bench.BatchesAsync(2026))[^1].Closes);
    }

    /// <summary>Its name is of the day on which the attempt began: no scan of the last days finds it, and the new year's log knows no intent of it.</summary>
    [Fact]
    public async Task L11_what_closes_an_attempt_of_the_old_year_days_later_is_found_without_any_hint()
    {
        using var host = bench.NewHost();
        var intent = Samples.Intent(7, NewYear.AddSeconds(-40));
        var written = await bench.Writer.WriteAsync(intent, default, default);
        await RunUntilAsync(host, NewYear.AddHours(60), TimeSpan.FromHours(1));
        var silent = new EvidenceWriter(bench.Containers, null, bench.Producer, null, bench.Clock, bench.Clock, YearsBench.Options);
        var outcome = await silent.WriteAsync(Samples.Outcome(intent, "ok", written.Reference), default, default);
        await RunUntilAsync(host, NewYear.AddHours(62), TimeSpan.FromMinutes(30));
        Assert.Contains(outcome.Reference.Path, await bench.LeavesAsync(2027));
    }

    [Fact]
    public async Task A_log_whose_closing_stands_for_a_week_is_not_read_any_more()
    {
        using (var host = bench.NewHost())
            await RunUntilAsync(host, NewYear.AddHours(50), TimeSpan.FromHours(1));
        bench.Clock.Advance(ShardKeeper.LookedAt);
        using var later = bench.NewHost();
        var before = bench.Year(2026).Reads;
        Assert.Single((await YearsBench.RunAsync(later)).Logs);
        Assert.Equal(before, bench.Year(2026).Reads);
    }

    [Fact]
    public async Task Where_the_years_container_is_missing_the_newest_goes_on_with_a_finding_a_day()
    {
        using var alone = new YearsBench(NewYear.AddMinutes(-2), 2026);
        using var host = alone.NewHost();
        for (var hour = 0; hour < 50; hour++)
        {
            await YearsBench.RunAsync(host);
            alone.Clock.Advance(TimeSpan.FromHours(1));
        }

        var report = await YearsBench.RunAsync(alone.NewHost());
        Assert.Equal($"{YearsBench.Account}/evidence-2027", report.Outlook.Missing);
        Assert.Equal(NewYear, report.Outlook.RunsOut);
        var findings = await alone.RecordsAsync(2026, ShardRecords.Missing);
        Assert.Equal([1, 2, 3], findings.Select(finding => finding.Time.Day));
        Assert.DoesNotContain(await alone.BatchesAsync(2026), batch => batch.Closes);

        // It comes in June: it opens, and the old one is closed two days after that, not at once.
        alone.Clock.SetUtcNow(new DateTimeOffset(2027, 6, 3, 8, 0, 0, TimeSpan.Zero));
        alone.Add(2027);
        await alone.AttemptAsync(1);
        report = await YearsBench.RunAsync(host);
        Assert.Null(report.Outlook.Missing);
        Assert.Contains("_open_2-summary_", (await alone.LeavesAsync(2027))[0], StringComparison.Ordinal);
        alone.Clock.Advance(TimeSpan.FromHours(47));
        await YearsBench.RunAsync(host);
        Assert.DoesNotContain(await alone.BatchesAsync(2026), batch => batch.Closes);
        alone.Clock.Advance(TimeSpan.FromHours(2));
        await YearsBench.RunAsync(host);
        Assert.True((await alone.BatchesAsync(2026))[^1].Closes);
        Assert.Single(await alone.RecordsAsync(2027, ShardRecords.Close));
    }

    [Fact]
    public async Task A_year_that_was_slept_through_does_not_break_the_line()
    {
        using (var host = bench.NewHost())
        {
            await bench.AttemptAsync(1);
            await YearsBench.RunAsync(host);
        }

        bench.Clock.SetUtcNow(new DateTimeOffset(2028, 2, 1, 0, 0, 0, TimeSpan.Zero));
        using (var host = bench.NewHost())
            await RunUntilAsync(host, bench.Clock.GetUtcNow().AddHours(50), TimeSpan.FromHours(1));

        Assert.Equal(bench.Year(2026).Origin, Assert.Single(await bench.RecordsAsync(2028, ShardRecords.Open)).Shard!.Log);
        Assert.Equal(bench.Year(2026).Origin, Assert.Single(await bench.RecordsAsync(2028, ShardRecords.Close)).Shard!.Log);
        Assert.True((await bench.BatchesAsync(2026))[^1].Closes);
    }

    [Fact]
    public async Task What_a_thief_writes_into_next_years_container_before_its_year_neither_ends_this_one_nor_opens_that_one()
    {
        using var bench = new YearsBench(NewYear.AddHours(-1), 2026, 2027, 2028);
        using var host = bench.NewHost();
        await bench.AttemptAsync(1);
        await YearsBench.RunAsync(host);
        // Its names are known, and it is signed as well as any: opened long ago, and closed.
        var name = ShardName.TryParse(bench.Year(2027).Origin)!;
        var opened = await bench.WriteAsThiefAsync(2027, ShardRecords.OfOpen(name, new ShardFacts(bench.Year(2026).Origin)), TimeSpan.FromDays(-30));
        await bench.WriteAsThiefAsync(2027, ShardRecords.OfClose(NewYear.AddDays(-28), new ShardFacts(bench.Year(2026).Origin)), TimeSpan.FromDays(-20));

        await bench.AttemptAsync(2);
        bench.Clock.Advance(TimeSpan.FromMinutes(61));
        await YearsBench.RunAsync(host);
        for (; bench.Clock.GetUtcNow() < NewYear.AddDays(2).AddHours(1); bench.Clock.Advance(TimeSpan.FromMinutes(30)))
            await YearsBench.RunAsync(host);

        Assert.Equal(4, (await bench.RecordsAsync(2026, Samples.Intent(1).Action)).Count);
        Assert.True((await bench.BatchesAsync(2026))[^1].Closes);
        var open = (await bench.RecordsAsync(2027, ShardRecords.Open)).Single(record => record.Path != opened);
        Assert.NotNull(open.Shard!.Checkpoint);
        Assert.NotNull(Assert.Single(await bench.RecordsAsync(2027, ShardRecords.Close), record => record.Time >= NewYear).Shard!.Checkpoint);
    }

    [Fact]
    public async Task A_batch_in_a_log_whose_year_has_not_come_is_an_alarm_each_hour()
    {
        using var host = bench.NewHost();
        Assert.Empty((await host.RunAsync(TestContext.Current.CancellationToken)).Alarms);
        await bench.Year(2028).TryCreateAsync(BatchName.Of(0), "# close"u8.ToArray(), "text/plain", TestContext.Current.CancellationToken);
        bench.Clock.Advance(TimeSpan.FromHours(1));
        var alarm = Assert.Single((await host.RunAsync(TestContext.Current.CancellationToken)).Alarms);
        Assert.Equal(SequencerAlarmKind.BegunAhead, alarm.Kind);
        Assert.Contains("evidence-2028", alarm.What, StringComparison.Ordinal);
        Assert.Empty((await host.RunAsync(TestContext.Current.CancellationToken)).Alarms);
    }

    [Fact]
    public async Task A_first_log_has_nothing_to_go_on_from()
    {
        using var host = bench.NewHost();
        bench.Clock.SetUtcNow(NewYear.AddDays(30));
        await bench.AttemptAsync(1);
        await YearsBench.RunAsync(host);
        await YearsBench.RunAsync(host);
        Assert.Empty(await bench.RecordsAsync(2027, ShardRecords.Open));
        Assert.Empty(await bench.BatchesAsync(2026));
    }

    [Fact]
    public async Task L8_an_old_log_whose_checkpoint_cannot_be_had_holds_the_new_one_up_for_an_hour_at_most()
    {
        using (var host = bench.NewHost())
        {
            await bench.AttemptAsync(1);
            await YearsBench.RunAsync(host);
        }

        bench.Clock.SetUtcNow(NewYear.AddMinutes(1));
        await bench.AttemptAsync(2);
        using var blind = bench.NewHost();
        bench.Year(2026).OnCall = (_, _) => new(StoreFault.Unreachable);
        var report = await blind.RunAsync(default);
        Assert.All(report.Logs, log => Assert.IsType<EvidenceStoreException>(log.Failure));
        Assert.Empty(await bench.BatchesAsync(2027));

        bench.Clock.Advance(TimeSpan.FromHours(1));
        report = await blind.RunAsync(default);
        Assert.Null(report.Logs[^1].Failure);
        Assert.Contains("_rotate_2-ok_", string.Join(' ', await bench.LeavesAsync(2027)), StringComparison.Ordinal);
    }

    /// <summary>One host dies at its kth create or list in any container, before or after it took effect, for every k there is; another comes a minute later. The end is always the same.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_kill_at_any_point_of_a_years_end_comes_to_the_same_end(bool afterEffect)
    {
        var undisturbed = new Death(0, false);
        var expected = await YearsEndAsync(undisturbed);
        Assert.InRange(undisturbed.Calls, 50, 1_000);
        await Parallel.ForAsync(1, undisturbed.Calls + 1, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (at, _) =>
        {
            var death = new Death(at, afterEffect);
            var end = await YearsEndAsync(death);
            Assert.True(death.IsDead);
            Assert.True(expected == end, $"Killed at call {at}, after its effect: {afterEffect}. Expected {expected}, found {end}");
        });
    }

    private static readonly TimeSpan[] Ticks =
    [
        .. Enumerable.Range(-1, 4).Select(minute => TimeSpan.FromMinutes(minute)),
        TimeSpan.FromHours(1), TimeSpan.FromHours(47.9), .. Enumerable.Range(1, 5).Select(minute => TimeSpan.FromHours(48) + TimeSpan.FromMinutes(minute)), TimeSpan.FromHours(50), TimeSpan.FromHours(50.1),
    ];

    private static async Task<string> YearsEndAsync(Death death)
    {
        using var bench = new YearsBench(NewYear.AddMinutes(-2), 2026, 2027);
        var host = bench.NewHost(store => new DyingStore(store, death));
        for (var i = 0; i < Ticks.Length; i++)
        {
            bench.Clock.SetUtcNow(NewYear + Ticks[i]);
            await bench.AttemptAsync(i);
            if (i == 10)
                await StrayAsync(bench);
            await OneRunAsync(host);
            if (death.IsDead)
            {
                host.Dispose();
                host = bench.NewHost();
            }
        }

        host.Dispose();
        using var last = bench.NewHost();
        for (var i = 0; i < 3; i++)
        {
            bench.Clock.Advance(TimeSpan.FromMinutes(1));
            await YearsBench.RunAsync(last);
        }

        return await EndAsync(bench);
    }

    private static async Task StrayAsync(YearsBench bench)
    {
        var frozen = new EvidenceWriter(YearlyContainers.Single(bench.Year(2026)), null, bench.Producer, null, bench.Clock, bench.Clock, YearsBench.Options);
        await frozen.WriteAsync(Samples.Intent(1_000, NewYear.AddHours(40)), default, default);
    }

    private static async Task OneRunAsync(ShardKeeper host)
    {
        try
        {
            await host.RunAsync(default);
        }
        catch (CrashException)
        {
        }
    }

    /// <summary>What holds of both logs in the end; how many batches and seals it took may differ.</summary>
    private static async Task<string> EndAsync(YearsBench bench)
    {
        var ends = new StringBuilder();
        foreach (var year in (int[])[2026, 2027])
        {
            var (batches, leaves, records) = (await bench.BatchesAsync(year), await bench.LeavesAsync(year), await bench.RecordsAsync(year));
            await SealChain.CheckAsync(bench.Year(year), leaves, records);
            var unlogged = records.Select(pair => pair.Path).Except(leaves).ToArray();
            ends.Append(string.Join(", ", records.Where(pair => pair.Record.Seal is null).GroupBy(pair => $"{pair.Record.Action} {pair.Record.Result}").Select(group => $"{group.Count()} {group.Key}").Order(StringComparer.Ordinal)));
            ends.Append(System.Globalization.CultureInfo.InvariantCulture, $"; closed {batches[^1].Closes}; first {Verb(leaves[0])}; unlogged {string.Join(' ', unlogged.Select(Verb))}. ");
        }

        var close = Assert.Single(await bench.RecordsAsync(2027, ShardRecords.Close)).Shard!.Checkpoint!;
        var last = (await bench.BatchesAsync(2026))[^1];
        Assert.Equal((last.Number, last.First), (close.Batch, close.Size));
        return ends.ToString();
    }

    private static string Verb(string path) => RecordPath.TryParse(path, out var name) ? name.Verb : path;
}
