using Nhi.Evidence.Records;
using Nhi.Evidence.Seals;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Shards;

/// <summary>One log as the keeper of its account has it: its sequencer, and a writer to it alone.</summary>
internal sealed class LogKeeper : IDisposable
{
    private readonly EvidenceWriter writer;
    private readonly IPendingRecords pending;
    private readonly Sealer sealer;
    private readonly StrayScan strays;
    private readonly List<SequencerReport> reports = [];
    private readonly HashSet<string> toldEnds = new(StringComparer.Ordinal);

    internal LogKeeper(IEvidenceStore log, IEvidenceStore records, Func<IEvidenceStore, Sequencer> sequencerOf, Func<IEnumerable<string>> openElsewhere, Producer producer, IPendingRecords pending, TimeProvider clock, TimeProvider timers, WriterOptions options)
    {
        (Store, this.pending, Shard) = (records, pending, ShardName.TryParse(log.Origin));
        Sequencer = sequencerOf(log);
        Sequencer.OpenElsewhere = openElsewhere;
        writer = new EvidenceWriter(YearlyContainers.Single(records), null, producer, pending, clock, timers, options);
        sealer = new Sealer(records, writer, producer);
        strays = new StrayScan(records, Sequencer, producer);
    }

    /// <summary>The container, as the writer sees it.</summary>
    internal IEvidenceStore Store { get; }

    /// <summary>Null for a log that is not a year's.</summary>
    internal ShardName? Shard { get; }

    internal Sequencer Sequencer { get; }

    /// <summary>Its <c>shard.open</c>, once known.</summary>
    internal FoundRecord? Opened { get; private set; }

    /// <summary>True when something stands in it.</summary>
    internal bool HasBegun => Sequencer.Log is { Head: >= 0 };

    internal bool IsClosed => Sequencer.Log is { Chain.IsClosed: true };

    /// <summary>The newest checkpoint, as another log tells of it.</summary>
    internal ShardFacts Facts => new(Store.Origin, Sequencer.NewestCheckpoint is not { } newest ? null
        : new CheckpointFacts(newest.Checkpoint.Batch, newest.Checkpoint.Size, newest.Checkpoint.Root.ToBase64(), NoteOf(newest.Note.Span)));

    /// <summary>What kept this run from finishing with it.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>Batches what is unlogged.</summary>
    internal async Task SequenceAsync(CancellationToken ct) => reports.Add(await Sequencer.RunAsync(ct));

    /// <summary>Gives it its last batch.</summary>
    internal async Task CloseAsync(CancellationToken ct) => reports.Add(await Sequencer.CloseAsync(ct));

    /// <summary>A log that fails does not stop the others: the report says what it was.</summary>
    internal async Task IsolatedAsync(Func<Task> work, CancellationToken ct)
    {
        try
        {
            await work();
        }
#pragma warning disable CA1031 // Whatever it was, it is reported, and the other logs go on.
        catch (Exception e) when (!ct.IsCancellationRequested || e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            Failure = e;
        }
    }

    /// <summary>What was done since the last call.</summary>
    internal LogRun Run()
    {
        var run = new LogRun(Store.Origin, [.. reports], Failure);
        reports.Clear();
        Failure = null;
        return run;
    }

    internal Task<WrittenRecord?> SealAsync(DateTimeOffset now, CancellationToken ct) => sealer.SealAsync(Sequencer, now, ct);

    /// <summary>What came into this closed log and is neither in its batches nor in the lists of the newer log.</summary>
    internal Task<IReadOnlyList<RecordReference>> StraysAsync(LogKeeper newer, DateTimeOffset due, DateTimeOffset now, CancellationToken ct) => strays.FindAsync(newer, due, now, ct);

    /// <summary>The newer log lists these.</summary>
    internal void Listed(IReadOnlyList<RecordReference> found) => strays.Listed(found);

    /// <summary>Writes <c>shard.open</c>, unless it is there.</summary>
    internal async Task OpenAsync(LogKeeper before, RecordAuthenticity authenticity, CancellationToken ct) =>
        Opened ??= await EnsureAsync(ShardRecords.OfOpen(Shard!, before.Facts), authenticity, ct);

    /// <summary>Reads <c>shard.open</c>; leaves <see cref="Opened"/> null where there is none.</summary>
    internal async Task ReadOpenedAsync(RecordAuthenticity authenticity, CancellationToken ct) =>
        Opened ??= await TimerRecords.FindAsync(Store, authenticity, RecordPath.Of(ShardRecords.OfOpen(Shard!, new ShardFacts(Store.Origin))), ct);

    /// <summary>The record, as it stands in the log under its name: written now where it is not there. Its name may be of the past, where no scan looks: so its hint is given again until it is logged.</summary>
    internal async Task<FoundRecord> EnsureAsync(EvidenceRecord record, RecordAuthenticity authenticity, CancellationToken ct)
    {
        if (await TimerRecords.FindAsync(Store, authenticity, RecordPath.Of(record), ct) is not { } found)
        {
            var written = await writer.WriteAsync(record, new WriteRequest(FirstWriterWins: true), ct);
            found = new FoundRecord(written.Reference, written.Record, written.Record.Recorded ?? record.Time);
        }

        await HintAsync(found, ct);
        return found;
    }

    /// <summary>Says of each version of the producers' key that has ended that it has; once it stands in the log nobody asks again.</summary>
    internal async Task TellEndedKeysAsync(Producer producer, RecordAuthenticity authenticity, CancellationToken ct)
    {
        foreach (var record in (await producer.EndedAsync(ct)).Select(EndedKeyRecord.Of).Where(record => !toldEnds.Contains(record.Op)))
        {
            var found = await EnsureAsync(record, authenticity, ct);
            if (Sequencer.Log?.Logged.Contains(found.Reference.Path) is true)
                toldEnds.Add(record.Op);
        }
    }

    /// <summary>Announces what is not logged yet once more.</summary>
    internal async Task HintAsync(FoundRecord found, CancellationToken ct)
    {
        if (Sequencer.Log?.Logged.Contains(found.Reference.Path) is true)
            return;
        try
        {
            await pending.AddAsync(found.Record.Op, RecordPath.StageOf(found.Record), found.Reference.Path, ct);
        }
#pragma warning disable CA1031 // A hint: the next run gives it again.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
        }
    }

    public void Dispose() => Sequencer.Dispose();

    /// <summary>Half a note is worth nothing.</summary>
    private static string? NoteOf(ReadOnlySpan<byte> note) => note.Length <= RecordLimits.Text ? System.Text.Encoding.UTF8.GetString(note) : null;
}
