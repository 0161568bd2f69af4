using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;

namespace NhiFunctions;

/// <summary>Every minute, half a minute after the sequencer: carries what was sequenced to each sink.</summary>
public sealed class Publish(IGovernance governance)
{
    /// <summary>NCRONTAB with seconds, UTC.</summary>
    public const string Schedule = "30 * * * * *";

    [Function(nameof(Publish))]
    public Task Run([TimerTrigger(Schedule)] TimerInfo timer, CancellationToken ct) => governance.PublishAsync(ct);
}
