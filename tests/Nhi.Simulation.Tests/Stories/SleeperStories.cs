using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Opening;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>A host sleeps after it has looked, and nobody takes its row: the row is still its own, and people have been at work meanwhile.</summary>
public sealed class SleeperStories
{
    private static readonly TimeSpan Sleep = Minutes(5);

    /// <summary>The first host is asked and falls asleep in the answer to that call; a minute later somebody does something; it wakes, ends its attempt, and nothing else runs.</summary>
    private static void Sleeps(SimWorld world, CredentialId id, string call, Action meanwhile, int skip = 0)
    {
        world.Next(call, Fault.FreezeAfter, world.Hosts[0], skip, Sleep);
        world.Ask(id, world.Hosts[0]);
        world.Advance(Minutes(1));
        meanwhile();
        world.Advance(Sleep);
    }

    private static void ThenGoesOn(SimWorld world)
    {
        world.StartTimers();
        world.Advance(Hours(20));
        world.CheckEnd(Hours(3));
        world.AssertNoBreach();
    }

    private static bool WasOvertaken(SimWorld world) => world.Evidence.Has(record => record is { Stage: RecordStage.Outcome, Result: "RETRY", Error.Code: "overtaken" });

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H37_A_host_that_slept_after_its_look_mints_nothing_over_what_a_person_published_meanwhile(OverlapClass overlap)
    {
        var world = Quiet(overlap, out var id);
        world.AdvanceToDue(id);
        Sleeps(world, id, "evidence.put", () => world.PersonRotates(id));
        var theirs = world.ValueOf(id);
        Assert.Equal(0, world.MintsAt("res-app"));
        world.AssertAt(world.Works(id) && world.Vault.VersionsOf(id).Count == 2, "what the person published is current and works");
        Assert.True(WasOvertaken(world));
        Assert.False(world.Tables.Operations.Values.Single(found => found.Row.Resource.Value == "res-app").Row.OpenIntents.Count > 0);
        world.Advance(Minutes(1));
        Assert.Equal(theirs, world.ValueOf(id));
        ThenGoesOn(world);
    }

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    public void H37_A_host_that_slept_before_a_kill_does_not_kill_what_a_person_published_again_meanwhile(OverlapClass overlap)
    {
        var world = Quiet(overlap, out var id);
        world.RotateInPeace(id);
        var predecessor = world.Vault.VersionsOf(id)[0].Value.Reveal();
        world.Advance(Hours(3.1));
        Sleeps(world, id, "evidence.put", () => world.PersonPublishes(id, predecessor));
        world.AssertAt(world.Works(id) && world.ValueOf(id) == predecessor, "what is published again lives");
        Assert.True(WasOvertaken(world));
        ThenGoesOn(world);
    }

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.Retire)]
    public void H37_What_a_person_extended_while_a_host_slept_before_its_end_is_not_ended(OverlapClass overlap)
    {
        var world = Quiet(overlap, out var id);
        world.PolicyOf = subject => SimWorld.Short(subject) with { OnExpired = ExpiredAction.Revoke, RotateBefore = TimeSpan.Zero };
        world.AdvanceTo(world.Vault.CurrentOf(id)!.Version.Expires!.Value + Minutes(1));
        var current = world.Vault.CurrentOf(id)!.Version;
        Sleeps(world, id, "evidence.put", () => world.Vault.Update(id, current.Version, new VersionUpdate { Expires = world.Clock.Now + Hours(12), Tags = new Dictionary<string, string>(current.Tags) { ["team"] = "treasury" } }));
        var now = world.Vault.CurrentOf(id)!.Version;
        world.AssertAt(now.Enabled && world.Works(id), "what is extended lives");
        Assert.Equal("treasury", now.Tags["team"]);
        Assert.True(WasOvertaken(world));
    }

    [Fact]
    public void H37_Tags_that_a_person_changed_while_a_host_slept_before_it_governed_stay()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.PersonRotates(id);
        var current = world.Vault.CurrentOf(id)!.Version;
        Sleeps(world, id, "evidence.put", () => world.Vault.Update(id, current.Version, new VersionUpdate { Tags = new Dictionary<string, string>(current.Tags) { ["team"] = "treasury" } }));
        world.AssertAt(world.Vault.CurrentOf(id)!.Version.Tags.TryGetValue("team", out var team) && team == "treasury", "what the person wrote stands");
        ThenGoesOn(world);
        Assert.NotNull(world.Vault.CurrentOf(id)!.Version.Tags["nhi"]);
        Assert.Equal("treasury", world.Vault.CurrentOf(id)!.Version.Tags["team"]);
    }

    [Fact]
    public void H37_A_kill_that_was_paused_while_its_host_slept_waits()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.RotateInPeace(id);
        world.Advance(Hours(3.1));
        Sleeps(world, id, "evidence.put", () => world.Pause());
        world.AssertAt(world.ResourceOf(id).Keys.Count == 2, "nothing is killed while all is paused");
        world.Tables.Pauses.Clear();
        ThenGoesOn(world);
    }

    [Theory]
    [InlineData(OverlapClass.Multi, "provider.verify", 1)]
    [InlineData(OverlapClass.DualSlot, "provider.verify", 1)]
    [InlineData(OverlapClass.Pair, "provider.verify", 1)]
    [InlineData(OverlapClass.Retire, "evidence.put", 0)]
    public void H37_A_secret_that_was_put_aside_while_a_host_slept_is_not_published_back_to_life(OverlapClass overlap, string call, int skip)
    {
        var world = Quiet(overlap, out var id);
        world.AdvanceToDue(id);
        var current = world.VersionOf(id);
        Sleeps(world, id, call, () => world.SetEnabled(id, current, false), skip);
        world.AssertAt(world.VersionOf(id) == current && !world.Vault.CurrentOf(id)!.Version.Enabled, "it stays put aside");
        Assert.True(WasOvertaken(world));
        world.SetEnabled(id, current, true);
        ThenGoesOn(world);
    }

    [Fact]
    public void H37_A_value_that_died_while_its_host_slept_is_never_published()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id);
        world.AdvanceToDue(id);
        Sleeps(world, id, "provider.verify", () => world.Regenerate("res-app", "key2"), skip: 1);
        Assert.All(world.Publications, publication => Assert.True(publication.Works));
        world.AssertAt(world.Works(id), "what is published works");
        ThenGoesOn(world);
    }

    [Fact]
    public void H37_Tags_that_a_person_changed_while_a_host_slept_are_on_the_version_that_it_publishes()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.AdvanceToDue(id);
        var current = world.Vault.CurrentOf(id)!.Version;
        Sleeps(world, id, "provider.verify", () => world.Vault.Update(id, current.Version, new VersionUpdate { Tags = new Dictionary<string, string>(current.Tags) { ["team"] = "treasury" } }), skip: 1);
        Assert.Equal(2, world.Vault.VersionsOf(id).Count);
        Assert.Equal("treasury", world.Vault.CurrentOf(id)!.Version.Tags["team"]);
        ThenGoesOn(world);
    }

    [Fact]
    public void H37_A_cutover_that_a_person_overtook_is_not_set_back_under_them()
    {
        var world = Quiet(OverlapClass.Cutover, out var id, made => made.Patience = _ => Minutes(2));
        world.AdvanceToDue(id);
        Sleeps(world, id, "provider.mint", () => world.PersonRotates(id));
        var theirs = world.ValueOf(id);
        for (var i = 0; i < 10; i++)
        {
            world.Advance(Minutes(1));
            world.AssertAt(world.Works(id) && world.ValueOf(id) == theirs, "what the person set and published works");
        }

        Assert.Equal(1, world.MintsAt("res-app"));
        ThenGoesOn(world);
    }

    [Theory]
    [InlineData("provider.mint", 0)]
    [InlineData("provider.verify", 1)]
    public void H37_A_begun_cutover_whose_host_slept_is_finished_by_it(string call, int skip)
    {
        var world = Quiet(OverlapClass.Cutover, out var id, made => made.Patience = _ => Minutes(6));
        world.AdvanceToDue(id);
        Sleeps(world, id, call, () => { }, skip);
        world.Advance(Minutes(1));
        world.AssertAt(world.Works(id) && world.Vault.VersionsOf(id).Count == 2, "it is published");
        Assert.Equal(1, world.MintsAt("res-app"));
        ThenGoesOn(world);
    }

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    [InlineData(OverlapClass.Retire)]
    public void H37_A_slow_attempt_that_nobody_overtook_looks_again_and_goes_on(OverlapClass overlap)
    {
        var world = Quiet(overlap, out var id);
        world.AdvanceToDue(id);
        Sleeps(world, id, "evidence.put", () => { });
        world.Advance(Minutes(1));
        world.AssertAt(world.Vault.VersionsOf(id).Count == 2 && world.Works(id), "it rotated all the same");
        Assert.False(WasOvertaken(world));
        ThenGoesOn(world);
    }

    /// <summary>Whatever call it sleeps in: nothing that it does after it woke takes down what the person published. A send that is under way already cannot be recalled, so it sleeps in answers.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi, true)]
    [InlineData(OverlapClass.DualSlot, true)]
    [InlineData(OverlapClass.Pair, true)]
    [InlineData(OverlapClass.Cutover, true)]
    [InlineData(OverlapClass.Retire, true)]
    [InlineData(OverlapClass.Multi, false)]
    [InlineData(OverlapClass.DualSlot, false)]
    [InlineData(OverlapClass.Pair, false)]
    public void H37_Wherever_a_host_sleeps_what_a_person_publishes_meanwhile_lives(OverlapClass overlap, bool rotation)
    {
        for (var call = 1; ; call++)
        {
            var world = Quiet(overlap, out var id);
            if (rotation)
                world.AdvanceToDue(id);
            else
            {
                world.RotateInPeace(id);
                world.Advance(Hours(3.1));
            }

            var count = 0;
            var slept = false;
            world.FaultOf = made =>
            {
                if (made.Host != "h1" || ++count != call)
                    return Fault.None;
                slept = true;
                world.Lasting = Sleep;
                world.Clock.In(Minutes(1), () => world.PersonRotates(id));
                return Fault.FreezeAfter;
            };
            world.Ask(id, world.Hosts[0]);
            world.Advance(Sleep + Minutes(3));
            if (!slept)
                break;
            world.Patience = of => of == OverlapClass.Cutover ? Minutes(3) : TimeSpan.Zero;
            world.AssertAt(world.Works(id), $"asleep in call {call}: what is published works");
            ThenGoesOn(world);
        }
    }

    [Theory]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H38_A_value_that_a_host_staged_when_it_woke_after_the_rotation_had_ended_is_put_away(OverlapClass overlap)
    {
        var world = Quiet(overlap, out var id);
        world.AdvanceToDue(id);
        world.Next("staging.write", Fault.FreezeBefore, world.Hosts[0], 0, Hours(2));
        world.Ask(id, world.Hosts[0]);
        world.Advance(Hours(1));
        world.Ask(id, world.Hosts[1]);
        world.Advance(Minutes(30));
        Assert.Equal(2, world.Vault.VersionsOf(id).Count);
        Assert.Empty(world.Staged);
        world.Advance(Hours(1));
        Assert.Single(world.Staged);
        ThenGoesOn(world);
        Assert.Empty(world.Staged);
        world.AssertAt(world.Works(id), "what is published works");
    }
}
