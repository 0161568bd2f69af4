using System.Globalization;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Rotation;

/// <summary>The records of an attempt: its intent and its outcome.</summary>
internal static class OperationRecords
{
    /// <summary>An outcome is due within this time of its intent.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    /// <summary>Where the back-off has a roll, it covers every try of the day that ends as the ones before it.</summary>
    public static EvidenceRecord Intent(Plan plan, string op, RowHold hold, Trigger trigger, BackOff backOff) => Common(plan, op, hold.Start, hold.Fence, trigger, backOff) with
    {
        Stage = RecordStage.Intent,
        Summary = $"About to {Phrase(plan)}: {string.Join("; ", plan.Reasons)}.{(backOff.Streak is { Roll: { } roll } streak ? Covered(streak, roll) : "")}",
        Change = new ChangeFacts(Before(plan), null),
        Deadline = backOff.Streak?.Roll?.Until ?? hold.Now + Deadline,
    };

    private static string Covered(Streak streak, Roll roll) =>
        string.Create(CultureInfo.InvariantCulture, $" It failed {streak.Count} times in a row as attempt {Repeats.AttemptOf(streak)} tells: each try up to {roll.Until:yyyy-MM-dd HH:mm}Z that ends the same is under this intent, and one outcome counts them.");

    /// <summary>The same facts before the row is taken, to name the intent's path.</summary>
    public static EvidenceRecord Sketch(string verb, string op, CredentialId credential, DateTimeOffset start) => new()
    {
        Op = op,
        Stage = RecordStage.Intent,
        Action = Verbs.Action(verb),
        Time = start,
        Summary = "",
        Credential = new CredentialFacts(credential.ToString(), Name: credential.Name),
    };

    /// <param name="plan">What was carried out.</param>
    /// <param name="op">The attempt.</param>
    /// <param name="hold">Its row.</param>
    /// <param name="roll">The tries that its intent covers; null for one alone.</param>
    /// <param name="trigger">Of the last try.</param>
    /// <param name="backOff">Of the next try, where this one failed.</param>
    /// <param name="intent">What it closes.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="progress">What it did.</param>
    public static EvidenceRecord Outcome(Plan plan, string op, RowHold hold, Roll? roll, Trigger trigger, BackOff backOff, RecordReference intent, Outcome outcome, Progress progress)
    {
        var common = Common(plan, op, roll?.Start ?? hold.Start, roll?.Fence ?? hold.Fence, trigger, backOff);
        var after = progress.Published;
        return common with
        {
            Stage = RecordStage.Outcome,
            Result = outcome.Result,
            Intent = intent,
            Error = outcome.Error,
            NotBefore = outcome is Outcome.Ok ? null : backOff.NotBefore,
            Summary = Summary(plan, outcome, progress) + (roll is { Tries: > 1 } ? $" {Repeats.Told(roll)}." : ""),
            Decision = Repeats.With(common.Decision, roll),
            Change = new ChangeFacts(Before(plan), after is null ? null : new VersionFacts(after.Version, after.Expires, after.Enabled ? "active" : "disabled", progress.Handle)),
            Credential = common.Credential! with { Handle = progress.Handle ?? plan.Target ?? plan.BeforeHandle },
            Slots = [.. progress.Slots],
        };
    }

    private static EvidenceRecord Common(Plan plan, string op, DateTimeOffset start, long fence, Trigger trigger, BackOff backOff) => new()
    {
        Op = op,
        Stage = RecordStage.Intent,
        Action = Verbs.Action(plan.Verb),
        Time = start,
        Summary = "",
        Trigger = new TriggerFacts(trigger.Source, trigger.Id, trigger.Type, trigger.Time),
        Correlation = trigger.Correlation,
        RequestedBy = trigger.RequestedBy,
        Owner = OwnerOf(plan),
        Credential = new CredentialFacts(plan.Credential.ToString(), plan.Kind, plan.Credential.Name, plan.Target ?? plan.BeforeHandle, Verification: plan.Resource.Overlap == OverlapClass.Retire ? "none" : null),
        Resource = new ResourceFacts(plan.Resource.Id.Value, plan.Resource.Overlap.ToString()),
        Approval = new ApprovalFacts(trigger.By is null ? "automated" : "human", trigger.By, trigger.Time, plan.Policy.Rule),
        Decision = new DecisionFacts("allow", plan.Policy.Rule, null, plan.Policy.Sha256, [.. plan.Reasons, .. RemovalRecords.Names([.. plan.Steps.OfType<StampVersion>().Select(stamp => stamp.Version)])]),
        Rotation = plan.Verb is Verbs.Revoke or Verbs.Clean or Verbs.Retire or Verbs.Govern ? plan.Before.Nhi?.Rotation : plan.Subject,
        Fence = fence,
        Tries = backOff.Tries,
        Controls = ControlsServed.By(Verbs.Action(plan.Verb)),
        Debt = DebtOf(plan),
    };

    /// <summary>What dies: an attempt that buries names each version that it buries, since <c>change</c> speaks of the current one.</summary>
    private static DebtFacts? DebtOf(Plan plan)
    {
        string[] buried = [.. plan.Steps.OfType<BuryVersion>().Select(bury => $"{bury.Credential}/{bury.Version}").Distinct(StringComparer.Ordinal)];
        return plan.OwedSince is null && buried.Length == 0 ? null : new DebtFacts(plan.Subject, plan.OwedSince, plan.OwedUntil, Versions: buried.Length == 0 ? null : buried);
    }

    private static VersionFacts Before(Plan plan) => new(plan.Before.Version, plan.Before.Expires, plan.Before.IsDead ? "dead" : plan.Before.Enabled ? "active" : "disabled", plan.BeforeHandle);

    /// <summary>Whom the sweep chose of all who are named; before it came, whom tag or policy names.</summary>
    private static OwnerFacts? OwnerOf(Plan plan) =>
        plan.Owner is { } chosen ? OwnerRecords.Facts(chosen)
        : plan.Before.Tags.TryGetValue(PolicySubject.OwnerTag, out var tagged) && tagged.Length is > 0 and <= 256 ? new OwnerFacts("name", tagged, Via: "tag", Confidence: 90)
        : plan.Policy.Owner is { } owner ? new OwnerFacts("name", owner, Via: "policy", Confidence: 30)
        : null;

    private static string Phrase(Plan plan) => string.Create(CultureInfo.InvariantCulture, $"{plan.Verb} '{plan.Credential.Name}' ({plan.Kind})");

    private static string Summary(Plan plan, Outcome outcome, Progress progress)
    {
        var notes = progress.Notes.Count == 0 ? "" : " " + string.Join(" ", progress.Notes);
        if (outcome is not Rotation.Outcome.Ok)
            return $"Could not {Phrase(plan)}: {outcome.Error!.Message}{notes}";
        var end = progress.Published?.Expires is { } expires ? $"; the new version expires {expires:yyyy-MM-dd}" : "";
        return plan.Verb switch
        {
            Verbs.Rotate => $"Rotated '{plan.Credential.Name}'{end}; {string.Join("; ", plan.Reasons)}.{notes}",
            Verbs.Revoke => $"Revoked what '{plan.Credential.Name}' was superseded for and read it back as dead; {string.Join("; ", plan.Reasons)}.{notes}",
            Verbs.Govern => $"'{plan.Credential.Name}' is under policy rule '{plan.Policy.Rule}'; {string.Join("; ", plan.Reasons)}.{notes}",
            _ => $"Did {Phrase(plan)}{end}; {string.Join("; ", plan.Reasons)}.{notes}",
        };
    }
}
