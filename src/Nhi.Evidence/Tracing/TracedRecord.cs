using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tracing;

/// <summary>A record that was read and found authentic, with where it stands and what its bytes hash to (lower-case hex).</summary>
public sealed record TracedRecord(EvidenceRecord Record, string Path, string Sha256)
{
    /// <summary>
    /// Attempts in the order in which they began, their records in the order of their stages. Those of one pass have its start and its fence in common: the first thing that was written of each tells which came first.
    /// Beyond that, when a record was written says nothing: a frozen host writes its own after its successor has closed.
    /// </summary>
    public static IReadOnlyList<TracedRecord> InOrder(IEnumerable<TracedRecord> records)
    {
        var all = records.ToList();
        var begun = all.GroupBy(traced => traced.Record.Op, StringComparer.Ordinal).ToDictionary(attempt => attempt.Key, attempt => attempt.Min(traced => traced.Record.Recorded), StringComparer.Ordinal);
        return
        [
            .. all.OrderBy(traced => traced.Record.Time).ThenBy(traced => traced.Record.Fence ?? 0).ThenBy(traced => begun[traced.Record.Op])
                .ThenBy(traced => traced.Record.Op, StringComparer.Ordinal).ThenBy(traced => traced.Record.Stage).ThenBy(traced => traced.Path, StringComparer.Ordinal),
        ];
    }
}
