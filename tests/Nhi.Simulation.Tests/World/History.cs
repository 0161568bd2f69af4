using Nhi.Governance.Kinds;
using Nhi.Governance.Triggers;

namespace Nhi.Simulation.Tests.World;

/// <summary>What kinds of trouble a history may have.</summary>
[Flags]
internal enum Trouble
{
    None = 0,
    Crashes = 1,
    LostAnswers = 2,
    LateEffects = 4,
    Freezes = 8,
    People = 16,
    LostTables = 32,
    LostEvents = 64,

    /// <summary>For up to a minute and a half a list shows neither what is new nor what changed.</summary>
    LaggingLists = 128,

    /// <summary>A person publishes in the second in which the product did.</summary>
    SameSecond = 256,

    /// <summary>For some hours a provider refuses to mint, set or kill, or the vault to publish: what fails alike again and again.</summary>
    Refusals = 512,
    Everything = 1023,
}

/// <summary>A seeded history: two hosts, an estate of every class, a day of trouble and most of one of peace.</summary>
internal static class History
{
    public static readonly TimeSpan Rough = TimeSpan.FromHours(26);
    public static readonly TimeSpan Peace = TimeSpan.FromHours(16);

    /// <summary>Plays it and returns the world with its breaches. The same seed and trouble give the same history.</summary>
    public static SimWorld Play(int seed, Trouble trouble, bool verbose = false, Action<Call>? hears = null)
    {
        var random = new Random(seed * 31 + (int)trouble);
        var world = new SimWorld(seed) { Verbose = verbose, Hears = hears };
        var people = trouble.HasFlag(Trouble.People) || trouble.HasFlag(Trouble.SameSecond) || trouble.HasFlag(Trouble.Refusals);
        // A tool that sets again what it knows, after a rotation that was refused for hours, sets what ends soon: the next look at it may be the one of the hour after.
        if (trouble.HasFlag(Trouble.Freezes) || people)
            world.Patience = overlap => overlap == OverlapClass.Cutover ? TimeSpan.FromHours(3) : TimeSpan.FromMinutes(trouble.HasFlag(Trouble.Refusals) ? 125 : 95);
        else if (trouble != Trouble.None)
            world.Patience = overlap => overlap == OverlapClass.Cutover ? TimeSpan.FromHours(3) : TimeSpan.Zero;
        world.DeliversEvents = !trouble.HasFlag(Trouble.LostEvents) || random.Next(2) == 0;
        foreach (var overlap in Enum.GetValues<OverlapClass>())
            world.Add(overlap.ToString(), overlap);
        if (random.Next(2) == 0)
            world.Add("Twin", OverlapClass.DualSlot, "res-DualSlot");
        if (random.Next(2) == 0)
            world.Add("Pairs", OverlapClass.Pair, "res-Pair");
        if (random.Next(3) == 0)
            world.Add("Cut", OverlapClass.Cutover, "res-Cutover");
        world.StartTimers();
        world.StartMonitors();
        // A provider that refuses to kill for hours lets a stray live for hours.
        world.StrayTime = TimeSpan.FromHours(trouble.HasFlag(Trouble.Refusals) ? 7 : 3);
        world.StartChase();
        world.StartConsumers();

        var faults = Faults(trouble);
        var rate = new[] { 60, 150, 400 }[random.Next(3)];
        var roughUntil = SimWorld.Start + Rough;
        var (freezes, crashes) = (8, 30);
        world.FaultOf = call =>
        {
            if (faults.Count == 0 || world.Clock.Now >= roughUntil || random.Next(rate) != 0)
                return Fault.None;
            var fault = faults[random.Next(faults.Count)];

            // A process that dies or freezes at every turn for a day gets nothing done, and that proves nothing.
            return (fault is Fault.FreezeBefore or Fault.FreezeAfter && freezes-- <= 0) || (fault is Fault.CrashBefore or Fault.CrashAfter && crashes-- <= 0) ? Fault.None : fault;
        };
        if (trouble.HasFlag(Trouble.People))
            for (var i = random.Next(4); i >= 0; i--)
                world.Clock.At(SimWorld.Start + (Rough * random.NextDouble()), () =>
                {
                    world.Excused = world.Clock.Now;
                    var (id, keepsTags) = (world.Vault.Ids.ElementAt(random.Next(world.Vault.Ids.Count())), random.Next(2) == 0);
                    if (!world.Vault.Refuses(id))
                        world.PersonRotates(id, keepsTags);
                });
        if (trouble.HasFlag(Trouble.LaggingLists))
            world.Vault.Lag = () => world.Clock.Now < roughUntil && random.Next(3) == 0 ? TimeSpan.FromSeconds(1 + random.Next(90)) : TimeSpan.Zero;
        if (trouble.HasFlag(Trouble.SameSecond))
            for (var i = random.Next(4); i >= 0; i--)
                world.Clock.At(SimWorld.Start + (Rough * random.NextDouble()), () => world.After("vault.publish", () => PublishBeside(world, random)));
        if (trouble.HasFlag(Trouble.Refusals))
            for (var i = 1 + random.Next(3); i > 0; i--)
                world.Clock.At(SimWorld.Start + (Rough * random.NextDouble()), () => Refuse(world, random));
        if (trouble.HasFlag(Trouble.LostTables))
            world.Clock.At(SimWorld.Start + (Rough * random.NextDouble()), () =>
            {
                world.Log("all tables are dropped");
                world.Tables.Drop();
                world.Clock.In(TimeSpan.FromMinutes(random.Next(60)), () =>
                {
                    world.Log("the tables are rebuilt");
                    world.Rebuild();
                });
            });
        for (var i = random.Next(30); i > 0; i--)
            world.Clock.At(SimWorld.Start + (Rough * random.NextDouble()), () =>
                world.Deliver(world.Vault.Ids.ElementAt(random.Next(world.Vault.Ids.Count())), random.Next(2) == 0 ? SecretEvents.NearExpiry : SecretEvents.Expired, 0));

        world.Clock.RunUntil(roughUntil + Peace);
        world.CheckEnd(TimeSpan.FromHours(3));
        if ((trouble & ~(Trouble.LostEvents | Trouble.LaggingLists)) == Trouble.None)
            CheckMints(world);
        if (!trouble.HasFlag(Trouble.Freezes) && !people)
            foreach (var consumer in world.Consumers.Where(consumer => consumer.Failures > 0))
                world.Breach($"I1 a consumer failed {consumer.Failures} times, first {consumer.FirstFailure}");
        return world;
    }

