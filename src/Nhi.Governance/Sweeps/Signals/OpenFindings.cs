using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>
/// What was open when a run began, as two numbers each: which signal of which subject, and a mark of what it says. Filled before anything is judged, and only read from then on.
/// It spares questions and decides nothing: who says something else is compared with the table as it is then.
/// </summary>
internal sealed class OpenFindings
{
    private readonly KeyedHash _hash = new();
    private readonly Dictionary<ulong, ulong> _marks = [];

    public void Add(Finding finding) => _marks[Of(finding.Subject, finding.Signal)] = _hash.Of(finding.Mark);

    /// <summary>True where just this is open about the subject, of the signals that were judged.</summary>
    public bool IsAllThatIs(string subject, IReadOnlyCollection<Finding> found, IReadOnlySet<string> judged) =>
        judged.Count(signal => _marks.ContainsKey(Of(subject, signal))) == found.Count
        && found.All(finding => _marks.TryGetValue(Of(subject, finding.Signal), out var mark) && mark == _hash.Of(finding.Mark));

    private ulong Of(string subject, string signal) => _hash.Of($"{signal}\n{subject}");
}
