using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Rotation.Planning;

/// <summary>Plans how a version that others made is brought under policy: its handle on its tag, an end where the policy wants one.</summary>
internal static class GovernPlanner
{
    /// <summary>True when the list alone shows a version that nobody adopted yet, or an end that the policy does not allow.</summary>
    public static bool Wants(Credential credential, Policies.EffectivePolicy policy, OverlapClass overlap, DateTimeOffset now) =>
        Strangers(credential, overlap).Any() || (credential.Current.Nhi?.Op is null && DueDate.Clamp(credential.Id, credential.Current, policy, now) is not null);

    /// <summary>Null when there is nothing to adopt.</summary>
    public static Proposal? Plan(ResourceLook look, SecretLook secret)
    {
        if (secret.Credential.IsQuarantined || secret.Current.IsDead || !Wants(secret.Credential, secret.Policy, look.Overlap, look.Now))
            return null;
        var strangers = Strangers(secret.Credential, look.Overlap).ToList();
        if (strangers.Any(version => version.Version == secret.Current.Version) && secret.Verdict.Verification != Verification.Accepted)
            return new Waiting(secret.Id, Verbs.Govern, secret.Current.Version, "not-verified", $"A version that others made could not be verified: {secret.Verdict.Why}.");
        if (!look.IsProven(secret))
            return RotationPlanner.Unproven(look, secret, Verbs.Govern);
        var steps = new List<PlanStep>();
        foreach (var version in strangers.Where(version => NhiTag.Fits(version.Tags)))
        {
            var isCurrent = version.Version == secret.Current.Version;
            steps.Add(new StampVersion(secret.Id, version.Version, look.Overlap == OverlapClass.Retire ? "" : secret.HandleOf(version) ?? Handle.Unknown, isCurrent ? DueDate.Clamp(secret.Id, version, secret.Policy, look.Now) : null));
        }

        if (steps.Count == 0)
            return strangers.Count == 0 ? (Proposal?)null : new Waiting(secret.Id, Verbs.Govern, secret.Current.Version, "tag-limit", $"Version {strangers[^1].Version} carries {NhiTag.Most} tags of its own; one that is adopted needs one more.", "Remove a tag.");
        return RotationPlanner.Of(look, secret, Reasons(look, secret, strangers), urgent: false, null, steps, Verbs.Govern) with { Subject = secret.Current.Version };
    }

    private static IEnumerable<CredentialVersion> Strangers(Credential credential, OverlapClass overlap) =>
        credential.Versions.Where(version => version.Nhi?.Op is null && !version.IsDead && (overlap is not (OverlapClass.Retire or OverlapClass.Cutover) || version.Version == credential.Current.Version));

    private static List<string> Reasons(ResourceLook look, SecretLook secret, List<CredentialVersion> strangers)
    {
        var reasons = new List<string> { secret.Credential.Versions.Count == strangers.Count ? "a new secret comes under policy" : "a version made by others is adopted" };
        if (Sighting.Resurrected(look, secret).Any(seen => strangers.Any(version => version.Version == seen.Version)))
            reasons.Add("resurrected: its value was buried before");
        if (strangers.Any(version => secret.HandleOf(version) is null) && look.Overlap != OverlapClass.Retire)
            reasons.Add("handle unknown: a person has to name it (nhi adopt --handle)");
        return reasons;
    }
}
