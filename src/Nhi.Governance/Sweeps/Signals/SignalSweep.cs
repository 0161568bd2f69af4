using System.Globalization;
using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>
/// Judges what the inventory saw: every credential of every vault in scope, and every resource, page by page, so that memory does not grow with the estate. One that fails never stops the others.
/// What it could not look at it says, and leaves what is open about it as it is. What is as it was costs no write. A run whose time is over says so, and the next one begins where it stopped.
/// </summary>
public sealed partial class SignalSweep
{
    /// <summary>What its coverage records are named by.</summary>
    public const string Action = "estate.judge";
    public const string Source = "signals";
    public const string Function = "SweepInventory";

    /// <summary>The cursor that says where a run whose time was over stopped.</summary>
    private const string Place = "signals.place";

    /// <summary>What the place of the resources is called, among vaults' hosts.</summary>
    private const string ResourcesPlace = "resources";

    private readonly ISweptEstate _estate;
    private readonly IVaultRegistry _vaults;
    private readonly IPolicySource _policies;
    private readonly IFindings _findings;
    private readonly FindingDesk _desk;
    private readonly CoverageBook _coverage;
    private readonly ICursors _cursors;
    private readonly IOwnerDirectory _directory;
    private readonly SignalViews _views;
    private readonly SignalPace _pace;
    private readonly TimeProvider _clock;
    private readonly ILogger<SignalSweep> _logger;

    internal SignalSweep(
        ISweptEstate estate, IVaultRegistry vaults, IPolicySource policies, IFindings findings, FindingDesk desk, CoverageBook coverage, ICursors cursors, IOwnerDirectory directory, SignalViews views, SignalPace pace,
        TimeProvider clock, ILogger<SignalSweep> logger) =>
        (_estate, _vaults, _policies, _findings, _desk, _coverage, _cursors, _directory, _views, _pace, _clock, _logger) =
        (estate, vaults, policies, findings, desk, coverage, cursors, directory, views, pace, clock, logger);

    /// <summary>The longest time that one run's windows and trigger are floored to.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromHours(1);

    /// <summary>So often the whole of what is due and open goes to the log stream, for those who look there: news goes at once.</summary>
    public static TimeSpan Telling { get; } = TimeSpan.FromHours(6);

    /// <summary>What is due in so long is told.</summary>
    public static TimeSpan Ahead { get; } = TimeSpan.FromDays(30);

