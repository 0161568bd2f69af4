using Nhi.Evidence.Records;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Opening;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Slots and pairs: which side is free, who sets what, and two secrets of one resource.</summary>
public sealed class SlotStories
{
    [Fact]
    public void H8_The_second_secret_of_a_resource_publishes_what_the_first_one_moved_to()
    {
        var world = Siblings(OverlapClass.DualSlot, out var first, out var second);
        world.AdvanceToDue(first);
        world.StartTimers();
        world.Advance(Hours(2));
        world.AssertAt(world.ValueOf(first) == world.ValueOf(second), "both publish the new slot");
        Assert.Equal(1, world.MintsAt("res-app"));
        world.Advance(Hours(24));
        world.AssertAt(world.Vault.VersionsOf(first).Count >= 4 && world.ValueOf(first) == world.ValueOf(second), "and they go on, side by side");
        world.CheckEnd(Hours(3));
        world.AssertNoBreach();
    }

    [Fact]
    public void H11_What_was_staged_is_found_by_the_third_host_although_the_index_lags_for_hours()
    {
        var world = Quiet(OverlapClass.Pair, out var id, made => made.Lag = Hours(5));
        var (a, b) = (world.Hosts[0], world.Hosts[1]);
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.FreezeBefore, a, lasting: Minutes(40));
        world.Ask(id, a);
        world.Advance(Minutes(12));

        // B closes what A left, gets no answer from the staging vault, and closes its row: no intent is open, no index knows anything, and C is a new process. Only the row still counts the tries.
        world.Next("staging.read", Fault.Throttled, b);
        world.Ask(id, b);
        world.Advance(Minutes(12));
        Assert.Empty(world.Tables.Operations.Values.Single(found => found.Row.Resource.Value == "res-app").Row.OpenIntents);
        var c = world.Boot();
        world.AskNow(id, c);
        world.AssertAt(world.Vault.VersionsOf(id).Count == 2 && world.Works(id), "the third published");
        world.Advance(Minutes(30));
        Assert.Equal(2, world.MintsAt("res-app"));
        world.AssertAt(world.Works(id), "A woke and set the same staged value");
        world.AssertNoBreach();
    }

    [Fact]
    public void H11_A_frozen_host_that_wakes_sets_the_value_that_was_published_meanwhile()
    {
        var world = Quiet(OverlapClass.Pair, out var id);
        var (a, b) = (world.Hosts[0], world.Hosts[1]);
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.FreezeBefore, a, lasting: Minutes(40));
        world.Ask(id, a);
        world.Advance(Minutes(12));
        world.AskNow(id, b);
        world.AssertAt(world.Vault.VersionsOf(id).Count == 2 && world.Works(id), "B published");
        world.Advance(Minutes(40));
        Assert.Equal(2, world.MintsAt("res-app"));
        world.AssertAt(world.Works(id), "A woke and set the same staged value");
        world.AssertNoBreach();
    }

    [Fact]
    public void H13_What_a_slot_holds_is_recorded_by_whoever_closes_the_attempt_so_that_it_is_free_again()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id, made =>
        {
            made.ProvidersTellTimes = false;
            made.PolicyOf = subject => SimWorld.Short(subject) with { FreeAfter = null };
        });
        world.NameFree("res-app", "key2");
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.CrashAfter);
        world.Ask(id);
        world.StartTimers();
        world.Advance(Hours(3));
        world.AssertAt(world.Vault.VersionsOf(id).Count == 2, "the slot that the dead attempt filled is known to be free");
        world.AssertNoBreach();
    }

    [Fact]
    public void H15_Siblings_with_different_lifetimes_never_pull_each_other_back_to_an_older_value()
    {
        var world = Siblings(OverlapClass.DualSlot, out var first, out var second, made =>
            made.PolicyOf = subject => SimWorld.Short(subject) with { Lifetime = subject.Id.Name == "twin" ? Hours(60) : Hours(12) });
        world.StartTimers();
        world.Advance(Hours(72));
        var order = world.Publications.Select(publication => publication.Value).Distinct().ToList();
        foreach (var secret in new[] { first, second })
        {
            var published = world.Publications.Where(publication => publication.Id == secret).Select(publication => order.IndexOf(publication.Value)).ToList();
            world.AssertAt(published.Zip(published.Skip(1)).All(pair => pair.Second > pair.First), $"{secret.Name} only ever moves on: {string.Join(' ', published)}");
        }

        Assert.InRange(world.Vault.VersionsOf(first).Count, 6, 10);
        world.AssertNoBreach();
    }

    [Fact]
    public void H18_A_closed_role_is_free_whatever_was_recorded_of_it()
    {
        var world = Quiet(OverlapClass.Pair, out var id, made => made.Lag = TimeSpan.FromDays(30));
        var (a, b) = (world.Hosts[0], world.Hosts[1]);
        world.RotateInPeace(id);
        world.Advance(Hours(3.2));
        world.Next("provider.kill", Fault.FreezeBefore, a, lasting: Hours(1));
        world.Ask(id, a);
        world.Advance(Minutes(12));
        world.AskNow(id, b);
        world.AssertAt(world.Vault.VersionsOf(id)[0].Version.IsDead, "B paid and buried it");
        world.Advance(Hours(1));
        world.AssertAt(world.Works(id), "A's late kill closed a closed role");
        world.AdvanceToDue(id);
        world.AskNow(id, b);
        world.AssertAt(world.Vault.VersionsOf(id).Count == 3 && world.Works(id), "the closed role is used again");
        world.AssertNoBreach();
    }

    [Fact]
    public void H24_A_slot_that_a_person_regenerates_in_the_same_seconds_is_republished_with_what_it_holds()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id);
        world.AdvanceToDue(id);
        var theirs = "";
        world.After("vault.publish", () => theirs = world.Regenerate("res-app", "key2"));
        world.AskNow(id, within: Minutes(1));
        world.AssertAt(world.Publications[^1].Works && world.ValueOf(id) == theirs, "dead for a moment, then repaired with what the slot holds");
        Assert.Equal(3, world.Vault.VersionsOf(id).Count);
        world.AssertNoBreach();
    }

    [Fact]
    public void H31_The_newest_attempt_on_a_slot_counts_and_not_the_record_that_was_written_last()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id, made =>
        {
            made.ProvidersTellTimes = false;
            made.PolicyOf = subject => SimWorld.Short(subject) with { FreeAfter = null };
        });
        var (a, b) = (world.Hosts[0], world.Hosts[1]);
        world.NameFree("res-app", "key2");
        world.AdvanceToDue(id);
        world.Next("vault.publish", Fault.FreezeBefore, a, lasting: Minutes(40));
        world.Ask(id, a);
        world.Advance(Minutes(11));
        world.Vault.Refuses = _ => true;
        for (var i = 0; i < 4; i++)
            world.AskNow(id, b);
        Assert.Equal(2, world.MintsAt("res-app"));
        world.Advance(Minutes(20));
        Assert.True(world.Evidence.Has(record => record is { Stage: RecordStage.Outcome, Result: "BLOCKED", Fence: 2 or 1 }));

        world.Vault.Refuses = _ => false;
        world.StartTimers();
        world.Advance(Hours(3));
        world.AssertAt(world.Vault.VersionsOf(id).Count == 2 && world.Works(id), "the slot is free: its newest attempt knows what it holds");
        world.AssertNoBreach();
    }
}
