namespace Nhi.Governance.Sweeps.Owners;

/// <summary>
/// Who of the candidates answers. Pure, and the same whatever their order: whoever left stands behind everybody who has not; a group stands before a person of near confidence, for people leave;
/// a service, which answers nobody, is named and never chosen.
/// </summary>
public static class OwnerChoice
{
    /// <summary>So much nearer a person has to be known than a group. Less than what lies between a person's own word (100) and a tag.</summary>
    public const int Near = 15;

    /// <summary>The type of a candidate that is a service.</summary>
    public const string Service = "service";

    public static OwnerAnswer Of(IEnumerable<OwnerCandidate> candidates)
    {
        List<OwnerCandidate> ordered =
        [
            .. candidates
                .OrderBy(candidate => candidate.Type == Service)
                .ThenBy(candidate => candidate.Left)
                .ThenByDescending(Weight)
                .ThenByDescending(candidate => candidate.Confidence)
                .ThenBy(candidate => candidate.Id, StringComparer.OrdinalIgnoreCase)
                .ThenBy(candidate => candidate.Via, StringComparer.Ordinal)
                .ThenBy(candidate => candidate.Type, StringComparer.Ordinal)
                // Named by several sources: the best of them counts.
                .DistinctBy(candidate => candidate.Id, StringComparer.OrdinalIgnoreCase),
        ];
        return ordered is [{ Type: not Service } chosen, .. var others] ? new OwnerAnswer(chosen, others) : new OwnerAnswer(null, ordered);
    }

    /// <summary>The type of a candidate that no directory knows, or about whom it did not answer.</summary>
    public const string Text = "text";

    private static int Weight(OwnerCandidate candidate) => candidate.Confidence + (candidate.Type == "group" ? Near : 0);
}
