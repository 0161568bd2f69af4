using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests;

/// <summary>Two hosts at once on one estate.</summary>
public sealed class TwoHostsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_same_triggers_at_the_same_instant_act_once_and_the_loser_loses_nothing(int seed)
    {
        var world = Estate(seed);
        var at = world.Clock.Now;
        var thrown = new List<Exception?>();
        foreach (var host in world.Hosts.ToList())
            foreach (var id in world.Vault.Ids.ToList())
                world.Launch(host, working => working.Governor.HandleAsync(SimWorld.Event(id), CancellationToken.None), thrown.Add);
        world.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(2 * world.Vault.Ids.Count(), thrown.Count);
        Assert.Contains(thrown, exception => exception is RowHeldException);
        Assert.All(thrown, exception => Assert.True(exception is null or RowHeldException, exception?.ToString()));
        Assert.All(world.Mints.Values, count => Assert.Equal(1, count));

        // What the loser threw back comes again, as Event Grid does it.
        foreach (var id in world.Vault.Ids.ToList())
            world.Deliver(id, Nhi.Governance.Triggers.SecretEvents.NearExpiry, 0);
        world.Advance(TimeSpan.FromMinutes(20));
        Assert.All(world.Vault.Ids, id => Assert.True(world.Vault.VersionsOf(id)[^1].Version.Created >= at, $"{id.Name} was not rotated"));
        Assert.All(world.Vault.Ids, id => Assert.True(world.Works(id)));
        Assert.All(world.Mints.Values, count => Assert.Equal(1, count));
        Assert.Empty(world.Evidence.OpenIntents());
        world.AssertNoBreach();
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Two_sweeps_and_two_debt_runs_at_the_same_instants_for_two_days_act_once(int seed)
    {
        var world = Estate(seed);
        for (var i = 0; i < 4 * 48; i++)
        {
            foreach (var host in world.Hosts.ToList())
            {
                world.Launch(host, working => working.Sweep.RunAsync(world.Clock.Now, CancellationToken.None));
                world.Launch(host, working => working.Debts.RunAsync(world.Clock.Now, CancellationToken.None));
                world.Launch(host, working => working.Recovery.RunAsync(world.Clock.Now, CancellationToken.None));
            }

            world.Advance(TimeSpan.FromMinutes(15));
        }

        Assert.All(world.Mints.Values, count => Assert.Equal(1, count));
        Assert.All(world.Vault.Ids, id => Assert.InRange(world.Vault.VersionsOf(id).Count, 4, 8));
        world.CheckEnd(TimeSpan.FromHours(3));
        world.AssertNoBreach();
    }

    private static SimWorld Estate(int seed)
    {
        var world = new SimWorld(seed) { DeliversEvents = false, Verbose = true };
        foreach (var overlap in Enum.GetValues<OverlapClass>())
            world.Add(overlap.ToString(), overlap);
        world.Add("Twin", OverlapClass.DualSlot, "res-DualSlot");
        world.Add("Pairs", OverlapClass.Pair, "res-Pair");
        world.StartMonitors();
        world.StartConsumers();
        world.Adopt();
        world.AdvanceToDue(CredentialId.Of(SimVault.Host, "Multi"));
        return world;
    }
}
