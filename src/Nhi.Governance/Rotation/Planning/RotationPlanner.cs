using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Rotation.Planning;

/// <summary>Plans a rotation by the resource's overlap class.</summary>
internal static class RotationPlanner
{
    /// <summary>The plan to replace the current version of that secret, or why it cannot be made yet.</summary>
    public static Proposal Plan(ResourceLook look, SecretLook secret, IReadOnlyList<string> reasons, bool urgent)
    {
        var marked = look.IsMarked(secret, secret.Current);
        if (MayNot(look, secret, Verbs.Rotate) is { } not)
            return not;
        if (TagLimit(secret) is { } full)
            return full;
        return look.Overlap switch
        {
            OverlapClass.Multi => Of(look, secret, reasons, urgent, null, [new MintSecret(null, RotationId.DisplayName(secret.NextRotation), End(look, secret)), .. Promote(look, secret)]),
            OverlapClass.DualSlot => DualSlot(look, secret, reasons, urgent, marked),
            OverlapClass.Pair => Pair(look, secret, reasons, urgent, marked),
            OverlapClass.Cutover => Cutover(look, secret, reasons, urgent, marked),
            _ => Of(look, secret, reasons, urgent, null, [new ChooseNew(), new PublishVersion(secret.Id, End(look, secret), secret.Policy.Overlap, secret.NextRotation), new LookBackAt(secret.Id)]),
        };
    }

    /// <summary>
    /// Why nothing is minted, set or taken for that secret, or null: a tag alone gets no credential, and a value that is refused costs none that works.
    /// </summary>
    public static Waiting? MayNot(ResourceLook look, SecretLook secret, string verb)
    {
        if (!look.IsProven(secret))
            return Unproven(look, secret, verb);
        return secret.Verdict.Verification == Verification.Refused && look.Overlap is not (OverlapClass.Multi or OverlapClass.Retire) && look.OtherThatWorks(secret) is { } other
            ? new Waiting(secret.Id, verb, secret.NextRotation, "sibling-works", $"What it holds is refused, {other.Id} opens the same and works, and what that one publishes cannot be taken over here.", "Publish what works, or correct its tags.")
            : null;
    }

    public static Waiting Unproven(ResourceLook look, SecretLook secret, string verb) => new(
        secret.Id, verb, secret.NextRotation, "never-worked",
        $"Its tags say that it opens {look.Resource.Id}, and nothing shows that it ever did: what it holds is refused, or was stolen before it came here, and evidence names none of its versions.", "Publish a value that works, or correct its tags.");

    /// <summary>The end that a new version gets: UTC, whole seconds.</summary>
    public static DateTimeOffset End(ResourceLook look, SecretLook secret) => look.Now + secret.Policy.Lifetime;

    /// <summary>A cutover that was set and not published: its staged value is accepted, the published one is not.</summary>
    public static Plan? FinishCutover(ResourceLook look, SecretLook secret) =>
        look.Overlap == OverlapClass.Cutover && secret.Verdict.Verification == Verification.Refused && look.StagedAccepted.ContainsKey(secret.NextRotation)
            ? Of(look, secret, ["a begun cutover is finished"], urgent: true, look.Resource.Handles[0], [new TakeStaged(secret.NextRotation, look.Resource.Handles[0]), .. Promote(look, secret)])
            : null;

    /// <summary>Verify, publish, look back; a cutover publishes to every secret of the resource in the same attempt.</summary>
    public static IEnumerable<PlanStep> Promote(ResourceLook look, SecretLook secret)
    {
        yield return new VerifyValue();
        IReadOnlyList<SecretLook> targets = [secret, .. look.Overlap == OverlapClass.Cutover ? Companions(look, secret) : []];
        foreach (var target in targets)
            yield return new PublishVersion(target.Id, look.Now + target.Policy.Lifetime, target.Policy.Overlap, target.NextRotation);
        foreach (var target in targets)
            yield return new LookBackAt(target.Id);
    }

    private static IEnumerable<SecretLook> Companions(ResourceLook look, SecretLook secret) =>
        look.Secrets.Where(other => other.Id != secret.Id && (other.Policy.Enforced || look.IsMarked(other, other.Current)) && !other.Credential.IsQuarantined && look.MayShare(secret, other));

    public static Plan Of(ResourceLook look, SecretLook secret, IReadOnlyList<string> reasons, bool urgent, string? target, IReadOnlyList<PlanStep> steps, string verb = Verbs.Rotate) => new()
    {
        Verb = verb,
        Subject = secret.NextRotation,
        Credential = secret.Id,
        Resource = look.Resource with { Environment = secret.Environment },
        Kind = look.Rotator.Kind.Name,
        Before = secret.Current,
        BeforeHandle = secret.CurrentHandle,
        Target = target,
        Steps = steps,
        Reasons = reasons,
        Policy = secret.Policy,
        Urgent = urgent,
        Risks = Risks(look, secret),
    };

