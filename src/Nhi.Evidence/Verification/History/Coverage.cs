using Nhi.Evidence.Records;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Verification.History;

/// <summary>Sweeps say which time they cover; the windows of each source, of all shards together, leave no gap.</summary>
internal sealed class Coverage(FindingBook book)
{
    /// <summary>A service's clock may be a little ahead of the writer's.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, Source> sources = new(StringComparer.Ordinal);

    internal void Take(string log, string path, EvidenceRecord record, long index)
    {
        if (record.Coverage is not { } window)
            return;
        if (window.To < window.From)
        {
            book.Add(LogFindingKind.CoverageGap, log, path, index: index, op: record.Op, found: "its window ends before it begins");
            return;
        }

        // What is to come nobody has looked at.
        if (window.To - (record.Recorded ?? record.Time) > Ahead)
        {
            book.Add(LogFindingKind.CoverageGap, log, path, index: index, op: record.Op, expected: $"a window up to {record.Recorded ?? record.Time:yyyy-MM-dd'T'HH:mm:ss'Z'}, when it was recorded", found: $"its window ends at {window.To:yyyy-MM-dd'T'HH:mm:ss'Z'}");
            return;
        }

        if (window.Partial)
            book.Add(LogFindingKind.PartialCoverage, log, path, index: index, op: record.Op, found: $"{window.Observed} seen");
        if (!sources.TryGetValue(window.Source, out var known))
            sources[window.Source] = known = new Source();
        known.Log = log;
        known.Windows.Add(window.From, window.To, path);
    }

    /// <param name="unreadUntil">Windows up to then may stand where nobody looked.</param>
    internal void End(DateTimeOffset? unreadUntil = null)
    {
        foreach (var (name, source) in sources)
        {
            foreach (var (from, to, path) in source.Windows.Gaps.Where(gap => unreadUntil is not { } until || gap.From > until))
                book.Add(LogFindingKind.CoverageGap, source.Log, path, expected: $"'{name}' without a gap", found: $"nobody looked at '{name}' from {from:yyyy-MM-dd'T'HH:mm:ss'Z'} to {to:yyyy-MM-dd'T'HH:mm:ss'Z'}");
        }
    }

    private sealed class Source
    {
        internal Windows Windows { get; } = new();
        internal string Log { get; set; } = "";
    }
}
