using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests;

/// <summary>I13: all tables are dropped in the middle. Without the marker row nothing has effects but emergency and repair; after a rebuild it converges.</summary>
public sealed class LostTablesTests
{
    private static SimWorld Estate()
    {
        var world = new SimWorld(1) { Verbose = true };
        foreach (var overlap in Enum.GetValues<OverlapClass>())
            world.Add(overlap.ToString(), overlap);
        world.Add("Twin", OverlapClass.DualSlot, "res-DualSlot");
        world.Adopt();
        world.StartTimers();
        world.StartMonitors();
        world.StartConsumers();
        return world;
    }

    [Fact]
    public void Without_the_marker_row_nothing_is_rotated_or_killed()
    {
        var world = Estate();
        world.AdvanceTo(SimWorld.Start + TimeSpan.FromHours(11));
        var mints = world.Mints.Count;
        var versions = world.Vault.Ids.ToDictionary(id => id, id => world.Vault.VersionsOf(id).Count);
        Assert.Equal(5, mints + 1);
        world.Tables.Drop();
        world.Advance(TimeSpan.FromHours(9.5));
        Assert.Equal(mints, world.Mints.Count);
        Assert.All(world.Vault.Ids, id => Assert.Equal(versions[id], world.Vault.VersionsOf(id).Count));
        Assert.DoesNotContain(world.Vault.Ids.SelectMany(world.Vault.VersionsOf), stored => stored.Version.IsDead);

        world.Rebuild();
        world.Advance(TimeSpan.FromHours(3));
        Assert.All(world.Vault.Ids, id => Assert.True(world.Vault.VersionsOf(id).Count > versions[id], $"{id.Name} did not go on"));
        world.Advance(TimeSpan.FromHours(5));
        world.CheckEnd(TimeSpan.FromHours(3));
        Assert.All(world.Mints.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Without_the_marker_row_a_marked_value_is_replaced_and_killed_and_a_broken_one_repaired()
    {
        var world = Estate();
        world.Patience = _ => TimeSpan.FromHours(3);
        var marked = CredentialId.Of(SimVault.Host, "Multi");
        var broken = CredentialId.Of(SimVault.Host, "DualSlot");
        var stolen = world.ValueOf(marked);
        world.Tables.Drop();
        world.Compromise(marked);
        var theirs = world.Regenerate("res-DualSlot", "key1");
        world.Advance(TimeSpan.FromHours(1));
        world.AskNow(broken);
        world.Advance(TimeSpan.FromHours(1));
        world.AssertAt(world.Works(marked) && world.ValueOf(marked) != stolen, "the marked secret was rotated");
        world.AssertAt(world.Resources["res-Multi"].Keys.Values.All(key => key.Secret != stolen), "what was stolen is dead");
        world.AssertAt(world.Works(broken) && world.ValueOf(broken) == theirs, "the broken one was repaired");
        world.AssertNoBreach();
    }

    [Fact]
    public void An_intent_whose_secret_is_gone_is_closed_although_the_tables_were_lost_with_it()
    {
        var world = Stories.Scene.Quiet();
        var id = Stories.Scene.Governed(world, OverlapClass.Multi);
        world.Consumers.Clear();
        Stories.Scene.UntilDue(world, id);
        world.Next("provider.mint", Fault.CrashBefore);
        Stories.Scene.Begin(world, id, TimeSpan.FromMinutes(5));
        Assert.Single(world.Evidence.OpenIntents());
        world.Vault.Delete(id);
        world.Tables.Drop();
        world.Rebuild();
        world.StartRecovery();
        world.Advance(TimeSpan.FromHours(1));
        world.AssertAt(!world.Evidence.OpenIntents().Any(), "it is closed");
        Assert.DoesNotContain(world.Tables.Operations.Values, row => row.Row.Open);
        Assert.Empty(world.Breaches);
    }

    [Theory]
    [InlineData("provider.mint")]
    [InlineData("vault.publish")]
    [InlineData("provider.kill")]
    [InlineData("evidence.put")]
    [InlineData("staging.write")]
    public void Tables_that_vanish_right_after_an_effect_and_are_rebuilt_leave_nothing_behind(string effect)
    {
        var world = Estate();
        world.AdvanceTo(SimWorld.Start + TimeSpan.FromHours(8.9));
        world.Patience = overlap => overlap == OverlapClass.Cutover ? TimeSpan.FromMinutes(40) : TimeSpan.Zero;
        world.After(effect, () =>
        {
            world.Tables.Drop();
            world.Clock.In(TimeSpan.FromMinutes(7), world.Rebuild);
        });
        world.Advance(TimeSpan.FromHours(14));
        Assert.All(world.Vault.Ids, id => Assert.True(world.Vault.VersionsOf(id).Count > 1, $"{id.Name} was not rotated"));
        world.CheckEnd(TimeSpan.FromHours(3));
        Assert.All(world.Consumers, consumer => Assert.Null(consumer.FirstFailure));
        world.AssertNoBreach();
    }
}
