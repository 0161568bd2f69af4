using System.Globalization;
using Microsoft.Extensions.Logging;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Publishing;
using Nhi.Governance.Rotation;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Estate;

/// <summary>
/// The timer <c>SweepDue</c>: goes through every vault's list (⌈N/25⌉ calls) and looks closer only at what is new, changed, due or not looked at for a day. What an event missed is found here.
/// A vault or credential that fails never stops the others; a sweep that did not see everything says so.
/// </summary>
public sealed partial class DueSweep(ICredentialVault vault, IVaultRegistry vaults, IInventory inventory, Governor governor, IEvidenceLog evidence, ICursors cursors, ILogger<DueSweep> logger)
{
    /// <summary>Its period: trigger ids and records are floored to it.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(15);

    /// <summary>What coverage records of this sweep say they cover: the lists of all vaults in scope.</summary>
    public const string Source = "key-vault-list";

    private const string Action = "estate.sweep";
    private const string Cursor = "sweep-due";

    /// <summary>Runs once. <paramref name="now"/>: governance time, UTC.</summary>
    public async Task<SweepReport> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var floored = Trigger.Floor(now, Period);
        var report = new SweepReport();
        var due = new List<(CredentialId Id, DateTimeOffset Nearest, bool Look)>();
        foreach (var governed in vaults.All)
            await IsolatedAsync(governed.Host, report, () => ListAsync(governed.Host, now, due, report, ct), ct);
        foreach (var (id, _, look) in due.OrderBy(item => item.Nearest).ThenBy(item => item.Id))
            await IsolatedAsync(id.ToString(), report, async () =>
            {
                report.Looked++;
                report.Add(await governor.HandleAsync(new GovernRequest(Trigger.FromTimer("SweepDue", floored) with { Credential = id }) { Look = look }, ct));
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

    /// <summary>
    /// One coverage record a run, also when nothing was new. It ends at the tick that the run is of, whoever writes it, and begins where the last one ended: so windows join over restarts, outages and instances that tick at once.
    /// </summary>
    private async Task CoverAsync(DateTimeOffset floored, SweepReport report, CancellationToken ct)
    {
        var cursor = await cursors.ReadAsync(Cursor, ct);
        var from = await CoveredAsync(cursor, floored, ct);
        if (from >= floored)
            return;
        await evidence.WriteAsync(Coverage(from, floored, report), new WriteRules(FirstWriterWins: true), ct);
        await cursors.TryMoveAsync(Cursor, floored.ToString("O", CultureInfo.InvariantCulture), cursor, ct);
    }

    /// <summary>How far windows reach: as the cursor says; where it is lost, as the newest coverage record in the containers does. Nobody ever swept: one period.</summary>
    private async Task<DateTimeOffset> CoveredAsync(Publishing.Cursor? cursor, DateTimeOffset floored, CancellationToken ct)
    {
        if (cursor is not null && DateTimeOffset.TryParse(cursor.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var last) && last <= floored)
            return last;
        var newest = await evidence.NewestAsync(Action, floored, ct);
        return newest?.Record.Coverage is { Source: Source } coverage && coverage.To <= floored ? coverage.To : floored - Period;
    }

    private EvidenceRecord Coverage(DateTimeOffset from, DateTimeOffset floored, SweepReport report) => new()
    {
        Op = RotationId.Op("sweep-due", "sweep", floored, 0),
        Stage = RecordStage.Outcome,
        Action = Action,
        Result = "summary",
        Time = floored,
        Summary = $"Swept {vaults.All.Count} vaults: {report.Observed} secrets listed, {report.Looked} looked at closer, {report.Done} acted on{(report.IsPartial ? $"; PARTIAL, not seen: {string.Join(", ", report.Failures.Take(10))}" : "")}.",
        Trigger = new TriggerFacts("timer", floored.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), "SweepDue", floored),
        Coverage = new CoverageFacts(Source, from, floored, report.Observed, report.Observed - report.Looked, [.. report.Failures.Take(50)], report.IsPartial),
        Controls = ["CSF2:ID.AM-07", "CSF2:PR.AA-01", "CSF1.1:ID.AM-2", "AI-RMF:MAP-1.1"],
    };

    [LoggerMessage(2201, LogLevel.Error, "The sweep could not finish with {What}; the others go on")]
    private partial void LogFailed(string what, Exception exception);
}
