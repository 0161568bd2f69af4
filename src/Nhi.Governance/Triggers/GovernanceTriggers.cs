using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Evidence.Verifying;
using Nhi.Governance.Operations;
using Nhi.Governance.Publishing;
using Nhi.Governance.Publishing.Notices;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Signals;

namespace Nhi.Governance.Triggers;

/// <summary>What each function of the app does, in a line or two.</summary>
public sealed class GovernanceTriggers(
    EventIntake events, DueSweep sweep, InventorySweep inventory, SignalSweep signals, DebtRun debts, RecoveryRun recovery, RemovalRun removals, EvidenceSequencing sequencing, EvidenceVerification verification, Publisher publisher, NoticeRun notices,
    IVaultRegistry vaults, RejectionBook rejections, RealityRun reality, HealthWatch health, TimeProvider clock) : IGovernance
{
    public async Task OnSecretEventAsync(string body, CancellationToken ct)
    {
        await vaults.RefreshAsync(ct);
        await events.TakeAsync(body, ct);
    }

    public async Task SweepDueAsync(CancellationToken ct)
    {
        await vaults.RefreshAsync(ct);
        await sweep.RunAsync(clock.GetUtcNow(), ct);
        await rejections.TellAsync(clock.GetUtcNow(), ct);
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

    public Task<HealthReport> HealthAsync(CancellationToken ct) => health.LookAsync(ct);
}
