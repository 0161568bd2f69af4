using System.Globalization;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>
/// Changes that one run read too late to hold them against evidence: whoever keeps a log back for days would else have everything in it pass. One finding a vault, or a thing elsewhere, says how many and shows the worst;
/// memory holds these alone.
/// </summary>
internal sealed class LateChanges(IFindings findings, FindingDesk desk)
{
    /// <summary>Subjects that one run tells of by name.</summary>
    private const int MostSubjects = 100;

    /// <summary>Changes of one subject that are shown.</summary>
    private const int MostShown = RealityFindings.MostFacts / 2;
    private readonly Dictionary<string, Late> _late = new(StringComparer.Ordinal);

    /// <summary>All of them, however many are shown.</summary>
    public long Count { get; private set; }

    /// <summary>False where too many subjects are told of already: the next run takes it.</summary>
    public bool TryAdd(PlatformChange change)
    {
        var subject = change.Credential?.Vault ?? change.Subject;
        if (!_late.TryGetValue(subject, out var late))
        {
            if (_late.Count == MostSubjects)
                return false;
            _late[subject] = late = new Late();
        }

        late.Add(change);
        Count++;
        return true;
    }

    /// <summary>Throws what evidence and the table throw.</summary>
    public async Task TellAsync(Trigger trigger, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var (subject, late) in _late)
        {
            var known = (await findings.OfAsync(subject, ct)).FirstOrDefault(finding => finding.Signal == SignalNames.LogLate);
            await desk.TellAsync(subject, [RealityFindings.Late(subject, late.Said(now), known)], new HashSet<string> { SignalNames.LogLate }, trigger, now, ct);
        }
    }

    /// <summary>Of one subject: how many, between when, and the worst of them.</summary>
    private sealed class Late
    {
        private readonly List<PlatformChange> _worst = [];
        private DateTimeOffset _first = DateTimeOffset.MaxValue, _last = DateTimeOffset.MinValue;
        private int _count;

        public void Add(PlatformChange change)
        {
            _count++;
            (_first, _last) = (change.Time < _first ? change.Time : _first, change.Time > _last ? change.Time : _last);
            _worst.Add(change);
            if (_worst.Count > MostShown)
                _worst.Remove(_worst.OrderBy(one => RealityFindings.Harm(one.Kind)).ThenByDescending(one => one.Time).First());
        }

        public IReadOnlyList<string> Said(DateTimeOffset now) =>
        [
            string.Create(CultureInfo.InvariantCulture, $"{now:yyyy-MM-dd'T'HH:mm'Z'}: {_count} changes between {_first:yyyy-MM-dd'T'HH:mm'Z'} and {_last:yyyy-MM-dd'T'HH:mm'Z'} were read too late and held against nothing"),
            .. _worst.OrderBy(change => change.Time).Select(change => $"{change.ToFact()}{(change.Credential is { } id ? $": {id.Name}" : "")}"),
        ];
    }
}
