using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tracing;

/// <summary>A record that was read and found authentic, with where it stands and what its bytes hash to (lower-case hex).</summary>
public sealed record TracedRecord(EvidenceRecord Record, string Path, string Sha256)
{
    /// <summary>Attempts in the order in which they began, their records in the order of their stages. When a record was written says nothing: a frozen host writes its own after its successor has closed.</summary>
    public static IReadOnlyList<TracedRecord> InOrder(IEnumerable<TracedRecord> records) =>
    [
        .. records.OrderBy(traced => traced.Record.Time).ThenBy(traced => traced.Record.Fence ?? 0).ThenBy(traced => traced.Record.Stage).ThenBy(traced => traced.Path, StringComparer.Ordinal),
    ];
}
