using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Rotation.Planning;

/// <summary>Plans kills: debts whose overlap ended, marked values, expired versions that the policy wants revoked, and what crashes left behind. With eyes open.</summary>
internal static class RevocationPlanner
{
    /// <summary>The reason of a revocation that killed nothing.</summary>
    public const string FoundDead = "found dead already";

    /// <summary>Two looks this far apart must agree before a leftover is killed.</summary>
    public static readonly TimeSpan LeftoverPatience = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Every handle that is owed, the longest owed first; the overlap of a handle that several secrets share ends with the last of them.
    /// Where the policy only observes, what is marked alone: an emergency needs nothing of a policy.
    /// </summary>
    public static IReadOnlyList<Debt> Debts(ResourceLook look) =>
    [
        .. look.Secrets
            .SelectMany(secret => Debt.Of(secret.Credential, secret.Policy, secret.HandleOf).Where(debt => secret.Policy.Enforced || IsMarked(look, debt.Handle)))
            .GroupBy(debt => debt.Handle)
            .Select(group => group.MaxBy(debt => debt.Due)!)
            .OrderBy(debt => debt.Due),
    ];

    public static IEnumerable<Proposal> Plan(ResourceLook look)
    {
        foreach (var debt in Debts(look))
            if (OfDebt(look, debt) is { } proposal)
                yield return proposal;
        foreach (var secret in look.Secrets)
            if (OfExpired(look, secret) is { } proposal)
                yield return proposal;
        foreach (var secret in look.Secrets)
            if (OfSuperseded(look, secret) is { } plan)
                yield return plan;
    }

    private static Proposal? OfDebt(ResourceLook look, Debt debt)
    {
        var secret = look.Secrets.First(candidate => candidate.Id == debt.Credential);
        var burials = Burials(look, debt.Handle);
        if (look.IsDead(debt.Handle) == true)
            return Revocation(look, secret, debt, [FoundDead], burials, kill: false, urgent: false);
        var marked = IsMarked(look, debt.Handle);
        if (!marked && look.Now < debt.Due)
            return null;
        return WhyNot(look, debt.Handle, marked) is { } why
            ? new Waiting(secret.Id, Verbs.Revoke, debt.Handle, "debt-waits", why, why == LeftScope.WhyNot(look) ? LeftScope.Remedy(look) : null, HeldUntil(look, debt.Handle))
            : Revocation(look, secret, debt, marked ? Marked(look) : ["its overlap is over"], burials, kill: true, urgent: marked);
    }

    private static IReadOnlyList<string> Marked(ResourceLook look) => ["the value is marked as compromised", .. LeftScope.WhyNot(look) is { } left ? [$"{left}: a mark does not wait for that"] : Array.Empty<string>()];

    private static Plan Revocation(ResourceLook look, SecretLook secret, Debt debt, IReadOnlyList<string> reasons, IReadOnlyList<PlanStep> burials, bool kill, bool urgent) =>
        RotationPlanner.Of(
            look, secret, reasons, urgent, debt.Handle,
            [.. kill ? [new KillHandle(debt.Handle, secret.Policy.EndSessions)] : Array.Empty<PlanStep>(), new ProveDead(debt.Handle), .. burials], Verbs.Revoke) with
        {
            Subject = debt.Handle,
            OwedSince = debt.Since,
            OwedUntil = debt.Due,
            Risks = [],
        };

    /// <summary>Why the handle must not die yet, or null.</summary>
    public static string? WhyNot(ResourceLook look, string handle, bool marked)
    {
        if (look.Rotator is not IKill)
            return "this kind has nothing to kill";
        if (!look.Belongs(handle))
            return $"nothing but a tag says that {handle} is this resource's";
        if (look.Holders(handle).FirstOrDefault() is { } holder)
            return holder.CurrentHandle is null ? $"nobody knows what {holder.Id.Name} holds" : $"{holder.Id.Name} holds it";
        if (marked)
            return null;
        if (HeldUntil(look, handle) is { } until)
            return $"a person holds it back until {until:yyyy-MM-dd HH:mm}Z";
        if (LeftScope.WhyNot(look) is { } left)
            return left;
        var broken = look.Secrets.FirstOrDefault(secret =>
            secret.Credential.Versions.Any(version => secret.HandleOf(version) == handle) && !secret.Current.IsDead && !RemovalTag.IsOver(secret.Current) && secret.Verdict.Verification != Verification.Accepted);
        return broken is null ? null : $"the current version of {broken.Id.Name} does not verify: {broken.Verdict.Why}";
    }

    private static bool IsMarked(ResourceLook look, string handle) =>
        look.Secrets.Any(holder => holder.Credential.Versions.Any(version => holder.HandleOf(version) == handle && look.IsMarked(holder, version)));

    private static DateTimeOffset? HeldUntil(ResourceLook look, string handle) =>
        look.Notes.FirstOrDefault(note => note.Handle == handle)?.HeldUntil is { } until && until > look.Now ? until : null;

