using System.Collections.Concurrent;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;

namespace Nhi.Evidence.Index;

/// <summary>Writes the rows of each finished batch. Doing it again, late or out of order comes to the same rows.</summary>
public sealed class IndexSink(IEvidenceIndex index) : IBatchSink
{
    private const int MostAtATime = 32;

    // Records and rows of a whole batch are tens of megabytes, which a garbage collector would carry along.
    private const int RecordsAtATime = 1_000;

    public async Task FinishAsync(BatchFile batch, BatchRecords records, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(records);
        var ops = new HashSet<string>(StringComparer.Ordinal);
        for (var from = 0; from < batch.Entries.Count; from += RecordsAtATime)
        {
            var leaves = await records.ReadAsync(batch, from, Math.Min(RecordsAtATime, batch.Entries.Count - from), ct);
            var rows = new List<IndexRow>();
            for (var i = 0; i < leaves.Count; i++)
            {
                if (leaves[i].Record is { } record)
                    rows.AddRange(IndexRows.Of(record, leaves[i].Entry, batch.First + from + i, batch.Number));
            }

            ops.UnionWith(rows.Select(row => row.Op));
            await index.UpsertAsync(rows, ct);
        }

        // Rows of attempts first: what is open follows from them, those of other batches included.
        var open = await OpenRowsAsync(ops, ct);
        await index.UpsertAsync(open, ct);
        // A rival may have closed one between the look and the write: whoever looks again after its write, or writes after that look, leaves it closed.
        var closed = (await OpenRowsAsync(open.Where(row => !row.Closed).Select(row => row.Op), ct)).Where(row => row.Closed).ToArray();
        if (closed.Length > 0)
            await index.UpsertAsync(closed, ct);
    }

    /// <summary>By the row of its last record: rows of a batch are written in its order, and one that has none to show is written again.</summary>
    public async Task<bool> HasFinishedAsync(BatchFile batch, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Entries.Count == 0)
            return true;
        if (!RecordPath.TryParse(batch.Entries[^1].Path, out var name))
            return false;
        await foreach (var row in index.OfOperationAsync(name.Op, ct))
        {
            if (row.Batch == batch.Number)
                return true;
        }

        return false;
    }

    private async Task<IReadOnlyList<IndexRow>> OpenRowsAsync(IEnumerable<string> ops, CancellationToken ct)
    {
        var open = new ConcurrentBag<IndexRow>();
        await Parallel.ForEachAsync(ops, new ParallelOptions { MaxDegreeOfParallelism = MostAtATime, CancellationToken = ct }, async (op, token) =>
        {
            List<IndexRow> attempt = [];
            await foreach (var row in index.OfOperationAsync(op, token))
                attempt.Add(row);
            if (IndexRows.OpenOf(attempt) is { } stillOpen)
                open.Add(stillOpen);
        });
        return [.. open];
    }
}
