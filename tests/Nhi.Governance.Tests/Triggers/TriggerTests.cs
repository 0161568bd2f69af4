using Nhi.Governance.Credentials;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Tests.Triggers;

public sealed class TriggerTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 2, 10, 7, 31, TimeSpan.FromHours(2));

    [Fact]
    public void Floor_gives_the_start_of_the_period_in_UTC()
    {
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 8, 5, 0, TimeSpan.Zero), Trigger.Floor(_now, TimeSpan.FromMinutes(5)));
        Assert.Equal(TimeSpan.Zero, Trigger.Floor(_now, TimeSpan.FromMinutes(5)).Offset);
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero), Trigger.Floor(_now, TimeSpan.FromHours(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Trigger.Floor(_now, TimeSpan.Zero));
    }

    [Fact]
    public void A_timer_is_named_by_its_floored_instant() =>
        Assert.Equal(("timer", "2026-03-02T08:05:00Z", "SweepDue"), Trigger.FromTimer("SweepDue", Trigger.Floor(_now, TimeSpan.FromMinutes(5))) is var timer ? (timer.Source, timer.Id, timer.Type) : default);

    [Fact]
    public void A_request_says_who_asked_for_what()
    {
        var id = CredentialId.Of("kv1.vault.azure.net", "a");
        var trigger = Trigger.FromRequest("nhi rollback", "r1", _now, id, "alice", "s1");
        Assert.Equal(new Trigger { Source = "request", Id = "r1", Type = "nhi rollback", Time = _now, Credential = id, By = "alice", Session = "s1" }, trigger);
    }

    [Fact]
    public void A_recovery_names_the_attempt_that_was_left_open() => Assert.Equal(("recovery", "op1"), Trigger.Recovery("op1") is var trigger ? (trigger.Source, trigger.Id) : default);
}
