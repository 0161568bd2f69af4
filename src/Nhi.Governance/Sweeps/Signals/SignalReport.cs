using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>What one run of <see cref="SignalSweep"/> judged and told.</summary>
public sealed class SignalReport
{
    /// <summary>Names of what failed that are kept.</summary>
    public const int MostFailures = 50;

    private readonly SortedDictionary<string, Count> _counts = new(StringComparer.Ordinal);
    private readonly List<string> _failures = [];

    public int Credentials { get; internal set; }
    public int Resources { get; internal set; }
    public int Raised { get; private set; }
    public int Resolved { get; private set; }

    /// <summary>Credentials, resources and vaults that could not be finished with: the first of them by name, and all of them by number.</summary>
    public IReadOnlyList<string> Failures => _failures;
    public int Failed { get; private set; }
    public bool IsPartial => Failed > 0;

    /// <summary>Of each signal: how many were judged, of how many it is so, how many were not looked at.</summary>
    public IReadOnlyDictionary<string, Count> BySignal => _counts;

    internal void Add(IEnumerable<(string Signal, SignalVerdict Verdict)> verdicts)
    {
        foreach (var (signal, verdict) in verdicts)
        {
            var known = _counts.GetValueOrDefault(signal) ?? new Count(0, 0, 0);
            _counts[signal] = new Count(known.Judged + (verdict.IsJudged ? 1 : 0), known.So + (verdict.IsSo ? 1 : 0), known.NotLooked + (verdict.IsJudged ? 0 : 1));
        }
    }

    internal void Add(FindingNews news)
    {
        Raised += news.Raised.Count;
        Resolved += news.Resolved.Count;
    }

    internal void Fail(string what)
    {
        Failed++;
        if (_failures.Count < MostFailures)
            _failures.Add(what);
    }

    public sealed record Count(int Judged, int So, int NotLooked);
}
