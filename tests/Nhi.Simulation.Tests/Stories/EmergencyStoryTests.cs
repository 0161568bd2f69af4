using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Marked values where the policy only observes, where somebody else is at work, and long afterwards.</summary>
public sealed class EmergencyStoryTests
{
    /// <summary>The first week: every rule observes, and a key is stolen.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    [InlineData(OverlapClass.Retire)]
    public void Emergency_What_is_marked_under_a_rule_that_observes_is_replaced_and_dies_and_nothing_else(OverlapClass overlap)
    {
        var world = Quiet();
        world.PolicyOf = subject => SimWorld.Short(subject) with { Enforced = false };
        var id = world.Add("app", overlap);
        var other = world.Add("other", overlap);
        world.Sweep();
        world.Advance(Minutes(20));
        world.Mark(id, 1);
        for (var i = 0; i < 3; i++)
        {
            world.Sweep();
            world.Advance(Minutes(20));
        }

        world.AssertAt(world.Versions(id) == 2 && world.Works(id), "another value is published");
        world.AssertAt(overlap == OverlapClass.Retire ? world.Version(id, 1) is { Enabled: false, IsDead: true } : !world.Lives(id, 1), "what was stolen is dead");
        Assert.True(overlap == OverlapClass.Cutover || world.Version(id, 1).IsDead);

        // What is not marked is only seen.
        world.Advance(Hours(9));
        world.Sweep();
        world.Debts();
        Assert.Equal((2, 1), (world.Versions(id), world.Versions(other)));
        Assert.True(world.Works(other));
        Assert.Empty(world.Evidence.OpenIntents());
        Assert.Empty(world.Breaches);
    }

    /// <summary>Two secrets of one resource under rules that observe: the second could neither rotate, for the first holds the other place, nor follow, and what was stolen lived on.</summary>
    [Theory]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H50_What_is_marked_ends_in_every_secret_that_publishes_it_although_its_rule_observes(OverlapClass overlap)
    {
        var world = Quiet();
        world.PolicyOf = subject => SimWorld.Short(subject) with { Enforced = false };
        var id = world.Add("app", overlap);
        var twin = world.Add("twin", overlap, "res-app");
        world.Sweep();
        world.Advance(Minutes(20));
        world.Mark(id, 1);
        for (var i = 0; i < 4; i++)
        {
            world.Sweep();
            world.Advance(Minutes(20));
        }

        world.AssertAt(world.Works(id) && world.Value(twin) == world.Value(id), "both publish the new value");
        world.AssertAt(!world.Lives(id, 1) && (overlap == OverlapClass.Cutover || world.Version(twin, 1).IsDead), "what was stolen is dead");
        Assert.Equal((1, 2, 2), (world.MintsOf("res-app"), world.Versions(id), world.Versions(twin)));
        Assert.Empty(world.Evidence.OpenIntents());
        Assert.Empty(world.Breaches);
    }

    /// <summary>The same where the host dies when it has published one of them.</summary>
    [Theory]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H50_A_death_between_two_publications_leaves_no_sibling_behind(OverlapClass overlap)
    {
        var world = Quiet();
        world.PolicyOf = subject => SimWorld.Short(subject) with { Enforced = false };
        var id = world.Add("app", overlap);
        var twin = world.Add("twin", overlap, "res-app");
        world.Sweep();
        world.Advance(Minutes(20));
        world.Mark(id, 1);
        world.Next("vault.publish", Fault.CrashBefore, skip: 1);
        world.Patience = _ => Hours(2);
        world.StartTimers();
        world.Advance(Hours(3));
        world.AssertAt(world.Works(id) && world.Value(twin) == world.Value(id) && !world.Lives(id, 1), "both publish the new value, and what was stolen is dead");
        Assert.Empty(world.Evidence.OpenIntents());
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void Emergency_A_kill_that_its_provider_refuses_is_tried_again_under_a_rule_that_observes()
    {
        var world = Quiet();
        world.PolicyOf = subject => SimWorld.Short(subject) with { Enforced = false };
        var id = world.Add("app", OverlapClass.Multi);
        world.Sweep();
        world.Advance(Minutes(20));
        world.ProviderRefuses = (what, _) => what == "kill";
        world.Mark(id, 1);
        world.StartTimers();
        world.Advance(Hours(2));
        world.AssertAt(world.Versions(id) == 2 && world.Lives(id, 1), "it is replaced and lives");
        world.ProviderRefuses = (_, _) => false;
        world.Advance(Hours(2));
        world.AssertAt(!world.Lives(id, 1), "it is dead");
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void Emergency_A_superseded_value_that_is_marked_while_somebody_holds_the_row_is_ended_by_the_next_sweep()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        var (row, etag, _) = world.Tables.Operations.Single().Value;
        world.Tables.Operations[row.Resource] = (row with { Open = true }, etag, world.Clock.Now);
        world.Consumers.Clear();
        EmergencyReport? report = null;
        var asked = OperatorRequest.WithReason("nhi emergency", "ada", "INC-7");
        Assert.Null(world.Do(async host => report = await host.Desk.Emergency.MarkAsync(id, world.Version(id, 1).Version, asked, CancellationToken.None)));
        Assert.True(report is { Ended: false, NeedsPerson: false });
        world.Advance(Minutes(12));
        world.Sweep();
        world.AssertAt(!world.Lives(id, 1) && world.Works(id), "it is dead, and nobody waited for the end of its overlap");
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void Emergency_One_of_the_past_keeps_no_repair_waiting_for_an_account_that_does_not_answer()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Consumers.Clear();
        world.Mark(id, 2);
        world.Look(id);
        world.AssertAt(world.Version(id, 2).IsDead, "what was marked is dead");
        var key = world.Vault.CurrentOf(id)!.Version.Nhi!.Handle!;
        world.ResourceOf(id).Keys.Remove(key);
        world.Boot();
        world.Always("evidence.get", Fault.Throttled);
        world.Look(id, host: 2);
        world.AssertAt(world.Works(id), "it is repaired");
    }

    [Fact]
    public void Emergency_Its_record_is_read_once()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Consumers.Clear();
        world.Mark(id, 2);
        world.Look(id);
        var reads = 0;
        world.Hears = call => reads += call.What == "evidence.get" ? 1 : 0;
        world.Advance(Hours(1));
        world.Look(id);
        Assert.Equal(0, reads);
        Assert.Empty(world.Breaches);
    }
}
