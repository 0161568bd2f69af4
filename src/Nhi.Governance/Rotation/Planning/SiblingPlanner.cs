using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Rotation.Planning;

/// <summary>Plans what a secret does about a sibling that publishes the other side of the resource: the later value wins.</summary>
internal static class SiblingPlanner
{
    /// <summary>Null when no sibling publishes a later value of another place (or, for a cutover, a later value that works while ours does not).</summary>
    public static Plan? Plan(ResourceLook look, SecretLook secret)
    {
        if (look.Overlap is OverlapClass.Multi or OverlapClass.Retire || secret.Credential.IsQuarantined || secret.Current.IsDead)
            return null;
        var marked = look.IsMarked(secret, secret.Current);
        if (!marked && secret.Current.Nhi is { Rollback: true } && look.Now < secret.Due && secret.Verdict.Verification != Verification.Refused)
            return null;
        var sibling = look.Secrets
            .Where(other => other.Id != secret.Id && IsAhead(look, secret, other, marked))
            .MaxBy(other => (other.Current.Created, other.Id.ToString()));
        if (sibling is null)
            return null;
        return RotationPlanner.Of(
            look,
            secret,
            [$"{sibling.Id.Name} publishes a later value of the same resource"],
            urgent: marked || secret.Verdict.Verification == Verification.Refused,
            null,
            [
                new TakeVersion(sibling.Id, sibling.Current.Version, sibling.CurrentHandle),
                new VerifyValue(),
                new PublishVersion(secret.Id, sibling.Current.Expires, secret.Policy.Overlap, secret.NextRotation),
                new LookBackAt(secret.Id),
            ],
            Verbs.Follow);
    }

    private static bool IsAhead(ResourceLook look, SecretLook ours, SecretLook other, bool marked)
    {
        if (other.Credential.IsQuarantined || other.Current.IsDead || other.Verdict.Verification != Verification.Accepted || other.CurrentHandle is not { } theirs || look.IsMarked(other, other.Current) || !look.MayShare(other, ours))
            return false;
        var later = other.Current.Created > ours.Current.Created
            || (other.Current.Created == ours.Current.Created && string.CompareOrdinal(other.Id.ToString(), ours.Id.ToString()) > 0);
        // A value that works is better than one that does not, even of the same place, and whichever is later: somebody set it anew under a sibling, or mistyped ours. It is taken over and never set, so siblings do not undo each other.
        if (ours.Verdict.Verification == Verification.Refused)
            return true;
        if (look.Overlap == OverlapClass.Cutover)
            return false;
        return ours.CurrentHandle is { } own && Handle.Place(own) != Handle.Place(theirs) && (later || marked);
    }
}
