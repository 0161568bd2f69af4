using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Evidence.Verifying;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Publishing.Notices;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Signals;

namespace Nhi.Governance.Triggers;

/// <summary>What each function of the app does, in a line or two.</summary>
public sealed class GovernanceTriggers(
    Governor governor, DueSweep sweep, InventorySweep inventory, SignalSweep signals, DebtRun debts, RecoveryRun recovery, RemovalRun removals, EvidenceSequencing sequencing, EvidenceVerification verification, Publisher publisher, NoticeRun notices,
    IVaultRegistry vaults, EventRejections rejections, IEvidenceLog evidence, IPolicySource policies, IOperations operations, RealityRun reality, IAnnouncements announcements, TimeProvider clock) : IGovernance
{
    public async Task OnSecretEventAsync(string body, CancellationToken ct)
    {
        await vaults.RefreshAsync(ct);
        var now = clock.GetUtcNow();
        var reading = SecretEvents.Parse(body, now, vaults);
        rejections.Add(reading, now);
        var failures = new List<Exception>();
        foreach (var trigger in reading.Accepted)
        {
            try
            {
                await governor.HandleAsync(trigger, ct);
                await AnnouncedAsync(trigger, now, ct);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0)
            throw failures.Count == 1 ? failures[0] : new AggregateException(failures);
    }

    /// <summary>What arrived is noted, so that what never did is known. Where it cannot be, an event is said to be missed that was not: no reason to take it again.</summary>
    private async Task AnnouncedAsync(Trigger trigger, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            await announcements.NoteAsync(trigger.Credential!.Value, trigger.Type, now, ct);
        }
        catch (ExternalCallException)
        {
        }
    }

    public async Task SweepDueAsync(CancellationToken ct)
    {
        await vaults.RefreshAsync(ct);
        await sweep.RunAsync(clock.GetUtcNow(), ct);
        await TellRejectionsAsync(ct);
    }

    public async Task SweepInventoryAsync(CancellationToken ct)
    {
        await vaults.RefreshAsync(ct);
        try
        {
            await inventory.RunAsync(clock.GetUtcNow(), ct);
        }
        finally
        {
            await signals.RunAsync(clock.GetUtcNow(), ct);
        }
    }

    public async Task RevokeDebtsAsync(CancellationToken ct)
    {
        await vaults.RefreshAsync(ct);
        await debts.RunAsync(clock.GetUtcNow(), ct);
    }

    public async Task ReconcileOperationsAsync(CancellationToken ct)
    {
        await vaults.RefreshAsync(ct);
        await recovery.RunAsync(clock.GetUtcNow(), ct);
    }

    public async Task ReconcileRealityAsync(CancellationToken ct)
    {
        await vaults.RefreshAsync(ct);
        await reality.RunAsync(clock.GetUtcNow(), ct);
    }

    public async Task RemoveNeglectedAsync(CancellationToken ct)
    {
        await vaults.RefreshAsync(ct);
        await removals.RunAsync(clock.GetUtcNow(), ct);
    }

    public Task SequenceEvidenceAsync(CancellationToken ct) => sequencing.RunAsync(ct);

    public Task VerifyEvidenceAsync(CancellationToken ct) => verification.RunAsync(clock.GetUtcNow(), ct);

    public async Task PublishAsync(CancellationToken ct)
    {
        try
        {
            await publisher.RunAsync(ct);
        }
        finally
        {
            await notices.RunAsync(ct);
        }
    }

    public async Task<HealthReport> HealthAsync(CancellationToken ct)
    {
        List<HealthCheck> checks =
        [
            await HealthCheck.OfAsync("policy", async () => $"sha256 {(await policies.CurrentAsync(ct)).Sha256}", ct),
            await HealthCheck.OfAsync("tables", async () => await operations.IsReadyAsync(ct) ? "whole" : throw new InvalidOperationException("The marker row is missing: run 'nhi rebuild' (or finish the deployment)."), ct),
            await HealthCheck.OfAsync("evidence", async () => await evidence.ReadAsync(EvidenceProbe, ct) is null ? "readable" : "readable", ct),
            await ContainersAsync(ct),
        ];
        return new HealthReport(checks.All(check => check.Ok), checks);
    }

    /// <summary>A name that no record has: reading it asks the container and the key, and finds nothing.</summary>
    private const string EvidenceProbe = "records/2000/01/01/00/000000Z__health_2-summary_00000000000000000000000000.json";

    /// <summary>A year without its container works on in another one, and the last year's end is seen coming: warnings, not failures, or a probe would take the app down for weeks.</summary>
    private async Task<HealthCheck> ContainersAsync(CancellationToken ct)
    {
        string[] warnings = [];
        var check = await HealthCheck.OfAsync("containers", async () =>
        {
            warnings = [.. (await sequencing.OutlookAsync(ct)).Select(outlook => outlook.Warning(clock.GetUtcNow())).OfType<string>()];
            return warnings.Length == 0 ? "for this year and the next" : string.Join(" ", warnings);
        }, ct);
        return check with { Warns = warnings.Length > 0 };
    }

    /// <summary>What was refused in the hours that are over: one record an hour, with counts and content-free samples.</summary>
    private async Task TellRejectionsAsync(CancellationToken ct)
    {
        foreach (var summary in rejections.Drain(clock.GetUtcNow()))
        {
            try
            {
                await evidence.WriteAsync(Record(summary), default, ct);
            }
            catch (EvidenceRefusedException)
            {
                rejections.Return(summary);
                throw;
            }
        }
    }

    private EvidenceRecord Record(RejectionSummary summary) => new()
    {
        // Each instance counts for itself, so its own instant is part of the name.
        Op = RotationId.Op($"event-rejections\n{summary.Hour:O}\n{clock.GetUtcNow():O}", "refuse", summary.Hour, 0),
        Stage = RecordStage.Outcome,
        Action = "event.refuse",
        Result = "FINDING",
        Time = summary.Hour,
        Summary = $"{summary.Total} events or parts of events were not believed in the hour from {summary.Hour:yyyy-MM-dd HH:mm}Z: {string.Join(", ", summary.Counts.Select(count => $"{count.Key} {count.Value}"))}.",
        Finding = new FindingFacts("events-refused", "warning", "Look for who posts to the function's webhook; its key can be renewed.", [.. summary.Samples.Select(sample => $"{sample.Reason}: {string.Join("; ", sample.Facts)}")], (int)Math.Min(summary.Total, int.MaxValue)),
        Controls = ["OWASP-NHI4:2025", "CSF2:DE.CM-09", "CSF1.1:DE.CM-4"],
    };
}
