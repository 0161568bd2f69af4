using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Operators;

/// <summary>
/// What a person or an agent asks for: who, in whose words, why, and in which session. All of it goes into evidence, so it is bounded, one line each, and a reason that looks like a secret is withheld.
/// </summary>
public sealed partial record OperatorRequest
{
    /// <summary>UTF-16 characters of a name.</summary>
    public const int LongestName = 128;

    /// <summary>UTF-16 characters of a reason.</summary>
    public const int LongestReason = 500;

    private OperatorRequest(string what, string by, string reason, string id) => (What, By, Reason, Id) = (what, by, reason, id);

    /// <summary>The command, e.g. <c>nhi rollback</c>.</summary>
    public string What { get; }

    /// <summary>UTF-16 characters of a session's id.</summary>
    public const int LongestSession = 128;

    /// <summary>The person's name, as the command was given it or the directory has it.</summary>
    public string By { get; }

    /// <summary>Whose token asks, as the directory names it; null where that is not known.</summary>
    public PrincipalFacts? Caller { get; init; }

    /// <summary>The session of an agent, or the run of a pipeline, that this is a step of; null where none was said.</summary>
    public string? Session { get; private init; }

    /// <summary>Who asks, for evidence: whose token it is and, where another name was said, for whom.</summary>
    public PrincipalFacts Principal => Caller is null ? new PrincipalFacts("user", By, By) : Caller.Name == By ? Caller : Caller with { OnBehalfOf = new PrincipalFacts("user", By, By) };

    /// <summary>Why; empty where none is asked for.</summary>
    public string Reason { get; private init; }

    /// <summary>The request's id: random, 26 characters.</summary>
    public string Id { get; }

    /// <summary>Throws <see cref="OperatorRefusedException"/> for a name or a reason that cannot be recorded.</summary>
    public static OperatorRequest Of(string what, string by, string? reason = null)
    {
        if (by.Trim() is not { Length: > 0 and <= LongestName } name || name.Any(char.IsControl))
            throw new OperatorRefusedException($"Who asks has to be named in one line of 1 to {LongestName} characters. Say it with --by.");
        var why = (reason ?? "").Trim();
        if (why.Length > LongestReason || why.Any(char.IsControl))
            throw new OperatorRefusedException($"A reason is one line of at most {LongestReason} characters. Shorten it, or name a ticket.");
        return new OperatorRequest(what, Guarded(name), Guarded(why), CrockfordBase32.Encode(RandomNumberGenerator.GetBytes(17), 26));
    }

    /// <summary>As <see cref="Of"/>, for what nobody may do without saying why.</summary>
    public static OperatorRequest WithReason(string what, string by, string? reason) => string.IsNullOrWhiteSpace(reason)
        ? throw new OperatorRefusedException($"{what} wants a reason, which goes into evidence. Say it with --reason.")
        : Of(what, by, reason);

    /// <summary>The same as a step of a session. Throws <see cref="OperatorRefusedException"/> for an id that cannot be recorded.</summary>
    public OperatorRequest In(string? session) => session is null ? this
        : SessionPattern().IsMatch(session) ? this with { Session = session }
        : throw new OperatorRefusedException($"A session is an id of 1 to {LongestSession} letters, digits and . _ : - .");

    [GeneratedRegex(@"\A[A-Za-z0-9._:-]{1,128}\z")]
    private static partial Regex SessionPattern();

    /// <summary>The same without its reason, where that tells one of these values.</summary>
    internal OperatorRequest Without(params IEnumerable<SecretMaterial> values) => values.Any(value => value.AppearsIn(Reason)) ? this with { Reason = ValueGuard.Withheld } : this;

    internal Trigger Trigger(DateTimeOffset at, CredentialId? credential = null) => Triggers.Trigger.FromRequest(What, Id, at, credential, By, Session) with { Caller = Principal };

    /// <summary>The last look of evidence, taken before the words reach anything else.</summary>
    private static string Guarded(string reason) => ValueGuard.Check(new EvidenceRecord
    {
        Op = new string('0', 26),
        Stage = RecordStage.Outcome,
        Action = "operator.ask",
        Result = "ok",
        Time = DateTimeOffset.UnixEpoch,
        Summary = reason,
    }, GuardMode.Withhold).Summary;
}
