using Nhi.Evidence.Records;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Shards;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>Two years of evidence: what joins them, and what does not.</summary>
public sealed class ShardTests : IDisposable
{
    private static readonly DateTimeOffset NewYear = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly YearsBench bench = new(NewYear.AddMinutes(-90), 2026, 2027);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => bench.Dispose();

    /// <summary>Two days around the year's end; one operation is begun in the old log and ends in the new one.</summary>
    private async Task<(LogCopy Old, LogCopy New)> YearsAsync(Func<Task>? late = null)
    {
        using var host = bench.NewHost();
        var intent = Samples.Intent(500, NewYear.AddMinutes(-5), "over-the-year");
        await RunUntilAsync(host, NewYear.AddMinutes(-5));
        var begun = (await bench.Writer.WriteAsync(intent, default, Ct)).Reference;
        await RunUntilAsync(host, NewYear.AddMinutes(5));
        await bench.Writer.WriteAsync(Samples.Outcome(intent, "ok", begun), default, Ct);
        await RunUntilAsync(host, NewYear.AddHours(49));
        if (late is not null)
            await late();
        await RunUntilAsync(host, NewYear.AddHours(53));
        return (await LogCopy.OfAsync(bench.Year(2026)), await LogCopy.OfAsync(bench.Year(2027)));
    }

    private async Task RunUntilAsync(ShardKeeper host, DateTimeOffset until)
    {
        for (; bench.Clock.GetUtcNow() < until; bench.Clock.Advance(TimeSpan.FromMinutes(20)))
            await YearsBench.RunAsync(host);
        await YearsBench.RunAsync(host);
        await YearsBench.RunAsync(host);
    }

    /// <summary>A host that believes it is still last year writes into the closed log.</summary>
    private async Task StrayAsync(int number)
    {
        var writer = new EvidenceWriter(YearlyContainers.Single(bench.Year(2026)), null, bench.Producer, null, bench.Clock, bench.Clock, YearsBench.Options);
        var now = bench.Clock.GetUtcNow();
        await writer.WriteAsync(Samples.Intent(number, now.AddTicks(-(now.UtcTicks % TimeSpan.TicksPerSecond))) with { Stage = RecordStage.Outcome, Result = "summary", Deadline = null }, default, Ct);
    }

    private async Task<VerificationReport> VerifyAsync(params LogCopy[] years) => await LogVerifier.VerifyAsync([.. years.Select(year => new LogShard(year))], await OptionsAsync(), null, Ct);

    private async Task<VerifyOptions> OptionsAsync() => new()
    {
        LogKeys = [await bench.LogKey.PublicKeyAsync(Ct)], ProducerKeys = [await bench.ProducersKey.PublicKeyAsync(Ct)], At = bench.Clock.GetUtcNow(), Cores = 1,
    };

    [Fact]
    public async Task Two_honest_years_join_without_a_finding_and_each_alone_has_none_either()
    {
        var (old, @new) = await YearsAsync();
        var report = await VerifyAsync(old, @new);
        Assert.Equal("", HonestLogTests.Told(report));
        Assert.Equal([true, false], report.Logs.Select(log => log.IsClosed));
        Assert.Equal([bench.Year(2026).Origin, bench.Year(2027).Origin], report.Logs.Select(log => log.Log));
    }

    [Fact]
    public async Task L8_an_old_log_whose_tail_was_cut_off_does_not_join_what_the_new_one_says_of_it()
    {
        var (old, @new) = await YearsAsync();
        var last = old.Below("log/").Last(path => path.EndsWith(".batch.txt", StringComparison.Ordinal));
        foreach (var path in old.Below(last[..^".batch.txt".Length]).ToList())
            old.Blobs.Remove(path);
        var report = await VerifyAsync(old, @new);
        // Its last batch closed it: without it the log goes on, and what the next year says of its end is not what it is.
        Assert.Contains(report.Findings, finding => finding.Kind is LogFindingKind.ShardBroken && finding.Path!.Contains("_close_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_log_that_does_not_say_what_it_goes_on_from_does_not_join()
    {
        var (old, @new) = await YearsAsync();
        var open = @new.Below("records/").First(path => path.Contains("_open_2-summary_", StringComparison.Ordinal));
        @new.Blobs.Remove(open);
        Assert.Contains((await VerifyAsync(old, @new)).Findings, finding => finding.Kind == LogFindingKind.ShardBroken && finding.Log == bench.Year(2027).Origin);
    }

    [Fact]
    public async Task L10_a_record_of_one_year_copied_into_the_other_is_foreign_there()
    {
        var (old, @new) = await YearsAsync();
        var path = old.Below("records/").First();
        @new.Put(path, old.Blobs[path].Bytes);
        var finding = Assert.Single((await VerifyAsync(old, @new)).Findings, finding => finding.Severity != FindingSeverity.Information);
        Assert.Equal((LogFindingKind.RecordForeign, path, bench.Year(2027).Origin), (finding.Kind, finding.Path, finding.Log));
    }

    [Fact]
    public async Task A_stray_of_the_closed_log_is_fine_once_the_new_one_lists_it_and_a_finding_where_it_does_not()
    {
        var (old, @new) = await YearsAsync(() => StrayAsync(77));
        var report = await VerifyAsync(old, @new);
        Assert.Equal("", HonestLogTests.Told(report));
        var path = Assert.Single(old.Below("records/"), path => path.Contains(Samples.Op(77), StringComparison.Ordinal));
        // Asked for alone, it is as fine, and what lists it is named.
        var alone = await Nhi.Evidence.Verification.Proofs.RecordVerifier.VerifyAsync(new LogShard(old), new LogShard(@new), path, null, await OptionsAsync(), Ct);
        Assert.Empty(alone.Findings);
        Assert.Contains("_stray_", alone.StrayIn, StringComparison.Ordinal);
        Assert.Equal(LogFindingKind.RecordUnlogged, Assert.Single((await Nhi.Evidence.Verification.Proofs.RecordVerifier.VerifyAsync(new LogShard(old), path, null, await OptionsAsync(), Ct)).Findings).Kind);
        Assert.Empty((await NameComparison.CompareAsync(new LogShard(old), new LogShard(@new), 0, 1, await OptionsAsync(), Ct)).Findings);
        old.Put(RecordPath.Beside(path), old.Blobs[path].Bytes);
        Assert.Contains((await VerifyAsync(old, @new)).Findings, finding => finding.Kind == LogFindingKind.RecordForeign);
        foreach (var list in @new.Below("records/").Where(name => name.Contains("_stray_", StringComparison.Ordinal)).ToList())
            @new.Blobs.Remove(list);
        Assert.Contains((await VerifyAsync(old, @new)).Findings, finding => finding.Kind == LogFindingKind.RecordUnlogged && finding.Path == path);
    }
}
