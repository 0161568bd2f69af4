using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Signals;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>
/// Decides the next step of a removal, one at a time, by what is true now. Pure. A wait is the longer of what was promised as the step began and what the policy says now: so a change may lengthen it, never shorten it.
/// </summary>
internal static class RemovalPlanner
{
    private const string NotKnown = "Nobody knows whether it was read: its vault's log does not cover the time since its owner was told until now. Send the vault's AuditEvent log to the product.";

    private const string NotSeen = "Nobody would see whether somebody still reads it: its vault's log does not cover the time since its owner was told until now. Send the vault's AuditEvent log to the product; nhi quarantine does it all the same.";

    /// <summary>What was told to nobody takes nothing away, here and of roles.</summary>
    public const string NotHeard = "Nobody would hear of it: neither a topic (Nhi__Topic) nor a webhook (Nhi__Webhooks__n__…) is set, and its owner's time runs from when he can be told.";

    /// <summary>Nor is what was told to somebody who has not heard it.</summary>
    public const string NotTaken = "No record says that what its owner is told was handed over: its owner's time has not begun. See why the webhook or the topic took nothing; where it takes nothing for two days, its owner is told once more.";

    private const string ForEmergencies = $"it is for emergencies, as its tag {SignalTags.BreakGlass} says";

    private const string ByAPerson = "A person put it aside, and nobody was told before: no timer goes further than this. nhi restore brings it back.";

    public static RemovalMove Plan(RemovalLook look) => look.Tag switch
    {
        { Step: RemovalStep.Quarantined } tag => InQuarantine(look, tag),
        { Step: RemovalStep.Revoking } tag => Revoking(look, tag),
        { Step: RemovalStep.Revoked } tag => Revoked(look, tag),
        { Step: RemovalStep.Removed } => RemovalMove.Nothing,
        _ => Outside(look),
    };

    /// <summary>What comes after the end, where the product may delete: the same conditions hold that led there.</summary>
    public static RemovalMove Deletion(RemovalLook look)
    {
        if (look.Tag is not { Step: RemovalStep.Removed } tag || look.Credential.Current.Managed)
            return RemovalMove.Nothing;
        if (look.Credential.Versions.Any(version => version.Enabled))
            return RemovalMove.Wait("One of its versions is enabled: somebody uses it. It is not deleted.");
        return Ended(look, tag, tag.At) ?? new RemovalMove(RemovalVerbs.Delete, $"removed on {tag.At:yyyy-MM-dd}");
    }

    private static RemovalMove Outside(RemovalLook look)
    {
        var current = look.Credential.Current;
        if (look.Quarantined.Count > 0)
            return new RemovalMove(RemovalVerbs.Restore, current.Enabled ? "its current version is in use again" : "its current version is another one");
        if (look.Asked == RemovalVerbs.Quarantine)
            return current.Enabled && !current.IsDead && !current.Managed && look.Policy.Enforced && !look.History.IsKept(look.Now) ? new RemovalMove(RemovalVerbs.Quarantine, "a person asked for it") : RemovalMove.Nothing;
        var standing = look.History.Standing;
        if (WhyNot(look) is { } why)
            return standing is null ? RemovalMove.Wait(look.Leading.Count > 0 ? why : null) : new RemovalMove(RemovalVerbs.Drop, why);
        if (!look.IsHeard)
            return RemovalMove.Wait(NotHeard);
        if (standing is null)
            return new RemovalMove(RemovalVerbs.Tell, Reasons(look));
        var due = standing.Due(look.Policy.QuarantineAfter);
        if (look.Now < due)
            return RemovalMove.Wait(null, due);
        if (standing.Taken is null)
            return look.Now < standing.At + RemovalNotice.Fades ? RemovalMove.Wait(NotTaken) : new RemovalMove(RemovalVerbs.Tell, Reasons(look));
        // A quarantine that nobody can see read never comes back by itself; findings that need no log, and those of before the log stopped, lead here too.
        return !IsKnown(look, standing.At) ? RemovalMove.Wait(NotSeen) : Later(look) ?? new RemovalMove(RemovalVerbs.Quarantine, Reasons(look));
    }

    /// <summary>Why it is not neglected, or must not be removed; null where both hold.</summary>
    private static string? WhyNot(RemovalLook look)
    {
        var (credential, policy, history) = (look.Credential, look.Policy, look.History);
        if (look.Leading.Count == 0)
            return "no finding speaks for its removal";
        if (!look.MayRemove)
            return $"the rule '{policy.Rule}' removes nothing";
        if (credential.Current.Managed)
            return "a certificate backs it";
        if (!credential.Current.Enabled || credential.Current.IsDead)
            return "its current version is disabled already, by another hand";
        if (look.IsBreakGlass)
            return ForEmergencies;
        if (history.IsKept(look.Now))
            return $"{history.Kept!.By} keeps it until {history.Kept.Until:yyyy-MM-dd}";
        if (credential.Versions[0].Created + policy.UnusedAfter > look.Now)
            return $"it is young: made on {credential.Versions[0].Created:yyyy-MM-dd}";
        if (history.Restored + policy.UnusedAfter > look.Now)
            return $"it came back from quarantine on {history.Restored:yyyy-MM-dd}";
        if (look.Findings.Any(finding => finding.Signal == SignalNames.ReadInQuarantine))
            return "it was read in quarantine";
        // Whatever leads: an app whose identity was made anew still reads under another one, and would be the one that fails.
        return look.ReadsAfter(look.UnusedSince) is { Count: > 0 } reads ? $"it is in use: it was read, last at {reads[^1].Last:yyyy-MM-dd HH:mm}Z" : null;
    }

