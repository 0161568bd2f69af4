using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Sequencing;

/// <summary>16 writers and 3 sequencers without any lease over one container, each of them dying and losing answers all the time.</summary>
public sealed class RivalSequencersTests : IDisposable
{
    private const int Writers = 16;
    private const int Attempts = 6;
    private readonly EvidenceBench bench = new(new WriterOptions { Guard = GuardMode.Throw, FirstWait = TimeSpan.Zero, GiveUpIntent = TimeSpan.MaxValue, GiveUpOutcome = TimeSpan.MaxValue });
    private readonly MemoryEvidenceIndex index = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Nothing_is_lost_nothing_forks_and_every_record_stands_in_the_log_once(int seed)
    {
        var writers = Enumerable.Range(0, Writers).Select(i => Task.Run(() => WriteAsync(i, seed), Ct)).ToArray();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var sequencers = Enumerable.Range(0, 3).Select(i => Task.Run(() => SequenceAsync(new Random((seed * 100) + i), stop.Token), Ct)).ToArray();
        var durable = (await Task.WhenAll(writers)).SelectMany(written => written).ToArray();
        await stop.CancelAsync();
        await Task.WhenAll(sequencers);
        using var last = NewSequencer(bench.Store);
        await last.RunAsync(Ct);

        var (valid, voids) = await LogReader.ReadAsync(bench.Store, await bench.LogKey.PublicKeyAsync(Ct));
        Assert.Empty(voids);
        var logged = valid.SelectMany(batch => batch.Entries).ToArray();
        var listed = (await bench.NamesAsync()).Where(name => name.StartsWith(RecordPath.Root, StringComparison.Ordinal)).ToArray();
        Assert.Equal(Writers * Attempts * 2, durable.Length);
        Assert.Equal(listed.Order(StringComparer.Ordinal), logged.Select(entry => entry.Path).Order(StringComparer.Ordinal));
        var hashes = logged.ToDictionary(entry => entry.Path, entry => entry.Sha256);
        Assert.All(durable, written => Assert.Equal(written.Reference.Sha256, hashes[written.Reference.Path]));
        var at = logged.Select((entry, i) => (entry.Path, i)).ToDictionary(pair => pair.Path, pair => pair.i);
        Assert.All(durable.Where(written => written.Record.Intent is not null), outcome => Assert.True(at[outcome.Record.Intent!.Path] < at[outcome.Reference.Path]));
        await AssertRebuildsAsync();
    }

    public void Dispose() => bench.Dispose();

    private async Task AssertRebuildsAsync()
    {
        var before = await LogReader.RowsAsync(index);
        Assert.Equal(Writers * Attempts, before.Count(row => row.PartitionKey.StartsWith("open:", StringComparison.Ordinal) && row.Closed));
        var rebuilt = new MemoryEvidenceIndex();
        await new IndexRebuilder(bench.Store, await bench.LogKey.PublicKeyAsync(Ct), await bench.Producer.AuthenticityAsync(Ct)).RebuildAsync(rebuilt, Ct);
        Assert.Equal(before, await LogReader.RowsAsync(rebuilt));
    }

    /// <summary>A writer that dies comes back as another process: with another key, and no memory of what it sent.</summary>
    private async Task<List<WrittenRecord>> WriteAsync(int number, int seed)
    {
        var random = new Random((seed * 1_000) + number);
        List<WrittenRecord> written = [];
        for (var i = 0; i < Attempts; i++)
        {
            var intent = Samples.Intent((number * 100) + i);
            var first = await UntilAsync(intent, random);
            written.Add(first);
            written.Add(await UntilAsync(Samples.Outcome(intent, reference: first.Reference), random));
        }

        return written;
    }

    private async Task<WrittenRecord> UntilAsync(EvidenceRecord record, Random random)
    {
        while (true)
        {
            using var producer = bench.NewProducer("i");
            var store = new CrashingStore(bench.Store, random, crash: 0.08, lost: 0.08);
            var writer = new EvidenceWriter(YearlyContainers.Single(store), null, producer, random.Next(2) == 0 ? bench.Pending : null, bench.Clock, bench.Clock, bench.Options);
            try
            {
                return await writer.WriteAsync(record, default, Ct);
            }
            catch (CrashException)
            {
            }
        }
    }

    private async Task SequenceAsync(Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var sequencer = NewSequencer(new CrashingStore(bench.Store, random, crash: 0.004, lost: 0.004));
            try
            {
                for (var i = 0; i < 20 && !stop.IsCancellationRequested; i++)
                    await sequencer.RunAsync(Ct);
            }
            catch (Exception e) when (IsWanted(e))
            {
            }
        }
    }

    private static bool IsWanted(Exception e) => e is CrashException or EvidenceStoreException || (e is AggregateException many && many.Flatten().InnerExceptions.All(IsWanted));

    private Sequencer NewSequencer(IEvidenceStore store) =>
        new(store, bench.LogKey, null, bench.Producer, bench.Pending, new IndexSink(index), bench.Clock, new SequencerOptions { Parallel = 4, StrayEvery = TimeSpan.Zero, BatchEntries = 7 });
}
