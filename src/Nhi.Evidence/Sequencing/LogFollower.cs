using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Sequencing;

/// <summary>Reads a log on, batch by batch, from a place that somebody kept elsewhere: the place counts only where the log bears it out.</summary>
public sealed class LogFollower : IDisposable
{
    private readonly IEvidenceStore store;
    private readonly BatchChain chain;

    private LogFollower(IEvidenceStore store, BatchChain chain) => (this.store, this.chain) = (store, chain);

    /// <summary>The number of the next batch.</summary>
    public long Next => chain.Next;

    /// <summary>Leaves before it.</summary>
    public long Size => chain.Size;

    /// <summary>Keys that count there, and former ones.</summary>
    public IReadOnlyList<LogKey> Keys => chain.Keys;

    /// <summary>
    /// Begins there; null where the batches before the place, signed by keys that count there, do not end at that number and size. Throws <see cref="EvidenceStoreException"/>.
    /// </summary>
    /// <param name="store">The container.</param>
    /// <param name="past">Of this log.</param>
    /// <param name="next">The number of the batch to read first.</param>
    /// <param name="size">Leaves before it.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<LogFollower?> OpenAsync(IEvidenceStore store, LogPast past, long next, long size, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(past);
        if (next < 0 || size < 0 || (next > 0 && await store.ReadAsync(BatchName.Of(next - 1), 1, ct) is null))
            return null;
        var chain = await past.ChainAtAsync(next, size, ct);
        if (chain.Next == next && chain.Size == size)
            return new LogFollower(store, chain);
        chain.Dispose();
        return null;
    }

    /// <summary>Judges the next file and goes on to the one after it; null where there is none yet. Throws <see cref="EvidenceStoreException"/>.</summary>
    public async Task<BatchJudgement?> NextAsync(CancellationToken ct) =>
        await store.ReadAsync(BatchName.Of(chain.Next), BatchFile.MostBytes, ct) is { } blob ? chain.TakeStored(blob) : null;

    public void Dispose() => chain.Dispose();
}