    private static RemovalMove InQuarantine(RemovalLook look, RemovalTag tag)
    {
        if (WhyBack(look, tag) is { } back)
            return back;
        // A crash left some versions enabled: they follow, unless there is a reason to give all of them back.
        if (look.Enabled.Any(version => RemovalTag.Of(version)?.Step != RemovalStep.Quarantined))
            return look.Policy.Enforced ? new RemovalMove(RemovalVerbs.Quarantine, "the quarantine goes on with its other versions") { Begun = true } : RemovalMove.Wait($"the rule '{look.Policy.Rule}' only observes");
        if (tag.Person)
            return RemovalMove.Wait(ByAPerson);
        if (!look.MayRemove)
            return RemovalMove.Wait($"The rule '{look.Policy.Rule}' goes no further than this. nhi restore brings it back.");
        var due = Later(tag.NotBefore, tag.Quarantined + look.Policy.RevokeAfter);
        if (look.Now < due)
            return RemovalMove.Wait(null, due);
        if (!IsKnown(look, tag, due))
            return RemovalMove.Wait(NotKnown);
        return Later(look) ?? new RemovalMove(RemovalVerbs.Revoke, $"in quarantine since {tag.Quarantined:yyyy-MM-dd}, and nobody read it");
    }

    private static RemovalMove? WhyBack(RemovalLook look, RemovalTag tag)
    {
        RemovalMove Back(string why) => new(RemovalVerbs.Restore, why);
        // What a crash left enabled was not touched since the quarantine began.
        if (look.Quarantined.Any(version => version.Enabled) || look.Enabled.Any(version => version.Updated > tag.Quarantined))
            return Back("somebody enabled it by hand");
        if (look.ReadsAfter(look.MissedSince(tag)) is { Count: > 0 } reads)
            return Back($"it was read {(reads[^1].Last > tag.Quarantined ? "in quarantine" : "after its owner was told")}, last at {reads[^1].Last:yyyy-MM-dd HH:mm}Z") with { Reads = reads };
        if (look.Asked == RemovalVerbs.Restore)
            return Back("a person asked for it");
        if (look.History.Restored >= tag.Quarantined)
            return Back("the update that disabled it landed after it had come back");
        if (look.History.Kept is { } kept && look.History.IsKept(look.Now))
            return Back($"{kept.By} keeps it until {kept.Until:yyyy-MM-dd}");
        if (tag.Person)
            return null;
        return look.IsBreakGlass ? Back(ForEmergencies) : look.Leading.Count == 0 ? Back("the finding is over") : null;
    }

    /// <summary>A kill was under way and nobody wrote down how it ended. It goes on as long as nothing speaks against it; what might be dead is not given back by itself.</summary>
    private static RemovalMove Revoking(RemovalLook look, RemovalTag tag) =>
        WhyBack(look, tag) is { } back ? Stopped(back.Why!) with { Reads = back.Reads }
        : !look.MayRemove ? RemovalMove.Wait($"The rule '{look.Policy.Rule}' goes no further than this.")
        : !IsKnown(look, tag, tag.NotBefore) ? RemovalMove.Wait(NotKnown)
        : new RemovalMove(RemovalVerbs.Revoke, "the revocation has begun") { Begun = true };

    /// <summary>True where the reads of its vault are known from the first that would give it back to nearly now: whatever held the step up, a read of yesterday counts as one of the first day.</summary>
    private static bool IsKnown(RemovalLook look, RemovalTag tag, DateTimeOffset due) => IsKnown(look, look.MissedSince(tag)) && look.Known!.To >= due;

    private static bool IsKnown(RemovalLook look, DateTimeOffset since) => look.Known is { } known && known.From <= since && !known.StandsStill(look.Now);

    /// <summary>A revocation that goes no further, since somebody wants what is left.</summary>
    public static RemovalMove Stopped(string why) =>
        RemovalMove.Wait($"Its revocation had begun and goes no further: {why}. Where it still works, enable its current version in the vault, and the others come back.");

    private static RemovalMove Revoked(RemovalLook look, RemovalTag tag) =>
        Ended(look, tag, Later(tag.NotBefore, tag.At + look.Policy.RemoveAfter)) ?? new RemovalMove(RemovalVerbs.Remove, $"revoked on {tag.At:yyyy-MM-dd}");

    /// <summary>Why what is dead stays as it is until then, or for now; null where it may go on.</summary>
    private static RemovalMove? Ended(RemovalLook look, RemovalTag tag, DateTimeOffset due)
    {
        if (look.ReadsAfter(look.MissedSince(tag)) is { Count: > 0 } reads)
            return RemovalMove.Wait($"It was read at {reads[^1].Last:yyyy-MM-dd HH:mm}Z: somebody misses it. It is dead and stays as it is.") with { Reads = reads };
        if (!look.MayRemove)
            return RemovalMove.Wait($"The rule '{look.Policy.Rule}' goes no further than this.");
        if (look.History.Kept is { } kept && look.History.IsKept(look.Now))
            return RemovalMove.Wait($"{kept.By} keeps what is left of it.", kept.Until);
        if (look.IsBreakGlass)
            return RemovalMove.Wait($"It is dead and stays as it is: {ForEmergencies}.");
        return look.Now < due ? RemovalMove.Wait(null, due) : Later(look);
    }

    /// <summary>Pause, windows and freezes bind every step that takes something away.</summary>
    private static RemovalMove? Later(RemovalLook look) =>
        look.Paused is { } paused ? RemovalMove.Wait(paused)
        : look.Policy.MayBegin(look.Now) ? null
        : RemovalMove.Wait("It may not go on now: a window is not open, or a freeze is in force.");

    private static string Reasons(RemovalLook look) => string.Join(", ", look.Leading.Select(finding => finding.Signal));

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
