using CsCheck;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.History;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>What records say together, whatever the order in which they were logged.</summary>
public sealed class HistoryTests(HonestLogFixture fixture) : IClassFixture<HonestLogFixture>
{
    private static readonly DateTimeOffset Start = Samples.Start;

    [Fact]
    public void L11_a_union_of_windows_has_the_gaps_that_nobody_covers_in_any_order() => Gen.Select(Gen.Int[0, 60], Gen.Int[0, 8]).Array[1, 20].Sample(spans =>
    {
        var windows = new Windows();
        foreach (var (from, length) in spans)
            windows.Add(Start.AddMinutes(from), Start.AddMinutes(from + length), "");
        var end = spans.Max(span => span.Item1 + span.Item2);
        // The minutes that no window covers, between the first and the last.
        var bare = Enumerable.Range(spans.Min(span => span.Item1), Math.Max(end - spans.Min(span => span.Item1), 0)).Where(minute => !spans.Any(span => span.Item1 <= minute && minute < span.Item1 + span.Item2)).ToList();
        var gaps = windows.Gaps.SelectMany(gap => Enumerable.Range((int)(gap.From - Start).TotalMinutes, (int)(gap.To - gap.From).TotalMinutes)).ToList();
        Assert.Equal(bare, gaps);
        Assert.Equal((Start.AddMinutes(spans.Min(span => span.Item1)), Start.AddMinutes(end)), (windows.Begin, windows.End));
    });

    /// <summary>Scans are hourly and attempts are closed by whoever comes next: before 70 and 110 minutes nothing honest is late, and behind them everything is.</summary>
    [Theory]
    [InlineData(70, LogFindingKind.RecordUnlogged)]
    [InlineData(110, LogFindingKind.IntentOpen)]
    public async Task L11_what_is_unlogged_or_open_is_a_finding_after_so_many_minutes_and_not_before(int minutes, LogFindingKind kind)
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var now = bench.Log.Bench.Clock.GetUtcNow();
        var intent = Samples.Intent(980, TimerOp.Floor(now, TimeSpan.FromSeconds(1)));
        var (path, bytes) = await bench.AuthenticAsync(intent);
        bench.Copy.Put(path, bytes, now);
        if (kind == LogFindingKind.IntentOpen)
            await bench.LogAsync((path, bytes));
        var since = kind == LogFindingKind.IntentOpen ? intent.Deadline!.Value : now;
        foreach (var (second, wanted) in ((int, LogFindingKind)[])[(0, LogFindingKind.NotYet), (1, kind)])
        {
            bench.Options = bench.Options with { At = since.AddMinutes(minutes).AddSeconds(second) };
            Assert.Equal(wanted, Assert.Single((await bench.VerifyAsync(withTiles: false)).Findings, finding => finding.Path == path).Kind);
        }
    }

    [Fact]
    public void An_intent_is_overdue_by_when_it_came_whatever_time_its_name_says()
    {
        var intent = Samples.Intent(1, new DateTimeOffset(9998, 1, 1, 0, 0, 0, TimeSpan.Zero)) with { Deadline = null };
        var path = RecordPath.Of(intent);
        Assert.True(RecordPath.TryParse(path, out var name));
        var book = new FindingBook(10, null);
        var intents = new IntentBook(book);
        intents.Take("log", new BatchEntry(path, TreeHash.Empty, TreeHash.Empty), name, RecordGist.Of(intent), Start, 0);
        intents.End(Start.AddHours(3), TimeSpan.FromMinutes(110), whole: true);
        Assert.Equal(LogFindingKind.IntentOpen, Assert.Single(book.Kept()).Kind);
    }

    [Fact]
    public void A_chain_of_versions_is_whole_in_any_order_of_its_records() => Gen.Shuffle(Enumerable.Range(0, 8).ToArray()).Sample(order =>
    {
        var book = new FindingBook(10, null);
        var chains = new VersionChains(book);
        foreach (var i in order)
            chains.Take("log", $"{i}", RecordGist.Of(Change(i, $"v{i}", $"v{i + 1}")), i);
        chains.End();
        return book.Kept().Count == 0;
    });

    [Fact]
    public void A_version_that_was_superseded_and_made_by_nobody_breaks_the_chain_unless_a_record_saw_it() => Gen.Select(Gen.Shuffle(Enumerable.Range(0, 4).ToArray()), Gen.Bool).Sample((order, governed) =>
    {
        // What comes under policy has the same version before and after.
        EvidenceRecord[] records = [Change(0, "v0", "v1"), Change(2, "stranger", "v3"), Change(3, "v3", "v4"), Change(1, governed ? "stranger" : null, "stranger")];
        foreach (var seen in (bool[])[false, true])
        {
            var book = new FindingBook(10, null);
            var chains = new VersionChains(book);
            foreach (var i in order.Where(i => seen || i != 3))
                chains.Take("log", $"{i}", RecordGist.Of(records[i]), i);
            chains.End();
            Assert.Equal(seen ? [] : [(LogFindingKind.VersionChainBroken, "1")], book.Kept().Select(finding => (finding.Kind, finding.Path!)));
        }
    });

    private static EvidenceRecord Change(int minute, string? before, string after) =>
        Samples.Outcome(Samples.Intent(minute + 1, Start.AddMinutes(minute))) with { Change = new ChangeFacts(before is null ? null : new VersionFacts(before), new VersionFacts(after)) };
}
