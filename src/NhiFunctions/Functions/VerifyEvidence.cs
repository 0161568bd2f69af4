using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;

namespace NhiFunctions;

/// <summary>Every hour, half an hour after the seal: verifies what was logged, and once a day that all that is stored is logged.</summary>
public sealed class VerifyEvidence(IGovernance governance)
{
    /// <summary>NCRONTAB with seconds, UTC.</summary>
    public const string Schedule = "0 30 * * * *";

    [Function(nameof(VerifyEvidence))]
    public Task Run([TimerTrigger(Schedule)] TimerInfo timer, CancellationToken ct) => governance.VerifyEvidenceAsync(ct);
}
