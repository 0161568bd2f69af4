using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>What binds a rotation or a kill that has not begun: caps, freezes, windows.</summary>
public sealed class CapStoryTests
{
    private static readonly string[] Names = ["app-1", "app-2", "app-3", "app-4"];

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.Retire)]
    public void Caps_One_run_of_a_timer_kills_as_many_as_the_policy_says_over_all_that_it_looks_at(OverlapClass overlap)
    {
        var world = Quiet();
        var ids = Owing(world, overlap);
        world.PolicyOf = subject => SimWorld.Short(subject) with { KillsPerRun = 1 };
        for (var runs = 1; runs <= 4; runs++)
        {
            if (runs % 2 == 0 && overlap != OverlapClass.Retire)
                world.Debts();
            else
                world.Sweep();
            Assert.Equal(runs, Dead(world, ids));
            world.Advance(Hours(1.1));
        }

        world.Clean();
    }

    /// <summary>A token took longer than a look is fresh, and the second look took a second mint out of an hour that has one: every hour began a cutover and overtook itself.</summary>
    [Fact]
    public void H51_A_cutover_that_looks_again_takes_no_second_mint()
    {
        var world = Quiet();
        world.PolicyOf = subject => SimWorld.Short(subject) with { MintsPerHour = 1 };
        var id = world.Governed(OverlapClass.Cutover);
        world.Consumers.Clear();
        world.UntilDue(id);
        world.TokenTakes = TimeSpan.FromSeconds(40);
        Assert.Null(world.Event(id));
        world.AssertAt(world.Versions(id) == 2 && world.Works(id), "it is rotated at once");
        Assert.Equal(1, world.MintsOf("res-app"));
        Assert.Empty(world.Evidence.OpenIntents());
    }

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.Retire)]
    public void Caps_Events_kill_nothing_and_keep_no_debt_from_the_timers(OverlapClass overlap)
    {
        var world = Quiet();
        var ids = Owing(world, overlap);
        foreach (var id in ids)
            Assert.Null(world.Event(id));
        Assert.Equal(0, Dead(world, ids));
        Assert.All(world.Tables.Operations.Values, row => Assert.DoesNotContain(row.Row.BackOff.Keys, key => key.StartsWith(Verbs.Revoke, StringComparison.Ordinal) || key.StartsWith(Verbs.Retire, StringComparison.Ordinal)));
        if (overlap == OverlapClass.Retire)
            world.Sweep();
        else
            world.Debts();
        Assert.Equal(4, Dead(world, ids));
        world.Clean();
    }

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.Retire)]
    public void Caps_An_hour_mints_as_many_as_the_policy_says_the_nearest_to_its_end_first(OverlapClass overlap)
    {
        var world = Quiet();
        var ids = Names.Take(3).Select(name => world.Governed(overlap, name)).ToList();
        world.PolicyOf = subject => SimWorld.Short(subject) with { MintsPerHour = 2 };
        world.Advance(Hours(10.1));
        var report = Sweep(world);
        Assert.Equal(ids[2], Assert.Single(report.Waiting, wait => wait.Signal == "mint-cap").Credential);
        Assert.Equal([2, 2, 1], ids.Select(id => world.Versions(id)));
        world.Advance(Hours(1));
        Sweep(world);
        Assert.Equal([2, 2, 2], ids.Select(id => world.Versions(id)));
        world.Clean();
    }

    /// <summary>No more than a number of secrets is held at a time: the others are looked at in the same run, in rounds.</summary>
    [Fact]
    public void Caps_A_sweep_that_finds_more_due_than_it_holds_looks_at_all_of_it()
    {
        var world = Quiet();
        world.MostAtOnce = 20;
        world.PolicyOf = subject => SimWorld.Short(subject) with { Enforced = false };
        for (var i = 0; i < 60; i++)
            world.Add($"app-{i:d2}", OverlapClass.Retire);
        var host = world.Boot();
        SweepReport? report = null;
        Assert.Null(world.Do(async one => report = await one.Sweep.RunAsync(world.Clock.Now, CancellationToken.None), host));
        Assert.Equal((60, 60, false), (report!.Observed, report.Looked, report.IsPartial));
        Assert.Equal(60, world.Evidence.All.Where(record => record.Action == "credential.observe").Select(record => record.Credential!.Id).Distinct().Count());
    }

    [Theory]
    [InlineData(OverlapClass.Multi, true)]
    [InlineData(OverlapClass.Multi, false)]
    [InlineData(OverlapClass.Retire, true)]
    [InlineData(OverlapClass.Retire, false)]
    public void Windows_A_rotation_begins_in_no_freeze_and_in_no_time_outside_its_windows(OverlapClass overlap, bool freeze)
    {
        var world = Quiet();
        var id = world.Governed(overlap);
        world.UntilDue(id);
        var opens = world.Second + Hours(1.5);
        world.PolicyOf = subject => freeze
            ? SimWorld.Short(subject) with { Freezes = [new Freeze(world.Second - Hours(1), opens, "end of the quarter")] }
            : SimWorld.Short(subject) with { Windows = [new MaintenanceWindow([], TimeOnly.FromTimeSpan(opens.TimeOfDay), TimeOnly.FromTimeSpan((opens + Hours(2)).TimeOfDay))] };
        var waiting = Assert.Single(world.Look(id).Waiting);
        Assert.Equal((Verbs.Rotate, "outside-window"), (waiting.Verb, waiting.Signal));
        Assert.Equal(1, world.Versions(id));
        world.Advance(Hours(1.6));
        world.Look(id);
        Assert.Equal(2, world.Versions(id));
        world.Clean();
    }

    /// <summary>Nothing at a provider knows it, so that nobody but the vault's own log says who still reads it; and disabling it is what he feels.</summary>
    [Fact]
    public void Caps_A_superseded_version_that_somebody_reads_is_not_retired()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Retire);
        var superseded = world.Version(id, 1).Version;
        List<IReadOnlyList<string>> asked = [];
        world.UseAsked = versions => asked.Add([.. versions.Select(version => version.Version)]);
        world.LastUseOf = (_, _) => new LastUse(true, world.Clock.Now - Minutes(5), "the vault's log");
        world.Advance(Hours(3.2));
        var report = Sweep(world);

        Assert.Equal("in-use", Assert.Single(report.Waiting, wait => wait.Verb == Verbs.Retire).Signal);
        Assert.False(IsDead(world, id));
        Assert.All(asked, versions => Assert.Equal([superseded], versions));
        world.LastUseOf = (_, _) => new LastUse(true, null, "the vault's log");
        world.Advance(Hours(1.1));
        world.Sweep();
        Assert.True(IsDead(world, id));
        Assert.Contains(world.Evidence.All, record => record is { Verb: Verbs.Retire, Stage: RecordStage.Intent } && record.Decision!.Reasons!.Any(reason => reason.Contains("the vault's log shows no use", StringComparison.Ordinal)));
        world.Clean();
    }

    /// <summary>Four secrets that each owe what their first rotation superseded.</summary>
    private static List<CredentialId> Owing(SimWorld world, OverlapClass overlap)
    {
        var ids = Names.Select(name => world.Governed(overlap, name)).ToList();
        foreach (var id in ids)
            world.Rotate(id);
        world.Advance(Hours(3.2));
        return ids;
    }

    private static int Dead(SimWorld world, List<CredentialId> ids) => ids.Count(id => IsDead(world, id));

    /// <summary>What nothing at a provider knows is dead when the vault gives it to nobody.</summary>
    private static bool IsDead(SimWorld world, CredentialId id) => !world.Lives(id, 1) || !world.Version(id, 1).Enabled;

    private static SweepReport Sweep(SimWorld world)
    {
        SweepReport? report = null;
        Assert.Null(world.Do(async host => report = await host.Sweep.RunAsync(world.Clock.Now, CancellationToken.None)));
        return report!;
    }
}
