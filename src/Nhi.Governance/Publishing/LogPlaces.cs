using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;

namespace Nhi.Governance.Publishing;

/// <summary>
/// Places in the logs that are kept in the table <c>Cursors</c>. Whoever may write the state account may write there, and what a cursor passed over nobody would be told: so a place is a hint, counts where the log bears it out, and else alarms.
/// </summary>
public sealed partial class LogPlaces(ILogKeys logKeys, ILogger<LogPlaces> logger) : IDisposable
{
    private readonly ConcurrentDictionary<string, (IReadOnlyList<ReadOnlyMemory<byte>> Known, LogPast Past)> _pasts = new(StringComparer.Ordinal);

    /// <summary>
    /// Follows a log from the place that a cursor says, or from its beginning where the log does not bear that out. Throws <see cref="EvidenceStoreException"/> and <see cref="SigningException"/>.
    /// </summary>
    /// <param name="store">The container.</param>
    /// <param name="cursor">The cursor's name, for the alarm.</param>
    /// <param name="place">The number of the next batch and the leaves before it; null for words that are no place.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<LogFollower> FollowAsync(IEvidenceStore store, string cursor, (long Next, long Size)? place, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (place is var (next, size))
        {
            if (await LogFollower.OpenAsync(store, await PastAsync(store, ct), next, size, ct) is { } there)
                return there;
            // Another instance may know of a version that came since this one asked.
            await logKeys.AllAsync(fresh: true, ct);
            if (await LogFollower.OpenAsync(store, await PastAsync(store, ct), next, size, ct) is { } late)
                return late;
        }

        LogRefused(cursor, store.Origin);
        return await LogFollower.OpenAsync(store, await PastAsync(store, ct), 0, 0, ct) ?? throw new EvidenceStoreException($"The log {store.Origin} cannot be read from its beginning.");
    }

    /// <summary>The place where a log ends now. Throws <see cref="EvidenceStoreException"/> and <see cref="SigningException"/>.</summary>
    public async Task<(long Next, long Size)> EndAsync(IEvidenceStore store, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        return await LogEnd.FindAsync(store, await PastAsync(store, ct), ct);
    }

    /// <summary>
    /// The place before the first batch that the service made at or after an instant (UTC), or the log's end where there is none: a few reads, however long it is. For who lost his place, or had it taken away: where he begins again, nothing is passed over that is newer.
    /// Throws <see cref="EvidenceStoreException"/> and <see cref="SigningException"/>.
    /// </summary>
    public async Task<(long Next, long Size)> SinceAsync(IEvidenceStore store, DateTimeOffset since, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        var end = await EndAsync(store, ct);
        var (older, newer) = (-1L, end.Next);
        while (newer - older > 1)
        {
            var middle = older + ((newer - older) / 2);
            if ((await store.ReadAsync(BatchName.Of(middle), 1, ct))?.Created < since)
                older = middle;
            else
                newer = middle;
        }

        if (newer == end.Next)
            return end;
        using var chain = await (await PastAsync(store, ct)).ChainAtAsync(newer, size: null, ct);
        return (chain.Next, chain.Size);
    }

    public void Dispose()
    {
        foreach (var (_, past) in _pasts.Values)
            past.Dispose();
    }

    /// <summary>Kept as long as the key has the same versions.</summary>
    private async Task<LogPast> PastAsync(IEvidenceStore store, CancellationToken ct)
    {
        var known = await logKeys.KnownAsync(ct);
        if (_pasts.TryGetValue(store.Origin, out var kept) && kept.Known.Count == known.Count && kept.Known.Zip(known).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span)))
            return kept.Past;
        kept.Past?.Dispose();
        var first = await logKeys.FirstKeysAsync(ct);
        var past = LogPast.Of(store, first, known, areAll: logKeys.First is null);
        _pasts[store.Origin] = (known, past);
        return past;
    }

    [LoggerMessage(4302, LogLevel.Critical, "Where {Cursor} had come in the log {Log} is not what its batches say: somebody wrote the table Cursors. It begins anew")]
    private partial void LogRefused(string cursor, string log);
}
