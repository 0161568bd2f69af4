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

    /// <summary>When every source was asked last, and what of; null where one of them never answered.</summary>
    public OwnersAsked? Asked { get; init; }

    /// <summary>Who is told: whom a person named since the sources were asked, else whom these chose; null where nobody is known.</summary>
    public string? Told => Newest is { } word && !(Asked?.At >= word.At) ? word.Owner : Answer?.Chosen?.Address;

    private OwnerWord? Newest => Confirmed?.At > (Assigned?.At ?? DateTimeOffset.MinValue) ? Confirmed : Assigned;
}

/// <summary><paramref name="Of"/>: what the question came down to (tags, words of persons, policy, resource): another one is asked at once, the same one a day later.</summary>
public sealed record OwnersAsked(string Of, DateTimeOffset At);

/// <summary>A person's word: <paramref name="Owner"/>: object id or text; <paramref name="By"/>: who said it; <paramref name="Record"/>: its record.</summary>
public sealed record OwnerWord(string Owner, string By, DateTimeOffset At, string Record);
