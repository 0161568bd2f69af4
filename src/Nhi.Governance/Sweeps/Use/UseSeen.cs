using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>One principal's reads of one version in one piece of a log. <paramref name="At"/>: the instants (UTC), in any order, also twice; at least one.</summary>
public sealed record UseSeen(CredentialId Credential, string Version, string Principal, string? Name, IReadOnlyCollection<DateTimeOffset> At, string Source)
{
    /// <summary>
    /// What is known after this piece. First and last are exact. Reads are those at least seen: an instant counts once, and one that is not later than the last read that was counted does not count again,
    /// so that a piece which is read twice adds nothing, and one that comes late adds too little rather than too much.
    /// </summary>
    public UseFact Onto(UseFact? known)
    {
        var instants = At.Distinct().ToList();
        var (first, last) = (instants.Min(), instants.Max());
        if (known is null)
            return new UseFact(Credential, Version, Principal, Name, first, last, instants.Count, Source);
        return known with
        {
            Name = Name ?? known.Name,
            First = first < known.First ? first : known.First,
            Last = last > known.Last ? last : known.Last,
            Reads = known.Reads + instants.Count(at => at > known.Last),
        };
    }
}
