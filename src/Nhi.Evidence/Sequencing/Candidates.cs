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
    /// <summary>Hours of open intents that one scan lists; a stolen writer may have opened one in every hour there is.</summary>
    private const int MostFolders = 200;

    private readonly ConcurrentDictionary<string, Candidate> waiting = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<UInt128, byte> foreign = new();

    /// <summary>Hints at names where nothing lies, and when that was first seen.</summary>
    private readonly ConcurrentDictionary<string, long> absent = new(StringComparer.Ordinal);
    private long? scanned;
    private int keys;
    private int folder;

    internal int Foreign => foreign.Count;

    /// <summary>Hour folders of attempts that other logs know as open; null: there is no other log.</summary>
    internal Func<IEnumerable<string>>? OpenElsewhere { get; init; }

    /// <summary>Looks for records: the work list, and, when it is time, the folders.</summary>
    /// <param name="authenticity">Judges them.</param>
    /// <param name="alarm">Told where hints are of no use.</param>
    /// <param name="ct">Cancels.</param>
    internal async Task GatherAsync(RecordAuthenticity authenticity, Action<SequencerAlarm> alarm, CancellationToken ct)
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
        {
            // A run that ended in the midst of its reads left outcomes whose intents it had not come to.
            await FetchIntentsAsync(authenticity, ct);
            return;
        }

        var wanted = new HashSet<string>(StringComparer.Ordinal);
        if (!await HintsAsync(wanted, alarm, ct))
            scanned = null;
        if (scanned is not { } at || clock.GetElapsedTime(at) >= options.StrayEvery)
        {
            var whole = await ScanAsync(wanted, ct);
            scanned = whole ? clock.GetTimestamp() : null;
        }

        await EachAsync(wanted.Where(path => !waiting.ContainsKey(path)), (path, token) => JudgeAsync(path, authenticity, token), ct);
        await FetchIntentsAsync(authenticity, ct);
    }

    /// <summary>
    /// Takes hints, for half of what may wait: the other half is the scan's, so that no crowd of them keeps records out. False when there is more, or the work list does not answer: then folders have to be looked into.
    /// </summary>
    private async Task<bool> HintsAsync(HashSet<string> wanted, Action<SequencerAlarm> alarm, CancellationToken ct)
    {
        List<PendingRecord> done = [];
        var all = true;
        try
        {
            await foreach (var row in pending.ListAsync(ct))
            {
                if (!RecordPath.IsListable(row.Path) || logged.Contains(row.Path) || foreign.ContainsKey(LoggedRecords.KeyOf(row.Path)) || IsLongAbsent(row.Path))
                    done.Add(row);
                else if (waiting.Count + wanted.Count < options.MostWaiting / 2)
                    wanted.Add(row.Path);
                else if (!wanted.Contains(row.Path) && !waiting.ContainsKey(row.Path))
                    all = false;
                if (done.Count >= options.MostWaiting)
                    break;
            }

            await EachAsync(done, (row, token) => pending.RemoveAsync(row, token), ct);
            done.ForEach(row => absent.TryRemove(row.Path, out _));
        }
        catch (EvidenceStoreException e)
        {
            alarm(new SequencerAlarm(SequencerAlarmKind.Hints, store.Origin, $"the work list of the log {store.Origin} did not answer, and folders are listed instead: {e.Message}"));
            return false;
        }

        if (!all)
            alarm(new SequencerAlarm(SequencerAlarmKind.Hints, store.Origin, $"the work list of the log {store.Origin} names more than {options.MostWaiting / 2} records at a time: folders are listed beside it"));
        return all;
    }

    /// <summary>A hint comes after its record. One whose record has not come within an hour is about nothing, and the scan finds what it was about all the same.</summary>
    private bool IsLongAbsent(string path) => absent.TryGetValue(path, out var since) && clock.GetElapsedTime(since) >= options.StrayEvery;

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

    /// <summary>
    /// Whole days where the span allows, since a list call costs what ten reads cost: from two days before the newest logged seal, so that nothing of an outage is left out however long it was. And the hours of open
    /// intents, a part of them where somebody opened very many.
    /// </summary>
    private IEnumerable<string> Folders()
    {
        var now = clock.GetUtcNow();
        // A record's clock may be a little ahead of ours.
        var last = now.AddHours(1);
        List<string> days = [];
        // A log without a seal has hardly begun: all of it is one list.
        if (logged.SealedTo is not { } newest)
            return [RecordPath.Root];
        for (var day = (newest < now ? newest : now) - options.StrayBack; day.UtcDateTime.Date <= last.UtcDateTime.Date; day = day.AddDays(1))
            days.Add(RecordPath.DayFolder(day));
        var hours = logged.OpenFolders.Concat(OpenElsewhere?.Invoke() ?? []).Distinct(StringComparer.Ordinal).Where(hour => !days.Any(day => hour.StartsWith(day, StringComparison.Ordinal))).Order(StringComparer.Ordinal).ToList();
        var begin = hours.Count > MostFolders ? folder % hours.Count : 0;
        folder = begin + MostFolders;
        return days.Concat(hours.Skip(begin).Concat(hours.Take(begin)).Take(MostFolders));
    }

    private async Task JudgeAsync(string path, RecordAuthenticity authenticity, CancellationToken ct)
    {
        var blob = await store.ReadAsync(path, RecordLimits.Bytes, ct);
        if (blob is null)
        {
            if (absent.Count < options.MostWaiting)
                absent.TryAdd(path, clock.GetTimestamp());
            return;
        }

        absent.TryRemove(path, out _);
        var name = RecordPath.TryParse(path, out var parsed) ? parsed : null;
        if (!blob.Truncated && authenticity.Glance(blob.Bytes, path, name, store.Origin, blob.Created).Gist is { } record)
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
