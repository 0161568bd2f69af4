using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Rotation.Planning;

/// <summary>Plans what is done about a current version that its provider refuses, whoever made it.</summary>
internal static class RepairPlanner
{
    /// <summary>Null when nothing is broken, or must stay as it is.</summary>
    public static Proposal? Plan(ResourceLook look, SecretLook secret)
    {
        if (secret.Verdict.Verification != Verification.Refused || secret.Credential.IsQuarantined || secret.Current.IsDead || IsBeingRevoked(look, secret))
            return null;
        if (RotationPlanner.FinishCutover(look, secret) is { } begun)
            return begun;
        if (!look.IsProven(secret))
            return RotationPlanner.Unproven(look, secret, Verbs.Repair);
        IReadOnlyList<string> why = [$"the current version is refused: {secret.Verdict.Why}"];
        if (FromSlot(look, secret) is { } slot)
            return RotationPlanner.Of(look, secret, [.. why, $"{slot} holds a newer value"], urgent: true, slot, [new TakeSlot(slot), .. Republish(secret, RotationPlanner.End(look, secret))], Verbs.Repair);
        if (secret.NewestAccepted is { } version)
            return RotationPlanner.Of(look, secret, [.. why, $"version {version.Version} still works"], urgent: true, null, [new TakeVersion(secret.Id, version.Version, secret.HandleOf(version)), .. Republish(secret, version.Expires)], Verbs.Repair);
        if (RotationPlanner.MayNot(look, secret, Verbs.Repair) is { } not)
            return not;
        if (MaySetAgain(look, secret))
            return RotationPlanner.Of(look, secret, [.. why, "the published value is set again"], urgent: true, secret.CurrentHandle, [new SetPublished(secret.Id, secret.Current.Version, secret.CurrentHandle!), new VerifyValue(), new LookBackAt(secret.Id)], Verbs.Repair);
        return RotationPlanner.Plan(look, secret, why, urgent: true);
    }

    private static IEnumerable<PlanStep> Republish(SecretLook secret, DateTimeOffset? end) =>
        [new VerifyValue(), new PublishVersion(secret.Id, end, secret.Policy.Overlap, secret.NextRotation), new LookBackAt(secret.Id)];

    /// <summary>The slot of the current version, when it can be read, holds another value than the published one, and nobody marked that.</summary>
    private static string? FromSlot(ResourceLook look, SecretLook secret) =>
        look.Overlap == OverlapClass.DualSlot
        && secret.CurrentHandle is { } handle
        && look.SlotFingerprints.TryGetValue(Handle.Place(handle), out var present)
        && present != secret.Fingerprint
        && !look.IsMarkedValue(present)
        && !look.Marks.Any(mark => mark.Handle == Handle.OfSlot(Handle.Place(handle), present))
            ? Handle.Place(handle)
            : null;

    /// <summary>A value that we chose, is not marked, and whose principal serves no other secret that works, nor one that nobody can look at.</summary>
    private static bool MaySetAgain(ResourceLook look, SecretLook secret) =>
        look.Overlap is OverlapClass.Pair or OverlapClass.Cutover
        && secret.Current.Nhi is { Rotation: not null }
        && look.IsOurs(secret, secret.Current)
        && secret.CurrentHandle is { } principal
        && !look.IsMarked(secret, secret.Current)
        && look.OutOfScope.Count == 0
        && !look.Secrets.Any(other => other.Id != secret.Id && other.CurrentHandle == principal && (other.Verdict.Verification == Verification.Accepted || other.Current.Created > secret.Current.Created));

    /// <summary>What a revocation names is never repaired, nor what the policy wants revoked now that it has expired.</summary>
    private static bool IsBeingRevoked(ResourceLook look, SecretLook secret) =>
        (secret.Policy.OnExpired == ExpiredAction.Revoke && secret.Current.Expires <= look.Now)
        || (secret.CurrentHandle is { } handle
        && look.Records.Any(record => record.Action == Verbs.Action(Verbs.Revoke) && record.Handle == handle && record.Time >= secret.Current.Created));
}
