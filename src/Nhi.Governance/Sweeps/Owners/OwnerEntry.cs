using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Owners;

/// <summary>What is remembered of one credential's owners. What persons said is in evidence and comes back by <c>nhi rebuild</c>; the answer is derived. Instants UTC, governance time.</summary>
public sealed record OwnerEntry
{
    public required CredentialId Credential { get; init; }

    /// <summary>Whom a person named, and the last one who confirmed that it is still needed.</summary>
    public OwnerWord? Assigned { get; init; }
    public OwnerWord? Confirmed { get; init; }

    /// <summary>The answer as it was last told in evidence; null when none was yet.</summary>
    public OwnerAnswer? Answer { get; init; }
}

/// <summary>A person's word: <paramref name="Owner"/>: object id or text; <paramref name="By"/>: who said it; <paramref name="Record"/>: its record.</summary>
public sealed record OwnerWord(string Owner, string By, DateTimeOffset At, string Record);
