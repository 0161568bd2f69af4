namespace Nhi.Local.Hosting;

/// <summary>What a jump over several occurrences of one timer is worth.</summary>
public enum MissedOccurrences
{
    /// <summary>One run, told that it is past due: what the real host does.</summary>
    Once,

    /// <summary>One run for each of them.</summary>
    Each,
}

/// <summary>One run of a timer's function.</summary>
/// <param name="Function">Its name.</param>
/// <param name="Due">The first occurrence that it stands for; UTC.</param>
/// <param name="Result">What became of it.</param>
public sealed record TimerRun(string Function, DateTimeOffset Due, InvocationResult Result);

/// <summary>
/// The timers of the host, by the governance clock: a timer that is due runs once, never beside itself. An occurrence that was missed while the host was down is lost, as in the real host for schedules
/// of a minute or less; the next one comes soon enough.
/// </summary>
public sealed class FunctionTimers : IDisposable
{
    private readonly Invocations invocations;
    private readonly FunctionTimer[] timers;
    private readonly SemaphoreSlim ticking = new(1, 1);

    /// <summary>The timers of <paramref name="catalog"/>; the first occurrence of each is the first one after now.</summary>
    public FunctionTimers(FunctionCatalog catalog, Invocations invocations, TimeProvider clock)
    {
        this.invocations = invocations;
        Clock = clock;
        var now = clock.GetUtcNow();
        timers = [.. catalog.All.Where(function => function.Trigger is TimerFunctionTrigger).Select(function => new FunctionTimer(function, now))];
    }

    /// <summary>The governance clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>When the next timer is due, UTC; null without timers.</summary>
    public DateTimeOffset? NextDue => timers.Length == 0 ? null : timers.Min(timer => timer.Next);

    /// <summary>
    /// Runs every timer that is due at or before <paramref name="until"/>, one after another in the order of their occurrences (of one instant: by name), and returns when they, and the runs that others
    /// had begun, are over. A run that throws doesn't stop the next.
    /// </summary>
    public async Task<IReadOnlyList<TimerRun>> TickDueAsync(DateTimeOffset until, MissedOccurrences missed, CancellationToken ct)
    {
        await ticking.WaitAsync(ct);
        try
        {
            List<TimerRun> runs = [];
            while (!invocations.IsDraining && timers.Where(timer => timer.Next <= until).MinBy(timer => timer.Next) is { } due)
            {
                if (await due.RunDueAsync(invocations, Clock, until, missed, ct) is { } run)
                    runs.Add(run);
            }

            foreach (var timer in timers)
                await timer.WhenIdleAsync(ct);
            return runs;
        }
        finally
        {
            ticking.Release();
        }
    }

    /// <summary>Starts every timer that is due and not under way, side by side as the real host does, and returns at once with what it started.</summary>
    internal Task StartDue()
    {
        var now = Clock.GetUtcNow();
        return Task.WhenAll(timers
            .Where(timer => timer.Next <= now && timer.IsIdle)
            .Select(timer => Task.Run(() => timer.RunDueAsync(invocations, Clock, now, MissedOccurrences.Once, CancellationToken.None))));
    }

    /// <summary>Runs a timer's function now, after the run that is under way.</summary>
    internal Task<InvocationResult> RunNowAsync(HostedFunction function)
        => timers.Single(timer => timer.Function == function).RunNowAsync(invocations, Clock);

    /// <inheritdoc/>
    public void Dispose()
    {
        ticking.Dispose();
        foreach (var timer in timers)
            timer.Dispose();
    }
}