    private static List<PlanStep> Burials(ResourceLook look, string handle) =>
    [
        .. look.Secrets
            .SelectMany(secret => secret.Credential.Versions.Where(version => !version.IsDead && secret.HandleOf(version) == handle && version.Version != secret.Current.Version).Select(version => new BuryVersion(secret.Id, version.Version))),
    ];

    private static bool RevokesExpired(SecretLook secret) => secret.Policy is { Enforced: true, OnExpired: ExpiredAction.Revoke };

    /// <summary>By what a person may hold back the end of the current version, before it has expired too: its handle, or itself where nothing is at a provider. Null where the policy does not revoke it, or nobody knows its handle.</summary>
    public static string? Ending(ResourceLook look, SecretLook secret) =>
        !RevokesExpired(secret) || secret.Current.IsDead ? null : look.Overlap == OverlapClass.Retire ? secret.Current.Version : secret.CurrentHandle;

    /// <summary>An expired current version whose policy says <c>onExpired: revoke</c>.</summary>
    private static Proposal? OfExpired(ResourceLook look, SecretLook secret)
    {
        var current = secret.Current;
        if (!RevokesExpired(secret) || current.IsDead || secret.Credential.IsQuarantined || current.Expires is not { } end || end > look.Now)
            return null;
        if (Ending(look, secret) is { } subject && HeldUntil(look, subject) is { } until)
            return new Waiting(secret.Id, Verbs.Revoke, subject, "debt-waits", $"It expired, and a person holds it back until {until:yyyy-MM-dd HH:mm}Z.", null, until);
        var bury = new BuryVersion(secret.Id, current.Version);
        if (look.Overlap == OverlapClass.Retire)
            return RotationPlanner.Of(look, secret, ["expired; the policy revokes"], false, null, [bury], Verbs.Revoke) with { Subject = current.Version, Risks = [] };
        if (secret.CurrentHandle is not { } handle)
            return new Waiting(secret.Id, Verbs.Revoke, current.Version, "handle-unknown", "It expired and nobody knows what to kill.", $"Name it: nhi adopt {secret.Id} --handle HANDLE.");
        if (look.Holders(handle).Any(holder => holder.Id != secret.Id))
            return new Waiting(secret.Id, Verbs.Revoke, handle, "held-by-sibling", "It expired, but another secret publishes the same credential.");
        if (look.IsDead(handle) != true && LeftScope.WhyNot(look) is { } left)
            return new Waiting(secret.Id, Verbs.Revoke, handle, "held-by-sibling", $"It expired, but {left}.", LeftScope.Remedy(look));
        if (look.Rotator is not IKill)
            return new Waiting(secret.Id, Verbs.Revoke, handle, "cannot-kill", "This kind has nothing to kill.");
        if (!look.Belongs(handle))
            return new Waiting(secret.Id, Verbs.Revoke, handle, "debt-waits", $"It expired, but nothing but a tag says that {handle} is this resource's.");
        var kill = look.IsDead(handle) == true ? Array.Empty<PlanStep>() : [new KillHandle(handle, secret.Policy.EndSessions)];
        return RotationPlanner.Of(look, secret, ["expired; the policy revokes", .. kill.Length == 0 ? [FoundDead] : Array.Empty<string>()], false, handle, [.. kill, new ProveDead(handle), bury], Verbs.Revoke) with { Subject = handle, Risks = [] };
    }

    /// <summary>Kinds without a provider: a superseded version is disabled after its overlap where the policy says so, at once when it is marked.</summary>
    private static Plan? OfSuperseded(ResourceLook look, SecretLook secret)
    {
        foreach (var (version, at) in Retirable(look, secret))
        {
            var marked = look.IsMarked(secret, version);
            if (marked || at <= look.Now)
                return RotationPlanner.Of(look, secret, [marked ? "the value is marked as compromised" : "its overlap is over"], marked, null, [new BuryVersion(secret.Id, version.Version)], Verbs.Retire) with { Subject = version.Version, Risks = [] };
        }

        return null;
    }

    /// <summary>Superseded versions of kinds without a provider that are still enabled, and when each is disabled unless it is marked: never where the policy does not say so, and where it only observes what is marked alone.</summary>
    public static IEnumerable<(CredentialVersion Version, DateTimeOffset At)> Retirable(ResourceLook look, SecretLook secret) =>
        look.Overlap != OverlapClass.Retire || secret.Credential.IsQuarantined
            ? []
            : secret.Credential.Versions.SkipLast(1).Where(version => version.Enabled && !version.IsDead && (secret.Policy.Enforced || look.IsMarked(secret, version)))
                .Select(version => (version, secret.Policy.DisableSuperseded ? secret.Credential.SupersededAt(version)!.Value + secret.Policy.Overlap : DateTimeOffset.MaxValue));
}