    /// <summary>Runs once. <paramref name="now"/>: governance time, UTC. Throws <see cref="ExternalCallException"/>, <see cref="PolicyException"/> and <see cref="EvidenceRefusedException"/> where nothing could be begun or the coverage could not be written.</summary>
    public async Task<SignalReport> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var tick = Trigger.Floor(now, Period);
        var report = new SignalReport();
        var run = new SweepRun
        {
            Policies = await _policies.CurrentAsync(ct), Directory = new SweepDirectory(_directory), Values = new LookBudget(_pace.Values), Memory = _views.Memory(), Asked = _views.Asked(), Trigger = Trigger.FromTimer(Function, tick), Now = now,
            Tells = Trigger.Floor(tick, Telling) == tick, Report = report, IsOver = IsOver(_clock.GetTimestamp()),
        };
        await OpenSubjectsAsync(run, ct);
        await run.Memory.LoadAsync([.. _vaults.All.Select(vault => vault.Host)], ct);
        var place = await _cursors.ReadAsync(Place, ct);
        var stopped = await RoundAsync(run, place?.Value, ct);
        if (stopped is not null || place?.Value is { Length: > 0 })
            await _cursors.TryMoveAsync(Place, stopped ?? "", place, ct);
        await CoverAsync(tick, report, ct);
        return report;
    }

    /// <summary>
    /// From where the last run stopped, once round. Where the next one is to begin, or null: this one came round. A place that took all of a run by itself comes last in the next one, so that it keeps no other waiting.
    /// </summary>
    private async Task<string?> RoundAsync(SweepRun run, string? from, CancellationToken ct)
    {
        List<string> places = [.. _vaults.All.Select(vault => vault.Host).Order(StringComparer.Ordinal), ResourcesPlace];
        var first = from is null ? 0 : Math.Max(0, places.FindIndex(place => place == from));
        places = [.. places.Skip(first), .. places.Take(first)];
        int? stopped = null;
        for (var i = 0; i < places.Count; i++)
        {
            var place = places[i];
            if (!run.IsOver())
                await IsolatedAsync(place, run.Report, () => place == ResourcesPlace ? ResourcesAsync(run, ct) : OfVaultAsync(place, run, ct), ct);
            if (!run.IsOver())
                continue;
            stopped ??= i;
            run.Report.Fail($"{place}: the run's time was over");
        }

        return stopped is { } at ? places[Math.Max(at, 1) % places.Count] : null;
    }

    private async Task OfVaultAsync(string host, SweepRun run, CancellationToken ct)
    {
        var use = await _views.UseKnownAsync(host, run, ct);
        await EachAsync(_views.OwnedAsync(host, ct), run, owned => owned.Swept.Id.ToString(), async (owned, token) =>
        {
            run.Report.CountCredential();
            var view = await _views.OfAsync(owned, use, run, token);
            if (run.Tells)
                TellDue(view);
            var verdicts = SignalRules.Judge(view);
            await TellAsync(owned.Swept.Id.ToString(), SignalRules.FindingsOf(view, verdicts), verdicts, run, token);
        }, ct);
        await run.Asked.NoteAsync(ct);
    }

    private Task ResourcesAsync(SweepRun run, CancellationToken ct) => EachAsync(run.Memory.ResourcesAsync(ct), run, swept => swept.Id.Value, async (swept, token) =>
    {
        run.Report.CountResource();
        var view = await _views.OfAsync(swept, run, token);
        var verdicts = SignalRules.Judge(view);
        await TellAsync(swept.Id.Value, SignalRules.FindingsOf(view, verdicts), verdicts, run, token);
    }, ct);

    private Task EachAsync<T>(IAsyncEnumerable<T> all, SweepRun run, Func<T, string> name, Func<T, CancellationToken, Task> judge, CancellationToken ct) => Parallel.ForEachAsync(
        all.TakeWhile(_ => !run.IsOver()),
        new ParallelOptions { MaxDegreeOfParallelism = _pace.AtOnce, CancellationToken = ct },
        (one, token) => new ValueTask(IsolatedAsync(name(one), run.Report, () => judge(one, token), token)));

    private Func<bool> IsOver(long began) => () => _clock.GetElapsedTime(began) >= _pace.Longest;

    /// <summary>Where what is so is what was open when the run began, nothing need be asked.</summary>
    private async Task TellAsync(string subject, IReadOnlyList<Finding> found, IReadOnlyList<(string Signal, SignalVerdict Verdict)> verdicts, SweepRun run, CancellationToken ct)
    {
        run.Report.Add(verdicts);
        var judged = verdicts.Where(verdict => verdict.Verdict.IsJudged).Select(verdict => verdict.Signal).ToHashSet(StringComparer.Ordinal);
        if (run.Open.IsAllThatIs(subject, found, judged))
            return;
        var news = await _desk.TellAsync(subject, found, judged, run.Trigger, run.Now, ct);
        run.Report.Add(news);
        foreach (var raised in news.Raised)
            TellOpen(raised);
        foreach (var over in news.Resolved)
            LogOver(over.Signal, over.Subject, over.Record);
    }

    /// <summary>What a rotation waits for; what a person or a quarantine holds is due for nobody.</summary>
    private void TellDue(CredentialView view)
    {
        if (view.IsOver || !view.Current.Enabled)
            return;
        var due = DueDate.Of(view.Current, view.Policy);
        if (due - view.Now <= Ahead)
            LogDue(view.Swept.Id.ToString(), due.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), view.Policy.Rule, view.Policy.Enforced ? "enforces" : "only observes");
    }

    private void TellOpen(Finding finding) => LogOpen(finding.Signal, finding.Subject, finding.Score, finding.FirstSeen.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), finding.Record);

    private async Task OpenSubjectsAsync(SweepRun run, CancellationToken ct)
    {
        await foreach (var finding in _findings.ListAsync(resolved: false, ct))
        {
            run.Open.Add(finding);
            if (run.Tells)
                TellOpen(finding);
        }

        run.Open.Close();
    }

    private async Task IsolatedAsync(string what, SignalReport report, Func<Task> action, CancellationToken ct)
    {
        try
        {
            await action();
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            report.Fail(what);
            LogFailed(what, e);
        }
    }

    private Task CoverAsync(DateTimeOffset tick, SignalReport report, CancellationToken ct) => _coverage.CoverAsync(
        new SweptWindow
        {
            Name = "sweep-signals",
            Function = Function,
            Action = Action,
            Source = Source,
            Tick = tick,
            Until = tick,
            First = Period,
            Observed = report.Credentials + report.Resources,
            Matched = Math.Max(0, report.Credentials + report.Resources - report.Failed),
            Failures = report.Failures,
            Summary = Summary(report),
        },
        ct);

    private static string Summary(SignalReport report)
    {
        var looked = string.Join(", ", report.BySignal.Select(count => $"{count.Key} {count.Value.Judged}/{count.Value.So}{(count.Value.NotLooked > 0 ? $" (not looked: {count.Value.NotLooked})" : "")}"));
        return $"Judged {report.Credentials} credentials and {report.Resources} resources: {report.Raised} findings raised, {report.Resolved} over. By signal, judged/so: {looked}.{(report.IsPartial ? $" PARTIAL: {report.Failed} failed." : "")}";
    }

    [LoggerMessage(2402, LogLevel.Error, "The sweep could not judge {What}; the others go on")]
    private partial void LogFailed(string what, Exception exception);

    [LoggerMessage(2403, LogLevel.Information, "{Credential} is due on {Due} by the rule {Rule}, which {Does}")]
    private partial void LogDue(string credential, string due, string rule, string does);

    [LoggerMessage(2404, LogLevel.Information, "Finding {Signal} of {Subject}, score {Score}, open since {Since}: {Record}")]
    private partial void LogOpen(string signal, string subject, int score, string since, string? record);

    [LoggerMessage(2405, LogLevel.Information, "Finding {Signal} of {Subject} is over: {Record}")]
    private partial void LogOver(string signal, string subject, string? record);
}
