using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Shards;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>Several logs of one product looked at together: both accounts, a year that has just begun, one that never did. All found in the histories of <see cref="Attackers.AttackTests"/>.</summary>
public sealed class AccountsTests : IDisposable
{
    private readonly EvidenceBench bench = new();
    private readonly HonestWork work;
    private readonly List<Sequencer> owned = [];

    public AccountsTests() => work = new HonestWork(bench.Clock);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        owned.ForEach(one => one.Dispose());
        bench.Dispose();
    }

    private async Task SequenceAsync(MemoryEvidenceStore store, MemoryEvidenceIndex? index = null, MemoryTileStore? tiles = null)
    {
        var sequencer = new Sequencer(store, new LogKeys(bench.LogKey), bench.Producer, bench.Pending, new IndexSink(index ?? new MemoryEvidenceIndex()), tiles, bench.Clock, new SequencerOptions { PartialBundleEvery = TimeSpan.Zero });
        owned.Add(sequencer);
        await sequencer.RunAsync(Ct);
    }

    private async Task<VerifyOptions> OptionsAsync() => new()
    {
        LogKeys = [await bench.LogKey.PublicKeyAsync(Ct)], ProducerKeys = [await bench.ProducersKey.PublicKeyAsync(Ct)], At = bench.Clock.GetUtcNow(), Cores = 1, SealAge = TimeSpan.FromDays(9),
    };

    private static LogShard[] Shards(params IEnumerable<IEvidenceStore> stores) => [.. stores.Select(store => new LogShard(new StoreLog(store, 1)))];

    private static IEnumerable<(LogFindingKind Kind, string Log)> Alarms(params IEnumerable<VerificationReport> reports) =>
        reports.SelectMany(report => report.Findings).Where(finding => finding.Severity != FindingSeverity.Information).Select(finding => (finding.Kind, finding.Log));

    /// <summary>A rotation; a repair at the secondary account; an intent whose closing had to fall back; a rotation again.</summary>
    private async Task FallBackAsync()
    {
        foreach (var (away, closedAway) in ((bool, bool)[])[(false, false), (true, true), (false, true), (false, false)])
        {
            var (intent, closing) = work.Operation("payroll");
            var written = await bench.WriteAsync(intent, new WriteRequest(AtSecondary: away));
            bench.Clock.Advance(TimeSpan.FromMinutes(1));
            await bench.WriteAsync(closing with { Intent = written.Reference }, new WriteRequest(AtSecondary: closedAway));
            bench.Clock.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task What_fell_back_to_the_secondary_account_closes_what_was_begun_in_the_first()
    {
        await FallBackAsync();
        await SequenceAsync(bench.Memory);
        await SequenceAsync(bench.Secondary);
        bench.Clock.Advance(TimeSpan.FromHours(3));
        var options = await OptionsAsync();
        Assert.Empty(Alarms(await LogVerifier.VerifyAccountsAsync([Shards(bench.Memory), Shards(bench.Secondary)], options, null, Ct)));
        // Each alone knows only its half.
        Assert.Equal([LogFindingKind.IntentOpen, LogFindingKind.VersionChainBroken], Alarms(await LogVerifier.VerifyAsync(Shards(bench.Memory), options, null, Ct)).Select(one => one.Kind).Order());
        Assert.Equal([LogFindingKind.IntentMissing], Alarms(await LogVerifier.VerifyAsync(Shards(bench.Secondary), options, null, Ct)).Select(one => one.Kind));
    }

    [Fact]
    public async Task What_is_found_of_a_log_stands_in_the_report_of_its_account()
    {
        await bench.WriteAsync(Samples.Intent(1));
        await bench.WriteAsync(Samples.Intent(2), new WriteRequest(AtSecondary: true));
        await SequenceAsync(bench.Memory);
        await SequenceAsync(bench.Secondary);
        bench.Clock.Advance(TimeSpan.FromHours(3));
        var reports = await LogVerifier.VerifyAccountsAsync([Shards(bench.Memory), Shards(bench.Secondary)], await OptionsAsync(), null, Ct);
        Assert.Equal([(LogFindingKind.IntentOpen, bench.Memory.Origin)], Alarms(reports[0]));
        Assert.Equal([(LogFindingKind.IntentOpen, bench.Secondary.Origin)], Alarms(reports[1]));
    }

    [Fact]
    public async Task From_a_saved_checkpoint_on_a_version_that_was_made_before_it_is_no_break()
    {
        await FallBackAsync();
        await SequenceAsync(bench.Memory);
        await SequenceAsync(bench.Secondary);
        var saved = (await bench.Memory.ReadAsync(CheckpointName.Of(0), 10_000, Ct))!.Bytes;
        await FallBackAsync();
        await SequenceAsync(bench.Memory);
        await SequenceAsync(bench.Secondary);
        bench.Clock.Advance(TimeSpan.FromHours(3));
        var options = await OptionsAsync() with { Level = VerifyLevel.Delta, SavedCheckpoints = [saved] };
        Assert.Empty(Alarms(await LogVerifier.VerifyAccountsAsync([Shards(bench.Memory), Shards(bench.Secondary)], options, null, Ct)));
        // What nobody made is one all the same.
        var (intent, closing) = work.Operation("payroll");
        var written = await bench.WriteAsync(intent);
        await bench.WriteAsync(closing with { Intent = written.Reference, Change = new ChangeFacts(new VersionFacts("stranger"), new VersionFacts("next")) });
        await SequenceAsync(bench.Memory);
        Assert.Equal([LogFindingKind.VersionChainBroken], Alarms(await LogVerifier.VerifyAccountsAsync([Shards(bench.Memory), Shards(bench.Secondary)], options, null, Ct)).Select(one => one.Kind));
    }

    [Fact]
    public async Task From_a_saved_checkpoint_on_what_was_closed_or_covered_before_it_is_neither_open_nor_a_gap()
    {
        // The second account is read whole: an intent that the first one closed, and a window that the first one went on from.
        var (intent, closing) = work.Operation("payroll");
        var written = await bench.WriteAsync(intent, new WriteRequest(AtSecondary: true));
        await CoverAsync(1, atSecondary: true);
        await bench.WriteAsync(closing with { Intent = written.Reference });
        await CoverAsync(2);
        await SequenceAsync(bench.Memory);
        await SequenceAsync(bench.Secondary);
        var saved = (await bench.Memory.ReadAsync(CheckpointName.Of(0), 10_000, Ct))!.Bytes;
        await CoverAsync(3);
        await CoverAsync(4);
        await SequenceAsync(bench.Memory);
        bench.Clock.Advance(TimeSpan.FromHours(3));
        var options = await OptionsAsync() with { Level = VerifyLevel.Delta, SavedCheckpoints = [saved] };
        Assert.Empty(Alarms(await LogVerifier.VerifyAccountsAsync([Shards(bench.Memory), Shards(bench.Secondary)], options, null, Ct)));
        // Behind it both are told, in whichever account.
        await bench.WriteAsync(work.Operation("other").Intent, new WriteRequest(AtSecondary: true));
        await CoverAsync(5);
        await SequenceAsync(bench.Memory);
        await SequenceAsync(bench.Secondary);
        bench.Clock.Advance(TimeSpan.FromHours(3));
        var later = await LogVerifier.VerifyAccountsAsync([Shards(bench.Memory), Shards(bench.Secondary)], options with { At = bench.Clock.GetUtcNow() }, null, Ct);
        Assert.Equal([LogFindingKind.IntentOpen, LogFindingKind.CoverageGap], Alarms(later).Select(one => one.Kind).Order());
    }

    /// <summary>Says of the next minute, when it is over, that somebody looked.</summary>
    private async Task CoverAsync(int number, bool atSecondary = false)
    {
        var from = bench.Clock.GetUtcNow();
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        var to = bench.Clock.GetUtcNow();
        await bench.WriteAsync(new EvidenceRecord { Op = Samples.Op(number), Stage = RecordStage.Outcome, Action = "estate.sweep", Result = "summary", Time = to, Summary = "Swept.", Coverage = new CoverageFacts("key-vault-list", from, to, 3, 3) }, new WriteRequest(AtSecondary: atSecondary));
    }

    [Fact]
    public async Task Records_of_two_logs_that_have_one_second_and_one_place_have_rows_of_their_own()
    {
        var index = new MemoryEvidenceIndex();
        await bench.WriteAsync(Samples.Intent(1));
        await bench.WriteAsync(Samples.Intent(1), new WriteRequest(AtSecondary: true));
        await SequenceAsync(bench.Secondary, index);
        await SequenceAsync(bench.Memory, index);
        var hour = (await LogReader.RowsAsync(index)).Where(row => row.PartitionKey == IndexKeys.Hour(Samples.Start)).ToList();
        Assert.Equal(2, hour.Select(row => row.Sha256).Distinct().Count());
        // In whatever order the logs were read: one of the two intents stands for the attempt.
        Assert.Empty(Alarms(await LogVerifier.VerifyAccountsAsync([Shards(bench.Memory), Shards(bench.Secondary)], await OptionsAsync() with { Index = index }, null, Ct)));
        Assert.Empty(Alarms(await LogVerifier.VerifyAccountsAsync([Shards(bench.Secondary), Shards(bench.Memory)], await OptionsAsync() with { Index = index }, null, Ct)));
    }

    [Fact]
    public async Task A_log_that_has_not_begun_lacks_no_tiles()
    {
        var shard = new LogShard(new StoreLog(bench.Memory, 1), new MemoryTileStore());
        Assert.Empty(Alarms(await LogVerifier.VerifyAsync([shard], await OptionsAsync(), null, Ct)));
        await bench.WriteAsync(Samples.Intent(1));
        await SequenceAsync(bench.Memory);
        Assert.Equal([LogFindingKind.TileMissing], Alarms(await LogVerifier.VerifyAsync([shard], await OptionsAsync(), null, Ct)).Select(one => one.Kind));
    }

    /// <summary>Before its first batch a log may begin with any version of the key, and what ends a run of junk there is signed by all of them.</summary>
    [Fact]
    public async Task What_was_signed_before_a_logs_first_batch_is_signed_by_nobody_strange()
    {
        using var honest = new HonestLog();
        honest.RotateKey();
        await honest.Bench.Memory.TryCreateAsync(BatchName.Of(0), "junk"u8.ToArray(), "text/plain", Ct);
        await honest.RunAsync();
        await honest.OperateAsync("payroll");
        await honest.RunAsync();
        Assert.NotNull(await honest.Bench.Memory.ReadAsync(CheckpointName.Of(0), 10_000, Ct));
        Assert.Equal([LogFindingKind.BatchVoid], Alarms(await honest.VerifyAsync()).Select(one => one.Kind));
    }

    [Fact]
    public async Task Whoever_looks_in_the_first_minutes_of_a_year_finds_the_old_log_sealed_and_the_new_one_not_begun()
    {
        var newYear = new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var years = new YearsBench(newYear.AddMinutes(-2), 2026, 2027);
        await years.AttemptAsync(1);
        using (var host = years.NewHost())
        {
            await YearsBench.RunAsync(host);
            await YearsBench.RunAsync(host);
        }

        async Task<IEnumerable<LogFindingKind>> LookAsync(TimeSpan after)
        {
            var options = new VerifyOptions { LogKeys = [await years.LogKey.PublicKeyAsync(Ct)], ProducerKeys = [await years.ProducersKey.PublicKeyAsync(Ct)], At = newYear + after, Level = VerifyLevel.Quick };
            return Alarms(await LogVerifier.VerifyAsync(Shards(years.Year(2026), years.Year(2027)), options, null, Ct)).Select(one => one.Kind);
        }

        Assert.Empty(await LookAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal([LogFindingKind.SealLate], await LookAsync(TimeSpan.FromMinutes(20)));
        Assert.Contains(LogFindingKind.CheckpointMissing, await LookAsync(TimeSpan.FromMinutes(66)));
    }
}
