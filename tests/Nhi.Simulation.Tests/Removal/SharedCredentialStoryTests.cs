using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Removal.Neglected;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>Two secrets that hold one credential.</summary>
public sealed class SharedCredentialStoryTests
{
    [Theory]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    public void What_another_secret_holds_too_is_not_killed_and_the_other_is_rotated_on_and_ended_as_any(OverlapClass overlap)
    {
        var world = Scene.Quiet();
        world.PolicyOf = Policy;
        var id = world.Governed(overlap, "app", "res-shared");
        var twin = world.Governed(overlap, "twin", "res-shared");
        var shared = world.Vault.CurrentOf(id)!;
        world.Advance(Unused);
        Raise(world, id, SignalNames.Unused);
        Ticks(world, TimeSpan.FromHours(20));
        Assert.Equal(RemovalStep.Removed, StepOf(world, id));
        Assert.True(world.Works(twin));
        Assert.All(world.Evidence.All.Where(record => record is { Action: "removal.revoke", Result: "ok" }), record => Assert.StartsWith("Nothing of 'app' was killed", record.Summary, StringComparison.Ordinal));
        Assert.Contains("lives on there", string.Join(' ', world.Evidence.All.Where(record => record.Action == "removal.revoke").Select(record => record.Summary)), StringComparison.Ordinal);

        // What was removed stands in nobody's way: its twin goes from side to side, and the first side's value dies.
        world.PolicyOf = SimWorld.Short;
        for (var i = 0; i < 3; i++)
        {
            world.Rotate(twin);
            for (var hour = 0; hour < 5; hour++)
            {
                world.Advance(TimeSpan.FromHours(1));
                world.Debts();
            }
        }

        Assert.False(world.Accepts(id, shared));
        Assert.True(world.Works(twin));

        world.PolicyOf = Policy;
        world.Consumers.Clear();
        world.Advance(Unused);
        Raise(world, twin, SignalNames.Unused);
        Ticks(world, TimeSpan.FromHours(30));
        Assert.Equal(RemovalStep.Removed, StepOf(world, twin));
        Assert.All(world.Vault.VersionsOf(twin), stored => Assert.False(world.Accepts(twin, stored)));
        Assert.Empty(world.Breaches);
    }

    [Theory]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    public void What_two_neglected_secrets_hold_dies_with_the_last_of_them(OverlapClass overlap)
    {
        var world = Scene.Quiet();
        world.PolicyOf = Policy;
        CredentialId[] ids = [world.Governed(overlap, "app", "res-shared"), world.Governed(overlap, "twin", "res-shared")];
        world.Consumers.Clear();
        world.Advance(Unused);
        foreach (var id in ids)
            Raise(world, id, SignalNames.Unused);
        Ticks(world, TimeSpan.FromHours(30));
        Assert.All(ids, id => Assert.Equal(RemovalStep.Removed, StepOf(world, id)));
        Assert.All(ids, id => Assert.False(world.Works(id)));
        Assert.Empty(world.Breaches);
    }
}