    /// <summary>I4: where no call fails, what is triggered again, however late a list or an event is, mints nothing twice.</summary>
    private static void CheckMints(SimWorld world)
    {
        foreach (var ((resource, name), count) in world.Mints.Where(mint => mint.Value > 1))
            world.Breach($"I4 {name} is minted {count} times at {resource}");
    }

    /// <summary>Right after a publication of ours: a person rotates the same secret by hand, or a tool sets again what it knows.</summary>
    private static void PublishBeside(SimWorld world, Random random)
    {
        var id = world.Publications[^1].Id;
        if (world.Vault.Refuses(id))
            return;
        world.Excused = world.Clock.Now;
        if (random.Next(2) == 0)
            world.PersonRotates(id, keepsTags: random.Next(2) == 0);
        else
            world.PersonPublishes(id, world.Vault.VersionsOf(id)[^2].Value.Reveal());
    }

    /// <summary>Some secret is not served for up to four hours; what it publishes may end meanwhile, and is made good after.</summary>
    private static void Refuse(SimWorld world, Random random)
    {
        var id = world.Vault.Ids.ElementAt(random.Next(world.Vault.Ids.Count()));
        var what = new[] { "mint", "kill", "publish" }[random.Next(3)];
        var until = world.Clock.Now + TimeSpan.FromMinutes(20 + random.Next(220));
        world.Log($"{what} of {id.Name} is refused until {until:dd HH:mm:ss}");
        world.Excused = until;
        var (earlier, before) = (world.ProviderRefuses, world.Vault.Refuses);
        if (what == "publish")
            world.Vault.Refuses = asked => before(asked) || (asked == id && world.Clock.Now < until);
        else
            world.ProviderRefuses = (asked, resource) => earlier(asked, resource) || (asked == what && resource == world.ResourceOf(id).Name && world.Clock.Now < until);
    }

    private static List<Fault> Faults(Trouble trouble)
    {
        var faults = new List<Fault>();
        if (trouble.HasFlag(Trouble.Crashes))
            faults.AddRange([Fault.CrashBefore, Fault.CrashAfter]);
        if (trouble.HasFlag(Trouble.LostAnswers))
            faults.AddRange([Fault.RequestLost, Fault.AnswerLost, Fault.Throttled]);
        if (trouble.HasFlag(Trouble.LateEffects))
            faults.Add(Fault.Late);
        if (trouble.HasFlag(Trouble.Freezes))
            faults.AddRange([Fault.FreezeBefore, Fault.FreezeAfter]);
        return faults;
    }
}
