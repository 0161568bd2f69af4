using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;

namespace NhiFunctions;

/// <summary>Every hour: holds what the platform logged against evidence, and evidence against it.</summary>
public sealed class ReconcileReality(IGovernance governance)
{
    /// <summary>NCRONTAB with seconds, UTC.</summary>
    public const string Schedule = "0 40 * * * *";

    [Function(nameof(ReconcileReality))]
    public Task Run([TimerTrigger(Schedule)] TimerInfo timer, CancellationToken ct) => governance.ReconcileRealityAsync(ct);
}
