using Nhi.Local.Delivery;
using Nhi.Local.Demo.Checks;
using Nhi.Local.Demo.Consumers;
using Nhi.Local.Demo.Estate;
using Nhi.Local.Demo.Evidence;
using Nhi.Local.Demo.Screen;
using Nhi.Local.Hosting;

namespace Nhi.Local.Demo;

/// <summary>What the chapters play on: the world, the product as a child process, the consumers, the screen, and the claims that were checked.</summary>
internal sealed class Stage : IAsyncDisposable
{
    /// <summary>What the leases of rows are multiplied by: they are real time, and nobody watches a demo for minutes.</summary>
    public const double LeaseScale = 0.004;

    /// <summary>The longest lease, with room for a clock of whole milliseconds.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5.5) * LeaseScale;

    /// <summary>What is due within this time of a stop happens at that stop.</summary>
    private static readonly TimeSpan Grain = TimeSpan.FromMinutes(20);

    private readonly string logFile;
    private readonly Lock logging = new();
    private readonly Logins logins;

    public Stage(World world, Narrator narrator, string logFile)
    {
        (World, Narrator, this.logFile) = (world, narrator, logFile);
        Claims = new Claims(narrator);
        Seeder = new EstateSeeder(world);
        logins = new Logins(world);
        Consumers = new ConsumerGroup(world, logins);
        // Before the host: who is due to read does so before the timers of that instant run.
        World.Player.Add(Consumers);
    }

    public World World { get; }

    public Narrator Narrator { get; }

    public Claims Claims { get; }

    public EstateSeeder Seeder { get; }

    public ConsumerGroup Consumers { get; }

    public Logins Logins => logins;

    public ChildHost? Host { get; private set; }

    public DateTimeOffset Now => World.Clock.GetUtcNow();

    /// <summary>When the estate was made, governance time.</summary>
    public DateTimeOffset Start { get; set; }

    /// <summary>How many hosts were killed.</summary>
    public int Kills { get; private set; }

    /// <summary>Events of which it is known that they were forged: what was posted, by the answer that it got.</summary>
    public Dictionary<string, int> Forged { get; } = [];

    /// <summary>Deliveries beyond the first of each event, as Event Grid counts them.</summary>
    public long Duplicates { get; set; }

    /// <summary>What somebody did past the product; null where nobody did.</summary>
    public HandMade? ByHand { get; set; }

    /// <summary>What the auditor took out; null before that chapter.</summary>
    public EvidenceCopy? Evidence { get; set; }

    /// <summary>Starts the product and subscribes it to the vaults' events.</summary>
    public async Task BootAsync(CancellationToken ct)
    {
        Host = await ChildHost.StartAsync(World.Settings, Log, ct);
        Host.Now = World.Clock.GetUtcNow;
        World.Player.Add(Host);
        await World.Delivery.SubscribeAsync(new Subscription
        {
            Name = "nhi", Endpoint = Host.Webhook, Sources = [.. DemoEstate.Vaults.Select(vault => World.Vault(vault.Name).ResourceId)],
        }, ct);
    }

    /// <summary>SIGKILL, by its process id. Its subscription stays: Event Grid doesn't know.</summary>
    public async Task KillAsync()
    {
        Kills++;
        World.Player.Remove(Host!);
        await Host!.KillAsync();
    }

    /// <summary>Removes what is left of a host that was killed.</summary>
    public async Task BuryAsync()
    {
        World.Player.Remove(Host!);
        await Host!.DisposeAsync();
        Host = null;
    }

    /// <summary>
    /// Jumps to that instant, and stops wherever a vault raises an event, Event Grid tries one again or a consumer reads: at each stop all that is due happens in order
    /// (every timer that became due in the jump ticks once), and nothing is in flight when the clock moves. Where nobody but a consumer acts it alone does: the ticks of that instant are leapt over
    /// like those around it.
    /// </summary>
    public async Task LeapToAsync(DateTimeOffset target, CancellationToken ct, TimeSpan? grain = null)
    {
        await World.Player.SettleAsync(ct);
        while (Now is var now && now < target)
        {
            var next = target;
            foreach (var vault in World.AllVaults) next = Earlier(next, vault.NextEvent() + (grain ?? Grain), target);
            next = Earlier(next, await World.Delivery.NextAsync(ct) + (grain ?? Grain), target);
            var read = await Consumers.NextAsync(ct);
            await World.Clock.MoveToAsync(Earlier(next, read, target) is var stop && stop > now ? stop : now.AddSeconds(1), ct);
            if (read < next) await Consumers.SettleAsync(ct);
            else await World.Player.SettleAsync(ct);
        }
    }

    /// <summary>As <see cref="LeapToAsync"/>, from now.</summary>
    public Task LeapAsync(TimeSpan by, CancellationToken ct) => LeapToAsync(Now + by, ct);

    /// <summary>Leaps again and again until it is so; false when it did not become so. Where rows are new, nobody may take them for a lease, whose events would be delivered ever later.</summary>
    public async Task<bool> LeapUntilAsync(Func<bool> isSo, TimeSpan step, int most, CancellationToken ct, bool rowsAreNew = false)
    {
        for (var i = 0; i < most && !isSo(); i++)
        {
            await LeapAsync(step, ct);
            // The lease of a row is real time.
            if (!isSo()) await Task.Delay(rowsAreNew && i == 0 ? Lease : TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
        }

        return isSo();
    }

    public async ValueTask DisposeAsync()
    {
        await Consumers.DisposeAsync();
        if (Host is not null) await BuryAsync();
        logins.Dispose();
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset? other, DateTimeOffset atMost) =>
        other is { } at && at < one ? at : one < atMost ? one : atMost;

    private void Log(string line)
    {
        lock (logging) File.AppendAllLines(logFile, [line]);
    }
}
