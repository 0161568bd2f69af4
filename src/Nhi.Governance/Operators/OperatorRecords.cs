using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Operators;

/// <summary>The records of what people do. A rebuild reads them back, so what it needs stands in members and not only in the sentence.</summary>
internal static class OperatorRecords
{
    /// <summary>The decision's policy: no rule decided, a person did.</summary>
    public const string Policy = "operator";

    /// <summary>The parts that all of them share. <paramref name="subject"/>: what it is about, for the attempt's name.</summary>
    public static EvidenceRecord Of(string verb, string subject, OperatorRequest request, DateTimeOffset at, string summary, CredentialId? credential = null, DateTimeOffset? until = null)
    {
        var time = Whole(at);
        return new EvidenceRecord
        {
            // The request's id keeps two persons of one second apart.
            Op = RotationId.Op($"{subject}\n{request.Id}", verb, time, 0),
            Stage = RecordStage.Outcome,
            Action = Verbs.Action(verb),
            Result = "ok",
            Time = time,
            Summary = summary,
            Trigger = new TriggerFacts("request", request.Id, request.What, time),
            Correlation = request.Session is null ? null : new CorrelationFacts(Session: request.Session),
            RequestedBy = request.Principal,
            Credential = credential is { } id ? new CredentialFacts(id.ToString(), Name: id.Name) : null,
            Approval = new ApprovalFacts(verb == Verbs.Emergency ? "break-glass" : "human", request.By, time, Expires: until),
            Decision = new DecisionFacts(verb is Verbs.Pause or Verbs.Hold ? "deny" : "allow", Policy, Reasons: request.Reason.Length == 0 ? null : [request.Reason]),
            Controls = ControlsServed.By(Verbs.Action(verb)),
        };
    }

    /// <summary>The same as an intent, due within the usual time.</summary>
    public static EvidenceRecord AsIntent(EvidenceRecord record, string summary) => record with
    {
        Stage = RecordStage.Intent,
        Result = null,
        Summary = summary,
        Deadline = record.Time + OperationRecords.Deadline,
    };

    /// <summary>What was asked, as a clause: empty where no reason was given.</summary>
    public static string Because(OperatorRequest request) => request.Reason.Length == 0 ? "" : $": {request.Reason}";

    public static VersionFacts Facts(CredentialVersion version, string? handle) =>
        new(version.Version, version.Expires, version.IsDead ? "dead" : version.Enabled ? "active" : "disabled", handle);

    public static ResourceFacts Facts(GovernedResource resource) => new(resource.Id.Value, resource.Overlap.ToString());

    public static DateTimeOffset Whole(DateTimeOffset instant) => new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
