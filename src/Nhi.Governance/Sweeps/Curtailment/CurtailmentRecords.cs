using Nhi.Evidence.Records;
using Nhi.Governance.Evidence;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>The records of the end of a wide role. Each holds the whole assignment, so that a person can make it again, and a rebuild knows which one is meant.</summary>
internal static class CurtailmentRecords
{
    /// <summary>The parts that all of them share, as an outcome that is fine. <paramref name="assignment"/>: as it is, or as an earlier record has it.</summary>
    public static EvidenceRecord Of(string verb, string key, CurtailmentTarget target, AssignmentFacts assignment, RowHold hold, Trigger trigger, string why)
    {
        var (look, first) = (target.Look, target.First);
        var policy = look.Secrets[0].Policy;
        return new EvidenceRecord
        {
            Op = RotationId.Op(key, verb, hold.Start, hold.Fence),
            Stage = RecordStage.Outcome,
            Action = CurtailmentVerbs.Action(verb),
            Result = "ok",
            Time = hold.Start,
            Fence = hold.Fence,
            Rotation = key,
            Summary = "",
            Trigger = new TriggerFacts(trigger.Source, trigger.Id, trigger.Type, trigger.Time),
            Approval = new ApprovalFacts("automated", null, trigger.Time, look.Rules is { Length: <= RecordLimits.Identity } rules ? rules : policy.Rule),
            Owner = target.Owner is { Length: > 0 and <= RecordLimits.Identity } owner ? new OwnerFacts("name", owner) : null,
            Credential = new CredentialFacts(first.Id.ToString(), target.Kind, first.Id.Name),
            Resource = new ResourceFacts(look.Identity.Value),
            Decision = new DecisionFacts("allow", policy.Rule, null, policy.Sha256, [why]),
            Finding = look.Finding is { } finding ? new FindingFacts(finding.Signal, finding.Severity, Remedy(verb, target, assignment), finding.Record is { } record ? [record] : null, Score: finding.Score) : null,
            Assignment = assignment,
            Controls = ControlsServed.BySignal(SignalNames.OverPrivileged),
        };
    }

    /// <summary>How people call a role that is about to be taken away, as <c>Owner at /subscriptions/…</c>.</summary>
    public static string NameOf(AssignmentFacts assignment, RoleGrant? grant) => $"{grant?.Role?.Name ?? "the role " + assignment.Role[(assignment.Role.LastIndexOf('/') + 1)..]} at {assignment.Scope}";

    private static string Remedy(string verb, CurtailmentTarget target, AssignmentFacts assignment) => verb switch
    {
        CurtailmentVerbs.Curtail => RestoreLine.Of(assignment) is { Length: <= RecordLimits.Text } line ? line : $"nhi restore {target.First.Id} prints the command that makes it again.",
        CurtailmentVerbs.Tell => $"Give it a role for what it does, where it does it. To keep this one: nhi keep {target.First.Id} --until DATE --reason TEXT.",
        _ => $"nhi keep {target.First.Id} --until DATE says until when it stays.",
    };
}
