using System.Globalization;
using System.Text;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>Compares the index with the rows that the log yields, both ways. 32 bytes and some a row: it is only done when asked for.</summary>
internal sealed class IndexCheck(IEvidenceIndex index, FindingBook book)
{
    private readonly Dictionary<UInt128, UInt128> expected = [];
    private readonly Dictionary<string, (IndexRow Intent, bool Closed)> attempts = new(StringComparer.Ordinal);
    private readonly HashSet<string> closedAhead = new(StringComparer.Ordinal);

    /// <summary>A leaf of the log, in order.</summary>
    internal void Take(in Leaf leaf, long place, long batch)
    {
        if (leaf.Gist?.Whole is not { } record)
            return;
        foreach (var row in IndexRows.Of(record, leaf.Entry, place, batch))
            expected[KeyOf(row)] = ContentOf(row);
        var first = IndexRows.Of(record, leaf.Entry, place, batch)[0];
        if (first.IsIntent && !attempts.ContainsKey(first.Op))
            attempts[first.Op] = (first, closedAhead.Remove(first.Op));
        else if (first.Closes && attempts.TryGetValue(first.Op, out var attempt))
            attempts[first.Op] = (attempt.Intent, true);
        else if (first.Closes && record.Intent is not null)
            closedAhead.Add(first.Op);
    }

    /// <summary>Reads every row of the index, then names those that are missing. Throws <see cref="EvidenceIndexException"/> when it gives no answer.</summary>
    internal async Task CompareAsync(IReadOnlyList<(IReadableLog Log, string Origin)> logs, DateTimeOffset at, VerifyOptions options, CancellationToken ct)
    {
        var origin = logs.Count == 0 ? "" : logs[^1].Origin;
        foreach (var (intent, closed) in attempts.Values)
        {
            var open = IndexRows.OpenOf([intent])! with { Closed = closed };
            expected[KeyOf(open)] = ContentOf(open);
        }

        await foreach (var row in index.AllAsync(ct))
        {
            if (!expected.Remove(KeyOf(row), out var content))
                book.Add(LogFindingKind.IndexRowUnknown, origin, row.Path, row.Batch, row.Index, row.Op, found: NameOf(row));
            else if (content != ContentOf(row))
                book.Add(LogFindingKind.IndexRowAltered, origin, row.Path, row.Batch, row.Index, row.Op, found: NameOf(row));
        }

        if (expected.Count > 0)
            await NameMissingAsync(logs, at, options, ct);
    }

    /// <summary>Which rows are missing is known by their hashes; the log is read once more for their names.</summary>
    private async Task NameMissingAsync(IReadOnlyList<(IReadableLog Log, string Origin)> logs, DateTimeOffset at, VerifyOptions options, CancellationToken ct)
    {
        foreach (var (log, origin) in logs)
        {
            using var walk = new BatchWalk(log, origin, options.LogKeys, new FindingBook(0, null));
            await foreach (var work in walk.ReadAsync(ct))
            {
                var place = work.Batch?.First ?? 0;
                foreach (var entry in work.Batch?.Entries ?? [])
                {
                    if (await log.ReadAsync(entry.Path, RecordLimits.Bytes, ct) is { } blob && RecordSerializer.TryRead(blob.Bytes.Span, out var record, out _))
                        Name(IndexRows.Of(record, entry, place, work.Number), record, origin, at, options);
                    place++;
                }
            }
        }
    }

    private void Name(IReadOnlyList<IndexRow> rows, EvidenceRecord record, string origin, DateTimeOffset at, VerifyOptions options)
    {
        var open = IndexRows.OpenOf(rows);
        foreach (var row in open is null ? rows : [.. rows, open])
        {
            if (expected.Remove(KeyOf(row)))
                book.Add(at - (record.Recorded ?? record.Time) > options.UnloggedAfter ? LogFindingKind.IndexRowMissing : LogFindingKind.NotYet, origin, row.Path, row.Batch, row.Index, row.Op, expected: NameOf(row));
        }
    }

    private static string NameOf(IndexRow row) => $"row {row.PartitionKey} / {row.RowKey}";

    private static UInt128 KeyOf(IndexRow row) => NameSet.KeyOf($"{row.PartitionKey}\n{row.RowKey}");

    /// <summary>Everything that a row says, each member behind its length so that none runs into the next.</summary>
    private static UInt128 ContentOf(IndexRow row)
    {
        var text = new StringBuilder();
        foreach (var member in (ReadOnlySpan<string?>)[
            row.Path, row.Sha256, Number(row.Index), Number(row.Batch), row.Op, row.Stage, row.Action, row.Result, row.Shown, Number(row.Time.UtcTicks), Number(row.Fence), row.Rotation, row.Credential, row.Resource, row.Handle,
            row.Version, row.Owner, row.Summary, Number(row.Expires?.UtcTicks), Number(row.Deadline?.UtcTicks), row.Slots, row.Closed ? "closed" : null])
            text.Append(CultureInfo.InvariantCulture, $"{member?.Length ?? -1}:{member}");
        return NameSet.KeyOf(text.ToString());
    }

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
