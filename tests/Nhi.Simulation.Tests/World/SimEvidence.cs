using System.Globalization;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Governance.Evidence;
using Nhi.Governance.Publishing.Notices;

namespace Nhi.Simulation.Tests.World;

/// <summary>A create-only log whose index lags behind and can be lost.</summary>
internal sealed class SimEvidence(SimWorld world)
{
    private readonly List<(string Path, EvidenceRecord Record, IndexedRecord Row, DateTimeOffset Indexed)> _records = [];
    private readonly List<EvidenceRecord> _named = [];
    private readonly List<int> _intents = [];
    private readonly Dictionary<string, int> _byPath = [];
    private readonly Dictionary<string, (string Path, DateTimeOffset Indexed)> _closings = [];
    private readonly Dictionary<string, List<int>> _byResource = [];
    private DateTimeOffset _indexFrom;

    public bool Refuses { get; set; }

    /// <summary>What is stored of a record: as it is, unless a story has the writer cut something.</summary>
    public Func<EvidenceRecord, EvidenceRecord> Stores { get; set; } = record => record;
    public bool SecondaryRefuses { get; set; }

    /// <summary>All records with their names, in the order in which they were written.</summary>
    public IEnumerable<EvidenceRecord> All
    {
        get
        {
            for (var i = _named.Count; i < _records.Count; i++)
                _named.Add(_records[i].Record with { Path = _records[i].Path });
            return _named;
        }
    }

    /// <summary>Looks at the newest first: what is asked for was mostly written a moment ago.</summary>
    public bool Has(Func<EvidenceRecord, bool> condition)
    {
        for (var i = _records.Count - 1; i >= 0; i--)
            if (condition(_records[i].Record))
                return true;
        return false;
    }

    public void DropIndex() => _indexFrom = DateTimeOffset.MaxValue;
    public void RebuildIndex() => _indexFrom = DateTimeOffset.MinValue;

    /// <summary>Intents that the index shows as open; those that are closed for good are not asked again.</summary>
    private List<IndexedRecord> IndexedOpen(DateTimeOffset before)
    {
        _intents.RemoveAll(at => IsClosed(_records[at].Record.Op, true));
        return _indexFrom == DateTimeOffset.MaxValue ? [] : [.. _intents.Select(at => _records[at]).Where(entry => entry.Indexed <= world.Clock.Now && entry.Record.Time < before).Select(entry => entry.Row)];
    }

    private bool IsClosed(string op, bool indexedOnly) => _closings.TryGetValue(op, out var closing) && (!indexedOnly || closing.Indexed <= world.Clock.Now);

    private List<IndexedRecord> IndexedOf(string resource)
    {
        var found = new List<IndexedRecord>();
        if (_indexFrom == DateTimeOffset.MaxValue || !_byResource.TryGetValue(resource, out var all))
            return found;
        for (var i = all.Count - 1; i >= 0; i--)
        {
            var entry = _records[all[i]];
            if (entry.Indexed <= world.Clock.Now)
                found.Add(IsClosed(entry.Record.Op, true) ? entry.Row with { Closed = true } : entry.Row);
        }

        return found;
    }

    private static bool Closes(EvidenceRecord record) => record.Stage != RecordStage.Intent && record.Result != "unknown";

    public IEnumerable<EvidenceRecord> OpenIntents() => _records.Where(entry => entry.Record.Stage == RecordStage.Intent && !IsClosed(entry.Record.Op, false)).Select(entry => entry.Record);

    private static string PathOf(EvidenceRecord record)
    {
        var stage = record.Stage == RecordStage.Intent ? "1-intent" : record.Stage == RecordStage.Outcome ? $"2-{record.Result}" : record.Result == "unknown" ? "3-unknown" : "3-reconciled";
        return string.Create(CultureInfo.InvariantCulture, $"records/{record.Time.UtcDateTime:yyyyMMddHHmmss}_{record.Credential?.Name}_{record.Verb}_{stage}_{record.Op}.json");
    }

    internal sealed class Client(SimWorld world, Wire wire) : IEvidenceLog
    {
        private SimEvidence Log => world.Evidence;

        public string PathOf(EvidenceRecord record) => SimEvidence.PathOf(record);

        public async Task<RecordReference> WriteAsync(EvidenceRecord record, WriteRules rules, CancellationToken ct)
        {
            for (var tries = 0; ; tries++)
            {
                try
                {
                    return await wire.CallAsync("evidence.put", false, () => Log.Write(record, rules)) ?? throw new EvidenceRefusedException("The evidence store refuses.");
                }
                catch (Nhi.Governance.Credentials.ExternalCallException) when (tries < 3)
                {
                }
                catch (Nhi.Governance.Credentials.ExternalCallException e)
                {
                    throw new EvidenceRefusedException("The evidence store does not answer.", e);
                }
            }
        }

