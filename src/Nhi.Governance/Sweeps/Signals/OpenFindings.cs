using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>
/// What was open when a run began, as marks of what it says, so that memory holds some hundred bytes of each. Filled before anything is judged, and only read from then on.
/// It spares questions and decides nothing: who says something else is compared with the table as it is then.
/// </summary>
internal sealed class OpenFindings
{
    private readonly Dictionary<string, List<(string Signal, string Mark)>> _of = new(StringComparer.Ordinal);

    public void Add(Finding finding)
    {
        if (_of.TryGetValue(Short(finding.Subject), out var known))
            known.Add((finding.Signal, finding.Mark));
        else
            _of[Short(finding.Subject)] = [(finding.Signal, finding.Mark)];
    }

    /// <summary>True where just this is open about the subject, of the signals that were judged. Where two subjects share a mark it may be false, and one look too many is made.</summary>
    public bool IsAllThatIs(string subject, IReadOnlyCollection<Finding> found, IReadOnlySet<string> judged)
    {
        var open = _of.GetValueOrDefault(Short(subject)) ?? [];
        return open.Count(known => judged.Contains(known.Signal)) == found.Count && found.All(finding => open.Contains((finding.Signal, finding.Mark)));
    }

    private static string Short(string subject) => CrockfordBase32.OfSha256(subject)[..12];
}
