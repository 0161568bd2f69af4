using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Shards;

/// <summary>
/// Keeps the logs of one account: sequences each, seals each at the full hour, opens the new year's with the old one's newest checkpoint, closes the old one two days later, and lists what came into it too late.
/// Every step is done by whoever comes first and found done by everybody else, so any number of instances may run, and a crash anywhere costs a minute.
/// </summary>
/// <param name="log">The containers, as the sequencer sees them.</param>
/// <param name="records">The same containers, as the writer sees them.</param>
/// <param name="sequencerOf">Makes the sequencer of a container, once.</param>
/// <param name="producer">Signs and judges records.</param>
/// <param name="pending">The work list.</param>
/// <param name="clock">Governance time.</param>
/// <param name="timers">Real time: waits.</param>
/// <param name="options">How long a record is tried to be written; the next run tries again.</param>
public sealed class ShardKeeper(
    IEvidenceContainers log, IEvidenceContainers records, Func<IEvidenceStore, Sequencer> sequencerOf, Producer producer, IPendingRecords pending, TimeProvider clock, TimeProvider timers, WriterOptions options) : IDisposable
{
    /// <summary>So long a log that is closed is looked at for what comes late; then it is left alone, and costs two reads a process.</summary>
    public static readonly TimeSpan LookedAt = TimeSpan.FromDays(7);

    /// <summary>So long a new log waits for the old one's checkpoint where that cannot be had: then it opens without.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <summary>A record may say that it was recorded so much later than the service created it: clocks differ.</summary>
    private static readonly TimeSpan LatestAfter = TimeSpan.FromMinutes(5);

    /// <summary>How often logs whose year has not come are looked at.</summary>
    private static readonly TimeSpan AheadEvery = TimeSpan.FromHours(1);

    private readonly Dictionary<string, LogKeeper> keepers = new(StringComparer.Ordinal);
    private readonly HashSet<string> done = new(StringComparer.Ordinal);
    private DateTimeOffset told;
    private DateTimeOffset lookedAhead;

    /// <summary>
    /// Hour folders of attempts that other accounts' logs know as open: what closes them may have fallen back to this one, and lies where the attempt began, however long ago. Null: there is no other account.
    /// </summary>
    public Func<IEnumerable<string>>? OpenElsewhere { get; set; }

    /// <summary>Hour folders of the attempts that no record closes in the log where they began, as far as the logs are read.</summary>
    public IEnumerable<string> OpenFolders => keepers.Values.SelectMany(keeper => keeper.Sequencer.Log?.Logged.OpenFolders ?? []);

    /// <summary>Throws <see cref="EvidenceStoreException"/> or <see cref="SigningException"/> when nothing at all could be done; what fails with one log stands in the report.</summary>
    public async Task<ShardReport> RunAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var authenticity = await producer.AuthenticityAsync(ct);
        var current = KeeperOf(await log.CurrentAsync(now, ct), await records.CurrentAsync(now, ct));
        var all = await log.AllAsync(ct);
        var older = await OlderAsync(all, current, now, authenticity, ct);
        foreach (var keeper in older)
            await keeper.IsolatedAsync(() => keeper.SequenceAsync(ct), ct);
        await current.IsolatedAsync(() => CurrentAsync(current, older, now, authenticity, ct), ct);
        foreach (var keeper in older.Where(keeper => keeper.Failure is null))
            await keeper.IsolatedAsync(() => EndAsync(keeper, current, now, authenticity, ct), ct);
        var outlook = await ShardOutlook.OfAsync(log, now, ct);
        if (outlook.Missing is { } missing)
            await current.IsolatedAsync(() => TellMissingAsync(missing, current, now, authenticity, ct), ct);
        return new ShardReport([.. older.Append(current).Select(keeper => keeper.Run())], outlook) { Alarms = await LookAheadAsync(all, now, ct) };
    }

    public void Dispose()
    {
        foreach (var keeper in keepers.Values)
            keeper.Dispose();
    }

    /// <summary>The log that is written to: opened before anything is put into its batches, then sequenced, then sealed.</summary>
    private async Task CurrentAsync(LogKeeper current, IReadOnlyList<LogKeeper> older, DateTimeOffset now, RecordAuthenticity authenticity, CancellationToken ct)
    {
        if (current is { Shard: { } shard, Opened: null })
        {
            var before = older.LastOrDefault(keeper => keeper.HasBegun);
            if (now - shard.Begins < Patience && before?.Sequencer.NewestCheckpoint is null && older.FirstOrDefault(keeper => keeper.Failure is not null) is { } failed)
                throw new EvidenceStoreException($"The log {shard.Origin} waits for the newest checkpoint of {failed.Store.Origin}, to go on from it: {failed.Failure!.Message}");
            // Where nothing ever stood in an older log there is nothing to go on from.
            if (before is not null)
            {
                // A year that was begun by a clock that is ahead looks to every other host like a thief's.
                await DemandAsync(shard.Begins - Sequencer.ClocksDiffer, before, $"{shard.Origin} is not opened", ct);
                await current.OpenAsync(before, authenticity, ct);
            }
        }

        await current.SequenceAsync(ct);
        if (current.Opened is { } opened)
            await current.HintAsync(opened, ct);
        await current.SealAsync(now, ct);
        await current.TellEndedKeysAsync(producer, authenticity, ct);
    }

    /// <summary>An older log goes on until it is two days past the newer one's opening; then it is closed, and the newer one says so.</summary>
    private static async Task EndAsync(LogKeeper old, LogKeeper current, DateTimeOffset now, RecordAuthenticity authenticity, CancellationToken ct)
    {
        if (!old.HasBegun)
            return;
        if (current.Opened is not { } opened || DueOf(opened) is var due && now < due)
        {
            if (!old.IsClosed)
                await old.SealAsync(now, ct);
            return;
        }

        if (!old.IsClosed)
        {
            // Nothing takes a closing back.
            await DemandAsync(due, old, $"{old.Store.Origin} is not closed", ct);
            await old.CloseAsync(ct);
        }

        if (!old.IsClosed)
            return;
        await current.EnsureAsync(ShardRecords.OfClose(due, old.Facts), authenticity, ct);
        while (await old.StraysAsync(current, due, now, ct) is { Count: > 0 } strays)
        {
            await current.EnsureAsync(ShardRecords.OfStrays(due, new ShardFacts(old.Store.Origin, Strays: strays)), authenticity, ct);
            old.Listed(strays);
        }
    }

    /// <summary>No host's own clock turns a year: the service's, as that log's container tells it, has come so far. Throws <see cref="EvidenceStoreException"/> where it has not.</summary>
    private static async Task DemandAsync(DateTimeOffset due, LogKeeper began, string otherwise, CancellationToken ct)
    {
        var service = await began.Sequencer.ServiceTimeAsync(ct);
        if (service < due)
            throw new EvidenceStoreException($"The clock of this host says that it is past {due:yyyy-MM-dd'T'HH:mm:ss'Z'}, the service's says {service:yyyy-MM-dd'T'HH:mm:ss'Z'}: the log {otherwise}. Set the clock right.");
    }

    /// <summary>Two days after the opening was recorded: not before its year, nor later than the service created it, whatever the record says.</summary>
    private static DateTimeOffset DueOf(FoundRecord opened)
    {
        var (said, latest) = (opened.Record.Recorded ?? opened.Record.Time, opened.Created + LatestAfter);
        return (said < opened.Record.Time ? opened.Record.Time : said > latest ? latest : said) + ShardRecords.ClosesAfter;
    }

    /// <summary>The logs before the current one that are not over, oldest first.</summary>
    private async Task<IReadOnlyList<LogKeeper>> OlderAsync(IReadOnlyList<IEvidenceStore> all, LogKeeper current, DateTimeOffset now, RecordAuthenticity authenticity, CancellationToken ct)
    {
        if (current.Shard is not { } shard)
            return [];
        await current.ReadOpenedAsync(authenticity, ct);
        var written = (await records.AllAsync(ct)).ToDictionary(store => store.Origin, StringComparer.Ordinal);
        var past = all.Where(store => ShardName.TryParse(store.Origin) is { } name && name.Year < shard.Year && written.ContainsKey(store.Origin)).OrderBy(store => store.Origin, StringComparer.Ordinal).ToArray();
        List<LogKeeper> older = [];
        for (var i = 0; i < past.Length; i++)
        {
            var store = past[i];
            if (done.Contains(store.Origin))
                continue;
            if (await IsOverAsync(store, [.. past[(i + 1)..].Select(newer => written[newer.Origin]), current.Store], now, authenticity, ct))
                done.Add(store.Origin);
            else
                older.Add(KeeperOf(store, written[store.Origin]));
        }

        return older;
    }

    /// <summary>True for a log whose closing stands in a newer one for a week: it is not even read any more.</summary>
    private static async Task<bool> IsOverAsync(IEvidenceStore store, IReadOnlyList<IEvidenceStore> newer, DateTimeOffset now, RecordAuthenticity authenticity, CancellationToken ct)
    {
        foreach (var log in newer)
        {
            var open = ShardRecords.OfOpen(ShardName.TryParse(log.Origin)!, new ShardFacts(store.Origin));
            if (await TimerRecords.FindAsync(log, authenticity, RecordPath.Of(open), ct) is not { } opened || DueOf(opened) is var due && now < due + LookedAt)
                continue;
            if (await TimerRecords.FindAsync(log, authenticity, RecordPath.Of(ShardRecords.OfClose(due, new ShardFacts(store.Origin))), ct) is not null)
                return true;
        }

        return false;
    }

    /// <summary>A log whose year has not come has no batch: who puts one there has the log key and means to end that year's log before it begins.</summary>
    private async Task<IReadOnlyList<SequencerAlarm>> LookAheadAsync(IReadOnlyList<IEvidenceStore> all, DateTimeOffset now, CancellationToken ct)
    {
        if (now - lookedAhead < AheadEvery)
            return [];
        lookedAhead = now;
        List<SequencerAlarm> alarms = [];
        foreach (var store in all)
        {
            if (ShardName.TryParse(store.Origin) is not { } ahead || ahead.Year <= now.UtcDateTime.Year)
                continue;
            try
            {
                // Nor is a year begun too soon by this host's clock alone.
                if (await store.ReadAsync(BatchName.Of(0), 1, ct) is not null && await Sequencer.ServiceTimeAsync(store, ct) < ahead.Begins - Sequencer.ClocksDiffer)
                    alarms.Add(new SequencerAlarm(SequencerAlarmKind.BegunAhead, BatchName.Of(0), $"the log {store.Origin} has a batch, and its year has not come: somebody with write access under log/ put it there. Where the log key signed it, that log may never take in a record: treat the key as stolen, and prepare another account before the year begins"));
            }
            catch (EvidenceStoreException)
            {
                // It is looked at again in an hour; that it does not answer is told by who prepares it.
                lookedAhead = default;
            }
        }

        return alarms;
    }

    private async Task TellMissingAsync(string missing, LogKeeper current, DateTimeOffset now, RecordAuthenticity authenticity, CancellationToken ct)
    {
        var day = TimerOp.Floor(now, TimeSpan.FromDays(1));
        if (told == day)
            return;
        await current.EnsureAsync(ShardRecords.OfMissing(missing, current.Store.Origin, now), authenticity, ct);
        told = day;
    }

    private LogKeeper KeeperOf(IEvidenceStore store, IEvidenceStore written) => keepers.TryGetValue(store.Origin, out var known)
        ? known
        : keepers[store.Origin] = new LogKeeper(store, written, sequencerOf, () => OpenFolders.Concat(OpenElsewhere?.Invoke() ?? []), producer, pending, clock, timers, options);
}
