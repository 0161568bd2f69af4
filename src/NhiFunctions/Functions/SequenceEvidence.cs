using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;

namespace NhiFunctions;

/// <summary>Every minute: numbers pending records and writes their batch.</summary>
public sealed class SequenceEvidence(IGovernance governance)
{
    /// <summary>NCRONTAB with seconds, UTC.</summary>
    public const string Schedule = "0 * * * * *";

    [Function(nameof(SequenceEvidence))]
    public Task Run([TimerTrigger(Schedule)] TimerInfo timer, CancellationToken ct) => governance.SequenceEvidenceAsync(ct);
}
