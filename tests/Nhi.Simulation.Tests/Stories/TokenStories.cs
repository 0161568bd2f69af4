using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Tokens that take their time between the renewal of a row and what is sent.</summary>
public sealed class TokenStories
{
    /// <summary>The row was renewed, then the token took longer than its lease: another host did the work meanwhile, and what the first one sent came on top.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H47_A_mint_whose_token_took_longer_than_the_lease_is_not_sent(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Governed(overlap);
        world.UntilDue(id);
        world.TokenTakes = Minutes(30);
        world.Begin(id, Minutes(1));
        world.TokenTakes = null;
        world.Advance(Minutes(12));
        world.Recover(host: 1);
        world.Advance(Minutes(3));
        world.Look(id, host: 1);
        world.AssertAt(world.Versions(id) == 2 && world.MintsOf(world.ResourceOf(id).Name) == 1, "the second host rotated");
        world.Advance(Minutes(30));
        world.AssertAt(world.Versions(id) == 2 && world.MintsOf(world.ResourceOf(id).Name) == 1 && world.Works(id), "the first one sent nothing");
        Assert.Empty(world.Breaches);
    }

    /// <summary>The same for what is published: it came over what the second host had published.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    public void H47_A_publication_whose_token_took_longer_than_the_lease_is_not_sent(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Governed(overlap);
        world.UntilDue(id);
        world.After("provider.mint", () => world.TokenTakes = Minutes(30));
        world.Begin(id, Minutes(1));
        world.TokenTakes = null;
        world.Advance(Minutes(12));
        world.Recover(host: 1);
        world.Advance(Minutes(3));
        world.Look(id, host: 1);
        world.AssertAt(world.Versions(id) == 2 && world.Works(id), "the second host rotated");
        world.Advance(Minutes(30));
        world.AssertAt(world.Versions(id) == 2 && world.Works(id), "the first one published nothing");
        Assert.Empty(world.Breaches);
    }

    /// <summary>The same for a kill: under a pause that began meanwhile, nothing is killed any more.</summary>
    [Fact]
    public void H47_A_kill_whose_token_took_long_is_wanted_still_or_is_not_sent()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Advance(Hours(3.2));
        world.TokenTakes = Minutes(2);
        world.Launch(world.Hosts[0], host => host.Debts.RunAsync(world.Clock.Now, CancellationToken.None));
        world.Advance(Minutes(1));
        world.Pause();
        world.Advance(Minutes(4));
        world.AssertAt(world.Lives(id, 1), "a person paused it while the token took its time");
        world.Clean();
    }
}
