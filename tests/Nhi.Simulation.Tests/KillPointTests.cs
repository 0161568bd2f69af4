using System.Collections.Concurrent;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests;

/// <summary>
/// I8: a host dies (or sleeps for longer than a lease) at each of its calls, before and after the effect; another one comes. Every point, and every pair of points of two hosts:
/// the end equals that of the undisturbed run. One rotation and one payment of a debt, for each overlap class.
/// The second point is one of the calls that the second host makes while it holds the row that the first one left: they are counted in a run with the first fault alone.
/// <c>NHI_POINTS=all</c> plays every mix of deaths and sleeps; without it each pair of points meets every other mix of deaths (one after a call is the same as one before the next), and every fourth of those with a sleep.
/// </summary>
public sealed class KillPointTests(ITestOutputHelper output)
{
    private static readonly Fault[] Kills = [Fault.CrashBefore, Fault.CrashAfter];
    private static readonly Fault[] Sleeps = [Fault.FreezeBefore, Fault.FreezeAfter];

    public enum Work
    {
        Rotation,
        Payment,
    }

    public static TheoryData<OverlapClass, Work> Everything()
    {
        var all = new TheoryData<OverlapClass, Work>();
        foreach (var overlap in Enum.GetValues<OverlapClass>())
        {
            all.Add(overlap, Work.Rotation);
            if (overlap is not (OverlapClass.Cutover or OverlapClass.Retire))
                all.Add(overlap, Work.Payment);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void A_death_at_any_point_reaches_the_same_end(OverlapClass overlap, Work work) =>
        Check(overlap, work, from n in Points(overlap, work) from fault in Kills select (Point[])[new(fault, n)]);

    [Theory]
    [MemberData(nameof(Everything))]
    public void A_sleep_longer_than_the_lease_at_any_point_reaches_the_same_end(OverlapClass overlap, Work work) =>
        Check(overlap, work, from n in Points(overlap, work) from fault in Sleeps select (Point[])[new(fault, n)]);

    [Theory]
    [MemberData(nameof(Everything))]
    public void Deaths_at_any_two_points_of_two_hosts_reach_the_same_end(OverlapClass overlap, Work work) =>
        CheckPairs(overlap, work, Kills, Kills, every: 2);

    [Theory]
    [MemberData(nameof(Everything))]
    public void A_sleep_of_one_host_and_a_death_of_the_next_at_any_two_points_reach_the_same_end(OverlapClass overlap, Work work) =>
        CheckPairs(overlap, work, Sleeps, Kills, every: 4);

    [Theory]
    [MemberData(nameof(Everything))]
    public void A_death_of_one_host_and_a_sleep_of_the_next_at_any_two_points_reach_the_same_end(OverlapClass overlap, Work work) =>
        CheckPairs(overlap, work, Kills, Sleeps, every: 4);

    [Theory]
    [MemberData(nameof(Everything))]
    public void Sleeps_of_two_hosts_at_any_two_points_reach_the_same_end(OverlapClass overlap, Work work) =>
        CheckPairs(overlap, work, Sleeps, Sleeps, every: 4);

    /// <summary>Every first point, with each call of the host that takes over; of the mixes of faults one of <paramref name="every"/>, another one at each neighbouring pair.</summary>
    private void CheckPairs(OverlapClass overlap, Work work, Fault[] firsts, Fault[] seconds, int every)
    {
        if (Environment.GetEnvironmentVariable("NHI_POINTS") == "all")
            every = 1;
        var begun = (from n in Points(overlap, work) from fault in firsts select new Point(fault, n)).AsParallel().AsOrdered()
            .Select(first => (First: first, Next: Play(overlap, work, [first], null).Script.Next)).ToList();

        // Where the first host's death leaves nothing to do there is nobody to strike. What changes anything is done by a second host at some point.
        var struck = begun.SelectMany(found => found.Next).Select(call => call.What).ToHashSet();
        Assert.Empty(Undisturbed(overlap, work).Where(call => call.Changes && call.What is not "row.insert").Select(call => call.What).Except(struck));
        Check(overlap, work, from found in begun
                             from m in Enumerable.Range(1, found.Next.Count)
                             from i in Enumerable.Range(0, seconds.Length)
                             where ((2 * Array.IndexOf(firsts, found.First.Fault)) + i + found.First.Number + m) % every == 0
                             select (Point[])[found.First, new(seconds[i], m)]);
    }

    private sealed record Point(Fault Fault, int Number)
    {
        public override string ToString() => $"{Fault} {Number}";
    }

    private static IEnumerable<int> Points(OverlapClass overlap, Work work) => Enumerable.Range(1, Undisturbed(overlap, work).Count);

    /// <summary>The first host's calls where nothing goes wrong.</summary>
    private static List<Call> Undisturbed(OverlapClass overlap, Work work)
    {
        var calls = new List<Call>();
        Play(overlap, work, [], call => calls.AddRange(call.Host == "h1" ? [call] : []), undisturbed: true);
        return calls;
    }

    private void Check(OverlapClass overlap, Work work, IEnumerable<Point[]> points)
    {
        var failed = new ConcurrentBag<string>();
        var runs = 0;
        Parallel.ForEach(points.ToList(), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, faults =>
        {
            var (world, script) = Play(overlap, work, faults, null);
            Interlocked.Increment(ref runs);
            if (!script.IsOver)
                world.Breach("a fault was never struck");
            if (world.Breaches.Count > 0)
                failed.Add($"{string.Join(", ", faults.Select(fault => fault.ToString()))}: {world.Breaches[0]}");
        });
        output.WriteLine($"{runs} runs");
        Assert.True(failed.IsEmpty, $"{failed.Count} of {runs} runs end otherwise:\n" + string.Join('\n', failed.Order(StringComparer.Ordinal).Take(12)));
    }

    [Fact]
    public void Replay_one()
    {
        if (Environment.GetEnvironmentVariable("NHI_POINTS") is not { } text || text == "all")
            return;
        var parts = text.Split(' ');
        var faults = new List<Point>();
        for (var i = 2; i < parts.Length; i += 2)
            faults.Add(new Point(Enum.Parse<Fault>(parts[i]), int.Parse(parts[i + 1], System.Globalization.CultureInfo.InvariantCulture)));
        var (world, _) = Play(Enum.Parse<OverlapClass>(parts[0]), Enum.Parse<Work>(parts[1]), [.. faults], null, verbose: true);
        output.WriteLine(world.Story);
        world.AssertNoBreach();
    }

    private static (SimWorld World, FaultScript Script) Play(OverlapClass overlap, Work work, Point[] faults, Action<Call>? hears, bool undisturbed = false, bool verbose = false)
    {
        var sleeps = faults.Any(fault => Sleeps.Contains(fault.Fault));
        var world = new SimWorld(1) { Verbose = verbose, DeliversEvents = false };
        var id = world.Add("app", overlap);
        world.Adopt();
        if (work == Work.Payment)
        {
            world.RotateInPeace(id);
            world.Advance(TimeSpan.FromHours(3.1));
        }
        else
        {
            world.AdvanceToDue(id);
        }

        world.Patience = of => of == OverlapClass.Cutover ? TimeSpan.FromMinutes(40) : sleeps ? TimeSpan.FromMinutes(20 * faults.Length) : TimeSpan.Zero;
        world.StartMonitors();
        world.StartConsumers();
        world.Hears = hears;
        var script = new FaultScript(world, faults);
        world.FaultOf = script.Of;
        world.Ask(id, world.Hosts[0]);
        if (undisturbed)
        {
            world.Advance(TimeSpan.FromMinutes(2));
            return (world, script);
        }

        world.StartTimers();
        var whole = world.Clock.Now + TimeSpan.FromHours(work == Work.Payment ? 5.5 : 7);
        // One fault is watched to the end; of the thousands of pairs each until nothing is left to do, and for six sweeps beyond it.
        for (var rest = 0; world.Clock.Now < whole && (rest < 3 || faults.Length < 2); rest = script.IsOver && IsAtRest(world, id, overlap) ? rest + 1 : 0)
            world.Advance(TimeSpan.FromMinutes(30));
        // What is at rest before the time that debts are given is checked as if that were over.
        world.CheckEnd(world.Clock.Now < whole ? TimeSpan.FromHours(-4) : TimeSpan.FromHours(1));
        CheckEnd(world, id, overlap);
        foreach (var consumer in world.Consumers.Where(consumer => consumer.Failures > 0 && !sleeps))
            world.Breach($"a consumer failed {consumer.Failures} times, first {consumer.FirstFailure}");
        return (world, script);
    }

    /// <summary>The first fault meets the n-th call of the first host; the second one the m-th call of another host that takes the row next, until that closes it.</summary>
    private sealed class FaultScript(SimWorld world, Point[] faults)
    {
        private string _first = "";
        private int _struck;
        private int _count;
        private bool _closed;
        private DateTimeOffset _last;

        /// <summary>All of them have happened.</summary>
        public bool IsOver => _struck >= faults.Length;

        /// <summary>The calls of who took over.</summary>
        public List<Call> Next { get; } = [];

        public Fault Of(Call call)
        {
            if (_struck == 0)
                return faults.Length > 0 && call.Host == "h1" ? Strike(call, ++_count) : Fault.None;
            if (_closed || call.Host == _first || !Holds(call))
                return Fault.None;
            Next.Add(call);
            return _struck < faults.Length ? Strike(call, Next.Count) : Fault.None;
        }

        private Fault Strike(Call call, int number)
        {
            if (number < faults[_struck].Number)
                return Fault.None;
            _first = _struck == 0 ? call.Host : _first;
            return faults[_struck++].Fault;
        }

        /// <summary>It takes the row with this call, or has it, or gave it back within the last second and is not done.</summary>
        private bool Holds(Call call)
        {
            var row = world.Tables.Operations.Values.FirstOrDefault().Row;
            var after = world.Clock.Now - _last;
            _closed = Next.Count > 0 && row is not { Open: true } && after > TimeSpan.FromSeconds(1);
            if (_closed || !(row is { Open: true } ? row.Owner == call.Host || call.What == "row.replace" : Next.Count == 0 ? call.What is "row.insert" or "row.replace" : call.Host == Next[^1].Host))
                return false;
            _last = world.Clock.Now;
            return true;
        }
    }

    /// <summary>Nothing is left to do: no row or intent is open, and every version but the current one is dead, where versions of that class die.</summary>
    private static bool IsAtRest(SimWorld world, CredentialId id, OverlapClass overlap) =>
        world.Tables.Operations.Values.All(found => !found.Row.Open) && !world.Evidence.OpenIntents().Any() && world.Vault.VersionsOf(id).Count > 1
        && (overlap is OverlapClass.Cutover or OverlapClass.Retire || world.Vault.VersionsOf(id).SkipLast(1).All(stored => stored.Version.IsDead));

    /// <summary>Where the undisturbed run ends: one version that lives, and at the provider nothing but what it holds.</summary>
    private static void CheckEnd(SimWorld world, CredentialId id, OverlapClass overlap)
    {
        var versions = world.Vault.VersionsOf(id);
        if (versions.Count < 2)
            world.Breach("it was never rotated");
        if (overlap is not (OverlapClass.Cutover or OverlapClass.Retire) && versions.Count(stored => !stored.Version.IsDead && stored.Version.Nhi?.Handle != versions[^1].Version.Nhi?.Handle) is > 0 and var owed)
            world.Breach($"{owed} versions are not dead");
        if (overlap != OverlapClass.Retire && !world.Works(id))
            world.Breach("what is published is refused");
        if (world.Resources.TryGetValue("res-app", out var resource) && overlap == OverlapClass.Multi && resource.Keys.Count != 1)
            world.Breach($"{resource.Keys.Count} keys live");
        if (overlap == OverlapClass.Pair && world.Resources["res-app"].Places.Values.Count(value => value is not null) != 1)
            world.Breach("both roles are open");
        if (world.Tables.Operations.Values.Any(found => found.Row.Open))
            world.Breach("a row is open");
    }
}
