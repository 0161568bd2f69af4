using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;

namespace NhiFunctions;

/// <summary>Every 5 minutes: says what became of attempts that ended without an outcome.</summary>
public sealed class ReconcileOperations(IGovernance governance)
{
    /// <summary>NCRONTAB with seconds, UTC.</summary>
    public const string Schedule = "15 */5 * * * *";

    [Function(nameof(ReconcileOperations))]
    public Task Run([TimerTrigger(Schedule)] TimerInfo timer, CancellationToken ct) => governance.ReconcileOperationsAsync(ct);
}
