using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Opening;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Values that their provider ends, whatever the vault says: consumers are locked out at that end, and at no other.</summary>
public sealed class EndStories
{
    [Fact]
    public void H48_What_a_tool_set_back_is_rotated_before_its_provider_ends_it()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.RotateInPeace(id);
        var older = world.ValueOf(id);
        world.RotateInPeace(id);
        world.Advance(Minutes(10));
        world.PersonPublishes(id, older);
        world.StartTimers();
        world.Advance(Hours(8));
        world.AssertAt(world.ValueOf(id) != older, "what ends soon is replaced, though the vault names no end");
        world.AssertNoBreach();
    }

    [Fact]
    public void H48_A_rollback_to_what_ends_soon_is_left_alone_for_half_of_what_it_had_left_and_no_longer()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.RotateInPeace(id);
        var older = world.ValueOf(id);
        world.RotateInPeace(id);
        world.Advance(Minutes(10));
        PublicationStories.RollBack(world, id);
        Assert.Equal(older, world.ValueOf(id));
        world.StartTimers();
        world.Advance(Hours(1.2));
        world.AssertAt(world.ValueOf(id) == older, "the next look does not undo what a person asked for");
        world.Advance(Hours(8));
        world.AssertAt(world.ValueOf(id) != older, "overlap and slack are longer than it had to live");
        world.AssertNoBreach();
    }

    [Fact]
    public void H48_What_a_provider_grants_for_two_hours_is_rotated_each_hour_and_never_runs_out()
    {
        var world = Quiet(OverlapClass.Multi, out var id, made => made.GrantsAtMost = Hours(2));
        world.RotateInPeace(id);
        var before = world.Vault.VersionsOf(id).Count;
        world.StartTimers();
        world.Advance(Hours(10));
        Assert.InRange(world.Vault.VersionsOf(id).Count - before, 7, 10);
        world.AssertNoBreach();
    }
}
