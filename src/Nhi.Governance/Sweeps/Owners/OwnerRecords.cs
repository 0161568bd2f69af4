using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Owners;

/// <summary>The records about owners: <c>owner.resolve</c> by a sweep, <c>owner.assign</c> and <c>owner.confirm</c> by a person.</summary>
internal static class OwnerRecords
{
    public const string Resolve = "owner.resolve";
    public const string Assign = "owner.assign";
    public const string Confirm = "owner.confirm";

    /// <summary>Runners-up that a record names.</summary>
    private const int MostRunnersUp = 10;

    /// <summary>Who answers now, and who else was named.</summary>
    public static EvidenceRecord Resolved(CredentialId id, string? kind, OwnerAnswer answer, EffectivePolicy policy, Trigger trigger, DateTimeOffset tick) => new()
    {
        Op = RotationId.Op($"owner\n{id}", "resolve", tick, 0),
        Stage = RecordStage.Outcome,
        Action = Resolve,
        Result = "summary",
        Time = tick,
        Summary = answer.Chosen is { } chosen ? $"{Told(chosen)} answers for '{id.Name}'." : $"Nobody answers for '{id.Name}' any more.",
        Trigger = new TriggerFacts(trigger.Source, trigger.Id, trigger.Type, trigger.Time),
        Owner = answer.Chosen is { } owner ? Facts(owner) : null,
        Credential = new CredentialFacts(id.ToString(), kind, id.Name),
        Decision = new DecisionFacts("observe", policy.Rule, null, policy.Sha256, [.. answer.RunnersUp.Take(MostRunnersUp).Select(other => $"also named: {Told(other)}")]),
        Controls = ControlsServed.By(Resolve),
    };

    /// <summary>What a person said.</summary>
    public static EvidenceRecord Of(string action, CredentialId id, OwnerCandidate owner, OperatorRequest request, DateTimeOffset now, string summary) =>
        OperatorRecords.Of(action, id.ToString(), request, now, summary, id) with { Action = action, Owner = Facts(owner), Controls = ControlsServed.By(action) };

    public static OwnerFacts Facts(OwnerCandidate owner) => new(owner.Type, owner.Id, owner.Name, owner.Via, owner.Confidence);

    private static string Told(OwnerCandidate candidate) =>
        $"{candidate.Type} {(candidate.Name is { } name && name != candidate.Id ? $"{name} ({candidate.Id})" : candidate.Id)}, {candidate.Via}, {candidate.Confidence}{(candidate.Left ? ", left" : "")}";
}