        public Task<ReadRecord?> ReadAsync(string path, CancellationToken ct) => wire.CallAsync("evidence.get", false, () =>
            Log._byPath.TryGetValue(path, out var at) ? new ReadRecord(Log._records[at].Record, path) : null);

        public Task<ReadRecord?> NewestAsync(string action, DateTimeOffset before, CancellationToken ct) => wire.CallAsync("evidence.list", false, () =>
            Log._records.Where(entry => entry.Record.Action == action && entry.Record.Time < before).OrderByDescending(entry => entry.Record.Time).Select(entry => new ReadRecord(entry.Record, entry.Path)).FirstOrDefault());

        public Task<string?> ClosingOfAsync(string intentPath, CancellationToken ct) => wire.CallAsync("evidence.list", false, () =>
            Log._byPath.TryGetValue(intentPath, out var at) && Log._closings.TryGetValue(Log._records[at].Record.Op, out var closing) ? closing.Path : null);

        public Task<IReadOnlyList<IndexedRecord>> OfResourceAsync(Nhi.Governance.Credentials.ResourceId resource, CancellationToken ct) => wire.CallAsync("index.read", false, () => (IReadOnlyList<IndexedRecord>)Log.IndexedOf(resource.Value));

        public async IAsyncEnumerable<IndexedRecord> OpenIntentsAsync(DateTimeOffset before, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            foreach (var row in await wire.CallAsync("index.open", false, () => Log.IndexedOpen(before)))
                yield return row;
        }
    }

    /// <summary>The rows that the product's sequencer makes of all records: <c>nhi rebuild</c> lets it run first.</summary>
    internal sealed class Index(SimWorld world, Wire wire) : IEvidenceIndex
    {
        public async IAsyncEnumerable<IndexRow> AllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            var records = await wire.CallAsync("index.all", false, () => world.Evidence._records.Select(entry => (entry.Path, entry.Record)).ToList());
            var attempts = new Dictionary<string, List<IndexRow>>(StringComparer.Ordinal);
            for (var i = 0; i < records.Count; i++)
                foreach (var row in IndexRows.Of(records[i].Record, new BatchEntry(records[i].Path, Nhi.Evidence.Tree.TreeHash.Empty, Nhi.Evidence.Tree.TreeHash.Empty), i, 0))
                {
                    (attempts.TryGetValue(row.Op, out var attempt) ? attempt : attempts[row.Op] = []).Add(row);
                    yield return row;
                }

            foreach (var attempt in attempts.Values)
                if (IndexRows.OpenOf(attempt) is { } open)
                    yield return open;
        }

        public Task UpsertAsync(IReadOnlyList<IndexRow> rows, CancellationToken ct) => throw new NotSupportedException();
        public IAsyncEnumerable<IndexRow> PartitionAsync(string partitionKey, string? from, string? to, CancellationToken ct) => throw new NotSupportedException();
        public IAsyncEnumerable<IndexRow> OpenAsync(CancellationToken ct) => throw new NotSupportedException();
    }

    /// <summary>A record of somebody else, e.g. an operator's; its path.</summary>
    public string Append(EvidenceRecord record) => Write(record, new WriteRules())?.Path ?? throw new InvalidOperationException("The evidence store refuses.");

    private RecordReference? Write(EvidenceRecord record, WriteRules rules)
    {
        if (Refuses && (!rules.MayFallBack || SecondaryRefuses))
            return null;
        var path = PathOf(record);
        world.Log($"record {path} {record.Shown} {record.Error?.Message} [{string.Join(' ', record.Slots.Select(slot => $"{slot.Handle}={slot.Fingerprint}"))}]");
        if (!_byPath.ContainsKey(path))
        {
            _byPath[path] = _records.Count;
            var indexed = world.Clock.Now + world.IndexLag();
            _records.Add((path, Stores(record), IndexedRecord.Of(record, path), indexed));
            if (record.Stage == RecordStage.Intent)
                _intents.Add(_records.Count - 1);
            if (Closes(record) && (!_closings.TryGetValue(record.Op, out var earlier) || earlier.Indexed > indexed))
                _closings[record.Op] = (path, indexed);
            if (record.Resource?.Id is { } resource)
                (_byResource.TryGetValue(resource, out var at) ? at : _byResource[resource] = []).Add(_records.Count - 1);
            if (Notice.Of(record, path) is { } notice && world.NoticesTake() is { } late)
                world.Clock.In(late, () => Write(Receipts.Record("sink", record.Owner?.Id, notice, "ok") with { Recorded = world.Second }, new WriteRules(MayFallBack: true)));
        }

        return new RecordReference(path, path);
    }
}
