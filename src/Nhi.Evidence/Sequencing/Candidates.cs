using System.Collections.Concurrent;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Sequencing;

/// <summary>
/// Records that stand in no batch yet: those announced, and those that a scan found. Only authentic ones wait here; everything else is foreign, judged once for the keys that are trusted.
/// </summary>
internal sealed class Candidates(IEvidenceStore store, IPendingRecords pending, TimeProvider clock, SequencerOptions options, LoggedRecords logged)
{
    private readonly ConcurrentDictionary<string, Candidate> waiting = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<UInt128, byte> foreign = new();
    private long? scanned;
    private int keys;

    internal int Foreign => foreign.Count;

    /// <summary>Looks for records: the work list, and, when it is time, the folders.</summary>
    internal async Task GatherAsync(RecordAuthenticity authenticity, CancellationToken ct)
    {
        if (authenticity.Keys != keys)
        {
            // What a version of the producers' key certified that was not known then is looked at once more; its row is gone from the work list, so the folders too.
            foreign.Clear();
            (keys, scanned) = (authenticity.Keys, null);
        }

        foreach (var path in waiting.Keys.Where(logged.Contains).ToArray())
            waiting.TryRemove(path, out _);
        // A backlog is worked off batch by batch before anybody looks for more.
        if (waiting.Count >= options.BatchEntries)
            return;
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        List<PendingRecord> done = [];
        await foreach (var row in pending.ListAsync(ct))
        {
            if (!RecordPath.IsListable(row.Path) || logged.Contains(row.Path) || foreign.ContainsKey(LoggedRecords.KeyOf(row.Path)))
                done.Add(row);
            else if (waiting.Count + wanted.Count < options.MostWaiting)
                wanted.Add(row.Path);
        }

        await EachAsync(done, (row, token) => pending.RemoveAsync(row, token), ct);
        if (scanned is not { } at || clock.GetElapsedTime(at) >= options.StrayEvery)
        {
            var whole = await ScanAsync(wanted, ct);
            scanned = whole ? clock.GetTimestamp() : null;
        }

        await EachAsync(wanted.Where(path => !waiting.ContainsKey(path)), (path, token) => JudgeAsync(path, authenticity, token), ct);
        await FetchIntentsAsync(authenticity, ct);
    }

    /// <summary>The next entries of the log: ordinal by name, an intent before what closes it.</summary>
    internal IReadOnlyList<Candidate> InOrder(int most)
    {
        var ordered = new List<Candidate>();
        var placed = new HashSet<string>(StringComparer.Ordinal);
        // What opens a log stands before everything else in it.
        // The first so many are enough: each of them takes a place. And the rest need not be sorted.
        foreach (var candidate in waiting.Values.OrderBy(candidate => !candidate.Opens).ThenBy(candidate => candidate.Entry.Path, StringComparer.Ordinal).Take(most))
        {
            if (candidate.Intent is { } intent && waiting.TryGetValue(intent, out var first) && placed.Add(intent))
                ordered.Add(first);
            if (placed.Add(candidate.Entry.Path))
                ordered.Add(candidate);
            if (ordered.Count >= most)
                break;
        }

        return ordered.Count > most ? ordered[..most] : ordered;
    }

    /// <summary>False when there was more than may wait: the scan is not over.</summary>
    private async Task<bool> ScanAsync(HashSet<string> wanted, CancellationToken ct)
    {
        foreach (var folder in Folders())
        {
            await foreach (var blob in store.ListAsync(folder, ct))
            {
                if (logged.Contains(blob.Path) || foreign.ContainsKey(LoggedRecords.KeyOf(blob.Path)))
                    continue;
                if (!RecordPath.IsListable(blob.Path) || blob.Size > RecordLimits.Bytes)
                    foreign.TryAdd(LoggedRecords.KeyOf(blob.Path), 0);
                else if (waiting.Count + wanted.Count < options.MostWaiting)
                    wanted.Add(blob.Path);
                else
                    return false;
            }
        }

        return true;
    }

    /// <summary>Whole days where the span allows, since a list call costs what ten reads cost; and the hours of open intents.</summary>
    private IEnumerable<string> Folders()
    {
        var now = clock.GetUtcNow();
        // A record's clock may be a little ahead of ours.
        var last = now.AddHours(1);
        List<string> days = [];
        for (var day = now - options.StrayBack; day.UtcDateTime.Date <= last.UtcDateTime.Date; day = day.AddDays(1))
            days.Add(RecordPath.DayFolder(day));
        return days.Concat(logged.OpenFolders.Where(hour => !days.Any(day => hour.StartsWith(day, StringComparison.Ordinal))));
    }

    private async Task JudgeAsync(string path, RecordAuthenticity authenticity, CancellationToken ct)
    {
        var blob = await store.ReadAsync(path, RecordLimits.Bytes, ct);
        if (blob is null)
            return;
        var name = RecordPath.TryParse(path, out var parsed) ? parsed : null;
        if (!blob.Truncated && authenticity.Glance(blob.Bytes, path, name, store.Origin).Gist is { } record)
            waiting[path] = new Candidate(LeafHash.EntryOf(path, blob.Bytes.Span), record.Stage == RecordStage.Intent ? null : record.Intent?.Text().Path, record.Action == Shards.ShardRecords.Open, blob.Bytes);
        else
            foreign.TryAdd(LoggedRecords.KeyOf(path), 0);
    }

    /// <summary>Who lists an outcome lists its intent first, where that is in no batch yet.</summary>
    private Task FetchIntentsAsync(RecordAuthenticity authenticity, CancellationToken ct)
    {
        var missing = waiting.Values.Select(candidate => candidate.Intent)
            .Where(intent => intent is not null && RecordPath.IsListable(intent) && !waiting.ContainsKey(intent) && !logged.Contains(intent) && !foreign.ContainsKey(LoggedRecords.KeyOf(intent)))
            .Distinct(StringComparer.Ordinal).ToArray();
        return EachAsync(missing, (path, token) => JudgeAsync(path!, authenticity, token), ct);
    }

    private Task EachAsync<T>(IEnumerable<T> items, Func<T, CancellationToken, Task> act, CancellationToken ct) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = ct }, async (item, token) => await act(item, token));
}

/// <summary>An authentic record that stands in no batch. <paramref name="Intent"/>: the name of the intent that it closes; <paramref name="Opens"/>: it opens a log.</summary>
internal sealed record Candidate(BatchEntry Entry, string? Intent, bool Opens, ReadOnlyMemory<byte> Bytes);
