using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>What one run of <see cref="SignalSweep"/> judged and told. Counted by many at once, read when the run is over.</summary>
public sealed class SignalReport
{
    /// <summary>Names of what failed that are kept.</summary>
    public const int MostFailures = 50;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Count> _counts = new(StringComparer.Ordinal);
    private readonly List<string> _failures = [];

    public int Credentials { get; private set; }
    public int Resources { get; private set; }
    public int Raised { get; private set; }
    public int Resolved { get; private set; }

    /// <summary>Credentials, resources and vaults that could not be finished with: the first of them by name, and all of them by number.</summary>
    public IReadOnlyList<string> Failures => [.. _failures.Order(StringComparer.Ordinal)];
    public int Failed { get; private set; }
    public bool IsPartial => Failed > 0;

    /// <summary>Of each signal: how many were judged, of how many it is so, how many were not looked at.</summary>
    public IReadOnlyDictionary<string, Count> BySignal => _counts;

    internal void CountCredential()
    {
        lock (_gate)
            Credentials++;
    }

    internal void CountResource()
    {
        lock (_gate)
            Resources++;
    }

    internal void Add(IEnumerable<(string Signal, SignalVerdict Verdict)> verdicts)
    {
        lock (_gate)
        {
            foreach (var (signal, verdict) in verdicts)
            {
                var known = _counts.GetValueOrDefault(signal) ?? new Count(0, 0, 0);
                _counts[signal] = new Count(known.Judged + (verdict.IsJudged ? 1 : 0), known.So + (verdict.IsSo ? 1 : 0), known.NotLooked + (verdict.IsJudged ? 0 : 1));
            }
        }
    }

    internal void Add(FindingNews news)
    {
        lock (_gate)
        {
            Raised += news.Raised.Count;
            Resolved += news.Resolved.Count;
        }
    }

    internal void Fail(string what)
    {
        lock (_gate)
        {
            Failed++;
            if (_failures.Count < MostFailures)
                _failures.Add(what);
        }
    }

    public sealed record Count(int Judged, int So, int NotLooked);
}
