using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Shards;

/// <summary>Looks for authentic records that came into a log after its last batch: a host was frozen, or thought that it was still last year.</summary>
internal sealed class StrayScan(IEvidenceStore store, Sequencer sequencer, Producer producer)
{
    /// <summary>How often it looks.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>Attempts that began longer before the closing are looked for only while they are open.</summary>
    private static readonly TimeSpan Back = TimeSpan.FromDays(5);

    private readonly HashSet<UInt128> foreign = [];
    private readonly HashSet<string> listed = new(StringComparer.Ordinal);
    private readonly HashSet<string> readLists = new(StringComparer.Ordinal);
    private DateTimeOffset? looked;

    /// <summary>They need not be found again.</summary>
    internal void Listed(IReadOnlyList<RecordReference> strays) => listed.UnionWith(strays.Select(stray => stray.Path));

    /// <summary>At most <see cref="RecordLimits.Strays"/> at a time, without those that are listed.</summary>
    internal async Task<IReadOnlyList<RecordReference>> FindAsync(LogKeeper newer, DateTimeOffset due, DateTimeOffset now, CancellationToken ct)
    {
        if (sequencer.Log is not { } log || now - looked < Every)
            return [];
        var authenticity = await producer.AuthenticityAsync(ct);
        await ReadListsAsync(newer, authenticity, ct);
        List<RecordReference> strays = [];
        foreach (var folder in Folders(log.Logged, due, now))
        {
            await foreach (var blob in store.ListAsync(folder, ct))
            {
                if (strays.Count < RecordLimits.Strays && !log.Logged.Contains(blob.Path) && !listed.Contains(blob.Path) && await JudgeAsync(blob, authenticity, ct) is { } stray)
                    strays.Add(stray);
            }
        }

        // A full list has more behind it: the next run looks again at once.
        if (strays.Count < RecordLimits.Strays)
            looked = now;
        return strays;
    }

    private static IEnumerable<string> Folders(LoggedRecords logged, DateTimeOffset due, DateTimeOffset now)
    {
        List<string> days = [];
        for (var day = due - Back; day.UtcDateTime.Date <= now.AddHours(1).UtcDateTime.Date; day = day.AddDays(1))
            days.Add(RecordPath.DayFolder(day));
        return days.Concat(logged.OpenFolders.Where(hour => !days.Any(day => hour.StartsWith(day, StringComparison.Ordinal))));
    }

    private async Task<RecordReference?> JudgeAsync(ListedBlob blob, RecordAuthenticity authenticity, CancellationToken ct)
    {
        var key = LoggedRecords.KeyOf(blob.Path);
        if (foreign.Contains(key))
            return null;
        if (blob.Size <= RecordLimits.Bytes && RecordPath.IsListable(blob.Path) && await store.ReadAsync(blob.Path, RecordLimits.Bytes, ct) is { } read && TimerRecords.Judge(store, authenticity, blob.Path, read) is { } found)
            return found.Reference;
        foreign.Add(key);
        return null;
    }

    /// <summary>What the newer log lists already, in its batches.</summary>
    private async Task ReadListsAsync(LogKeeper newer, RecordAuthenticity authenticity, CancellationToken ct)
    {
        foreach (var path in (newer.Sequencer.Log?.Logged.StrayLists ?? []).Where(path => !readLists.Contains(path)).ToArray())
        {
            if (await newer.Store.ReadAsync(path, RecordLimits.Bytes, ct) is { } blob && TimerRecords.Judge(newer.Store, authenticity, path, blob)?.Record.Shard is { } facts && facts.Log == store.Origin)
                Listed(facts.Strays ?? []);
            readLists.Add(path);
        }
    }
}
