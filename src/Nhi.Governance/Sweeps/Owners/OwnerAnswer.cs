namespace Nhi.Governance.Sweeps.Owners;

/// <summary>Who answers for a credential: the chosen one, and who else was named, best first. <see cref="Chosen"/> is null where nobody is known.</summary>
public sealed record OwnerAnswer(OwnerCandidate? Chosen, IReadOnlyList<OwnerCandidate> RunnersUp)
{
    public static readonly OwnerAnswer Nobody = new(null, []);
}

/// <summary>
/// <paramref name="Type"/>: <c>user</c>, <c>group</c>, <c>service</c>, <c>text</c> (a mail address or name that no directory knows); <paramref name="Id"/>: object id, else the text;
/// <paramref name="Via"/>: where it was read, e.g. <c>tag nhi-owner</c>; <paramref name="Confidence"/>: 0 to 100; <paramref name="Left"/>: disabled or deleted in the directory.
/// </summary>
public sealed record OwnerCandidate(string Type, string Id, string? Name, string Via, int Confidence, bool Left = false);
