using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Estate;

/// <summary>
/// The timer <c>SweepDue</c>: goes through every vault's list (⌈N/25⌉ calls) and looks closer only at what is new, changed, due or not looked at for a day. What an event missed is found here.
/// A vault or credential that fails never stops the others; a sweep that did not see everything says so.
/// </summary>
public sealed partial class DueSweep(ICredentialVault vault, IVaultRegistry vaults, IInventory inventory, Governor governor, CoverageBook coverage, ILogger<DueSweep> logger)
{
    /// <summary>Its period: trigger ids and records are floored to it.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(15);

    /// <summary>What coverage records of this sweep say they cover: the lists of all vaults in scope.</summary>
    public const string Source = "key-vault-list";

    /// <summary>Runs once. <paramref name="now"/>: governance time, UTC.</summary>
    public async Task<SweepReport> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var floored = Trigger.Floor(now, Period);
        var report = new SweepReport();
        var due = new List<(CredentialId Id, DateTimeOffset Nearest, bool Look)>();
        foreach (var governed in vaults.All)
            await IsolatedAsync(governed.Host, report, () => ListAsync(governed.Host, now, due, report, ct), ct);
        var budget = new RunBudget();
        foreach (var (id, _, look) in due.OrderBy(item => item.Nearest).ThenBy(item => item.Id))
            await IsolatedAsync(id.ToString(), report, async () =>
            {
                report.Looked++;
                report.Add(await governor.HandleAsync(new GovernRequest(Trigger.FromTimer("SweepDue", floored) with { Credential = id }) { Look = look, Budget = budget }, ct));
            }, ct);
        await CoverAsync(floored, report, ct);
        return report;
    }

    private async Task ListAsync(string host, DateTimeOffset now, List<(CredentialId, DateTimeOffset, bool)> due, SweepReport report, CancellationToken ct)
    {
        var known = new Dictionary<CredentialId, InventoryEntry>();
        await foreach (var entry in inventory.OfVaultAsync(host, ct))
            known[entry.Id] = entry;
        await foreach (var page in vault.ListSecretsAsync(host, ct))
            foreach (var listed in page.Secrets)
            {
                report.Observed++;
                var entry = known.GetValueOrDefault(listed.Id);
                known.Remove(listed.Id);
                var changed = entry is null || entry.Gone || entry.NewestCreated != listed.Newest.Created || entry.NewestUpdated != listed.Newest.Updated;
                if (changed)
                    await governor.ObserveAsync(listed, now, ct);
                if (changed || entry!.NextLook <= now || entry.Due <= now)
                    due.Add((listed.Id, listed.Newest.Expires ?? DateTimeOffset.MaxValue, !changed && entry!.NextLook <= now && entry.Enforced));
            }

        foreach (var gone in known.Values.Where(entry => !entry.Gone))
            await inventory.ObserveAsync(gone with { Gone = true }, ct);
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
            Controls = ["CSF2:ID.AM-07", "CSF2:PR.AA-01", "CSF1.1:ID.AM-2", "AI-RMF:MAP-1.1"],
        },
        ct);

    [LoggerMessage(2201, LogLevel.Error, "The sweep could not finish with {What}; the others go on")]
    private partial void LogFailed(string what, Exception exception);
}
