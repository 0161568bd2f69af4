using CsCheck;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests;

/// <summary>I4: any triggers, any number of times, in any order and at any time, change nothing after the first effective ones. Calls are counted.</summary>
public sealed class ReplayTests(ITestOutputHelper output)
{
    private enum Kind
    {
        NearExpiry,
        NewVersion,
        Expired,
        Sweep,
        Debts,
        Reconcile,
    }

    private sealed record Step(Kind Kind, int Secret, int Host, int Seconds);

    private static readonly Gen<Step> Steps = Gen.Select(Gen.Enum<Kind>(), Gen.Int[0, 6], Gen.Int[0, 1], Gen.Int[0, 400], (kind, secret, host, seconds) => new Step(kind, secret, host, seconds));

    private static SimWorld Estate()
    {
        var world = new SimWorld(1) { DeliversEvents = false };
        foreach (var overlap in Enum.GetValues<OverlapClass>())
            world.Add(overlap.ToString(), overlap);
        world.Add("Twin", OverlapClass.DualSlot, "res-DualSlot");
        world.Add("Cut", OverlapClass.Cutover, "res-Cutover");
        world.StartMonitors();
        world.Adopt();
        world.AdvanceToDue(world.Vault.Ids.First());
        return world;
    }

    private static void Apply(SimWorld world, Step step)
    {
        var ids = world.Vault.Ids.ToList();
        var host = world.Hosts[step.Host];
        var id = ids[step.Secret % ids.Count];
        switch (step.Kind)
        {
            case Kind.Sweep:
                world.Launch(host, working => working.Sweep.RunAsync(world.Clock.Now, CancellationToken.None));
                break;
            case Kind.Debts:
                world.Launch(host, working => working.Debts.RunAsync(world.Clock.Now, CancellationToken.None));
                break;
            case Kind.Reconcile:
                world.StartReconcile(host);
                break;
            default:
                var type = step.Kind switch { Kind.NearExpiry => Nhi.Governance.Triggers.SecretEvents.NearExpiry, Kind.Expired => Nhi.Governance.Triggers.SecretEvents.Expired, _ => Nhi.Governance.Triggers.SecretEvents.NewVersionCreated };
                world.Launch(host, working => working.Governor.HandleAsync(SimWorld.Event(id) with { Type = type }, CancellationToken.None));
                break;
        }

        world.Advance(TimeSpan.FromSeconds(step.Seconds));
    }

    /// <summary>What may not differ: versions and whether they live, what lives at providers, mints.</summary>
    private static string End(SimWorld world) => string.Join('\n',
    [
        .. world.Vault.Ids.Select(id => $"{id.Name}: {string.Join(' ', world.Vault.VersionsOf(id).Select(stored => $"{stored.Version.Enabled}/{stored.Version.IsDead}"))} {world.Works(id)}"),
        .. world.Resources.Values.Select(resource => $"{resource.Name}: {resource.Keys.Count} {resource.Places.Values.Count(value => value is not null)}"),
        .. world.Mints.Select(mint => $"{mint.Key.Name} {mint.Value}").Order(StringComparer.Ordinal),
    ]);

    private static SimWorld Play(IEnumerable<Step> steps)
    {
        var world = Estate();
        foreach (var step in steps)
            Apply(world, step);

        // What no trigger asked for is found by the timers; then two overlaps pass.
        world.StartTimers();
        world.AdvanceTo(SimWorld.Start + TimeSpan.FromHours(9 + 8.5));
        return world;
    }

    [Fact]
    public void Any_multiset_order_and_delay_of_triggers_ends_where_the_first_effective_ones_led()
    {
        var expected = End(Play([]));
        Assert.Contains("twin: False/True True/False True", expected, StringComparison.Ordinal);
        Steps.List[0, 40].Sample(
            steps =>
            {
                var world = Play(steps);
                Assert.True(world.Breaches.Count == 0, string.Join('\n', world.Breaches));
                Assert.All(world.Mints.Values, count => Assert.Equal(1, count));
                Assert.Equal(expected, End(world));
            },
            iter: 150);
    }

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    [InlineData(OverlapClass.Retire)]
    public void A_trigger_that_needs_nothing_costs_one_list_and_two_other_calls_at_most(OverlapClass overlap)
    {
        var world = new SimWorld(1) { DeliversEvents = false };
        var id = world.Add("app", overlap);
        world.Adopt();
        world.RotateInPeace(id);
        world.Advance(TimeSpan.FromMinutes(30));
        var calls = Calls.Of(world, world.Hosts[0]);
        Assert.Null(world.Do(host => host.Governor.HandleAsync(SimWorld.Event(id), CancellationToken.None)));
        Assert.Equal(1, calls.Vault);
        Assert.InRange(calls.Tables + calls.EvidenceReads, 0, 2);
        Assert.Equal(0, calls.Evidence + calls.Provider);
    }

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    [InlineData(OverlapClass.Retire)]
    public void One_rotation_stays_within_its_budget_of_calls(OverlapClass overlap)
    {
        var world = new SimWorld(1) { DeliversEvents = false };
        var id = world.Add("app", overlap);
        world.Adopt();
        world.RotateInPeace(id);
        world.Advance(TimeSpan.FromHours(4));
        world.AskNow(id);
        world.AdvanceToDue(id);
        var calls = Calls.Of(world, world.Hosts[0]);
        GovernReport? report = null;
        Assert.Null(world.Do(async host => report = await host.Governor.HandleAsync(SimWorld.Event(id), CancellationToken.None)));
        Assert.Equal("ok", Assert.Single(report!.Done).Outcome.Result);
        output.WriteLine($"{overlap}: {calls.Evidence} evidence, {calls.Tables} table, {calls.Vault} vault, {calls.Provider} provider: {calls}");
        Assert.Equal(2, calls.Evidence);
        Assert.InRange(calls.Tables, 0, 12);
        Assert.InRange(calls.Vault, 0, 7);
    }
}
