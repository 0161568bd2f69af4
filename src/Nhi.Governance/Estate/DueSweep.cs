using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Estate;

/// <summary>
/// The timer <c>SweepDue</c>: goes through every vault's list (⌈N/25⌉ calls) and looks closer only at what is new, changed, due or not looked at for a day. What an event missed is found here.
/// A vault or credential that fails never stops the others; a sweep that did not see everything says so. It holds one vault's names as numbers and what is due of all, a bounded number of them at a time.
/// </summary>
public sealed partial class DueSweep(ICredentialVault vault, IVaultRegistry vaults, IInventory inventory, Governor governor, CoverageBook coverage, ILogger<DueSweep> logger)
{
    /// <summary>Its period: trigger ids and records are floored to it.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(15);

    /// <summary>What coverage records of this sweep say they cover: the lists of all vaults in scope.</summary>
    public const string Source = "key-vault-list";

    /// <summary>How many due secrets are held until they are looked at, nearest end first. More of them come in rounds, each in that order.</summary>
    internal int MostAtOnce { get; init; } = 5_000;

    /// <summary>One run: what it found due and has not looked at yet.</summary>
    private sealed record Run(DateTimeOffset Now, SweepReport Report)
    {
        public List<(CredentialId Id, DateTimeOffset Nearest, bool Look)> Due { get; } = [];
        public RunBudget Budget { get; } = new();
        public DateTimeOffset Tick => Trigger.Floor(Now, Period);
    }

    /// <summary>Runs once. <paramref name="now"/>: governance time, UTC.</summary>
    public async Task<SweepReport> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var run = new Run(now, new SweepReport());
        foreach (var governed in vaults.All)
            await IsolatedAsync(governed.Host, run.Report, () => ListAsync(governed.Host, run, ct), ct);
        await LookAsync(run, ct);
        await CoverAsync(run.Tick, run.Report, ct);
        return run.Report;
    }

    private async Task ListAsync(string host, Run run, CancellationToken ct)
    {
        var known = await KnownSecrets.LoadAsync(inventory, host, run.Now, ct);
        await foreach (var page in vault.ListSecretsAsync(host, ct))
        {
            foreach (var listed in page.Secrets)
            {
                run.Report.Observed++;
                var wish = known.Of(listed);
                if (wish.Changed)
                    await governor.ObserveAsync(listed, run.Now, ct);
                if (wish.Due)
                    run.Due.Add((listed.Id, listed.Newest.Expires ?? DateTimeOffset.MaxValue, wish.Look));
            }

            if (run.Due.Count >= MostAtOnce)
                await LookAsync(run, ct);
        }

        if (known.IsSomethingMissing)
            await MissingAsync(host, known, ct);
    }

    /// <summary>What did not come up is asked after once more before it counts as gone: a list whose pages shifted makes no sibling disappear.</summary>
    private async Task MissingAsync(string host, KnownSecrets known, CancellationToken ct)
    {
        await foreach (var entry in inventory.OfVaultAsync(host, ct))
            if (!entry.Gone && known.IsMissing(entry.Id) && (await vault.ListVersionsAsync(entry.Id, ct)).Versions.Count == 0)
                await inventory.ObserveAsync(entry with { Gone = true }, ct);
    }

    private async Task LookAsync(Run run, CancellationToken ct)
    {
        foreach (var (id, _, look) in run.Due.OrderBy(item => item.Nearest).ThenBy(item => item.Id))
            await IsolatedAsync(id.ToString(), run.Report, async () =>
            {
                run.Report.Looked++;
                run.Report.Add(await governor.HandleAsync(new GovernRequest(Trigger.FromTimer("SweepDue", run.Tick) with { Credential = id }) { Look = look, Budget = run.Budget }, ct));
            }, ct);
        run.Due.Clear();
    }

    private async Task IsolatedAsync(string what, SweepReport report, Func<Task> action, CancellationToken ct)
    {
        try
        {
            await action();
        }
        catch (RowHeldException)
        {
            report.Held++;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            report.Failures.Add(what);
            LogFailed(what, e);
        }
    }

    private Task CoverAsync(DateTimeOffset floored, SweepReport report, CancellationToken ct) => coverage.CoverAsync(
        new SweptWindow
        {
            Name = "sweep-due",
            Function = "SweepDue",
            Action = "estate.sweep",
            Source = Source,
            Tick = floored,
            Until = floored,
            First = Period,
            Observed = report.Observed,
            Matched = report.Observed - report.Looked,
            Failures = [.. report.Failures],
            Summary = $"Swept {vaults.All.Count} vaults: {report.Observed} secrets listed, {report.Looked} looked at closer, {report.Done} acted on{(report.IsPartial ? $"; PARTIAL, not seen: {string.Join(", ", report.Failures.Take(10))}" : "")}.",
        },
        ct);

    [LoggerMessage(2201, LogLevel.Error, "The sweep could not finish with {What}; the others go on")]
    private partial void LogFailed(string what, Exception exception);
}
