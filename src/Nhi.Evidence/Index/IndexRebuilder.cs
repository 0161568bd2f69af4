using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Index;

/// <summary>Makes the index anew from the container alone: batches, then their records, then their rows.</summary>
/// <param name="store">The container.</param>
/// <param name="firstLogKeys">The public keys (SPKI, DER) that the log may have begun with.</param>
/// <param name="authenticity">Judges records.</param>
public sealed class IndexRebuilder(IEvidenceStore store, IReadOnlyList<ReadOnlyMemory<byte>> firstLogKeys, RecordAuthenticity authenticity)
{
    public IndexRebuilder(IEvidenceStore store, ReadOnlyMemory<byte> firstLogKey, RecordAuthenticity authenticity) : this(store, [firstLogKey], authenticity) { }

    private const int Ahead = 64;

    /// <summary>Writes the rows of every valid batch, and returns how many leaves the log has. Throws <see cref="EvidenceStoreException"/> or <see cref="EvidenceIndexException"/>; running it again goes over everything once more.</summary>
    public async Task<long> RebuildAsync(IEvidenceIndex index, CancellationToken ct)
    {
        var sink = new IndexSink(index);
        var records = new BatchRecords(store, authenticity);
        using var chain = new BatchChain(store.Origin, firstLogKeys);
        while (true)
        {
            var start = chain.Next;
            var blobs = await Task.WhenAll(Enumerable.Range(0, Ahead).Select(i => store.ReadAsync(BatchName.Of(start + i), BatchFile.MostBytes, ct)));
            foreach (var blob in blobs)
            {
                if (blob is null)
                    return chain.Size;
                if (chain.TakeStored(blob).Batch is { } batch)
                    await sink.FinishAsync(batch, records, ct);
            }
        }
    }
}
