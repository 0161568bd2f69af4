using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;

namespace NhiFunctions;

/// <summary>Every hour: goes on with the removal of neglected credentials, one step at most for each.</summary>
public sealed class RemoveNeglected(IGovernance governance)
{
    /// <summary>NCRONTAB with seconds, UTC.</summary>
    public const string Schedule = "0 50 * * * *";

    [Function(nameof(RemoveNeglected))]
    public Task Run([TimerTrigger(Schedule)] TimerInfo timer, CancellationToken ct) => governance.RemoveNeglectedAsync(ct);
}
