using Nhi.Evidence.Records;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Reality;

namespace Nhi.Governance.Tests.Rotation;

/// <summary>What a record says of the tries of a day, and what it explains of what the platform saw in that day.</summary>
public sealed class RepeatsTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly Roll Roll = new("records/x", "op", Start, 7, "plan", null, 14, Start.AddHours(9));

    private static EvidenceRecord Record(string result, string idle) => new()
    {
        Op = "op", Stage = RecordStage.Outcome, Action = "credential.rotate", Result = result, Time = Start, Recorded = Start.AddHours(16), Summary = "",
        Decision = Repeats.With(new DecisionFacts("allow", "rule", Reasons: ["expired"]), Roll, idle),
    };

    [Fact]
    public void Tries_that_changed_nothing_explain_nothing_of_the_hours_after_the_last_one()
    {
        var deed = Assert.Single(Deed.Of([Record("BLOCKED", ": none of them changed anything")]));
        Assert.Equal((Start.AddHours(9), Start.AddHours(9)), (deed.Start, deed.Ended));
    }

    [Fact]
    public void What_the_last_of_many_tries_changed_it_did_between_its_own_start_and_its_end()
    {
        var deed = Assert.Single(Deed.Of([Record("ok", "")]));
        Assert.Equal((Start.AddHours(9), Start.AddHours(16)), (deed.Start, deed.Ended));
    }

    [Theory]
    [InlineData("2020-01-01T00:00:00Z", 0)]
    [InlineData("2030-01-01T00:00:00Z", 16)]
    public void A_reason_that_reads_like_tries_of_another_time_makes_no_attempt_longer(string last, int hours)
    {
        var record = Record("ok", "") with { Decision = new DecisionFacts("allow", "rule", Reasons: [$"2 tries under one intent, the first at 2020-01-01T00:00:00Z, the last at {last}: none of them changed anything"]) };
        var deed = Assert.Single(Deed.Of([record]));
        Assert.Equal((Start.AddHours(hours), Start.AddHours(hours)), (deed.Start, deed.Ended));
    }

    [Theory]
    [InlineData("14 tries under one intent, the first at x")]
    [InlineData("14 tries under one intent, the first at 2026-03-02T08:00:00Z, the last at soon")]
    [InlineData("14 tries under one intent, the first at 2026-03-02T08:00:00Z, the last at 2026-13-02T08:00:00Z")]
    [InlineData("a person said: 14 tries under one intent, the first at 2026-03-02T08:00:00Z, the last at 2026-03-02T08:00:00Z")]
    public void Any_other_reason_says_nothing_of_tries(string reason) =>
        Assert.Null(Repeats.WindowOf(Record("ok", "") with { Decision = new DecisionFacts("allow", "rule", Reasons: [reason]) }));

    [Fact]
    public void One_try_alone_is_not_counted() => Assert.Equal(["expired"], Repeats.With(new DecisionFacts("allow", "rule", Reasons: ["expired"]), Roll with { Tries = 1 })!.Reasons!);

    /// <summary>The last look at a record withholds what reads like a secret: neither the attempt's name nor the instants do.</summary>
    [Fact]
    public void What_is_told_of_tries_passes_the_value_guard()
    {
        var streak = new Streak("alike", "BLOCKED", 3, "records/2026/03/02/08/080000Z_payroll-db_rotate_2-BLOCKED_3v9k2m7q1x8z5w4t6r0p9n2bce.json");
        Assert.Equal("3v9k2m7q1x8z5w4t6r0p9n2bce", Repeats.AttemptOf(streak));
        Assert.False(ValueGuard.LooksLikeSecret($"It failed as attempt {Repeats.AttemptOf(streak)} tells; {Repeats.Told(Roll)}"));
    }

    [Fact]
    public void Neither_a_person_nor_what_comes_after_midnight_shares_an_intent()
    {
        var backOff = new BackOff(3, Start.AddMinutes(30), new Streak("alike", "BLOCKED", 3, ""));
        var timer = new Nhi.Governance.Triggers.Trigger { Source = "s", Id = "i", Type = "t" };
        Assert.True(Repeats.MayRoll(backOff, Start, timer));
        Assert.False(Repeats.MayRoll(backOff, Start, timer with { By = "ada" }));
        Assert.False(Repeats.MayRoll(backOff with { NotBefore = Start.Date.AddDays(1) }, Start, timer));
        Assert.False(Repeats.MayRoll(backOff with { Streak = backOff.Streak! with { Count = 2 } }, Start, timer));
    }
}
