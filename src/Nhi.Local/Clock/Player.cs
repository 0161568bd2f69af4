namespace Nhi.Local.Clock;

/// <summary>
/// Plays governance time: moves the clock only while nothing is in flight anywhere, and only to the next instant at which somebody acts, so that a jump of weeks
/// passes every expiry, retry and tick in order.
/// </summary>
public sealed class Player(WorldClock clock, IReadOnlyList<IPlayed> played)
{
    private readonly List<IPlayed> all = [.. played];

    /// <summary>Also waits for this one from now on, as for a host that has just been started.</summary>
    public void Add(IPlayed more)
    {
        lock (all) all.Add(more);
    }

    /// <summary>No longer waits for this one, as for a host that was killed.</summary>
    public void Remove(IPlayed gone)
    {
        lock (all) all.Remove(gone);
    }

    /// <summary>Answers when nothing is in flight.</summary>
    public async Task SettleAsync(CancellationToken cancellation = default)
    {
        // What one did may have set another going: until a whole round finds nothing to do.
        bool moved;
        do
        {
            moved = false;
            foreach (var one in Snapshot()) moved |= await one.SettleAsync(cancellation);
        }
        while (moved);
    }

    /// <summary>Plays until <paramref name="target"/>, stopping wherever somebody acts, and answers when all has settled there.</summary>
    public async Task AdvanceToAsync(DateTimeOffset target, CancellationToken cancellation = default)
    {
        while (true)
        {
            await SettleAsync(cancellation);
            var now = clock.GetUtcNow();
            if (now >= target) return;
            var next = await NextAsync(cancellation) is { } sooner && sooner < target ? sooner : target;
            // What is due was just settled: whoever still names a time that has passed is not waited for by standing still.
            if (next <= now) next = now.AddSeconds(1) < target ? now.AddSeconds(1) : target;
            await clock.MoveToAsync(next, cancellation);
        }
    }

    /// <summary>The earliest instant at which somebody acts; null = never.</summary>
    public async Task<DateTimeOffset?> NextAsync(CancellationToken cancellation = default)
    {
        DateTimeOffset? next = null;
        foreach (var one in Snapshot())
            if (await one.NextAsync(cancellation) is { } at && (next is null || at < next)) next = at;
        return next;
    }

    private IPlayed[] Snapshot()
    {
        lock (all) return [.. all];
    }
}
