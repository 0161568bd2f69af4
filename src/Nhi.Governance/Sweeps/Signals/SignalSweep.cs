using System.Globalization;
using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>
/// Judges what the inventory saw: every credential of every vault in scope, then every resource, one at a time, so that memory does not grow with the estate. One that fails never stops the others.
/// What it could not look at it says, and leaves what is open about it as it is. What is as it was costs no write.
/// </summary>
public sealed partial class SignalSweep
{
    /// <summary>What its coverage records are named by.</summary>
    public const string Action = "estate.judge";
    public const string Source = "signals";
    public const string Function = "SweepInventory";

    private readonly ISweptEstate _estate;
    private readonly IVaultRegistry _vaults;
    private readonly IPolicySource _policies;
    private readonly IFindings _findings;
    private readonly FindingDesk _desk;
    private readonly CoverageBook _coverage;
    private readonly IOwnerDirectory _directory;
    private readonly SignalViews _views;
    private readonly ILogger<SignalSweep> _logger;

    internal SignalSweep(
        ISweptEstate estate, IVaultRegistry vaults, IPolicySource policies, IFindings findings, FindingDesk desk, CoverageBook coverage, IOwnerDirectory directory, SignalViews views, ILogger<SignalSweep> logger) =>
        (_estate, _vaults, _policies, _findings, _desk, _coverage, _directory, _views, _logger) = (estate, vaults, policies, findings, desk, coverage, directory, views, logger);

    /// <summary>The longest time that one run's windows and trigger are floored to.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromHours(1);

    /// <summary>So often the whole of what is due and open goes to the log stream, for those who look there: news goes at once.</summary>
    public static TimeSpan Telling { get; } = TimeSpan.FromHours(6);

    /// <summary>What is due in so long is told.</summary>
    public static TimeSpan Ahead { get; } = TimeSpan.FromDays(30);

    /// <summary>Values read in one run, at most.</summary>
    public int MostValues { get; init; } = 500;

    /// <summary>Runs once. <paramref name="now"/>: governance time, UTC. Throws <see cref="ExternalCallException"/>, <see cref="PolicyException"/> and <see cref="EvidenceRefusedException"/> where nothing could be begun or the coverage could not be written.</summary>
    public async Task<SignalReport> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var tick = Trigger.Floor(now, Period);
        var report = new SignalReport();
        var run = new SweepRun(await _policies.CurrentAsync(ct), new SweepDirectory(_directory), new LookBudget(MostValues), Trigger.FromTimer(Function, tick), now, Trigger.Floor(tick, Telling) == tick);
        var open = await OpenSubjectsAsync(run, ct);
        foreach (var vault in _vaults.All)
            await IsolatedAsync(vault.Host, report, () => OfVaultAsync(vault.Host, run, open, report, ct), ct);
        await IsolatedAsync("resources", report, () => ResourcesAsync(run, open, report, ct), ct);
        await CoverAsync(tick, report, ct);
        return report;
    }

    private async Task OfVaultAsync(string host, SweepRun run, HashSet<string> open, SignalReport report, CancellationToken ct)
    {
        var use = await _views.UseKnownAsync(host, ct);
        await foreach (var swept in _estate.OfVaultAsync(host, ct))
        {
            report.Credentials++;
            await IsolatedAsync(swept.Id.ToString(), report, async () =>
            {
                var view = await _views.OfAsync(swept, use, run, ct);
                if (run.Tells)
                    TellDue(view);
                var verdicts = SignalRules.Judge(view);
                report.Add(verdicts);
                await TellAsync(swept.Id.ToString(), SignalRules.FindingsOf(view, verdicts), verdicts, run, open, report, ct);
            }, ct);
        }
    }

    private async Task ResourcesAsync(SweepRun run, HashSet<string> open, SignalReport report, CancellationToken ct)
    {
        await foreach (var swept in _estate.ResourcesAsync(ct))
        {
            report.Resources++;
            await IsolatedAsync(swept.Id.Value, report, async () =>
            {
                var view = await _views.OfAsync(swept, run, ct);
                var verdicts = SignalRules.Judge(view);
                report.Add(verdicts);
                await TellAsync(swept.Id.Value, SignalRules.FindingsOf(view, verdicts), verdicts, run, open, report, ct);
            }, ct);
        }
    }

    /// <summary>Nothing is open and nothing is so: then nothing need be asked.</summary>
    private async Task TellAsync(string subject, IReadOnlyList<Finding> found, IReadOnlyList<(string Signal, SignalVerdict Verdict)> verdicts, SweepRun run, HashSet<string> open, SignalReport report, CancellationToken ct)
    {
        if (found.Count == 0 && !open.Contains(Mark(subject)))
            return;
        var judged = verdicts.Where(verdict => verdict.Verdict.IsJudged).Select(verdict => verdict.Signal).ToHashSet(StringComparer.Ordinal);
        var news = await _desk.TellAsync(subject, found, judged, run.Trigger, run.Now, ct);
        report.Add(news);
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

    /// <summary>Short marks of the subjects that something is open about: where two share one, one look too many is asked for.</summary>
    private async Task<HashSet<string>> OpenSubjectsAsync(SweepRun run, CancellationToken ct)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var finding in _findings.ListAsync(resolved: false, ct))
        {
            open.Add(Mark(finding.Subject));
            if (run.Tells)
                TellOpen(finding);
        }

        return open;
    }

    private static string Mark(string subject) => CrockfordBase32.OfSha256(subject)[..12];

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
            Matched = report.Credentials + report.Resources - report.Failed,
            Failures = report.Failures,
            Summary = Summary(report),
            Controls = ["OWASP-NHI1:2025", "CSF2:ID.AM-07", "CSF1.1:ID.AM-2", "CSF2:DE.CM-09", "CSF1.1:DE.CM-4", "AI-RMF:MAP-1.1"],
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

/// <summary>What one run has in common. <paramref name="Tells"/>: it tells the log stream all that is due and open.</summary>
internal sealed record SweepRun(Policy Policies, IOwnerDirectory Directory, LookBudget Values, Trigger Trigger, DateTimeOffset Now, bool Tells);
