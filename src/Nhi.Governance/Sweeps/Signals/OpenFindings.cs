using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>
/// What was open when a run began, as two numbers each: which signal of which subject, and a mark of what it says. Filled before anything is judged, and only read from then on.
/// It spares questions and decides nothing: who says something else is compared with the table as it is then.
/// </summary>
internal sealed class OpenFindings
{
    private static readonly Comparer<(ulong About, ulong Mark)> _byAbout = Comparer<(ulong About, ulong Mark)>.Create((one, other) => one.About.CompareTo(other.About));

    private readonly KeyedHash _hash = new();
    private readonly List<(ulong About, ulong Mark)> _open = [];

    public void Add(Finding finding) => _open.Add((About(finding.Subject, finding.Signal), _hash.Of(finding.Mark)));

    /// <summary>All that is open was added: from now on it can be asked.</summary>
    public void Close()
    {
        _open.Sort(_byAbout);
        _open.TrimExcess();
    }

    /// <summary>True where just this is open about the subject, of the signals that were judged.</summary>
    public bool IsAllThatIs(string subject, IReadOnlyCollection<Finding> found, IReadOnlySet<string> judged) =>
        judged.Count(signal => MarkOf(subject, signal) is not null) == found.Count
        && found.All(finding => MarkOf(subject, finding.Signal) == _hash.Of(finding.Mark));

    private ulong? MarkOf(string subject, string signal) => _open.BinarySearch((About(subject, signal), 0), _byAbout) is >= 0 and var at ? _open[at].Mark : null;

    private ulong About(string subject, string signal) => _hash.Of($"{signal}\n{subject}");
}
