using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Lists that lag, and versions of one second.</summary>
public sealed class ListStories
{
    /// <summary>A second event came before the list showed what the first one had published: the same rotation was made again, and in a slot it killed what consumers had just read.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H45_A_rotation_that_no_list_shows_yet_is_not_made_again(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Governed(overlap);
        world.UntilDue(id);
        (world.Vault.Lag, world.Lag) = (() => Minutes(5), Minutes(10));
        Assert.Null(world.Event(id));
        for (var again = 0; again < 3; again++)
        {
            world.Event(id, host: again % 2);
            world.Advance(Minutes(1));
        }

        world.Advance(Minutes(15));
        world.Look(id);
        world.AssertAt(world.MintsOf(world.ResourceOf(id).Name) == 1 && world.Versions(id) == 2 && world.Works(id), "it is rotated once");
        Assert.Empty(world.Breaches);
    }

    /// <summary>A person put it aside, and the list shows it enabled still: nothing is decided by such a list.</summary>
    [Fact]
    public void H45_A_secret_that_a_list_shows_as_enabled_still_is_not_rotated_out_of_its_quarantine()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        world.UntilDue(id);
        world.Vault.Lag = () => Minutes(5);
        world.SetEnabled(id, world.VersionOf(id), enabled: false);
        Assert.Equal("ListLags", Assert.IsType<ExternalCallException>(world.Event(id)).Code);
        world.Advance(Minutes(20));
        world.Recover();
        world.Look(id);
        world.AssertAt(world.Versions(id) == 1 && world.MintsOf(world.ResourceOf(id).Name) == 0, "it stays aside");
        Assert.Empty(world.Breaches);
    }

    /// <summary>Who comes after a host that died as it published looked for the version in a list that did not show it, and said for ever that there was none.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    [InlineData(OverlapClass.Retire)]
    public void H45_What_an_attempt_published_is_told_although_no_list_shows_it_yet(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Governed(overlap);
        world.UntilDue(id);
        world.Vault.Lag = () => Minutes(25);
        world.Once("vault.publish", Fault.CrashAfter);
        world.Begin(id, Minutes(5));
        world.NoFaults();
        world.Advance(Minutes(11));
        world.Recover();
        var closing = Assert.Single(world.Evidence.All, record => record.Stage == Nhi.Evidence.Records.RecordStage.Reconciled);
        Assert.Equal(("published", world.VersionOf(id)), (closing.Shown, closing.Change!.After!.Version));
        Assert.Empty(world.Breaches);
    }

    /// <summary>A mark must not hit the predecessor of what leaked.</summary>
    [Fact]
    public void H45_What_a_person_marks_is_what_is_current_although_no_list_shows_it_yet()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        world.UntilDue(id);
        world.Vault.Lag = () => Minutes(5);
        Assert.Null(world.Event(id));
        var current = world.VersionOf(id);
        Governance.Operators.EmergencyReport? report = null;
        Assert.Null(world.Do(async host => report = await host.Desk.Emergency.MarkAsync(id, null, Governance.Operators.OperatorRequest.WithReason("nhi emergency", "a person", "it leaked"), CancellationToken.None)));
        Assert.Equal(current, report!.Version);
    }

    /// <summary>A person published with our tags in the second in which we did: which of the two is ours was told by the order of their names, and half of the time what ours held lived for ever.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void H46_Of_two_versions_of_one_second_that_bear_one_tag_the_current_one_is_the_copy(int seed)
    {
        var world = Quiet(seed);
        var id = world.Governed(OverlapClass.Multi);
        world.UntilDue(id);
        world.After("vault.publish", () => world.PersonRotates(id, keepsTags: true));
        world.Event(id);
        Assert.Equal(world.Version(id, 2).Created, world.Version(id, 3).Created);
        world.Advance(Minutes(20));
        world.Event(id);
        world.AssertAt(world.Version(id, 3).Nhi!.Op != world.Version(id, 2).Nhi!.Op && world.Version(id, 3).Nhi!.Rotation is null, "the person's is adopted, although it bears our tag");
        world.Advance(Hours(3.2));
        world.Look(id);
        world.Rotate(id);
        world.Advance(Hours(3.2));
        world.Look(id);
        world.AssertAt(!world.Lives(id, 1) && !world.Lives(id, 2) && !world.Lives(id, 3) && world.Works(id), "each dies when its overlap is over");
        world.Clean();
    }

    /// <summary>A person put one of the two aside: a list that names the other order made a quarantine of that, and nobody adopted what is current until the next day.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void H46_What_is_current_is_adopted_although_another_version_of_its_second_is_disabled(int seed)
    {
        var world = Quiet(seed);
        var id = world.Governed(OverlapClass.Multi);
        world.PersonRotates(id);
        world.SetEnabled(id, world.VersionOf(id), enabled: false);
        world.PersonRotates(id);
        world.Event(id);
        world.AssertAt(world.Vault.CurrentOf(id)!.Version.Nhi?.Op is not null, "the event is enough");
        world.Clean();
    }
}
