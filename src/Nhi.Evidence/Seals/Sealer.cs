using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Seals;

/// <summary>
/// Seals one log at each full hour, also when nothing happened. Any number of instances may: the first to write an hour's seal has sealed it. After an outage one seal covers what was missed.
/// </summary>
/// <param name="store">The log's container, as the writer sees it.</param>
/// <param name="writer">Writes to that container and to no other.</param>
/// <param name="producer">Judges seals that are there.</param>
public sealed class Sealer(IEvidenceStore store, EvidenceWriter writer, Producer producer)
{
    /// <summary>How far back a log without a logged seal is searched for one: what is older has been logged, or is no seal of an hour that matters.</summary>
    private static readonly TimeSpan Unlogged = TimeSpan.FromHours(48);

    /// <summary>How far back it is searched for at most, where a logged seal cannot be read any more.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(375);

    /// <summary>An outage of at most so many hours is asked after hour by hour, all at once. Of a longer one days are listed: hardly anything lies in them.</summary>
    private const int ByName = 12;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private FoundRecord? newest;

    /// <summary>
    /// Seals the hour that <paramref name="now"/> (UTC) lies in, up to the log's end as the sequencer's last run left it. Null when it is sealed already.
    /// Throws <see cref="EvidenceWriteRefusedException"/>, <see cref="EvidenceStoreException"/> or <see cref="SigningException"/>: the next run does it.
    /// </summary>
    public async Task<WrittenRecord?> SealAsync(Sequencer sequencer, DateTimeOffset now, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(sequencer);
        var hour = TimerOp.Floor(now, SealRecord.Period);
        // A clock that was ahead and was set right has sealed hours to come: those before them are sealed all the same.
        if (sequencer.Log is not { } log || newest?.Record.Time == hour)
            return null;
        var authenticity = await producer.AuthenticityAsync(ct);
        if (await TimerRecords.FindAsync(store, authenticity, SealRecord.PathOf(store.Origin, hour), ct) is { } there)
        {
            newest = there;
            return null;
        }

        var previous = await PreviousAsync(log, authenticity, hour, ct);
        var written = await writer.WriteAsync(SealRecord.Of(store.Origin, hour, await FactsAsync(sequencer, log, previous, hour, ct)), new WriteRequest(FirstWriterWins: true), ct);
        newest = new FoundRecord(written.Reference, written.Record, now);
        return written.WasThere ? null : written;
    }

    private static async Task<SealFacts> FactsAsync(Sequencer sequencer, LogView log, FoundRecord? previous, DateTimeOffset hour, CancellationToken ct)
    {
        // A seal that says more than the log has is none of a log that only grows; then the whole log is counted again.
        var first = previous?.Record.Seal is { } seal && seal.LastIndex < log.Size ? Math.Max(seal.LastIndex + 1, 0) : 0;
        return new SealFacts(
            previous?.Record.Time ?? hour - SealRecord.Period, hour, first, log.Size - 1, await LeafCounts.SinceAsync(log, first, ct), log.Logged.Open,
            previous?.Reference, sequencer.NewestCheckpoint?.Checkpoint.Batch, sequencer.Foreign, log.Size == 0 ? null : log.Root.ToBase64());
    }

    /// <summary>
    /// The newest seal before that hour. What is logged is known from the batches; what may not be logged yet is found by its name, backward: an index lags, a container does not.
    /// </summary>
    private async Task<FoundRecord?> PreviousAsync(LogView log, RecordAuthenticity authenticity, DateTimeOffset hour, CancellationToken ct)
    {
        // One that is dated ahead is somebody's bad joke, and no predecessor.
        var known = (newest ?? await LoggedAsync(log, authenticity, ct)) is { } one && one.Record.Time < hour ? one : null;
        var after = known?.Record.Time ?? hour - (log.Logged.NewestSeal is null ? Unlogged : Longest);
        if (hour - after <= SealRecord.Period * ByName)
        {
            var near = await Task.WhenAll(Enumerable.Range(1, ByName).Select(back => hour - (SealRecord.Period * back)).Where(at => at > after).Select(at => OfHourAsync(authenticity, at, ct)));
            return near.FirstOrDefault(found => found is not null) ?? known;
        }

        for (var last = hour - SealRecord.Period; last > after; last = TimerOp.Floor(last, Day) - SealRecord.Period)
            foreach (var at in await OfDayAsync(last, after, ct))
                if (await OfHourAsync(authenticity, at, ct) is { } found)
                    return found;
        return known;
    }

    private async Task<FoundRecord?> OfHourAsync(RecordAuthenticity authenticity, DateTimeOffset hour, CancellationToken ct) =>
        await TimerRecords.FindAsync(store, authenticity, SealRecord.PathOf(store.Origin, hour), ct) is { Record.Seal: not null } seal ? seal : null;

    /// <summary>The hours up to <paramref name="last"/> of its day, and after <paramref name="after"/>, of which something bears the name of a seal: newest first.</summary>
    private async Task<IReadOnlyList<DateTimeOffset>> OfDayAsync(DateTimeOffset last, DateTimeOffset after, CancellationToken ct)
    {
        HashSet<DateTimeOffset> hours = [];
        await foreach (var blob in store.ListAsync(RecordPath.DayFolder(last), ct))
            if (RecordPath.TryParse(blob.Path, out var name) && name.Stage == "2-seal" && name.Time > after && name.Time <= last && RecordPath.Plain(blob.Path) == SealRecord.PathOf(store.Origin, name.Time))
                hours.Add(name.Time);
        return [.. hours.OrderDescending()];
    }

    private async Task<FoundRecord?> LoggedAsync(LogView log, RecordAuthenticity authenticity, CancellationToken ct) =>
        log.Logged.NewestSeal is { } line && await store.ReadAsync(line.Path, RecordLimits.Bytes, ct) is { } blob && TimerRecords.Judge(store, authenticity, line.Path, blob) is { Record.Seal: not null } seal ? seal : null;
}
