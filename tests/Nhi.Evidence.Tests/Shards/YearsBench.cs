using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Shards;

/// <summary>An account with a container a year, in memory, and any number of hosts that keep its logs.</summary>
internal sealed class YearsBench : IDisposable
{
    internal const string Account = "nhievidence.blob.core.windows.net";
    private readonly Dictionary<int, IEvidenceStore> years = [];

    internal YearsBench(DateTimeOffset start, params int[] containers)
    {
        Clock = new FakeTimeProvider(start);
        foreach (var year in containers)
            Add(year);
        Producer = new Producer(ProducersKey, new ProducerDescription("nhi-governor", "1.4.2", "i-1"));
        Containers = new YearlyContainers(() => years);
        Writer = new EvidenceWriter(Containers, null, Producer, Pending, Clock, Clock, Options);
    }

    internal FakeTimeProvider Clock { get; }
    internal PemSigner ProducersKey { get; } = PemSigner.Create();
    internal PemSigner LogKey { get; } = PemSigner.Create();
    internal Producer Producer { get; }
    internal MemoryPendingRecords Pending { get; } = new();
    internal YearlyContainers Containers { get; }
    internal EvidenceWriter Writer { get; }

    internal static WriterOptions Options { get; } = new() { Guard = GuardMode.Throw, GiveUpIntent = TimeSpan.FromMilliseconds(1), GiveUpOutcome = TimeSpan.FromMilliseconds(1) };

    internal void Add(int year) => years[year] = new MemoryEvidenceStore($"{Account}/evidence-{year}", Clock);

    internal MemoryEvidenceStore Year(int year) => (MemoryEvidenceStore)years[year];

    /// <summary>A process: it remembers what it has read, until it is disposed.</summary>
    internal ShardKeeper NewHost(Func<IEvidenceStore, IEvidenceStore>? seen = null, TimeProvider? clock = null)
    {
        clock ??= Clock;
        var containers = new YearlyContainers(() => years.ToDictionary(pair => pair.Key, pair => seen is null ? pair.Value : seen(pair.Value)));
        return new ShardKeeper(containers, containers, store => new Sequencer(store, LogKey, null, Producer, Pending, new IndexSink(new MemoryEvidenceIndex()), clock, new SequencerOptions { Parallel = 4 }), Producer, Pending, clock, Clock, Options);
    }

    internal static async Task<ShardReport> RunAsync(ShardKeeper host)
    {
        var report = await host.RunAsync(TestContext.Current.CancellationToken);
        Assert.All(report.Logs, log => Assert.Null(log.Failure));
        return report;
    }

    /// <summary>Writes an intent and its outcome, as an attempt does.</summary>
    internal async Task AttemptAsync(int number)
    {
        var intent = Samples.Intent(number, new DateTimeOffset(Clock.GetUtcNow().UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero));
        var written = await Writer.WriteAsync(intent, default, TestContext.Current.CancellationToken);
        await Writer.WriteAsync(Samples.Outcome(intent, "ok", written.Reference), default, TestContext.Current.CancellationToken);
    }

    /// <summary>Who has the writer's identity puts a record into any year's container, and says that it was written so much earlier or later. Its name.</summary>
    internal async Task<string> WriteAsThiefAsync(int year, EvidenceRecord record, TimeSpan shift)
    {
        var writer = new EvidenceWriter(YearlyContainers.Single(years[year]), null, Producer, null, new FakeTimeProvider(Clock.GetUtcNow() + shift), Clock, Options);
        return (await writer.WriteAsync(record, default, TestContext.Current.CancellationToken)).Reference.Path;
    }

    /// <summary>The authentic records of a container, by name.</summary>
    internal async Task<List<(string Path, EvidenceRecord Record)>> RecordsAsync(int year)
    {
        List<(string, EvidenceRecord)> records = [];
        var authenticity = await Producer.AuthenticityAsync(default);
        await foreach (var blob in years[year].ListAsync("records/", default))
        {
            var bytes = (await years[year].ReadAsync(blob.Path, RecordLimits.Bytes, default))!.Bytes;
            if (authenticity.Check(bytes.Span, blob.Path, years[year].Origin).Record is { } record)
                records.Add((blob.Path, record));
        }

        return records;
    }

    internal async Task<List<EvidenceRecord>> RecordsAsync(int year, string action) => [.. (await RecordsAsync(year)).Select(pair => pair.Record).Where(record => record.Action == action)];

    internal async Task<List<BatchFile>> BatchesAsync(int year)
    {
        var (valid, voids) = await LogReader.ReadAsync(years[year], (await LogKey.PublicKeyAsync(default)));
        Assert.Empty(voids);
        return valid;
    }

    /// <summary>Every leaf of a log, in its order.</summary>
    internal async Task<List<string>> LeavesAsync(int year) => [.. (await BatchesAsync(year)).SelectMany(batch => batch.Entries).Select(entry => entry.Path)];

    public void Dispose()
    {
        Producer.Dispose();
        ProducersKey.Dispose();
        LogKey.Dispose();
    }
}
