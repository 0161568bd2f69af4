using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Debts;

/// <summary>The timer <c>RevokeDebts</c>: looks at every credential that owes something and whose overlap may be over. One debt that cannot be paid never stops the next.</summary>
public sealed partial class DebtRun(IVaultRegistry vaults, IInventory inventory, Governor governor, ILogger<DebtRun> logger)
{
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(15);

    /// <summary>Runs once. <paramref name="now"/>: governance time, UTC.</summary>
    public async Task<SweepReport> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var report = new SweepReport();
        var budget = new RunBudget();
        foreach (var governed in vaults.All)
        {
            var owing = new List<InventoryEntry>();
            try
            {
                await foreach (var entry in inventory.OfVaultAsync(governed.Host, ct))
                    if (entry is { Gone: false, Enforced: true } && entry.Owed is not 0 && entry.NextLook <= now)
                        owing.Add(entry);
            }
            catch (ExternalCallException e)
            {
                report.Failures.Add(governed.Host);
                LogFailed(governed.Host, e);
            }

            foreach (var entry in owing.OrderBy(entry => entry.NextLook))
                await PayAsync(entry, now, budget, report, ct);
        }

        return report;
    }

    private async Task PayAsync(InventoryEntry entry, DateTimeOffset now, RunBudget budget, SweepReport report, CancellationToken ct)
    {
        try
        {
            report.Looked++;
            LogOwing(entry.Id.ToString(), entry.Owed, (int)(now - entry.NewestCreated).TotalDays);
            report.Add(await governor.HandleAsync(new GovernRequest(Trigger.FromTimer("RevokeDebts", Trigger.Floor(now, Period)) with { Credential = entry.Id }) { Look = true, Budget = budget }, ct));
        }
        catch (RowHeldException)
        {
            report.Held++;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            report.Failures.Add(entry.Id.ToString());
            LogFailed(entry.Id.ToString(), e);
        }
    }

    /// <summary>For the alert on debts that grow old: a debt is at least as old as the version that superseded it. Said whenever a debt is looked at, at least daily.</summary>
    [LoggerMessage(2302, LogLevel.Information, "{Credential} owes {Owed}; its newest version is {Days} days old")]
    private partial void LogOwing(string credential, int? owed, int days);

    [LoggerMessage(2301, LogLevel.Error, "Debts of {What} could not be looked at; the others go on")]
    private partial void LogFailed(string what, Exception exception);
}
