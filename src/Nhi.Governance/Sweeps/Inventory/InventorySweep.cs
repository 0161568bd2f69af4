using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>
/// The timer <c>SweepInventory</c>: every secret of every vault in scope by lists alone, and what list rights show of the resources behind them. What is unchanged costs its share of a list page and no write.
/// A run that was stopped is gone on with; a vault that fails never stops the others, and a run that did not see everything says so.
/// </summary>
public sealed partial class InventorySweep
{
    /// <summary>Its period: trigger ids and records are floored to it.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>What coverage records of this sweep say they cover: the lists of all vaults in scope.</summary>
    public const string Source = "key-vault-inventory";

    private readonly IVaultRegistry _vaults;
    private readonly IVaultDiscovery _discovery;
    private readonly IPolicySource _policies;
    private readonly ProgressBook _book;
    private readonly ResourceSurveys _surveys;
    private readonly LeftVaults _left;
    private readonly VaultSweep _sweep;
    private readonly CoverageBook _coverage;
    private readonly InventoryPace _pace;
    private readonly ILogger<InventorySweep> _logger;

    public InventorySweep(
        ICredentialVault vault, IVaultRegistry vaults, IVaultDiscovery discovery, ISweptEstate estate, PolicySubjects subjects, IPolicySource policies, KindRegistry kinds, ICursors cursors, CoverageBook coverage,
        IFindings findings, FindingDesk desk, InventoryPace pace, ILogger<InventorySweep> logger)
    {
        (_vaults, _discovery, _policies, _coverage, _pace, _logger) = (vaults, discovery, policies, coverage, pace, logger);
        _book = new ProgressBook(cursors);
        _surveys = new ResourceSurveys(estate, kinds, pace, logger);
        _left = new LeftVaults(vaults, findings, desk);
        _sweep = new VaultSweep(vault, estate, subjects, kinds, _surveys, _book, pace, logger);
    }

    /// <summary>Runs once, or goes on with the run that was stopped. <paramref name="now"/>: governance time, UTC. Throws what keeps it from looking at all.</summary>
    public async Task<InventoryReport> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (await _book.BeginAsync(now, ct) is not { } run)
            return new InventoryReport { Elsewhere = true };
        var report = new InventoryReport();
        if (await _discovery.DiscoverAsync(now, ct) is { } why)
        {
            report.Fail("vault discovery");
            LogNotDiscovered(why);
        }

        await IsolatedAsync("vaults that left", report, () => _left.TellAsync(Trigger.FromTimer("SweepInventory", Trigger.Floor(run.Started, Period)), now, ct), ct);
        var vaults = _vaults.All;
        var selected = (await _policies.CurrentAsync(ct)).SelectedTags;
        await Parallel.ForEachAsync(vaults, new ParallelOptions { MaxDegreeOfParallelism = _pace.Vaults, CancellationToken = ct }, (governed, token) =>
            new ValueTask(IsolatedAsync(governed.Host, report, () => _sweep.RunAsync(governed, run, selected, now, report, token), token)));
        await IsolatedAsync("resources", report, () => _surveys.AskDailyAsync(run.Started, now, report, ct), ct);
        await CoverAsync(run, vaults, report, ct);
        await _book.EndAsync(run, ct);
        return report;
    }

    private async Task IsolatedAsync(string what, InventoryReport report, Func<Task> action, CancellationToken ct)
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

    private Task CoverAsync(InventoryRun run, IReadOnlyList<GovernedVault> vaults, InventoryReport report, CancellationToken ct)
    {
        // A run that was gone on with says no more than its beginning: its first vaults were seen then.
        var tick = Trigger.Floor(run.Started, Period);
        var leftOut = _vaults.LeftOut.Select(vault => vault.Host).ToList();
        return _coverage.CoverAsync(
            new SweptWindow
            {
                Name = "sweep-inventory",
                Function = "SweepInventory",
                Action = "estate.inventory",
                Source = Source,
                Tick = tick,
                Until = tick,
                First = Period,
                Observed = report.Listed,
                Matched = report.Listed - report.Changed,
                Failures = report.Failures,
                Summary = $"Inventoried {vaults.Count} vaults by lists: {report.Listed} secrets, {report.Changed} new or changed, {report.Gone} gone, {report.Asked} resources asked after"
                    + (report.NotLooked > 0 ? $", {report.NotLooked} of them not looked at since the watcher may not read them" : "")
                    + (leftOut.Count > 0 ? $"; left out: {string.Join(", ", leftOut.Take(10))}{(leftOut.Count > 10 ? $" and {leftOut.Count - 10} more" : "")}" : "")
                    + (report.IsPartial ? $"; PARTIAL, not seen: {string.Join(", ", report.Failures.Take(10))}" : "") + ".",
            },
            ct);
    }

    [LoggerMessage(2210, LogLevel.Error, "The inventory could not finish with {What}; the others go on")]
    private partial void LogFailed(string what, Exception exception);

    [LoggerMessage(2211, LogLevel.Warning, "Vaults could not be discovered, so the last known scope counts: {Why}")]
    private partial void LogNotDiscovered(string why);
}
