using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Rotation.Planning;

/// <summary>All that is due on a resource, in the order in which it is done: what is begun or broken first, what is new next, kills last.</summary>
internal static class PlanOrder
{
    /// <param name="look">The resource as it is now.</param>
    /// <param name="rollback">A secret that a person wants rolled back.</param>
    public static IEnumerable<Proposal> Of(ResourceLook look, CredentialId? rollback = null)
    {
        var enforced = look.Secrets.Where(secret => secret.Policy.Enforced).ToList();
        foreach (var secret in enforced)
            if (RotationPlanner.FinishCutover(look, secret) is { } begun)
                yield return begun;
        // An emergency needs nothing of a policy: whoever publishes a marked value takes over what a sibling has moved to.
        foreach (var secret in look.Secrets.Where(secret => secret.Policy.Enforced || look.IsMarked(secret, secret.Current)))
            if (SiblingPlanner.Plan(look, secret) is { } follow)
                yield return follow;
        foreach (var secret in enforced)
            if (RepairPlanner.Plan(look, secret) is { } repair)
                yield return repair;
        foreach (var secret in look.Secrets.Where(secret => look.IsMarked(secret, secret.Current) && !secret.Credential.IsQuarantined && !secret.Current.IsDead))
            yield return RotationPlanner.Plan(look, secret, ["the value is marked as compromised"], urgent: true);
        foreach (var secret in look.Secrets.Where(secret => secret.Id == rollback))
            yield return RollbackPlanner.Plan(look, secret);
        foreach (var secret in enforced)
            if (GovernPlanner.Plan(look, secret) is { } govern)
                yield return govern;
        foreach (var secret in enforced.Where(secret => IsDue(look, secret)))
            yield return secret.Verdict.Verification == Verification.Unknown && look.Rotator is IVerify
                ? new Waiting(secret.Id, Verbs.Rotate, secret.NextRotation, "provider-unreachable", $"The current value could not be verified: {secret.Verdict.Why}.")
                : RotationPlanner.Plan(look, secret, Why(look, secret), urgent: false);
        foreach (var kill in RevocationPlanner.Plan(look))
            yield return kill;
        foreach (var handle in LeftoverPlanner.Seen(look))
            if (LeftoverPlanner.Plan(look, handle, look.Notes.FirstOrDefault(note => note.Handle == handle)) is { } clean)
                yield return clean;
    }

    private static IReadOnlyList<string> Why(ResourceLook look, SecretLook secret)
    {
        var why = secret.Current.Expires <= look.Now ? "expired" : $"due since {secret.Due:yyyy-MM-dd HH:mm}Z";
        return secret.Ends < (secret.Current.Expires ?? DateTimeOffset.MaxValue) ? [why, $"its provider ends it on {secret.Ends:yyyy-MM-dd HH:mm}Z, sooner than the vault says"] : [why];
    }

    private static bool IsDue(ResourceLook look, SecretLook secret)
    {
        if (secret.Credential.IsQuarantined || secret.Current.IsDead)
            return false;
        if (secret.Current.Expires <= look.Now && secret.Policy.OnExpired != ExpiredAction.Rotate)
            return false;
        return look.Now >= secret.Due;
    }
}
