using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests;

/// <summary>A log in memory with everything that writes to it: own keys, a clock that stands still until it is moved.</summary>
internal sealed class EvidenceBench : IDisposable
{
    internal const string Origin = "nhievidence.blob.core.windows.net/evidence-2026";

    internal EvidenceBench(WriterOptions? options = null, IEvidenceStore? store = null)
    {
        Clock = new FakeTimeProvider(Samples.Start) { AutoAdvanceAmount = TimeSpan.Zero };
        Memory = new MemoryEvidenceStore(Origin, Clock);
        Store = store ?? Memory;
        Secondary = new MemoryEvidenceStore("nhisecond.blob.core.windows.net/evidence-2026", Clock);
        Options = options ?? new WriterOptions { Guard = GuardMode.Throw };
        Producer = NewProducer("i-1");
        Writer = NewWriter(Producer);
    }

    internal FakeTimeProvider Clock { get; }
    internal MemoryEvidenceStore Memory { get; }
    internal IEvidenceStore Store { get; }
    internal MemoryEvidenceStore Secondary { get; }
    internal PemSigner ProducersKey { get; } = PemSigner.Create();
    internal PemSigner LogKey { get; } = PemSigner.Create();
    internal WriterOptions Options { get; }
    internal MemoryPendingRecords Pending { get; } = new();
    internal Producer Producer { get; }
    internal EvidenceWriter Writer { get; }

    internal Producer NewProducer(string instance) => new(ProducersKey, new ProducerDescription("nhi-governor", "1.4.2", instance, "abc", "westeurope"));

    internal EvidenceWriter NewWriter(Producer producer, IPendingRecords? pending = null) =>
        new(YearlyContainers.Single(Store), YearlyContainers.Single(Secondary), producer, pending ?? Pending, Clock, Clock, Options);

    internal Task<WrittenRecord> WriteAsync(EvidenceRecord record, WriteRequest request = default) => Writer.WriteAsync(record, request, TestContext.Current.CancellationToken);

    /// <summary>Lets time pass until the task ends: whoever waits by the clock is woken.</summary>
    internal async Task<T> EndOfAsync<T>(Task<T> task, TimeSpan? step = null)
    {
        for (var i = 0; i < 2_000 && !task.IsCompleted; i++)
        {
            await Task.Yield();
            if (!task.IsCompleted)
                Clock.Advance(step ?? TimeSpan.FromSeconds(1));
        }

        return await task;
    }

    internal async Task<EvidenceRecord> StoredAsync(string path, IEvidenceStore? store = null) =>
        RecordSerializer.Read((await (store ?? Store).ReadAsync(path, RecordLimits.Bytes, default))!.Bytes.Span);

    internal async Task<List<string>> NamesAsync(IEvidenceStore? store = null)
    {
        List<string> names = [];
        await foreach (var blob in (store ?? Store).ListAsync("", default))
            names.Add(blob.Path);
        return names;
    }

    public void Dispose()
    {
        Producer.Dispose();
        ProducersKey.Dispose();
        LogKey.Dispose();
    }
}
