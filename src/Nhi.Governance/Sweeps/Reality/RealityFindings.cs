using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>What is told of changes that no record explains, and of records that no change bears out.</summary>
internal static class RealityFindings
{
    /// <summary>Facts that one finding keeps.</summary>
    public const int MostFacts = 20;

    /// <summary>The signals that are told here. None is over because a later look saw nothing more: who dealt with it resolves it (<c>nhi findings resolve</c>).</summary>
    public static string SignalOf(ChangeKind kind) => kind switch
    {
        ChangeKind.Diagnostics => SignalNames.DiagnosticsDeleted,
        ChangeKind.Subscription => SignalNames.SubscriptionDeleted,
        ChangeKind.Immutability or ChangeKind.Policy => SignalNames.PolicyDeleted,
        ChangeKind.Lock => SignalNames.LockDeleted,
        ChangeKind.NearExpiry => SignalNames.NearExpiryUnanswered,
        _ => SignalNames.UngovernedChange,
    };

    /// <summary>What is told first where there is much: nothing hides what left a vault or was minted.</summary>
    public static int Harm(ChangeKind kind) => kind switch
    {
        ChangeKind.CopiedOut or ChangeKind.Minted or ChangeKind.Killed => 3,
        ChangeKind.Published or ChangeKind.Removed => 2,
        ChangeKind.Access => 1,
        _ => 0,
    };

    /// <summary>One finding for the changes, at most <see cref="MostFacts"/>, of one signal and subject. <paramref name="known"/>: the open one, of whose facts the newest stay as far as there is room.</summary>
    public static Finding Of(IReadOnlyList<PlatformChange> changes, InventoryEntry? entry, bool ours, Finding? known)
    {
        var newest = changes.MaxBy(change => change.Time)!;
        var severity = changes.Select(change => Severity(change, ours, entry)).Append(known?.Severity ?? "info").MaxBy(Rank)!;
        return new Finding
        {
            Signal = SignalOf(newest.Kind),
            Subject = newest.Subject,
            Credential = newest.Credential,
            Resource = newest.Resource ?? entry?.Resource,
            Kind = entry?.Kind,
            Owner = entry?.Owner,
            Severity = severity,
            Score = Score(severity, ours),
            Facts = With(known, [.. changes.Select(change => change.ToFact())]),
            Remedy = Remedy(newest.Kind, ours),
        };
    }

    /// <summary>Nobody of the product did it, nothing left the vault or was deleted, and the rule of its secret only observes.</summary>
    public static bool IsOnlyObserved(PlatformChange change, InventoryEntry? entry, bool ours) =>
        !ours && change.Kind is ChangeKind.Published or ChangeKind.Altered && entry is { Enforced: false };

    /// <summary>
    /// An end was announced, and nobody has to answer within a day: its rule only observes or wants it rotated later, the platform renews it itself, or it is gone. That an event told of it is no answer.
    /// </summary>
    public static bool WantsNoAnswer(PlatformChange change, InventoryEntry? entry) =>
        change.Kind == ChangeKind.NearExpiry && entry is not null && (!entry.Enforced || entry.Managed || entry.Gone || entry.Due > change.Time + RealityJoin.AnswerWithin);

    /// <summary>A record says that it changed something, and the platform's log, which is whole there, knows nothing of it. <paramref name="says"/>: what it says, and whose log does not.</summary>
    public static Finding Lie(Deed deed, CredentialId credential, InventoryEntry? entry, Finding? known, string says) => new()
    {
        Signal = SignalNames.EvidenceWithoutChange,
        Subject = credential.ToString(),
        Credential = credential,
        Resource = entry?.Resource,
        Kind = entry?.Kind,
        Owner = entry?.Owner,
        Severity = "critical",
        Score = 100,
        Facts = With(known, [FormattableString.Invariant($"{deed.Start:yyyy-MM-dd'T'HH:mm:ss'Z'} {deed.Verb} says {says}: {deed.Path}")]),
        Remedy = "Treat the writer's identity as stolen until the opposite is shown: look who signed the record (nhi evidence show), renew what the credential opens, and compare the vault's versions with nhi trace.",
    };

    /// <summary>Changes that came when nobody judges them any more. <paramref name="facts"/>: at most half of <see cref="MostFacts"/> and one.</summary>
    public static Finding Late(string subject, IReadOnlyList<string> facts, Finding? known) => new()
    {
        Signal = SignalNames.LogLate,
        Subject = subject,
        Severity = "critical",
        Score = 85,
        Facts = With(known, facts),
        Remedy = "Nobody held these against evidence: look at each yourself (nhi trace). Ask why the log came days late (diagnostic settings, the archive's account, the workspace) or could not be read.",
    };

    /// <summary>All that is new, whatever its instant, so that a record says it; of what was told before the newest that fit.</summary>
    private static IReadOnlyList<string> With(Finding? known, IReadOnlyList<string> news)
    {
        var told = (known?.Facts ?? []).Except(news, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return [.. told.TakeLast(Math.Max(0, MostFacts - news.Count)).Concat(news.Distinct(StringComparer.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private static string Severity(PlatformChange change, bool ours, InventoryEntry? entry) => change.Kind switch
    {
        // Whoever deploys writes them too.
        ChangeKind.Diagnostics or ChangeKind.Subscription or ChangeKind.Immutability or ChangeKind.Policy when change.Operation.EndsWith("/write", StringComparison.OrdinalIgnoreCase) => "warning",
        ChangeKind.Diagnostics or ChangeKind.Subscription or ChangeKind.Immutability or ChangeKind.Policy or ChangeKind.Lock => "critical",
        ChangeKind.Minted or ChangeKind.Killed => "critical",
        ChangeKind.Published or ChangeKind.Removed or ChangeKind.CopiedOut => ours || entry is { Enforced: true } ? "critical" : "warning",
        ChangeKind.Altered => ours || entry is { Enforced: true } ? "warning" : "info",
        _ => "warning",
    };

    private static int Rank(string severity) => severity switch { "critical" => 2, "warning" => 1, _ => 0 };

    private static int Score(string severity, bool ours) => Math.Min(100, (severity switch { "critical" => 85, "warning" => 55, _ => 20 }) + (ours ? 15 : 0));

    private static string Remedy(ChangeKind kind, bool ours) => kind switch
    {
        ChangeKind.Diagnostics => "Deploy the diagnostic settings again (infra/), and ask who deleted or changed them, unless you deployed then: what happened meanwhile is not known.",
        ChangeKind.Subscription => "Deploy the event subscriptions again (infra/subscriptions.bicep), and ask who deleted or changed them, unless you deployed then; sweeps find meanwhile what events would have told.",
        ChangeKind.Immutability => "Deploy the immutability policy again and lock it (infra/lock.sh); verify the log against a saved checkpoint (nhi evidence verify).",
        ChangeKind.Policy => "Assign the policy of Azure Policy again, or delete its exemption, and ask who deleted or exempted; look what was made meanwhile that it would have refused.",
        ChangeKind.Lock => "Set the lock again, and ask who deleted it.",
        ChangeKind.NearExpiry => "Look at the credential (nhi show, nhi plan), at why it could not be rotated (nhi trace) and at its vault's event subscription: its end was announced, its rule wants it rotated by now, and no operation followed within a day.",
        _ when ours => "An identity of the product did this and no record says so: treat that identity as stolen, renew what was changed (nhi emergency), and look where its token was used.",
        ChangeKind.Access => "Ask who changed who may reach it; put it back if nobody wanted it.",
        _ => "Ask who did it. Bring it under governance (nhi plan) or let the product do it next time; renew the credential if nobody wanted it.",
    };
}
