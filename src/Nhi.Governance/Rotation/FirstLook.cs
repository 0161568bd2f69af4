using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation.Planning;

namespace Nhi.Governance.Rotation;

/// <summary>What one version list says is due: the list right is enough, no value is read. Pure. It ends most triggers.</summary>
public static class FirstLook
{
    /// <summary>What is due at that instant (UTC), the most urgent first; empty when nothing is, when the policy only observes, and while the secret is put aside.</summary>
    public static IReadOnlyList<Want> Wants(Credential credential, EffectivePolicy policy, OverlapClass overlap, DateTimeOffset now)
    {
        var wants = new List<Want>();
        var marked = credential.Versions.Where(version => version.MarkRecord is not null && !version.IsDead).ToList();
        if (marked.Count > 0)
            wants.Add(new Want(marked.Contains(credential.Current) ? Verbs.Rotate : Verbs.Revoke, marked.Contains(credential.Current) ? RotationId.Of(credential.Id, credential.Current.Version) : marked[0].Nhi?.Handle ?? marked[0].Version, true, "a value is marked as compromised"));
        if (!policy.Enforced)
            return wants;
        // Which of two versions of one second is put aside, and which one is current, a list does not say.
        if (credential.IsTied)
            wants.Add(new Want(Verbs.Look, credential.Current.Version, false, "two versions were made in one second: a read says which one is current"));
        if (credential.IsQuarantined)
            return wants;
        if (!credential.IsTied && CameBetween(credential))
            wants.Add(new Want(Verbs.Look, credential.Current.Version, false, "another version came between this one and the one that it says it superseded"));
        if (GovernPlanner.Wants(credential, policy, overlap, now))
            wants.Add(new Want(Verbs.Govern, credential.Current.Version, false, "a version that others made is not adopted yet"));
        AddCurrent(wants, credential, policy, now);
        foreach (var debt in Debt.Of(credential, policy, version => version.Nhi?.Handle).Where(debt => debt.Due <= now).OrderBy(debt => debt.Due))
            wants.Add(new Want(Verbs.Revoke, debt.Handle, false, "an overlap is over"));
        if (overlap == OverlapClass.Retire && policy.DisableSuperseded && credential.Versions.SkipLast(1).Any(version => version.Enabled && !version.IsDead && credential.SupersededAt(version) + policy.Overlap <= now))
            wants.Add(new Want(Verbs.Retire, credential.Current.Version, false, "an overlap is over"));
        return wants;
    }

    /// <summary>A publication of ours that landed late, over a version that it did not know: it may be dead.</summary>
    private static bool CameBetween(Credential credential) =>
        credential.Current.Nhi is { Rotation: not null, Previous: { } previous } && credential.Versions.Count > 1 && credential.Versions[^2].Version != previous;

    private static void AddCurrent(List<Want> wants, Credential credential, EffectivePolicy policy, DateTimeOffset now)
    {
        var current = credential.Current;
        if (current.IsDead)
            return;
        var expired = current.Expires is { } end && end <= now;
        if (expired && policy.OnExpired == ExpiredAction.Revoke)
            wants.Add(new Want(Verbs.Revoke, current.Nhi?.Handle ?? current.Version, false, "expired; the policy revokes"));
        else if (!(expired && policy.OnExpired == ExpiredAction.Report) && DueDate.IsDue(current, policy, now))
            wants.Add(new Want(Verbs.Rotate, RotationId.Of(credential.Id, current.Version), false, expired ? "expired" : "its end is near"));
    }
}
