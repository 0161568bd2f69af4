using System.Text.Json;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;

namespace Nhi.Evidence.Index;

/// <summary>The rows of a record: a pure function of the record and its place in the log, so that a rebuild comes to the same rows.</summary>
public static class IndexRows
{
    /// <summary>The rows of one record, but for the one of its open intent, which follows from all records of the attempt (<see cref="OpenOf"/>).</summary>
    public static IReadOnlyList<IndexRow> Of(EvidenceRecord record, BatchEntry entry, long index, long batch)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(entry);
        var place = IndexKeys.PlaceOf(index, record.Log ?? "");
        var row = Plain(record, entry, index, batch, place);
        var newestFirst = IndexKeys.NewestFirst(record.Time, place);
        List<IndexRow> rows =
        [
            row,
            row with { PartitionKey = IndexKeys.Hour(record.Time), RowKey = IndexKeys.OldestFirst(record.Time, place) },
            row with { PartitionKey = IndexKeys.Action(record.Action, record.Result, record.Time), RowKey = newestFirst },
        ];
        Add(record.Credential?.Id, IndexKeys.Credential);
        Add(record.Resource?.Id, IndexKeys.Resource);
        Add(record.Owner?.Id, IndexKeys.Owner);
        Add(record.Correlation?.Session, IndexKeys.Session);
        return rows;

        void Add(string? id, Func<string, string> key)
        {
            if (id is { Length: > 0 })
                rows.Add(row with { PartitionKey = key(id), RowKey = newestFirst });
        }
    }

    /// <summary>The row under <c>open:</c> of one attempt, out of all its rows under <c>x:</c>; null where no intent is logged.</summary>
    public static IndexRow? OpenOf(IEnumerable<IndexRow> attempt)
    {
        var rows = attempt as IReadOnlyCollection<IndexRow> ?? [.. attempt];
        var intent = rows.Where(row => row.IsIntent).Aggregate((IndexRow?)null, (first, row) => first is null || ComesBefore((row.Log, row.Index), (first.Log, first.Index)) ? row : first);
        return intent is null ? null : intent with
        {
            PartitionKey = IndexKeys.Open(intent.Op[0]),
            RowKey = IndexKeys.ByDeadline(intent.Deadline ?? intent.Time, intent.Op),
            Closed = rows.Any(row => row.Closes),
        };
    }

    /// <summary>Which of two intents of one attempt stands for it: the same one in whatever order the logs are read.</summary>
    internal static bool ComesBefore((string Log, long Index) one, (string Log, long Index) other) => string.CompareOrdinal(one.Log, other.Log) is var order && (order < 0 || (order == 0 && one.Index < other.Index));

    private static IndexRow Plain(EvidenceRecord record, BatchEntry entry, long index, long batch, string place)
    {
        var stage = RecordPath.StageOf(record);
        return new IndexRow
        {
            PartitionKey = IndexKeys.Operation(record.Op),
            RowKey = IndexKeys.ByStage(stage, place),
            Log = record.Log ?? "",
            Path = entry.Path,
            Sha256 = entry.Sha256,
            Index = index,
            Batch = batch,
            Op = record.Op,
            Stage = stage,
            Action = record.Action,
            Result = record.Result,
            Shown = record.Shown,
            Time = record.Time.ToUniversalTime(),
            Fence = record.Fence ?? 0,
            Rotation = record.Rotation,
            Credential = record.Credential?.Id,
            Resource = record.Resource?.Id,
            Handle = record.Credential?.Handle,
            Version = record.Change?.After?.Version,
            Owner = record.Owner?.Id,
            Summary = record.Summary,
            Expires = record.Change?.After?.Expires ?? record.Approval?.Expires,
            Deadline = record.Deadline,
            Slots = record.Slots.Count == 0 ? null : JsonSerializer.Serialize([.. record.Slots], RecordJsonContext.Default.SlotFactsArray),
        };
    }
}
