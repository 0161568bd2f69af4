using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Opening;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Emergency, repair, rollback, quarantine.</summary>
public sealed class RepairStories
{
    [Fact]
    public void H16_An_emergency_that_crashed_before_its_kill_does_not_wait_for_an_overlap()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        var stolen = world.ValueOf(id);
        world.Compromise(id);
        world.Next("provider.kill", Fault.CrashBefore);
        world.StartTimers();
        world.Advance(Minutes(10));
        world.AskNow(id, within: Minutes(1));
        world.Advance(Minutes(14));
        world.AssertAt(world.ValueOf(id) != stolen && world.Works(id), "it was rotated at once");
        world.Advance(Minutes(20));
        world.AssertAt(world.Resources["res-app"].Keys.Values.All(key => key.Secret != stolen), "and killed long before an overlap was over");
        world.AssertNoBreach();
    }

    [Fact]
    public void H16_The_kill_of_a_marked_value_waits_until_no_sibling_publishes_it()
    {
        var world = Siblings(OverlapClass.DualSlot, out var first, out var second);
        var stolen = world.ValueOf(first);
        Assert.Equal(stolen, world.ValueOf(second));
        world.Compromise(first);
        world.Vault.Refuses = id => id == second;
        world.StartTimers();
        world.Advance(Hours(2));
        world.AssertAt(world.ValueOf(first) != stolen && world.Works(first), "the marked secret moved");
        world.AssertAt(world.ValueOf(second) == stolen && world.Works(second), "the sibling cannot yet, and is not taken down");
        world.Vault.Refuses = _ => false;
        world.Advance(Hours(1.5));
        world.AssertAt(world.ValueOf(second) == world.ValueOf(first), "then it moves");
        world.AssertAt(!world.Resources["res-app"].Places.ContainsValue(stolen), "and the stolen value is dead");
        world.AssertNoBreach();
    }

    [Fact]
    public void H17_A_dead_version_that_a_stranger_published_is_repaired()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id, made => made.Patience = _ => Minutes(20));
        world.StartTimers();
        world.PersonPublishes(id, "copied from an old mail");
        world.AssertAt(!world.Works(id), "consumers are locked out");
        world.Advance(Minutes(18));
        world.AssertAt(world.Works(id), "repaired, whoever made it");
        world.Advance(Hours(30));
        world.AssertAt(world.Vault.VersionsOf(id).Count > 3 && world.Works(id), "and it does not block rotation");
        world.AssertNoBreach();
    }

    [Fact]
    public void H22_A_dead_current_version_is_repaired_while_the_evidence_store_refuses()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id, made => made.Patience = _ => Minutes(70));
        world.Evidence.Refuses = true;
        world.StartTimers();
        var theirs = world.Regenerate("res-app", "key1");
        world.AssertAt(!world.Works(id), "a person regenerated the slot in use");
        world.AskNow(id);
        world.AssertAt(world.Works(id) && world.ValueOf(id) == theirs, "repaired with evidence on the secondary account");
        world.AssertNoBreach();
    }

    [Fact]
    public void H25_A_rollback_is_not_undone_by_the_next_look()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.RotateInPeace(id);
        world.Advance(Hours(1));
        PublicationStories.RollBack(world, id);
        var at = world.Clock.Now;
        var back = world.ValueOf(id);
        world.StartTimers();
        while (world.Clock.Now < at + Hours(3.8))
        {
            world.Advance(Minutes(15));
            world.AssertAt(world.ValueOf(id) == back, "overlap and slack pass before the next rotation");
        }

        world.Advance(Hours(1.5));
        world.AssertAt(world.ValueOf(id) != back && world.Works(id), "then it is due");
        world.AssertNoBreach();
    }

    [Fact]
    public void H25_A_rollback_is_not_undone_by_a_sibling()
    {
        var world = Siblings(OverlapClass.DualSlot, out var first, out var second);
        world.Vault.Refuses = id => id == second;
        world.RotateInPeace(first);
        var fresh = world.ValueOf(first);
        PublicationStories.RollBack(world, first);
        var back = world.ValueOf(first);
        var at = world.Clock.Now;
        world.Vault.Refuses = _ => false;
        world.PersonPublishes(second, fresh);
        world.StartTimers();
        while (world.Clock.Now < at + Hours(3.8))
        {
            world.Advance(Minutes(15));
            world.AssertAt(world.ValueOf(first) == back, "a sibling's later value does not pull it forward yet");
        }

        world.Advance(Hours(3));
        world.AssertAt(world.ValueOf(first) == world.ValueOf(second) && world.Works(first), "then they meet again");
        world.AssertNoBreach();
    }

    [Theory]
    [InlineData(OverlapClass.Retire)]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H28_A_quarantined_secret_is_not_rotated_back_to_life(OverlapClass overlap)
    {
        var world = Quiet(overlap, out var id);
        world.RotateInPeace(id);
        var current = world.VersionOf(id);
        world.Advance(Minutes(30));
        world.SetEnabled(id, current, false);
        world.StartTimers();
        world.Advance(Hours(30));
        world.AssertAt(world.VersionOf(id) == current && !world.Vault.CurrentOf(id)!.Version.Enabled, "it stays put aside");
        if (overlap is OverlapClass.DualSlot or OverlapClass.Pair or OverlapClass.Cutover)
            Assert.True(world.Accepts(id, world.Vault.CurrentOf(id)!));
        world.AssertNoBreach();
    }

    [Fact]
    public void H29_A_marked_value_whose_slot_was_regenerated_by_hand_is_repaired_otherwise()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id, made => made.Patience = _ => Minutes(40));
        var stolen = world.ValueOf(id);
        world.Pause();
        world.Vault.Refuses = _ => true;
        world.Compromise(id);
        world.AskNow(id);
        world.Regenerate("res-app", "key1");
        world.Vault.Refuses = _ => false;
        world.StartTimers();
        world.Advance(Minutes(35));
        world.AssertAt(world.Works(id) && world.ValueOf(id) != stolen, "it is repaired, and not with the marked value");
        world.AssertNoBreach();
    }
}
