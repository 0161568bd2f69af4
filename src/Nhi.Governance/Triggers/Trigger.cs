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

    /// <summary>Session of an agent that chains tools, where it said so.</summary>
    public string? Session { get; init; }
}
