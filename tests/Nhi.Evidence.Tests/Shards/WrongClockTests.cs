using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Shards;

/// <summary>A host whose clock stands still, or runs behind or ahead, beside another that only writes: records flow, it says so itself, whoever has a right clock sees that seals fail, and set right it goes on by itself.</summary>
public sealed class WrongClockTests : IDisposable
{
    private readonly YearsBench bench = new(new DateTimeOffset(2026, 11, 24, 13, 0, 0, TimeSpan.Zero), 2026, 2027, 2028);
    private readonly HostClock clock;
    private readonly ShardKeeper host;
    private readonly List<SequencerAlarm> alarms = [];
    private readonly HashSet<string> ofHost = [];
    private int written;

    public WrongClockTests()
    {
        clock = new HostClock(bench.Clock);
        host = bench.NewHost(clock: clock);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task L15_A_clock_that_stands_still_alarms_while_records_flow_and_set_right_the_log_catches_up_by_itself()
    {
        for (var minute = 0; minute < 3; minute++)
            await MinuteAsync();
        Assert.Empty(alarms);
        clock.Stands = true;
        for (var minute = 1; minute <= 80; minute++)
        {
            await MinuteAsync();
            // It stood at the beginning of the first. Beyond five minutes; each time that it is twice as far off, and in the next hour.
            Assert.Equal(new[] { 7, 11, 21, 41, 58 }.Count(said => said <= minute), alarms.Count);
            // 65 minutes behind the last full hour, nobody needs the host's own word.
            if (minute is 62 or 63)
                Assert.Equal(minute == 63, (await FoundAsync()).Any(finding => finding.Kind == LogFindingKind.SealLate));
        }

        Assert.Contains("more than 5 minutes behind", alarms[0].What, StringComparison.Ordinal);
        Assert.Contains(await FoundAsync(), finding => finding.Kind == LogFindingKind.CreationSkewed);

        clock.Stands = false;
        var alarmed = alarms.Count;
        await MinuteAsync();
        await MinuteAsync();
        Assert.Equal(alarmed, alarms.Count);
        await OnlyTimesOfWritingAreWrongAsync();
        Assert.Equal([13, 14], (await SealsAsync()).Select(seal => seal.Time.Hour));
    }

    [Theory]
    [InlineData(-3)]
    [InlineData(3)]
    public async Task L15_A_clock_that_is_hours_behind_or_ahead_alarms_at_once_and_set_right_the_next_hour_is_sealed(int hours)
    {
        for (var hour = 13; hour < 17; hour++)
        {
            await MinuteAsync();
            bench.Clock.Advance(TimeSpan.FromMinutes(59));
        }

        clock.Offset = TimeSpan.FromHours(hours);
        await MinuteAsync();
        Assert.Equal(SequencerAlarmKind.WrongClock, Assert.Single(alarms).Kind);
        for (var minute = 0; minute < 70; minute++)
            await MinuteAsync();
        Assert.Contains(await FoundAsync(), finding => finding.Kind == (hours < 0 ? LogFindingKind.SealLate : LogFindingKind.SealDatedAhead));

        clock.Offset = TimeSpan.Zero;
        await MinuteAsync();
        await MinuteAsync();
        Assert.Contains(await SealsAsync(), seal => seal.Time == new DateTimeOffset(2026, 11, 24, 18, 0, 0, TimeSpan.Zero) && seal.Recorded!.Value.Hour == 18);
        Assert.DoesNotContain(await FoundAsync(), finding => finding.Kind == LogFindingKind.SealLate);
        await OnlyTimesOfWritingAreWrongAsync(LogFindingKind.SealDatedAhead);
    }

    [Fact]
    public async Task L15_A_host_that_sleeps_while_it_waits_for_an_answer_has_no_wrong_clock()
    {
        await MinuteAsync();
        bench.Year(2026).OnCall = (call, _) =>
        {
            // The service has answered, and then the machine sleeps.
            if (call is { Verb: "create", Path: var path } && path.Contains(".batch.", StringComparison.Ordinal))
                clock.OnNext = () => clock.Offset = TimeSpan.FromMinutes(20);
            return new(StoreFault.None);
        };
        await WriteAsync(clock);
        Assert.Equal(2, await RunAsync());
        Assert.Equal(TimeSpan.FromMinutes(20), clock.Offset);
        Assert.Empty(alarms);
    }

    public void Dispose()
    {
        host.Dispose();
        bench.Dispose();
    }

    /// <summary>This host and another write, and the timer ticks, as it does by no time of day: both are in a batch within the minute.</summary>
    private async Task MinuteAsync()
    {
        ofHost.Add(await WriteAsync(clock));
        await WriteAsync(bench.Clock);
        // And perhaps a seal.
        Assert.InRange(await RunAsync(), 2, 3);
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
    }

    /// <summary>How many records were logged.</summary>
    private async Task<int> RunAsync()
    {
        var reports = (await YearsBench.RunAsync(host)).Logs.SelectMany(log => log.Reports).ToList();
        alarms.AddRange(reports.SelectMany(report => report.Alarms));
        return reports.Sum(report => report.Logged);
    }

    private async Task<string> WriteAsync(TimeProvider of)
    {
        var writer = new EvidenceWriter(bench.Containers, null, bench.Producer, bench.Pending, of, bench.Clock, YearsBench.Options);
        // The attempt's start is the service's time.
        var record = new EvidenceRecord { Op = $"{written++:D26}", Stage = RecordStage.Outcome, Result = "ok", Action = "credential.rotate", Time = bench.Clock.GetUtcNow(), Summary = "s" };
        return (await writer.WriteAsync(record, default, Ct)).Reference.Path;
    }

    private async Task<List<LogFinding>> FoundAsync()
    {
        var options = new VerifyOptions { LogKeys = [await bench.LogKey.PublicKeyAsync(Ct)], ProducerKeys = [new ProducersKey(await bench.ProducersKey.PublicKeyAsync(Ct))], Clock = bench.Clock, Cores = 1 };
        return [.. (await LogVerifier.VerifyAsync(new StoreLog(bench.Year(2026), 1), options, null, Ct)).Findings.Where(finding => finding.Severity > FindingSeverity.Information)];
    }

    /// <summary>What is left to find is what the host wrote while its clock was wrong.</summary>
    private async Task OnlyTimesOfWritingAreWrongAsync(params LogFindingKind[] also) => Assert.All(await FoundAsync(), finding =>
    {
        if (!also.Contains(finding.Kind))
            Assert.True(finding.Kind == LogFindingKind.CreationSkewed && (ofHost.Contains(finding.Path!) || finding.Path!.Contains("_2-seal_", StringComparison.Ordinal)), finding.ToString());
    });

    private Task<List<EvidenceRecord>> SealsAsync() => bench.RecordsAsync(2026, Nhi.Evidence.Seals.SealRecord.Action);

    /// <summary>A machine's time of day, which may be wrong; its timers and time stamps run on.</summary>
    private sealed class HostClock(FakeTimeProvider right) : TimeProvider
    {
        private DateTimeOffset? stood;

        internal TimeSpan Offset { get; set; }

        internal bool Stands { set => stood = value ? right.GetUtcNow() : null; }

        /// <summary>Done before it is asked next.</summary>
        internal Action? OnNext { get; set; }

        public override long TimestampFrequency => right.TimestampFrequency;

        public override DateTimeOffset GetUtcNow()
        {
            var next = OnNext;
            OnNext = null;
            next?.Invoke();
            return (stood ?? right.GetUtcNow()) + Offset;
        }

        public override long GetTimestamp() => right.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => right.CreateTimer(callback, state, dueTime, period);
    }
}
