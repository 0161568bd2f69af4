using Nhi.Governance.Credentials;
using Nhi.Governance.Operations;

namespace Nhi.Governance.Rotation;

/// <summary>Something that is due on a secret and that no time mends: it stands still until a person acts. Instants UTC, governance time, whole seconds; never a value.</summary>
public sealed record StandingWait
{
    /// <summary>The version that was current when it was learnt.</summary>
    public required string Version { get; init; }

    /// <summary>What waits: one of <see cref="Verbs"/>, and its subject.</summary>
    public required string Verb { get; init; }
    public required string Subject { get; init; }

    /// <summary>A short name, e.g. <c>slot-unknown</c>, or what refused the attempt calls it.</summary>
    public required string Reason { get; init; }
    public required string Why { get; init; }

    /// <summary>What a person can do.</summary>
    public required string Remedy { get; init; }

    /// <summary>When a look first saw it.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When the current value ends, by its vault or by its provider, whichever is sooner; null for never.</summary>
    public DateTimeOffset? Ends { get; init; }

    /// <summary>True where it was tried and refused for good: it is known until it is tried again.</summary>
    public bool Blocked { get; init; }

    /// <summary>
    /// What of a pass a person has to act on for that secret; null where nothing. What heals by itself, what a person holds back or paused, and what he just asked for himself, is nobody's to mend.
    /// Of several the one that keeps consumers from a new value comes first. <paramref name="known"/>: what stood before.
    /// </summary>
    internal static StandingWait? Of(SecretLook secret, GovernReport report, StandingWait? known, DateTimeOffset now)
    {
        known = known?.Version == secret.Current.Version ? known : null;
        var refused = report.Done
            .Where(done => done.Plan.Credential == secret.Id && done.Plan.Before.Version == secret.Current.Version && done.Plan.Verb != Verbs.Rollback)
            .Select(done => done.Outcome is Outcome.Blocked blocked ? Of(secret, done.Plan.Verb, done.Plan.Subject, blocked.Code, blocked.Why, Mend(secret.Id), now) with { Blocked = true } : null);
        var waiting = report.Waiting
            .Where(wait => wait.Credential == secret.Id)
            .Select(wait => NeedsAPerson(wait) ? Of(secret, wait.Verb, wait.Subject, wait.Signal, wait.Why, wait.Remedy!, now) : known is { Blocked: true } && wait.Signal != Waiting.Paused && BackOffs.Key(known.Verb, known.Subject) == BackOffs.Key(wait.Verb, wait.Subject) ? known : null);
        var first = refused.Concat(waiting).OfType<StandingWait>().OrderBy(wait => wait.Verb is Verbs.Govern or Verbs.Revoke or Verbs.Retire or Verbs.Clean).FirstOrDefault();
        if (first is null || known is null || (known.Verb, known.Subject, known.Reason) != (first.Verb, first.Subject, first.Reason))
            return first;
        // What a service says with its refusal may have another word in it each time.
        return first with { Since = known.Since, Why = first.Blocked ? known.Why : first.Why };
    }

    private static bool NeedsAPerson(Waiting wait) => wait is { Remedy: not null, Signal: not Waiting.Paused };

    private static StandingWait Of(SecretLook secret, string verb, string subject, string reason, string why, string remedy, DateTimeOffset now) => new()
    {
        Version = secret.Current.Version,
        Verb = verb,
        Subject = subject,
        Reason = reason,
        Why = why,
        Remedy = remedy,
        Since = Triggers.Trigger.Floor(now, TimeSpan.FromSeconds(1)),
        Ends = secret.Ends < (secret.Current.Expires ?? DateTimeOffset.MaxValue) ? secret.Ends : secret.Current.Expires,
    };

    private static string Mend(CredentialId id) => $"Mend what refused it: it is tried again by itself, a day later at the latest. nhi plan {id} shows what would be done.";
}
