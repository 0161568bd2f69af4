namespace Nhi.Governance.Sweeps.Owners;

/// <summary>Who answers for a credential: the chosen one, and who else was named, best first. <see cref="Chosen"/> is null where nobody is known.</summary>
public sealed record OwnerAnswer(OwnerCandidate? Chosen, IReadOnlyList<OwnerCandidate> RunnersUp)
{
    public static readonly OwnerAnswer Nobody = new(null, []);

    /// <summary>The chosen one first.</summary>
    public IEnumerable<OwnerCandidate> All => Chosen is null ? RunnersUp : RunnersUp.Prepend(Chosen);

    /// <summary>Whether another look says something new. A changed display name is no news.</summary>
    public bool SaysTheSameAs(OwnerAnswer other) =>
        (Chosen is null) == (other.Chosen is null) && All.Select(Told).SequenceEqual(other.All.Select(Told));

    private static (string, string, string, int, bool) Told(OwnerCandidate candidate) => (candidate.Type, candidate.Id, candidate.Via, candidate.Confidence, candidate.Left);
}

/// <summary>
/// <paramref name="Type"/>: <c>user</c>, <c>group</c>, <c>service</c>, <c>text</c> (a mail address or name that no directory knows); <paramref name="Id"/>: object id, else the text;
/// <paramref name="Via"/>: where it was read, e.g. <c>tag nhi-owner</c>; <paramref name="Confidence"/>: 0 to 100; <paramref name="Left"/>: disabled or deleted in the directory.
/// </summary>
public sealed record OwnerCandidate(string Type, string Id, string? Name, string Via, int Confidence, bool Left = false)
{
    /// <summary>Under what a notice finds them: the mail address or sign-in name where there is one, else the id.</summary>
    public string Address => Name is { } name && name.Contains('@', StringComparison.Ordinal) ? name : Id;
}