    private static Proposal DualSlot(ResourceLook look, SecretLook secret, IReadOnlyList<string> reasons, bool urgent, bool marked)
    {
        if (secret.CurrentHandle is not { } current)
            return new Waiting(secret.Id, Verbs.Rotate, secret.NextRotation, "slot-unknown", "Neither or both slots hold the published value, so nobody knows which one is in use.", $"Name it: nhi adopt {secret.Id} --handle SLOT.");
        var why = "no other slot";
        foreach (var slot in look.Resource.Handles.Where(slot => slot != Handle.Place(current)))
        {
            if (FreePlace.WhyNot(look, secret, slot, marked) is { } taken)
            {
                why = taken;
                continue;
            }

            // What we minted into it and could not publish is still there, and every answer was had: it is used as it is.
            var reusable = look.Records.FirstOrDefault(record => record.Rotation == secret.NextRotation && record.Stage != RecordStage.Intent);
            PlanStep source = reusable is { Stage: RecordStage.Outcome } && reusable.Slots.Any(held => held.Handle == slot && held.Fingerprint == look.SlotFingerprints[slot])
                ? new TakeSlot(slot)
                : new MintSecret(slot, RotationId.DisplayName(secret.NextRotation), null);
            return Of(look, secret, reasons, urgent, slot, [source, .. Promote(look, secret)]);
        }

        return new Waiting(secret.Id, Verbs.Rotate, secret.NextRotation, "slot-not-free", $"The other slot is not proven free: {why}.", $"If nobody uses it: nhi adopt {look.Resource.Id} --free SLOT.");
    }

    private static Proposal Pair(ResourceLook look, SecretLook secret, IReadOnlyList<string> reasons, bool urgent, bool marked)
    {
        if (secret.CurrentHandle is not { } current)
            return new Waiting(secret.Id, Verbs.Rotate, secret.NextRotation, "principal-unknown", "The published value does not name one of the two roles.", $"Publish a value that names its user, or: nhi adopt {secret.Id} --handle ROLE.");
        var idle = look.Resource.Handles.First(role => role != current);
        if (FreePlace.WhyNot(look, secret, idle, marked) is { } taken)
            return new Waiting(secret.Id, Verbs.Rotate, secret.NextRotation, "principal-not-free", $"The other role is not proven free: {taken}.", $"If nobody uses it: nhi adopt {look.Resource.Id} --free {idle}.");
        IReadOnlyList<PlanStep> source = look.StagedAccepted.ContainsKey(secret.NextRotation)
            ? [new TakeStaged(secret.NextRotation, idle)]
            : [new StageValue(secret.NextRotation), new MintSecret(idle, RotationId.DisplayName(secret.NextRotation), null)];
        return Of(look, secret, reasons, urgent, idle, [.. source, .. Promote(look, secret)]);
    }

    private static Proposal Cutover(ResourceLook look, SecretLook secret, IReadOnlyList<string> reasons, bool urgent, bool marked)
    {
        if (!marked && !secret.Policy.AllowCutover)
            return new Waiting(secret.Id, Verbs.Rotate, secret.NextRotation, "cutover-not-allowed", "This kind has no overlap: the old value dies with the new one.", "Allow it in the policy: allowCutover: true, and give it a window.");
        if (!marked && look.Secrets.Except(Companions(look, secret)).FirstOrDefault(other => other.Id != secret.Id && other.Verdict.Verification == Verification.Accepted) is { } left)
            return new Waiting(secret.Id, Verbs.Rotate, secret.NextRotation, "sibling-left-behind", $"{left.Id} publishes the same value, which dies with a cutover, and the new one may not be published there: another environment, or a rule that only observes.", "Give it a credential of its own, or bring both under one environment and enforcing rules.");
        if (!marked && LeftScope.WhyNot(look) is { } unseen)
            return new Waiting(secret.Id, Verbs.Rotate, secret.NextRotation, "sibling-left-behind", $"The old value dies with a cutover, and {unseen}.", LeftScope.Remedy(look));
        var role = look.Resource.Handles[0];
        return Of(look, secret, reasons, urgent, role, [new StageValue(secret.NextRotation), new MintSecret(role, RotationId.DisplayName(secret.NextRotation), null), .. Promote(look, secret)]);
    }

    private static Waiting? TagLimit(SecretLook secret) =>
        secret.Current.Tags.Count(tag => tag.Key is not NhiTag.Name and not NhiTag.MarkName) >= NhiTag.Most
            ? new Waiting(secret.Id, Verbs.Rotate, secret.NextRotation, "tag-limit", "The secret carries 15 tags of its own; a version made by us needs one more.", "Remove a tag.")
            : null;

    /// <summary>What a rotation of any resource of that class may do to consumers.</summary>
    public static IReadOnlyList<string> Risks(OverlapClass overlap) => overlap switch
    {
        OverlapClass.Cutover => ["the old value stops working at once: consumers that have not read the new one are refused"],
        OverlapClass.DualSlot => ["regenerating a slot ends every SAS that was signed with it"],
        _ => [],
    };

    private static IReadOnlyList<string> Risks(ResourceLook look, SecretLook secret) =>
        secret.Verdict.Verification == Verification.Refused ? [.. Risks(look.Overlap), "the current value is refused by its provider already"] : Risks(look.Overlap);
}
