using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;

namespace NhiFunctions;

/// <summary>Every 15 minutes: looks at every credential and starts what is due.</summary>
public sealed class SweepDue(IGovernance governance)
{
    /// <summary>NCRONTAB with seconds, UTC.</summary>
    public const string Schedule = "0 */15 * * * *";

    [Function(nameof(SweepDue))]
    public Task Run([TimerTrigger(Schedule)] TimerInfo timer, CancellationToken ct) => governance.SweepDueAsync(ct);
}
