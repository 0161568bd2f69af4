using Microsoft.Azure.Functions.Worker;
using Nhi.Local.Hosting;

namespace Nhi.Local.Tests.Host;

public sealed class FunctionTimersTests
{
    private static readonly DateTimeOffset Quarter = StartedHost.Start.AddMinutes(15);

    [Fact]
    public async Task Timers_due_in_a_jump_run_once_each_in_the_order_of_their_occurrences()
    {
        await using var host = await StartedHost.StartAsync();
        var runs = await host.Host.TickDueAsync(Quarter);
        Assert.Equal(["ReconcileOperations", "Publish", "SequenceEvidence", "RevokeDebts", "SweepDue"], host.Governance.Calls);
        Assert.Equal([15, 30, 60, 450, 900], runs.Select(run => (int)(run.Due - StartedHost.Start).TotalSeconds));
        Assert.Empty(await host.Host.TickDueAsync(Quarter));
        Assert.Equal(1, host.Governance.MostAtOnce);
    }

    [Fact]
    public async Task Every_occurrence_of_a_jump_runs_in_order_where_that_is_asked()
    {
        await using var host = await StartedHost.StartAsync();
        var runs = await host.Host.TickDueAsync(Quarter, MissedOccurrences.Each);
        Assert.Equal(runs.OrderBy(run => run.Due).ThenBy(run => run.Function, StringComparer.Ordinal), runs);
        var counts = runs.CountBy(run => run.Function).ToDictionary();
        Assert.Equal(
            new Dictionary<string, int> { ["Publish"] = 15, ["SequenceEvidence"] = 15, ["ReconcileOperations"] = 3, ["RevokeDebts"] = 1, ["SweepDue"] = 1 },
            counts);
        Assert.Equal(runs.Count, runs.Distinct().Count());
        Assert.Empty(await host.Host.TickDueAsync(Quarter, MissedOccurrences.Each));
    }

    [Fact]
    public async Task Nothing_is_due_before_its_occurrence_and_all_is_at_it()
    {
        await using var host = await StartedHost.StartAsync();
        Assert.Empty(await host.Host.TickDueAsync(StartedHost.Start.AddSeconds(14.999)));
        Assert.Equal(["ReconcileOperations"], (await host.Host.TickDueAsync(StartedHost.Start.AddSeconds(15))).Select(run => run.Function));
    }

    [Fact]
    public async Task A_timer_that_throws_stops_no_other_and_runs_again_at_its_next_occurrence()
    {
        await using var host = await StartedHost.StartAsync();
        host.Governance.Does = (name, _) => name == "SequenceEvidence" ? throw new InvalidOperationException("store down") : Task.CompletedTask;
        var runs = await host.Host.TickDueAsync(Quarter);
        Assert.Equal(InvocationResult.Threw, runs.Single(run => run.Function == "SequenceEvidence").Result);
        Assert.Equal(4, runs.Count(run => run.Result == InvocationResult.Done));
        runs = await host.Host.TickDueAsync(Quarter.AddMinutes(1));
        Assert.Contains(runs, run => run.Function == "SequenceEvidence");
    }

    [Fact]
    public async Task Two_ticks_at_once_run_each_timer_once_and_never_beside_itself()
    {
        await using var host = await StartedHost.StartAsync();
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        host.Governance.Does = (_, _) =>
        {
            begun.TrySetResult();
            return release.Task;
        };
        var first = host.Host.TickDueAsync(Quarter);
        await begun.Task;
        var second = host.Host.TickDueAsync(Quarter);
        Assert.False(second.IsCompleted);
        Assert.Equal(1, host.Host.InFlight);
        release.SetResult();
        Assert.Equal(5, (await first).Count);
        Assert.Empty(await second);
        Assert.Equal(1, host.Governance.MostAtOnce);
    }

    [Fact]
    public async Task A_tick_waits_for_a_run_that_the_loop_began()
    {
        await using var host = await StartedHost.StartAsync();
        var timers = (FunctionTimers)host.Host.Services.GetService(typeof(FunctionTimers))!;
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        host.Governance.Does = (_, _) =>
        {
            begun.TrySetResult();
            return release.Task;
        };
        host.Clock.Advance(TimeSpan.FromSeconds(15));
        var loop = timers.StartDue();
        await begun.Task;
        var tick = host.Host.TickDueAsync(host.Clock.GetUtcNow());
        Assert.False(tick.IsCompleted);
        _ = timers.StartDue();
        release.SetResult();
        Assert.Empty(await tick);
        await loop;
        Assert.Equal(["ReconcileOperations"], host.Governance.Calls);
    }

    [Fact]
    public async Task Timers_run_by_themselves_as_the_governance_clock_goes_on()
    {
        await using var host = await StartedHost.StartAsync(timers: true);
        var (swept, sequenced) = (new TaskCompletionSource(), new TaskCompletionSource());
        host.Governance.Does = (name, _) =>
        {
            if (name == "SweepDue")
                swept.TrySetResult();
            if (name == "SequenceEvidence")
                sequenced.TrySetResult();
            return Task.CompletedTask;
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        // Side by side: which of them comes first is not said.
        while (!swept.Task.IsCompleted || !sequenced.Task.IsCompleted)
        {
            limit.Token.ThrowIfCancellationRequested();
            host.Clock.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }

        Assert.Contains("SequenceEvidence", host.Governance.Calls);
    }

    [Fact]
    public async Task A_function_is_told_whether_it_is_late_and_where_its_schedule_stands()
    {
        Told.Seen.Clear();
        await using var host = await StartedHost.StartAsync(FunctionCatalog.Of([typeof(Told)]));
        await host.Host.TickDueAsync(StartedHost.Start.AddMinutes(10));
        await host.Host.TickDueAsync(StartedHost.Start.AddMinutes(30));
        Assert.Equal([false, true], Told.Seen.Select(info => info.IsPastDue));
        Assert.Equal(StartedHost.Start.AddMinutes(40).UtcDateTime, Told.Seen[1].ScheduleStatus!.Next);
        Assert.Equal(StartedHost.Start.AddMinutes(10).UtcDateTime, Told.Seen[1].ScheduleStatus!.Last);
    }

    public sealed class Told
    {
        internal static readonly List<TimerInfo> Seen = [];

        [Function("Told")]
        public Task Run([TimerTrigger("0 */10 * * * *")] TimerInfo timer)
        {
            Seen.Add(timer);
            return Task.CompletedTask;
        }
    }
}
