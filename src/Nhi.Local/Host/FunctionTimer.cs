using Microsoft.Azure.Functions.Worker;
using NCrontab;

namespace Nhi.Local.Hosting;

/// <summary>One timer: where it stands in its schedule, and the gate that lets one run through at a time.</summary>
internal sealed class FunctionTimer : IDisposable
{
    private readonly CrontabSchedule schedule;
    private readonly SemaphoreSlim gate = new(1, 1);
    private DateTime last;
    private long next;

    /// <summary>A timer whose first occurrence is the first one after <paramref name="now"/>.</summary>
    public FunctionTimer(HostedFunction function, DateTimeOffset now)
    {
        Function = function;
        schedule = ((TimerFunctionTrigger)function.Trigger).Schedule;
        next = schedule.GetNextOccurrence(now.UtcDateTime).Ticks;
    }

    /// <summary>What it runs.</summary>
    public HostedFunction Function { get; }

    /// <summary>The occurrence to come; UTC.</summary>
    public DateTimeOffset Next => new(NextUtc);

    /// <summary>No run is under way.</summary>
    public bool IsIdle => gate.CurrentCount > 0;

    private DateTime NextUtc => new(Interlocked.Read(ref next), DateTimeKind.Utc);

    /// <summary>Runs the function if an occurrence is due at or before <paramref name="until"/>; null if another run was faster.</summary>
    public async Task<TimerRun?> RunDueAsync(Invocations invocations, TimeProvider clock, DateTimeOffset until, MissedOccurrences missed, CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            var due = NextUtc;
            if (due > until.UtcDateTime)
                return null;
            var following = schedule.GetNextOccurrence(due);
            bool past = following <= until.UtcDateTime;
            // Taken before it runs: whoever looks meanwhile sees the occurrence after it.
            Interlocked.Exchange(ref next, (past && missed == MissedOccurrences.Once ? schedule.GetNextOccurrence(until.UtcDateTime) : following).Ticks);
            var result = await invocations.InvokeAsync(Function, Info(clock, past));
            last = due;
            return new TimerRun(Function.Name, new DateTimeOffset(due), result);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Runs the function outside its schedule, after the run that is under way.</summary>
    public Task<InvocationResult> RunNowAsync(Invocations invocations, TimeProvider clock)
        => invocations.InvokeBehindAsync(gate, Function, Info(clock, past: false));

    /// <summary>Done when no run is under way.</summary>
    public async Task WhenIdleAsync(CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        gate.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private TimerInfo Info(TimeProvider clock, bool past) => new()
    {
        IsPastDue = past,
        // The real host keeps no status of schedules of a minute or less.
        ScheduleStatus = schedule.GetNextOccurrence(NextUtc) - NextUtc <= TimeSpan.FromMinutes(1)
            ? null
            : new ScheduleStatus { Last = last, Next = NextUtc, LastUpdated = clock.GetUtcNow().UtcDateTime },
    };
}
