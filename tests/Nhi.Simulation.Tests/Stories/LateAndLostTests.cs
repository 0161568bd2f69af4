using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Requests that land late, answers that get lost, hosts that die, freeze and wake.</summary>
public sealed class LateAndLostTests
{
    [Fact]
    public void H1_A_publication_of_a_dead_value_that_lands_late_is_repaired()
    {
        var world = Quiet();
        world.Patience = _ => Minutes(10);
        var id = world.Governed(OverlapClass.DualSlot);
        world.UntilDue(id);
        (world.FreezeFor, var frozen) = (Minutes(25), world.Hosts[0]);
        world.Once("vault.publish", Fault.FreezeBefore);
        world.Begin(id, Minutes(12));
        world.Recover(host: 1);
        world.Advance(Minutes(4));
        world.Look(id, host: 1);
        Assert.Equal(2, world.MintsOf("res-app"));
        Assert.Equal(2, world.Versions(id));

        world.Advance(Minutes(12));
        Assert.Equal(3, world.Versions(id));
        Assert.False(world.Works(id));
        world.Sweep(host: 1);
        Assert.True(world.Works(id));
        Assert.False(frozen.Wire.IsDead);
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void H2_Nobody_mints_again_while_a_lost_request_can_still_land()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.DualSlot);
        world.UntilDue(id);
        world.LateFor = Minutes(8);
        world.Once("vault.publish", Fault.Late);
        world.Begin(id, Minutes(1));
        Assert.Equal(1, world.Versions(id));
        for (var minute = 0; minute < 6; minute++)
        {
            Assert.IsType<RowHeldException>(world.Event(id, host: 1));
            world.Advance(Minutes(1));
        }

        world.Advance(Minutes(5));
        Assert.Equal(2, world.Versions(id));
        world.Recover(host: 1);
        Assert.Empty(world.Evidence.OpenIntents());
        Assert.Contains(world.Evidence.All, record => record.Shown == "published");
        Assert.Equal(1, world.MintsOf("res-app"));
        world.Clean();
    }

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    public void H3a_What_a_publication_superseded_is_owed_although_its_attempt_was_closed_as_absent(OverlapClass overlap)
    {
        var world = Quiet();
        world.Patience = _ => Minutes(30);
        var id = world.Governed(overlap);
        world.UntilDue(id);
        world.FreezeFor = Minutes(25);
        world.Once("vault.publish", Fault.FreezeBefore);
        world.Begin(id, Minutes(12));
        world.Recover(host: 1);
        Assert.Contains(world.Evidence.All, record => record.Shown == "absent");
        world.StartTimers();
        world.Advance(Hours(20));

        // Both what came before the late publication and what came meanwhile are dead, and the slot was free again for the next rotation.
        Assert.False(world.Lives(id, 1));
        Assert.InRange(world.Versions(id), 4, 8);
        world.CheckEnd(Hours(3));
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void H4_A_crash_that_left_nothing_due_is_closed_by_the_recovery()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        world.UntilDue(id);
        world.Once("vault.publish", Fault.CrashAfter);
        world.Begin(id, Minutes(12));
        Assert.Equal(2, world.Versions(id));
        Assert.Null(world.Event(id));
        Assert.Single(world.Evidence.OpenIntents());

        world.Recover();
        Assert.Empty(world.Evidence.OpenIntents());
        Assert.Contains(world.Evidence.All, record => record.Shown == "published");
        Assert.DoesNotContain(world.Tables.Operations.Values, found => found.Row.Open);
        world.Clean();
    }

    [Fact]
    public void H5_A_crash_and_then_the_crash_of_who_took_its_row_leave_no_intent_open()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        world.UntilDue(id);
        world.Evidence.DropIndex();
        world.Once("provider.mint", Fault.CrashAfter);
        world.Begin(id, Minutes(12));
        world.Once("row.replace", Fault.CrashAfter);
        world.Begin(id, Minutes(12));
        world.NoFaults();
        Assert.Single(world.Evidence.OpenIntents());

        Assert.Null(world.Event(id));
        Assert.Empty(world.Evidence.OpenIntents());
        Assert.Equal(2, world.Versions(id));
        world.Clean();
    }

    [Fact]
    public void H6_When_all_tables_are_dropped_a_missing_row_is_a_held_row_and_nothing_is_minted_without_the_marker()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.DualSlot);
        world.UntilDue(id);
        world.LateFor = Minutes(8);
        world.Once("provider.mint", Fault.Late);
        world.Begin(id, Minutes(1));
        world.Tables.Drop();
        Assert.IsType<RowHeldException>(world.Event(id, host: 1));
        world.Advance(Minutes(5));
        Assert.IsType<RowHeldException>(world.Event(id, host: 1));
        world.Advance(Minutes(7));
        Assert.Equal(1, world.MintsOf("res-app"));
        for (var i = 0; i < 5; i++)
        {
            world.Event(id, host: 1);
            world.Advance(Minutes(20));
        }

        Assert.Equal((1, 1), (world.MintsOf("res-app"), world.Versions(id)));
        world.Rebuild();
        world.StartTimers();
        world.Advance(Hours(2));
        Assert.Equal(2, world.Versions(id));
        Assert.Empty(world.Evidence.OpenIntents());
        world.Clean();
    }

    [Fact]
    public void H13_A_slot_that_was_regenerated_by_a_process_that_died_is_free_since_its_closing_says_what_it_holds()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.DualSlot);
        world.Advance(Hours(3.1));
        world.Look(id);
        Assert.False(world.Lives(id, 1));

        // From here on the provider's timestamps prove nothing.
        world.PolicyOf = subject => SimWorld.Short(subject) with { FreeAfter = null };
        world.UntilDue(id);
        world.Once("provider.mint", Fault.CrashAfter);
        world.Begin(id, Minutes(12));
        world.Recover();
        world.Advance(Hours(1.2));
        world.Look(id);
        Assert.Equal(3, world.Versions(id));
        Assert.Contains(world.Evidence.All, record => record.Shown == "absent" && record.Slots.Count == 1);
        world.Clean();
    }

    [Fact]
    public void H19_Two_days_of_lost_answers_are_no_storm()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        world.UntilDue(id);
        world.Always("provider.mint", Fault.AnswerLost);
        world.StartTimers();
        world.Advance(TimeSpan.FromDays(2));
        Assert.InRange(world.MintsOf("res-app"), 4, 14);
        Assert.InRange(world.Evidence.All.Count(record => record.Verb == "rotate"), 8, 28);

        world.NoFaults();
        world.Advance(TimeSpan.FromDays(1.5));
        Assert.True(world.Versions(id) > 1);
        world.CheckEnd(Hours(3));
        world.Clean();
    }
}
