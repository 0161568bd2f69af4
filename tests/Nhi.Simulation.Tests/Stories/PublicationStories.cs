using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Opening;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Publications that land late, answers that get lost.</summary>
public sealed class PublicationStories
{
    [Fact]
    public void H1_A_late_publication_of_a_dead_value_is_seen_and_repaired()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id, made => made.Patience = _ => Minutes(10));
        var (a, b) = (world.Hosts[0], world.Hosts[1]);
        world.AdvanceToDue(id);
        world.Next("vault.publish", Fault.FreezeBefore, a, lasting: Minutes(30));
        world.Ask(id, a);
        world.Advance(Minutes(12));
        world.DeliversEvents = true;
        world.AskNow(id, b);
        world.AskNow(id, b);
        var published = world.ValueOf(id);
        world.AssertAt(world.Works(id), "B published what it minted into the same slot");

        world.Advance(Minutes(9));
        world.AssertAt(world.Publications.Any(publication => !publication.Works), "A woke and made a dead value current");
        world.Advance(Minutes(10));
        world.AssertAt(world.Works(id), "it is repaired within minutes");
        Assert.Equal(published, world.ValueOf(id));
        world.AssertNoBreach();
    }

    [Fact]
    public void H1_A_publication_that_lands_after_its_process_died_is_seen_and_repaired()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id, made => made.Patience = _ => Minutes(10));
        world.AdvanceToDue(id);
        world.Next("vault.publish", Fault.Late, world.Hosts[0], lasting: Minutes(18));
        world.After("provider.mint", () => world.Clock.In(TimeSpan.FromSeconds(20), () => world.Crash("h1")));
        world.Ask(id, world.Hosts[0]);
        world.Advance(Minutes(11));
        world.DeliversEvents = true;
        world.AskNow(id, world.Hosts[0], Minutes(3));
        world.AskNow(id, world.Hosts[0], Minutes(2));
        world.AssertAt(world.Vault.VersionsOf(id).Count == 2 && world.Works(id), "the next host rotated");
        world.Advance(Minutes(15));
        world.AssertAt(world.Publications.Any(publication => !publication.Works), "the late publication was dead on arrival");
        world.AssertAt(world.Works(id), "it is repaired");
        world.AssertNoBreach();
    }

    [Fact]
    public void H2_A_lost_answer_counts_as_a_crash_so_nothing_is_minted_again_before_it_can_have_landed()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id);
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.Late, lasting: Minutes(8));
        for (var minute = 0; minute < 30; minute++)
            world.AskNow(id, world.Hosts[minute % 2], Minutes(1));
        world.AssertAt(world.Mints.Values.Max() == 2, "the late one landed and was minted over");
        Assert.All(world.Publications, publication => Assert.True(publication.Works));
        world.AssertAt(world.Works(id), "what is published works");
        Assert.Equal(2, world.Vault.VersionsOf(id).Count);
        world.AssertNoBreach();
    }

    [Fact]
    public void H3a_A_publication_that_lands_after_its_attempt_was_closed_as_absent_leaves_no_credential_that_lives_for_ever()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.AdvanceToDue(id);
        world.Next("vault.publish", Fault.Late, lasting: Minutes(20));
        world.Ask(id);
        world.Advance(Minutes(12));
        world.AskNow(id);
        Assert.True(world.Evidence.Has(record => record.Shown == "absent"));
        Assert.Equal(2, world.Vault.VersionsOf(id).Count);
        world.Advance(Minutes(10));
        Assert.Equal(3, world.Vault.VersionsOf(id).Count);
        world.AssertAt(world.ResourceOf(id).Keys.Count == 3, "three keys live: the predecessor and two of one rotation");

        world.StartTimers();
        world.Advance(Hours(6));
        world.AssertAt(world.ResourceOf(id).Keys.Count == 1, "only the published one lives on");
        world.CheckEnd(Hours(3));
        world.AssertNoBreach();
    }

    [Fact]
    public void H3b_A_slot_is_free_only_when_no_version_carries_it_whatever_a_rollback_left_unpaid()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id);
        world.RotateInPeace(id);
        var fresh = world.ValueOf(id);
        RollBack(world, id);
        world.AssertAt(world.ValueOf(id) != fresh && world.Works(id), "the predecessor is back");

        // The debt for what was rolled back is held by a person: unpaid, and the next rotation is due long since.
        var handle = world.Vault.VersionsOf(id)[1].Version.Nhi!.Handle!;
        world.Tables.Debts[(new("res-app"), handle)] = new() { Resource = new("res-app"), Handle = handle, HeldUntil = world.Clock.Now + Hours(40) };
        world.StartTimers();
        for (var hour = 0; hour < 20; hour++)
        {
            world.Advance(Hours(1));
            world.AssertAt(world.Resources["res-app"].Places.ContainsValue(fresh), "what fresh consumers hold lives");
        }

        world.AssertAt(world.ValueOf(id) != fresh, "no rotation took the carried slot");
        world.AssertNoBreach();
    }

    [Fact]
    public void H3c_What_a_persons_version_superseded_is_owed_too()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.RotateInPeace(id);
        var ours = world.Vault.CurrentOf(id)!.Version.Nhi!.Handle!;
        world.StartTimers();
        world.Advance(Hours(1));
        world.PersonRotates(id);
        world.Advance(Hours(2));
        world.AssertAt(world.ResourceOf(id).Keys.ContainsKey(ours), "its overlap is not over");
        world.Advance(Hours(2.5));
        world.AssertAt(!world.ResourceOf(id).Keys.ContainsKey(ours), "its overlap is over and it is dead");
        world.AssertAt(world.Works(id), "the person's value works");
        world.AssertNoBreach();
    }

    [Fact]
    public void H3d_The_overlap_of_a_value_that_was_current_twice_counts_from_the_last_time()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.RotateInPeace(id);
        world.Advance(Hours(2.5));
        RollBack(world, id);
        var returned = world.ValueOf(id);
        world.AdvanceToDue(id);
        world.StartTimers();
        world.AskNow(id);
        var superseded = world.Clock.Now;
        world.AssertAt(world.ValueOf(id) != returned, "the returned value is superseded again");
        while (world.Clock.Now < superseded + Hours(2.8))
        {
            world.Advance(Minutes(10));
            world.AssertAt(world.ResourceOf(id).Keys.Values.Any(key => key.Secret == returned), "a consumer that read it a moment ago is not locked out");
        }

        world.Advance(Hours(2));
        world.AssertAt(world.ResourceOf(id).Keys.Values.All(key => key.Secret != returned), "then it is killed");
        world.AssertNoBreach();
    }

    internal static void RollBack(SimWorld world, Nhi.Governance.Credentials.CredentialId id)
    {
        world.Launch(world.Hosts[0], host => host.Governor.HandleAsync(new Nhi.Governance.Rotation.GovernRequest(SimWorld.Event(id)) { Rollback = true }, CancellationToken.None));
        world.Advance(Minutes(3));
        Assert.True(world.Vault.CurrentOf(id)!.Version.Nhi!.Rollback);
    }
}
