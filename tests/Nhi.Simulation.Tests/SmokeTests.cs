using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests;

public sealed class SmokeTests
{
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    [InlineData(OverlapClass.Retire)]
    public void A_secret_of_each_class_is_rotated_again_and_again_while_its_consumer_never_fails(OverlapClass overlap)
    {
        var world = new SimWorld(1) { Verbose = true };
        var id = world.Add("app", overlap);
        world.StartTimers();
        world.StartMonitors();
        world.StartConsumers();
        world.Advance(TimeSpan.FromDays(3));
        world.CheckEnd(TimeSpan.FromHours(3));
        if (world.Breaches.Count > 0)
            Assert.Fail(string.Join('\n', world.Breaches.Take(5)) + "\n" + world.Story[..Math.Min(world.Story.Length, 6000)]);
        Assert.InRange(world.Vault.VersionsOf(id).Count, 6, 10);
        Assert.All(world.Mints.Values, count => Assert.Equal(1, count));
        Assert.All(world.Consumers, consumer => Assert.Null(consumer.FirstFailure));
    }
}
