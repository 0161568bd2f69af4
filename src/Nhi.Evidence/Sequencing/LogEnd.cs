using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Sequencing;

/// <summary>Where a log ends now, for who follows it from here on: a few reads, however long it is. Who claims the next name reads all of it (<see cref="Sequencer"/>); this one only begins there.</summary>
public static class LogEnd
{
    /// <summary>The number of the batch that comes next, and the leaves before it; 0 and 0 for a log that has not begun. Throws <see cref="EvidenceStoreException"/>.</summary>
    /// <param name="store">The container.</param>
    /// <param name="past">Of this log.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<(long Next, long Size)> FindAsync(IEvidenceStore store, LogPast past, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(past);
        using var chain = await past.ChainAtAsync(await NextAsync(store, ct), size: null, ct);
        return (chain.Next, chain.Size);
    }

    /// <summary>Names are taken one after the other: twice as far until one is free, then between the two.</summary>
    private static async Task<long> NextAsync(IEvidenceStore store, CancellationToken ct)
    {
        var (taken, free) = (-1L, 0L);
        while (await IsTakenAsync(store, free, ct))
            (taken, free) = (free, (free * 2) + 1);
        while (free - taken > 1)
        {
            var middle = taken + ((free - taken) / 2);
            if (await IsTakenAsync(store, middle, ct))
                taken = middle;
            else
                free = middle;
        }

        return free;
    }

    private static async Task<bool> IsTakenAsync(IEvidenceStore store, long number, CancellationToken ct) => await store.ReadAsync(BatchName.Of(number), 1, ct) is not null;
}
