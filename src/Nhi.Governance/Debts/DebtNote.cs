using Nhi.Governance.Credentials;

namespace Nhi.Governance.Debts;

/// <summary>
/// What the table <c>Debts</c> remembers of one handle: what was tried, since when a leftover is seen, and what a person holds back. That it is owed is derived from the vault, not from this.
/// Instants UTC, governance time.
/// </summary>
public sealed record DebtNote
{
    public required ResourceId Resource { get; init; }
    public required string Handle { get; init; }
    public CredentialId? Credential { get; init; }

    /// <summary>First time it was seen as a leftover; null when it is none.</summary>
    public DateTimeOffset? LeftoverSince { get; init; }

    /// <summary>Why it was not paid the last time it was looked at, and when.</summary>
    public string? Waiting { get; init; }
    public DateTimeOffset? LastLook { get; init; }

    /// <summary>A person's hold: no kill before this instant.</summary>
    public DateTimeOffset? HeldUntil { get; init; }
    public string? HeldBy { get; init; }
    public string? HeldWhy { get; init; }
}
