using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests;

/// <summary>The evidence store refuses for hours: fail closed, but for what must not wait (I5, I10).</summary>
public sealed class EvidenceDownTests
{
    private static SimWorld Estate()
    {
        var world = new SimWorld(1) { Verbose = true };
        foreach (var overlap in Enum.GetValues<OverlapClass>())
            world.Add(overlap.ToString(), overlap);
        world.Adopt();
        world.StartTimers();
        world.StartMonitors();
        world.StartConsumers();
        return world;
    }

    [Fact]
    public void Nothing_is_minted_or_published_while_it_refuses_and_it_goes_on_by_itself_afterwards()
    {
        var world = Estate();
        world.AdvanceTo(SimWorld.Start + TimeSpan.FromHours(8));
        world.Evidence.Refuses = true;
        var versions = world.Vault.Ids.ToDictionary(id => id, id => world.Vault.VersionsOf(id).Count);
        world.Advance(TimeSpan.FromHours(5));
        Assert.Empty(world.Mints);
        Assert.All(world.Vault.Ids, id => Assert.Equal(versions[id], world.Vault.VersionsOf(id).Count));

        world.Evidence.Refuses = false;
        world.Advance(TimeSpan.FromHours(4));
        Assert.All(world.Vault.Ids, id => Assert.True(world.Vault.VersionsOf(id).Count > versions[id], $"{id.Name} did not go on"));
        world.Advance(TimeSpan.FromHours(5));
        world.CheckEnd(TimeSpan.FromHours(3));
        Assert.All(world.Mints.Values, count => Assert.Equal(1, count));
        world.AssertNoBreach();
    }

    [Fact]
    public void It_may_refuse_in_the_middle_of_an_attempt()
    {
        var world = Estate();
        var id = CredentialId.Of(SimVault.Host, "Multi");
        world.After("provider.mint", () => world.Evidence.Refuses = true);
        world.AdvanceTo(SimWorld.Start + TimeSpan.FromHours(12));
        Assert.True(world.Evidence.Refuses);
        world.Evidence.Refuses = false;
        world.Advance(TimeSpan.FromHours(2));
        Assert.DoesNotContain(world.Evidence.OpenIntents(), intent => intent.Time + TimeSpan.FromMinutes(45) < world.Clock.Now);
        Assert.True(world.Works(id));
        world.AssertNoBreach();
    }

    [Fact]
    public void An_emergency_and_a_repair_go_through_on_the_secondary_account()
    {
        var world = Estate();
        world.Patience = _ => TimeSpan.FromMinutes(75);
        var marked = CredentialId.Of(SimVault.Host, "Multi");
        var broken = CredentialId.Of(SimVault.Host, "DualSlot");
        var stolen = world.ValueOf(marked);
        world.Compromise(marked);
        world.Evidence.Refuses = true;
        var theirs = world.Regenerate("res-DualSlot", "key1");
        world.Advance(TimeSpan.FromMinutes(90));
        world.AssertAt(world.Works(marked) && world.ValueOf(marked) != stolen, "the marked secret was rotated");
        world.AssertAt(world.Resources["res-Multi"].Keys.Values.All(key => key.Secret != stolen), "what was stolen is dead");
        world.AskNow(broken);
        world.AssertAt(world.Works(broken) && world.ValueOf(broken) == theirs, "the broken one was repaired");

        // Both accounts refuse: not even that.
        world.Evidence.SecondaryRefuses = true;
        var again = world.ValueOf(broken);
        world.Regenerate("res-DualSlot", "key1");
        world.AskNow(broken);
        Assert.Equal(again, world.ValueOf(broken));
        world.Evidence.SecondaryRefuses = false;
        world.Evidence.Refuses = false;
        world.Advance(TimeSpan.FromHours(2));
        world.AssertAt(world.Works(broken), "afterwards it is");
        Assert.DoesNotContain(world.Evidence.OpenIntents(), intent => intent.Stage == RecordStage.Intent && intent.Time + TimeSpan.FromMinutes(30) < world.Clock.Now);
    }
}
