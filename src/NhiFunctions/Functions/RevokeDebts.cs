using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;

namespace NhiFunctions;

/// <summary>Every 15 minutes, between two sweeps: kills what is owed and proven safe to kill.</summary>
public sealed class RevokeDebts(IGovernance governance)
{
    /// <summary>NCRONTAB with seconds, UTC.</summary>
    public const string Schedule = "30 7-59/15 * * * *";

    [Function(nameof(RevokeDebts))]
    public Task Run([TimerTrigger(Schedule)] TimerInfo timer, CancellationToken ct) => governance.RevokeDebtsAsync(ct);
}
