using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Writing;

namespace Nhi.Benchmarks;

/// <summary>Written records of one log in memory, with every key and signature real; sequenced when asked.</summary>
internal sealed class Workload : IDisposable
{
    internal const string Origin = "nhievidence.blob.core.windows.net/evidence-2026";
    private readonly StillClock clock = new();
    private readonly PemSigner producersKey = PemSigner.Create();
    private readonly PemSigner logKey = PemSigner.Create();
    private readonly MemoryPendingRecords pending = new();
    private readonly MemoryEvidenceStore store;
    private readonly Producer producer;

    private Workload()
    {
        store = new MemoryEvidenceStore(Origin, clock);
        producer = new Producer(producersKey, new ProducerDescription("nhi-governor", "1.4.2", "i-1", "abc", "westeurope"));
    }

    internal MemoryTileStore Tiles { get; } = new();

    internal ReadOnlyMemory<byte> LogKey { get; private set; }

    internal ReadOnlyMemory<byte> ProducersKey { get; private set; }

    /// <summary>Half of them intents, half what closes them; all in the work list, none in a batch.</summary>
    internal static async Task<Workload> WrittenAsync(int records)
    {
        var work = new Workload();
        (work.LogKey, work.ProducersKey) = (await work.logKey.PublicKeyAsync(default), await work.producersKey.PublicKeyAsync(default));
        var writer = new EvidenceWriter(YearlyContainers.Single(work.store), YearlyContainers.Single(work.store), work.producer, work.pending, work.clock, work.clock, new WriterOptions());
        for (var i = 0; i < records; i += 2)
        {
            var intent = SampleRecords.Intent(i);
            var written = await writer.WriteAsync(intent, default, default);
            await writer.WriteAsync(SampleRecords.Outcome(intent, written.Reference), default, default);
        }

        return work;
    }

    /// <summary>Puts everything that waits into batches, with checkpoints and tiles; with the rows of the index, kept in memory, too.</summary>
    internal async Task<long> SequenceAsync(bool index)
    {
        IBatchSink sink = index ? new IndexSink(new MemoryEvidenceIndex()) : new BatchSinks();
        using var sequencer = new Sequencer(store, new LogKeys(logKey), producer, pending, sink, Tiles, clock, new SequencerOptions());
        return (await sequencer.RunAsync(default)).Logged;
    }

    /// <summary>The log as a verifier reads it, at next to no cost, so that the verifier is what is measured.</summary>
    internal async Task<ReadyLog> ReadyAsync()
    {
        Dictionary<string, LogBlob> blobs = new(StringComparer.Ordinal);
        await foreach (var name in store.ListAsync("", default))
            blobs[name.Path] = new LogBlob((await store.ReadAsync(name.Path, int.MaxValue, default))!.Bytes, name.Created);
        return new ReadyLog(Origin, blobs);
    }

    /// <summary>Every record as stored.</summary>
    internal async Task<List<byte[]>> RecordsAsync()
    {
        List<byte[]> records = [];
        await foreach (var name in store.ListAsync(RecordPath.Root, default))
            records.Add((await store.ReadAsync(name.Path, int.MaxValue, default))!.Bytes.ToArray());
        return records;
    }

    public void Dispose()
    {
        producer.Dispose();
        producersKey.Dispose();
        logKey.Dispose();
    }
}
