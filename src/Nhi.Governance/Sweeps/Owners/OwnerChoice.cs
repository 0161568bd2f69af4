namespace Nhi.Governance.Sweeps.Owners;

/// <summary>
/// Who of the candidates answers. Pure, and the same whatever their order: whoever left stands behind everybody who has not; a group stands before a person of near confidence, for people leave;
/// a service, which cannot answer, stands behind people.
/// </summary>
public static class OwnerChoice
{
    /// <summary>So much nearer a person has to be known than a group. Less than what lies between a person's own word (100) and a tag.</summary>
    public const int Near = 15;

    /// <summary>So much less a service counts.</summary>
    public const int Mute = 40;

    public static OwnerAnswer Of(IEnumerable<OwnerCandidate> candidates)
    {
        List<OwnerCandidate> ordered =
        [
            .. candidates
                .OrderBy(candidate => candidate.Left)
                .ThenByDescending(Weight)
                .ThenByDescending(candidate => candidate.Confidence)
                .ThenBy(candidate => candidate.Id, StringComparer.OrdinalIgnoreCase)
                .ThenBy(candidate => candidate.Via, StringComparer.Ordinal)
                .ThenBy(candidate => candidate.Type, StringComparer.Ordinal)
                // Named by several sources: the best of them counts.
                .DistinctBy(candidate => candidate.Id, StringComparer.OrdinalIgnoreCase),
        ];
        return ordered.Count == 0 ? OwnerAnswer.Nobody : new OwnerAnswer(ordered[0], ordered[1..]);
    }

    private static int Weight(OwnerCandidate candidate) => candidate.Confidence + candidate.Type switch { "group" => Near, "service" => -Mute, _ => 0 };
}
