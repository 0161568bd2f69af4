using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Sequencing;

/// <summary>A leaf as found: its entry, and the record with its bytes; both null where the blob is absent, is not what the batch says or is not authentic (a finding, never a stop).</summary>
public sealed record LoggedRecord(BatchEntry Entry, EvidenceRecord? Record, ReadOnlyMemory<byte>? Bytes);

/// <summary>The records that a batch lists, read from the container unless they are at hand.</summary>
public sealed class BatchRecords
{
    private const int MostAtATime = 64;
    private readonly IEvidenceStore store;
    private readonly RecordAuthenticity authenticity;
    private readonly IReadOnlyDictionary<string, Candidate> atHand;

    public BatchRecords(IEvidenceStore store, RecordAuthenticity authenticity) : this(store, authenticity, new Dictionary<string, Candidate>()) { }

    internal BatchRecords(IEvidenceStore store, RecordAuthenticity authenticity, IReadOnlyDictionary<string, Candidate> atHand) =>
        (this.store, this.authenticity, this.atHand) = (store, authenticity, atHand);

    /// <summary>Every leaf of the batch, in its order. Throws <see cref="EvidenceStoreException"/> when the container does not answer.</summary>
    public Task<IReadOnlyList<LoggedRecord>> ReadAsync(BatchFile batch, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return ReadAsync(batch, 0, batch.Entries.Count, ct);
    }

    /// <summary>So many leaves of it from one on.</summary>
    internal async Task<IReadOnlyList<LoggedRecord>> ReadAsync(BatchFile batch, int from, int count, CancellationToken ct)
    {
        var read = new LoggedRecord[count];
        List<int> away = [];
        for (var i = 0; i < count; i++)
        {
            var entry = batch.Entries[from + i];
            if (atHand.TryGetValue(entry.Path, out var known) && known.Entry == entry)
                read[i] = new LoggedRecord(entry, RecordSerializer.Read(known.Bytes.Span), known.Bytes);
            else
                away.Add(i);
        }

        await Parallel.ForEachAsync(away, new ParallelOptions { MaxDegreeOfParallelism = MostAtATime, CancellationToken = ct },
            async (i, token) => read[i] = await ReadAsync(batch.Entries[from + i], token));
        return read;
    }

    private async Task<LoggedRecord> ReadAsync(BatchEntry entry, CancellationToken ct)
    {
        var blob = await store.ReadAsync(entry.Path, RecordLimits.Bytes, ct);
        if (blob is not { Truncated: false } || TreeHash.Record(blob.Bytes.Span) != entry.RecordHash)
            return new LoggedRecord(entry, null, null);
        return authenticity.Check(blob.Bytes.Span, entry.Path, store.Origin, blob.Created).Record is { } record ? new LoggedRecord(entry, record, blob.Bytes) : new LoggedRecord(entry, null, null);
    }
}
