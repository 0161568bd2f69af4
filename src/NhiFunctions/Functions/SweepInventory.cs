using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;

namespace NhiFunctions;

/// <summary>Every hour: lists every secret of every vault in scope and keeps what is new.</summary>
public sealed class SweepInventory(IGovernance governance)
{
    /// <summary>NCRONTAB with seconds, UTC.</summary>
    public const string Schedule = "0 20 * * * *";

    [Function(nameof(SweepInventory))]
    public Task Run([TimerTrigger(Schedule)] TimerInfo timer, CancellationToken ct) => governance.SweepInventoryAsync(ct);
}
