using System.Globalization;
using Microsoft.Extensions.Logging;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Publishing.Notices;

/// <summary>
/// The other half of the timer <c>Publish</c>: carries what is news to people, as digests. A window is whole when a batch of a later one is there (seals make one an hour), so where it ends is told by the log and not by whoever looks:
/// the same digest comes out of any retry, on any instance. The cursor stands at the window's first batch until all of it is handed over. A sink that fails keeps its place and never stops the others.
/// </summary>
public sealed partial class NoticeRun(IEvidenceContainers containers, ILogKeys logKeys, Producer producer, ICursors cursors, IEnumerable<IDigestSink> sinks, TimeProvider clock, ILogger<NoticeRun> logger)
{
    /// <summary>Windows that one run hands over to a sink at most: what is left comes a minute later.</summary>
    private const int MostWindows = 48;

    /// <summary>Returns how many digests were handed over.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var sent = 0;
        foreach (var sink in sinks)
        {
            try
            {
                foreach (var store in (await containers.AllAsync(ct)).Reverse())
                    for (var windows = 0; windows < MostWindows && await CarryAsync(sink, store, ct) is { } count; windows++)
                        sent += count;
            }
            catch (Exception e) when (e is ExternalCallException or EvidenceStoreException or SigningException)
            {
                LogFailed(sink.Name, e);
            }
        }

        return sent;
    }

    /// <summary>One window. Null when it is not whole yet, or another instance carries for this sink.</summary>
    private async Task<int?> CarryAsync(IDigestSink sink, IEvidenceStore store, CancellationToken ct)
    {
        var name = $"notices-{sink.Name}-{CrockfordBase32.OfSha256(store.Origin)}";
        var cursor = await cursors.ReadAsync(name, ct);
        var place = Place.Parse(cursor?.Value);
        // What cannot be whole yet is not read again each minute.
        if (place.Until is { } end && clock.GetUtcNow() < end)
            return null;
        using var chain = new BatchChain(store.Origin, await logKeys.FirstKeysAsync(ct), place.Next, place.Size);
        var records = new BatchRecords(store, await producer.AuthenticityAsync(ct));
        var window = new DigestWindow(store.Origin, sink.Window, place.Size);
        var (next, size) = (place.Next, place.Size);
        while (await store.ReadAsync(BatchName.Of(chain.Next), BatchFile.MostBytes, ct) is { } blob)
        {
            if (chain.Take(blob.Truncated ? null : blob.Bytes).Batch is { } batch && !window.Take(batch, await records.ReadAsync(batch, ct)))
            {
                var digests = window.Digests();
                foreach (var digest in digests)
                    await sink.SendAsync(digest, ct);
                return await cursors.TryMoveAsync(name, new Place(next, size, null).ToString(), cursor, ct) is null ? null : digests.Count;
            }

            (next, size) = (chain.Next, chain.Size);
        }

        if (window.Until is { } until && until != place.Until)
            await cursors.TryMoveAsync(name, (place with { Until = until }).ToString(), cursor, ct);
        return null;
    }

    /// <summary>The window's first batch and the log's size before it; the window's end, once it is known.</summary>
    private sealed record Place(long Next, long Size, DateTimeOffset? Until)
    {
        public static Place Parse(string? value)
        {
            var parts = value?.Split(' ') ?? [];
            return parts is [var next, var size, ..] && long.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves)
                ? new Place(number, leaves, parts is [_, _, var until] && DateTimeOffset.TryParse(until, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end) ? end : null)
                : new Place(0, 0, null);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Next} {Size}{(Until is { } until ? $" {until:O}" : "")}");
    }

    [LoggerMessage(4311, LogLevel.Error, "The sink {Sink} took no notice; it keeps its place, the others go on")]
    private partial void LogFailed(string sink, Exception exception);
}
