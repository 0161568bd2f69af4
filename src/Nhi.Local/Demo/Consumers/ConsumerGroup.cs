using Nhi.Local.Clock;
using Nhi.Local.Demo.Estate;

namespace Nhi.Local.Demo.Consumers;

/// <summary>All consumers of the estate. The player stops where one of them reads again.</summary>
internal sealed class ConsumerGroup : IPlayed, IAsyncDisposable
{
    /// <summary>How often each reads again, give or take <see cref="Early"/> and <see cref="Late"/>: well within the overlap of 14 days.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromDays(10);

    /// <summary>Who is due within this time of a stop reads at that stop.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromDays(1);

    /// <summary>A stop that comes within this time of a read is waited for.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromHours(4);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);
    private readonly World world;
    private readonly Logins logins;
    private readonly List<Consumer> all = [];
    private readonly CancellationTokenSource ending = new();
    private Task busy = Task.CompletedTask;

    public ConsumerGroup(World world, Logins logins) => (this.world, this.logins) = (world, logins);

    public IReadOnlyList<Consumer> All
    {
        get
        {
            lock (all) return [.. all];
        }
    }

    public int Logins => All.Sum(consumer => consumer.Logins);

    public int Failures => All.Sum(consumer => consumer.Failures);

    public int Interruptions => All.Sum(consumer => consumer.Interruptions);

    public string? Trouble => All.Select(consumer => consumer.Trouble).FirstOrDefault(trouble => trouble is not null);

    /// <summary>A consumer begins to use a credential.</summary>
    public void Add(DemoCredential credential)
    {
        if (!credential.HasConsumer) return;
        var consumer = new Consumer(credential, world, logins, Every);
        // Half of them read on other days than the rest.
        lock (all)
        {
            consumer.Read(all.Count % 2 == 0 ? 1 : 0.5);
            all.Add(consumer);
        }
    }

    /// <summary>From now on they log in all the time, in the background.</summary>
    public void Start() => busy = RunAsync(ending.Token);

    /// <summary>Each logs in once with what it last read.</summary>
    public Task LoginAsync(CancellationToken ct) =>
        Parallel.ForEachAsync(All, new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = ct }, async (consumer, token) => await consumer.LoginAsync(token));

    public ValueTask<DateTimeOffset?> NextAsync(CancellationToken cancellation)
    {
        var everybody = All;
        return new(everybody.Count == 0 ? null : everybody.Min(consumer => consumer.NextRead) + Late);
    }

    public async ValueTask<bool> SettleAsync(CancellationToken cancellation)
    {
        var now = world.Clock.GetUtcNow();
        var due = All.Where(consumer => consumer.NextRead <= now + Early).ToList();
        foreach (var consumer in due)
        {
            // Once more with what it has had all the time, and then with what it reads.
            await consumer.LoginAsync(cancellation);
            consumer.Read();
            await consumer.LoginAsync(cancellation);
        }

        return due.Count > 0;
    }

    public async Task StopAsync()
    {
        await ending.CancelAsync();
        await busy;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var consumer in All) consumer.Dispose();
        ending.Dispose();
    }

    private async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await LoginAsync(ct);
                await Task.Delay(Pause, TimeProvider.System, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The story is over.
        }
    }
}
