using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;
using Nhi.Governance.Evidence;
using Nhi.Governance.Publishing;

namespace Nhi.Governance.Tests.Evidence;

/// <summary>An account of evidence in memory, kept by the sequencing timer as the app keeps it.</summary>
internal sealed class LogRig : IDisposable, ICursors
{
    private readonly Dictionary<int, IEvidenceStore> years = [];
    private readonly Dictionary<string, Cursor> cursors = [];
    private readonly EvidenceWriter writer;

    internal LogRig(DateTimeOffset now, IReadOnlyList<int> containers, Nhi.Governance.Policies.IPolicySource? policies = null, string account = "a", LogRig? beside = null)
    {
        (Clock, LogKey, ProducersKey) = beside is null ? (new FakeTimeProvider(now), PemSigner.Create(), PemSigner.Create()) : (beside.Clock, beside.LogKey, beside.ProducersKey);
        foreach (var year in containers)
            years[year] = new MemoryEvidenceStore($"{account}.blob.core.windows.net/evidence-{year}", Clock);
        Containers = new YearlyContainers(() => years);
        Producer = new Producer(ProducersKey, new ProducerDescription("nhi", "1", "i"));
        writer = new EvidenceWriter(Containers, null, Producer, Pending, Clock, Clock, new WriterOptions { Guard = GuardMode.Throw });
        LogKeys = beside?.LogKeys ?? new Versions(LogKey);
        Sequencing = new EvidenceSequencing([new LogAccount(Containers, Containers)], LogKeys, Producer, Pending, new MemoryEvidenceIndex(), Clock, Log, policies: policies);
    }

    internal MemoryPendingRecords Pending { get; } = new();
    internal PemSigner ProducersKey { get; }
    internal FakeTimeProvider Clock { get; }
    internal YearlyContainers Containers { get; }
    internal Producer Producer { get; }
    internal PemSigner LogKey { get; }

    /// <summary>The versions of the log key; one more is how it rotates.</summary>
    internal Versions LogKeys { get; }
    internal EvidenceSequencing Sequencing { get; }
    internal ListLogger<EvidenceSequencing> Log { get; } = new();

    /// <summary>What is told of cursors that the log does not bear out.</summary>
    internal ListLogger<LogPlaces> Refused { get; } = new();

    internal LogPlaces Places => new(LogKeys, Refused);

    internal MemoryEvidenceStore Year(int year) => (MemoryEvidenceStore)years[year];

    /// <summary>Null: records are written; else what is thrown instead.</summary>
    internal Exception? Refuses { get; set; }

    /// <summary>What is recorded of notices, in this account.</summary>
    internal Nhi.Governance.Publishing.Notices.Receipts Receipts => new(new Refusing(this, new EvidenceLog(writer, Containers, null, Producer, new MemoryEvidenceIndex(), Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<EvidenceLog>.Instance)));

    internal Task WriteAsync(int number) => writer.WriteAsync(new EvidenceRecord
    {
        Op = Nhi.Governance.Rotation.RotationId.Op($"{number}", "rotate", Clock.GetUtcNow(), number),
        Stage = RecordStage.Intent,
        Action = "credential.rotate",
        Time = new DateTimeOffset(Clock.GetUtcNow().UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero),
        Summary = "About to rotate.",
    }, default, TestContext.Current.CancellationToken);

    internal Task WriteAsync(EvidenceRecord record) => writer.WriteAsync(record, default, TestContext.Current.CancellationToken);

    /// <summary>Whoever has a writer's key says when a record was written.</summary>
    internal Task WriteAsync(EvidenceRecord record, DateTimeOffset says) =>
        new EvidenceWriter(Containers, null, Producer, Pending, new FakeTimeProvider(says), Clock, new WriterOptions { Guard = GuardMode.Throw }).WriteAsync(record, default, TestContext.Current.CancellationToken);

    /// <summary>Whoever has the state account writes what he wants.</summary>
    internal void Overwrite(string beginning, Func<string, string, string> value)
    {
        foreach (var name in cursors.Keys.Where(name => name.StartsWith(beginning, StringComparison.Ordinal)).ToList())
            cursors[name] = new Cursor(value(name, cursors[name].Value), "another");
    }

    internal void LoseCursors() => cursors.Clear();

    public Task<Cursor?> ReadAsync(string name, CancellationToken ct) => Task.FromResult(cursors.GetValueOrDefault(name));

    public Task<Cursor?> TryMoveAsync(string name, string value, Cursor? from, CancellationToken ct) => Task.FromResult<Cursor?>(cursors[name] = new Cursor(value, value));

    private sealed class Refusing(LogRig rig, IEvidenceLog log) : IEvidenceLog
    {
        public Task<RecordReference> WriteAsync(EvidenceRecord record, WriteRules rules, CancellationToken ct) => rig.Refuses is { } why ? throw why : log.WriteAsync(record, rules, ct);
        public string PathOf(EvidenceRecord record) => log.PathOf(record);
        public Task<string?> ClosingOfAsync(string intentPath, CancellationToken ct) => log.ClosingOfAsync(intentPath, ct);
        public Task<ReadRecord?> ReadAsync(string path, CancellationToken ct) => log.ReadAsync(path, ct);
        public Task<ReadRecord?> NewestAsync(string action, DateTimeOffset before, CancellationToken ct) => log.NewestAsync(action, before, ct);
        public Task<IReadOnlyList<IndexedRecord>> OfResourceAsync(Nhi.Governance.Credentials.ResourceId resource, CancellationToken ct) => log.OfResourceAsync(resource, ct);
        public IAsyncEnumerable<IndexedRecord> OpenIntentsAsync(DateTimeOffset before, CancellationToken ct) => log.OpenIntentsAsync(before, ct);
    }

    public void Dispose()
    {
        Sequencing.Dispose();
        Producer.Dispose();
        LogKey.Dispose();
        ProducersKey.Dispose();
    }
}

/// <summary>A key whose versions come one after the other.</summary>
internal sealed class Versions(ISigner first) : ILogKeys
{
    private readonly List<ISigner> all = [first];

    public ReadOnlyMemory<byte>? First => null;

    internal void Add(ISigner version) => all.Add(version);

    public ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct) => new([.. all]);
}

/// <summary>Keeps what is logged, with the number of the event.</summary>
internal sealed class ListLogger<T> : ILogger<T>
{
    public ConcurrentQueue<(int Event, LogLevel Level, string Text)> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((eventId.Id, logLevel, formatter(state, exception)));
}
