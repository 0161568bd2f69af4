using System.Globalization;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Triggers;

/// <summary>
/// Why something runs. It is recorded and never keyed: an event and a sweep that want the same thing want the same rotation. What an event claims is a hint; state decides.
/// </summary>
public sealed record Trigger
{
    /// <summary>The event's source (a vault's resource id), <c>timer</c>, <c>request</c> or <c>recovery</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The event's id, a timer's instant floored to its period, a request's id.</summary>
    public required string Id { get; init; }

    /// <summary>E.g. <c>Microsoft.KeyVault.SecretNearExpiry</c>, <c>SweepDue</c>, <c>nhi rollback</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The event's own time, where it is believed (within [now − 36 h, now + 15 min]); UTC.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The credential that it points at; null for a trigger about everything.</summary>
    public CredentialId? Credential { get; init; }

    /// <summary>Who asked, for a request: an object id or a user's name.</summary>
    public string? By { get; init; }

    /// <summary>Whose token asked, and for whom; null where only the name is known.</summary>
    public PrincipalFacts? Caller { get; init; }

    /// <summary>Who asked, for evidence; null where nobody did.</summary>
    public PrincipalFacts? RequestedBy => By is null ? null : Caller ?? new PrincipalFacts("user", By, By);

    /// <summary>What it is a step of, for evidence.</summary>
    public CorrelationFacts? Correlation => Session is null ? null : new CorrelationFacts(Session: Session);

    /// <summary>Session of an agent that chains tools, where it said so.</summary>
    public string? Session { get; init; }

    /// <summary>A timer's tick. <paramref name="floored"/>: its instant floored to its period (<see cref="Floor"/>): the same for every instance that ticks.</summary>
    public static Trigger FromTimer(string function, DateTimeOffset floored) => new()
    {
        Source = "timer",
        Id = floored.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        Type = function,
        Time = floored.ToUniversalTime(),
    };

    /// <summary>What a person or an agent asked for. <paramref name="what"/>: e.g. <c>nhi rollback</c>; <paramref name="id"/>: the request's id.</summary>
    public static Trigger FromRequest(string what, string id, DateTimeOffset at, CredentialId? credential = null, string? by = null, string? session = null) => new()
    {
        Source = "request",
        Id = id,
        Type = what,
        Time = at.ToUniversalTime(),
        Credential = credential,
        By = by,
        Session = session,
    };

    /// <summary>An attempt was left open, and somebody looks what became of it. <paramref name="op"/>: that attempt.</summary>
    public static Trigger Recovery(string op, CredentialId? credential = null) => new() { Source = "recovery", Id = op, Type = "ReconcileOperations", Credential = credential };

    /// <summary>The start of the period, counted from year 1, that an instant lies in; UTC.</summary>
    public static DateTimeOffset Floor(DateTimeOffset instant, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(period, TimeSpan.Zero);
        return new DateTimeOffset(instant.UtcTicks - (instant.UtcTicks % period.Ticks), TimeSpan.Zero);
    }
}
