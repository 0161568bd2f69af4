using System.Globalization;
using System.Text;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>Compares the index with the rows that the log yields, both ways. 32 bytes and some a row: it is only done when asked for.</summary>
internal sealed class IndexCheck(IEvidenceIndex index, FindingBook book)
{
    private readonly Dictionary<UInt128, UInt128> expected = [];
    private readonly Dictionary<string, IndexRow> open = new(StringComparer.Ordinal);
    private readonly HashSet<string> closedAhead = new(StringComparer.Ordinal);
    private readonly Dictionary<UInt128, ClosedAttempt> closed = [];
    private readonly Dictionary<string, long> heads = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Log, long Batch), bool> there = [];

    /// <summary>A leaf of the log, in order.</summary>
    internal void Take(in Leaf leaf, string log, long place, long batch)
    {
        heads[log] = batch;
        if (leaf.Gist?.Whole is not { } record)
            return;
        var rows = IndexRows.Of(record, leaf.Entry, place, batch);
        foreach (var row in rows)
            expected[KeyOf(row)] = ContentOf(row);
        TakeAttempt(rows[0], record.Intent is not null);
    }

    /// <summary>What is open stays whole in memory, what is closed by its key: the row under <c>open:</c> follows from both, and from the first intent of the attempt in whatever order the logs are read.</summary>
    private void TakeAttempt(IndexRow row, bool namesIntent)
    {
        var key = NameSet.KeyOf(row.Op);
        if (row.IsIntent && closed.TryGetValue(key, out var before))
        {
            if (IndexRows.ComesBefore((row.Log, row.Index), (before.Log, before.Index)))
            {
                expected.Remove(before.Row);
                Close(row, key);
            }
        }
        else if (row.IsIntent)
        {
            if (!open.TryGetValue(row.Op, out var other) || IndexRows.ComesBefore((row.Log, row.Index), (other.Log, other.Index)))
                open[row.Op] = row;
            if (closedAhead.Remove(row.Op))
                Close(row, key);
        }
        else if (row.Closes && open.TryGetValue(row.Op, out var intent))
            Close(intent, key);
        else if (row.Closes && namesIntent && !closed.ContainsKey(key))
            closedAhead.Add(row.Op);
    }

    private void Close(IndexRow intent, UInt128 key)
    {
        open.Remove(intent.Op);
        var row = IndexRows.OpenOf([intent])! with { Closed = true };
        closed[key] = new ClosedAttempt(KeyOf(row), intent.Log, intent.Index);
        Expect(row);
    }

    private void Expect(IndexRow row) => expected[KeyOf(row)] = ContentOf(row);

    /// <summary>Reads every row of the index, then names those that are missing. Throws <see cref="EvidenceIndexException"/> when it gives no answer.</summary>
    internal async Task CompareAsync(IReadOnlyList<(IReadableLog Log, string Origin)> logs, DateTimeOffset at, VerifyOptions options, CancellationToken ct)
    {
        foreach (var intent in open.Values)
            Expect(IndexRows.OpenOf([intent])!);
        await foreach (var row in index.AllAsync(ct))
        {
            if (row.Batch > heads.GetValueOrDefault(row.Log, -1) && await IsLoggedMeanwhileAsync(logs, row, ct))
                book.Add(LogFindingKind.NotYet, row.Log, row.Path, row.Batch, row.Index, row.Op, found: NameOf(row));
            else if (!expected.Remove(KeyOf(row), out var content))
                book.Add(LogFindingKind.IndexRowUnknown, row.Log, row.Path, row.Batch, row.Index, row.Op, found: NameOf(row));
            else if (content == ContentOf(row))
                continue;
            else if (row.Closed && open.TryGetValue(row.Op, out var intent) && content == ContentOf(row with { Closed = false }) && await IsClosedMeanwhileAsync(intent, ct))
                book.Add(LogFindingKind.NotYet, row.Log, row.Path, row.Batch, row.Index, row.Op, found: NameOf(row));
            else
                book.Add(LogFindingKind.IndexRowAltered, row.Log, row.Path, row.Batch, row.Index, row.Op, found: NameOf(row));
        }

        if (expected.Count > 0)
            await NameMissingAsync(logs, at, options, ct);
    }

    /// <summary>The log has come as far as the row says since its batches were read.</summary>
    private async Task<bool> IsLoggedMeanwhileAsync(IReadOnlyList<(IReadableLog Log, string Origin)> logs, IndexRow row, CancellationToken ct)
    {
        foreach (var (log, _) in logs.Where(log => row.Batch >= 0 && log.Origin == row.Log))
        {
            if (!there.TryGetValue((row.Log, row.Batch), out var found))
                there[(row.Log, row.Batch)] = found = await log.ReadAsync(BatchName.Of(row.Batch), 1, ct) is not null;
            return found;
        }

        return false;
    }

    /// <summary>What closed it was logged after the batches were read.</summary>
    private async Task<bool> IsClosedMeanwhileAsync(IndexRow intent, CancellationToken ct)
    {
        await foreach (var row in index.OfOperationAsync(intent.Op, ct))
        {
            if (row.Closes && row.Batch > heads.GetValueOrDefault(row.Log, -1))
                return true;
        }

        return false;
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
            row.Log, row.Path, row.Sha256, Number(row.Index), Number(row.Batch), row.Op, row.Stage, row.Action, row.Result, row.Shown, Number(row.Time.UtcTicks), Number(row.Fence), row.Rotation, row.Credential, row.Resource, row.Handle,
            row.Version, row.Owner, row.Summary, Number(row.Expires?.UtcTicks), Number(row.Deadline?.UtcTicks), row.Slots, row.Closed ? "closed" : null])
            text.Append(CultureInfo.InvariantCulture, $"{member?.Length ?? -1}:{member}");
        return NameSet.KeyOf(text.ToString());
    }

    /// <summary>The row under <c>open:</c> of an attempt that is closed, by its key, and where the intent stands that it follows from.</summary>
    private readonly record struct ClosedAttempt(UInt128 Row, string Log, long Index);

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
