using Nhi.Evidence.Records;
using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Tests.Evidence;

namespace Nhi.Governance.Tests.Sweeps.Reality;

/// <summary>What came into the logs, by the log's own order: whatever a record says of its time.</summary>
public sealed class BatchedEvidenceTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);
    private static readonly TimeSpan Wait = TimeSpan.FromHours(3);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task SayAsync(LogRig rig, string summary, DateTimeOffset? says = null)
    {
        await rig.WriteAsync(new EvidenceRecord { Op = RotationId.Op(summary, "rotate", Start, 1), Stage = RecordStage.Outcome, Action = "credential.rotate", Result = "ok", Time = (says ?? rig.Clock.GetUtcNow()).AddTicks(-(says ?? rig.Clock.GetUtcNow()).Ticks % TimeSpan.TicksPerSecond), Summary = summary }, says ?? rig.Clock.GetUtcNow());
        await rig.Sequencing.RunAsync(Ct);
    }

    private static Task<List<string>> TakenAsync(LogRig rig, params LogRig[] others) => TakenAsync(rig, null, others);

    private static async Task<List<string>> TakenAsync(LogRig rig, DateTimeOffset? waiting, params LogRig[] others)
    {
        List<string> taken = [];
        await new BatchedEvidence([rig.Containers, .. others.Select(other => other.Containers)], rig.Places, rig.Producer, rig).EachAsync(rig.Clock.GetUtcNow(), Wait, waiting, (records, _) =>
        {
            taken.AddRange(records.Where(record => record.Action == "credential.rotate").Select(record => record.Summary));
            return Task.CompletedTask;
        }, Ct);
        return taken;
    }

    [Fact]
    public async Task S2_each_record_comes_once_when_the_log_has_had_it_for_long_enough_whenever_it_says_it_was_written()
    {
        using var rig = new LogRig(Start, [2026, 2027]);
        using var other = new LogRig(Start, [2026, 2027], account: "b", beside: rig);
        for (var i = 0; i < 9; i++)
            await SayAsync(rig, $"before {i}");
        Assert.Empty(await TakenAsync(rig, other));
        await SayAsync(rig, "now");
        await SayAsync(rig, "backdated", Start.AddDays(-90));
        await SayAsync(rig, "ahead", Start.AddDays(20));
        await SayAsync(other, "fallen back");
        Assert.Empty(await TakenAsync(rig, other));
        rig.Clock.Advance(TimeSpan.FromHours(1));
        await SayAsync(rig, "later");
        Assert.Empty(await TakenAsync(rig, other));
        rig.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(["now", "backdated", "ahead", "fallen back"], await TakenAsync(rig, other));
        Assert.Empty(await TakenAsync(rig, other));
        rig.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["later"], await TakenAsync(rig, other));

        // The next year's log is followed from its first batch.
        rig.Clock.SetUtcNow(new DateTimeOffset(2027, 1, 1, 0, 5, 0, TimeSpan.Zero));
        await SayAsync(rig, "new year");
        await TakenAsync(rig, other);
        rig.Clock.Advance(Wait);
        Assert.Equal(["new year"], await TakenAsync(rig, other));
    }

    [Fact]
    public async Task What_could_not_be_taken_comes_again()
    {
        using var rig = new LogRig(Start, [2026, 2027]);
        await TakenAsync(rig);
        await SayAsync(rig, "one");
        await TakenAsync(rig);
        rig.Clock.Advance(Wait);
        await Assert.ThrowsAsync<ExternalCallException>(() => new BatchedEvidence([rig.Containers], rig.Places, rig.Producer, rig).EachAsync(rig.Clock.GetUtcNow(), Wait, null, (_, _) => throw new InvalidOperationException(), Ct));
        Assert.Equal(["one"], await TakenAsync(rig));
    }

    [Fact]
    public async Task S40_a_log_that_does_not_answer_keeps_nothing_of_the_others_back_and_is_said()
    {
        using var rig = new LogRig(Start, [2026, 2027]);
        using var other = new LogRig(Start, [2026, 2027], account: "b", beside: rig);
        await TakenAsync(rig, other);
        await SayAsync(rig, "normal");
        await SayAsync(other, "fallen back");
        await TakenAsync(rig, other);
        rig.Clock.Advance(Wait);
        rig.Year(2026).OnCall = (_, _) => new(StoreFault.Unreachable);
        List<string> taken = [];
        var thrown = await Assert.ThrowsAsync<ExternalCallException>(() => new BatchedEvidence([rig.Containers, other.Containers], rig.Places, rig.Producer, rig).EachAsync(rig.Clock.GetUtcNow(), Wait, null, (records, _) =>
        {
            taken.AddRange(records.Where(record => record.Action == "credential.rotate").Select(record => record.Summary));
            return Task.CompletedTask;
        }, Ct));
        Assert.Equal(["fallen back"], taken);
        Assert.Contains("a.blob.core.windows.net", thrown.Message, StringComparison.Ordinal);

        rig.Year(2026).OnCall = null;
        Assert.Equal(["normal"], await TakenAsync(rig, other));
    }

    [Fact]
    public async Task S27_whoever_deletes_the_place_takes_nothing_out_of_what_waits()
    {
        using var rig = new LogRig(Start, [2026, 2027]);
        await TakenAsync(rig);
        await SayAsync(rig, "old");
        await TakenAsync(rig);
        rig.Clock.Advance(TimeSpan.FromHours(8));
        Assert.Equal(["old"], await TakenAsync(rig));
        await SayAsync(rig, "waits");
        await TakenAsync(rig);
        for (var hour = 1; hour < 8; hour++)
        {
            // Each hour, so that nothing is ever seen to have waited.
            rig.LoseCursors();
            rig.Clock.Advance(TimeSpan.FromHours(1));
            var taken = await TakenAsync(rig, rig.Clock.GetUtcNow() - TimeSpan.FromHours(1) - Wait - TimeSpan.FromHours(1));
            Assert.Equal(hour is < 4 or > 5 ? [] : ["waits"], taken);
        }
    }
}
