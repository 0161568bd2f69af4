using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;
using Nhi.Governance.Triggers;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests;

/// <summary>
/// I4: any triggers, any number of times, in any order and at any time, change nothing after the first effective ones: whether rotations are due or debts, whatever a person did before, and whatever
/// the events say of versions and times. Calls are counted.
/// </summary>
public sealed class ReplayTests(ITestOutputHelper output)
{
    private const string Topic = "/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv1";

    /// <summary>Where the triggers meet the estate.</summary>
    private enum Phase
    {
        RotationsDue,
        DebtsDue,
    }

    /// <summary>What a person did a moment before.</summary>
    private enum Person
    {
        Nothing,
        MarkedAValue,
        RotatedByHand,
        RolledBack,
    }

    private sealed record Opening(Phase Phase, Person Person, string Secret);

    private enum Kind
    {
        NearExpiry,
        NewVersion,
        Expired,
        Sweep,
        Debts,
        Reconcile,
    }

    /// <summary>One delivery. <paramref name="Version"/>: of which version the event speaks, counted from the newest; beyond the oldest it invents one. <paramref name="Age"/>: of the event, minutes.</summary>
    private sealed record Step(Kind Kind, int Secret, int Host, int Seconds, int Version, int Copies, int Age);

    private sealed record History(Opening Opening, bool TimersFirst, List<Step> Steps);

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Enum<Kind>(), Gen.Int[0, 6], Gen.Int[0, 1], Gen.OneOf(Gen.Int[0, 3], Gen.Int[0, 400], Gen.Int[0, 2500]), Gen.Int[0, 3], Gen.Int[1, 3], Gen.Int[-60, 3000],
        (kind, secret, host, seconds, version, copies, age) => new Step(kind, secret, host, seconds, version, copies, age));

    private static readonly Gen<History> Histories = Gen.Select(
        Gen.Enum<Phase>(), Gen.Enum<Person>(), Gen.Int[0, 2].Select(index => new[] { "multi", "dualslot", "pair" }[index]), Gen.Bool, Steps.List[0, 40],
        (phase, person, secret, timers, steps) => new History(new Opening(phase, person, secret), timers, steps));

    private static SimWorld Estate(Opening opening, Dictionary<string, int> effects)
    {
        var world = new SimWorld(1) { DeliversEvents = false };
        foreach (var overlap in Enum.GetValues<OverlapClass>())
            world.Add(overlap.ToString(), overlap);
        world.Add("Twin", OverlapClass.DualSlot, "res-DualSlot");
        world.Add("Cut", OverlapClass.Cutover, "res-Cutover");
        world.StartMonitors();
        world.Adopt();
        world.AdvanceToDue(world.Vault.Ids.First());
        if (opening.Phase == Phase.DebtsDue || opening.Person == Person.RolledBack)
        {
            foreach (var id in world.Vault.Ids)
                world.AskNow(id, within: TimeSpan.FromMinutes(1));
            world.Advance(opening.Phase == Phase.DebtsDue ? TimeSpan.FromHours(3) : TimeSpan.FromMinutes(30));
        }

        world.Hears = call => effects[call.What] = effects.GetValueOrDefault(call.What) + 1;
        Acts(world, opening.Person, CredentialId.Of(SimVault.Host, opening.Secret));
        return world;
    }

    private static void Acts(SimWorld world, Person person, CredentialId id)
    {
        switch (person)
        {
            case Person.MarkedAValue:
                world.Compromise(id);
                break;
            case Person.RotatedByHand:
                world.PersonRotates(id);
                break;
            case Person.RolledBack:
                world.Launch(world.Hosts[0], host => host.Governor.HandleAsync(new GovernRequest(SimWorld.Event(id)) { Rollback = true }, CancellationToken.None));
                world.Advance(TimeSpan.FromMinutes(2));
                break;
        }
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
                foreach (var trigger in Delivered(world, id, step))
                    world.Launch(host, working => working.Governor.HandleAsync(trigger, CancellationToken.None));
                break;
        }

        world.Advance(TimeSpan.FromSeconds(step.Seconds));
    }

    /// <summary>As Event Grid brings it, through the parser of the product.</summary>
    private static IReadOnlyList<Trigger> Delivered(SimWorld world, CredentialId id, Step step)
    {
        var versions = world.Vault.VersionsOf(id);
        var version = step.Version < versions.Count ? versions[^(step.Version + 1)].Version.Version : "ee059b2bb5bc48398a53b168c6cdcb10";
        var type = step.Kind switch { Kind.NearExpiry => SecretEvents.NearExpiry, Kind.Expired => SecretEvents.Expired, _ => SecretEvents.NewVersionCreated };
        var one = new JsonObject
        {
            ["id"] = "00eccf70-95a7-4e7c-8299-2eb17ee9ad64",
            ["topic"] = Topic,
            ["subject"] = id.Name,
            ["eventType"] = type,
            ["eventTime"] = (world.Clock.Now - TimeSpan.FromMinutes(step.Age)).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["data"] = new JsonObject { ["Id"] = $"https://{SimVault.Host}/secrets/{id.Name}/{version}", ["VaultName"] = "kv1", ["ObjectType"] = "Secret", ["ObjectName"] = id.Name, ["Version"] = version, ["EXP"] = 1559082102 },
            ["dataVersion"] = "1",
            ["metadataVersion"] = "1",
        };
        var reading = SecretEvents.Parse(new JsonArray([.. Enumerable.Range(0, step.Copies).Select(_ => one.DeepClone())]).ToJsonString(), world.Clock.Now, new SimHost.SimVaults(world));
        Assert.Equal(step.Copies, reading.Accepted.Count);
        return reading.Accepted;
    }

    /// <summary>What may not differ: versions and whether they live, what lives at providers, mints, and how often anything was changed at all.</summary>
    private static string End(SimWorld world, Dictionary<string, int> effects) => string.Join('\n',
    [
        .. world.Vault.Ids.Select(id => $"{id.Name}: {string.Join(' ', world.Vault.VersionsOf(id).Select(stored => $"{stored.Version.Enabled}/{stored.Version.IsDead}"))} {world.Works(id)}"),
        .. world.Resources.Values.Select(resource => $"{resource.Name}: {resource.Keys.Count} {string.Join(' ', resource.Places.Where(place => place.Value is not null).Select(place => place.Key))}"),
        .. world.Mints.Select(mint => $"{mint.Key.Resource} {mint.Value}").Order(StringComparer.Ordinal),
        .. new[] { "provider.mint", "provider.kill", "vault.publish", "vault.update" }.Select(what => $"{what} {effects.GetValueOrDefault(what)}"),
    ]);

    private static (SimWorld World, string End) Play(Opening opening, bool timersFirst, IEnumerable<Step> steps)
    {
        var effects = new Dictionary<string, int>();
        var world = Estate(opening, effects);
        var until = timersFirst ? SimWorld.Start + TimeSpan.FromHours(16.5) : world.Clock.Now + TimeSpan.FromMinutes(75);
        if (timersFirst)
            world.StartTimers();
        foreach (var step in steps)
            if (world.Clock.Now < until)
                Apply(world, step);

        // What no trigger asked for is found by the timers; then overlaps pass, and nothing is due again yet.
        if (!timersFirst)
            world.StartTimers();
        world.AdvanceTo(SimWorld.Start + TimeSpan.FromHours(9 + 8.5));
        return (world, End(world, effects));
    }

    private static readonly ConcurrentDictionary<Opening, Lazy<string>> Alone = [];

    private static string ByTimersAlone(Opening opening) => Alone.GetOrAdd(opening, asked => new Lazy<string>(() => Play(asked, timersFirst: true, []).End)).Value;

    [Fact]
    public void Any_multiset_order_and_delay_of_triggers_ends_where_the_first_effective_ones_led()
    {
        Assert.Contains("twin: False/True True/False True", ByTimersAlone(new Opening(Phase.RotationsDue, Person.Nothing, "multi")), StringComparison.Ordinal);
        Histories.Sample(
            history =>
            {
                var (world, end) = Play(history.Opening, history.TimersFirst, history.Steps);
                Assert.True(world.Breaches.Count == 0, string.Join('\n', world.Breaches));
                Assert.All(world.Mints.Values, count => Assert.Equal(1, count));
                Assert.Equal(ByTimersAlone(history.Opening), end);
            },
            iter: 300, threads: 2);
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
