using System.Globalization;
using Microsoft.Extensions.Logging;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Publishing.Notices;

/// <summary>
/// The other half of the timer <c>Publish</c>: carries what is news to people, as digests. A window is whole when a batch of a later one is there (seals make one an hour), so where it ends is told by the log and not by whoever looks:
/// the same digest comes out of any retry, on any instance. The cursor stands at the window's first batch and counts which of its digests were handed over: what a sink took it does not get again each minute, however the next one fails.
/// A sink that fails (or asks for patience) is left alone until the next run, keeps its place and never stops the others; a digest that it refuses for an hour is given up, since it stands in the way of all that follow.
/// </summary>
public sealed partial class NoticeRun(IReadOnlyList<IEvidenceContainers> accounts, LogPlaces places, Producer producer, ICursors cursors, IEnumerable<IDigestSink> sinks, Receipts receipts, TimeProvider clock, ILogger<NoticeRun> logger)
{
    /// <summary>Windows that one run hands over to a sink at most: what is left comes a minute later.</summary>
    private const int MostWindows = 48;

    /// <summary>Windows that are over of which a sink without a place is told: one run comes through them.</summary>
    private const int WindowsBack = 24;

    /// <summary>How long a digest is tried again that its sink refuses: time for whoever broke a template.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <summary>However long a sink asks to be left alone.</summary>
    private static readonly TimeSpan MostWait = TimeSpan.FromHours(1);

    /// <summary>Batches, about one a minute where much happens, of a log that has just begun.</summary>
    private const int MostOfTheBeginning = 60;

    /// <summary>How far a writer's clock may be ahead.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(15);

    /// <summary>Returns how many digests were handed over.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var sent = 0;
        await Outbox.CarryAsync(
            sinks, accounts,
            async (sink, store) =>
            {
                for (var windows = 0; windows < MostWindows && await CarryAsync(sink, store, ct) is { } count; windows++)
                    sent += count;
            },
            (sink, e) => LogFailed(sink.Name, e), ct);
        return sent;
    }

    /// <summary>One window. Null when it is not whole yet, or another instance carries for this sink.</summary>
    private async Task<int?> CarryAsync(IDigestSink sink, IEvidenceStore store, CancellationToken ct)
    {
        var name = $"notices-{sink.Name}-{CrockfordBase32.OfSha256(store.Origin)}";
        var cursor = await cursors.ReadAsync(name, ct);
        var place = Place.Parse(cursor?.Value);
        if (cursor is null)
        {
            // A sink that is new, or whose cursor was lost or taken away, is told the news of the last windows: nobody reads the news of a year, and whoever deletes a row, each minute if he likes, hides nothing.
            // What a log holds that has just begun is no older than its sinks.
            var now = clock.GetUtcNow();
            var (head, leaves) = await places.SinceAsync(store, Trigger.Floor(now, sink.Window) - (WindowsBack * sink.Window), ct);
            place = head > MostOfTheBeginning ? new Place(head, leaves) : new Place(0, 0);
            LogBegun(sink.Name, store.Origin, place.Next);
            if ((cursor = await cursors.TryMoveAsync(name, place.ToString(), cursor, ct)) is null)
                return null;
        }

        // What cannot be whole yet is not read again each minute.
        var latest = clock.GetUtcNow() + Ahead;
        if (place?.NotBefore > clock.GetUtcNow() && place.NotBefore <= latest + MostWait)
            return null;
        if (place?.Until is { } end && clock.GetUtcNow() < end && end <= latest + sink.Window)
            return null;
        using var log = await places.FollowAsync(store, name, place is null ? null : (place.Next, place.Size), ct);
        if (place is null || log.Next != place.Next)
        {
            place = new Place(0, 0);
            if ((cursor = await cursors.TryMoveAsync(name, place.ToString(), cursor, ct)) is null)
                return null;
        }

        var records = new BatchRecords(store, await producer.AuthenticityAsync(ct));
        var window = new DigestWindow(store.Origin, sink.Window, place.Size, latest);
        var (next, size) = (place.Next, place.Size);
        while (await log.NextAsync(ct) is { } judgement)
        {
            if (judgement.Batch is { } batch && !window.Take(batch, await records.ReadAsync(batch, ct)))
                return await HandOverAsync(sink, window.Digests(), name, cursor, place with { Until = window.Until }, new Place(next, size), ct);

            (next, size) = (log.Next, log.Size);
        }

        if (window.Until is { } until && until != place.Until)
            await cursors.TryMoveAsync(name, (place with { Until = until }).ToString(), cursor, ct);
        return null;
    }

    /// <summary>What is left of a whole window, one by one. Null when one is refused for now, or another instance carries for this sink.</summary>
    private async Task<int?> HandOverAsync(IDigestSink sink, IReadOnlyList<Digest> digests, string name, Cursor? cursor, Place place, Place next, CancellationToken ct)
    {
        if (place.Sent >= digests.Count)
            return await cursors.TryMoveAsync(name, next.ToString(), cursor, ct) is null ? null : 0;
        var sent = 0;
        foreach (var digest in digests.Skip(place.Sent))
        {
            var now = clock.GetUtcNow();
            try
            {
                await sink.SendAsync(digest, ct);
                sent++;
                if (!await NoteAsync(sink, digest, ct))
                {
                    // It comes twice rather than without evidence, and not each minute.
                    await cursors.TryMoveAsync(name, (place with { NotBefore = now + MostWait }).ToString(), cursor, ct);
                    return null;
                }
            }
            catch (ExternalCallException e) when (e.RetryAfter is { } wait)
            {
                await cursors.TryMoveAsync(name, (place with { NotBefore = now + (wait < MostWait ? wait : MostWait) }).ToString(), cursor, ct);
                throw;
            }
            catch (ExternalCallException e) when (place.Tries < Receipts.Tries)
            {
                // Counted as often as is written down, so that a sink that is down for days costs no row a minute.
                var failed = place with { Tries = place.Tries + 1 };
                if (failed.Tries == Receipts.Tries)
                    await receipts.NotTakenAsync(sink.Name, digest.Owner, digest.Notices, e.Code ?? "NoAnswer", ends: false, ct);
                await cursors.TryMoveAsync(name, failed.ToString(), cursor, ct);
                throw;
            }
            catch (DigestRefusedException e) when (now - (place.RefusedSince ?? now) < Patience)
            {
                LogRefused(sink.Name, digest.Id, e);
                if (place.RefusedSince is null)
                    await cursors.TryMoveAsync(name, (place with { RefusedSince = now }).ToString(), cursor, ct);
                return null;
            }
            catch (DigestRefusedException e)
            {
                LogGivenUp(sink.Name, digest.Id, e);
                await receipts.NotTakenAsync(sink.Name, digest.Owner, digest.Notices, "Refused", ends: true, ct);
            }

            place = place with { Sent = place.Sent + 1, RefusedSince = null, NotBefore = null, Tries = 0 };
            cursor = await cursors.TryMoveAsync(name, (place.Sent < digests.Count ? place : next).ToString(), cursor, ct);
            if (cursor is null)
                return null;
        }

        return sent;
    }

    /// <summary>False where it could not be recorded that the sink took it.</summary>
    private async Task<bool> NoteAsync(IDigestSink sink, Digest digest, CancellationToken ct)
    {
        try
        {
            await receipts.TakenAsync(sink.Name, digest.Owner, digest.Notices, ct);
            return true;
        }
        catch (EvidenceRefusedException e)
        {
            LogUnrecorded(sink.Name, digest.Id, e);
            return false;
        }
    }

    /// <summary>The window's first batch and the log's size before it; the window's end, once it is known; how many of its digests are done; since when the next of them is refused; until when the sink asked to be left alone; how often it failed to take it in a row, three times at most.</summary>
    private sealed record Place(long Next, long Size, DateTimeOffset? Until = null, int Sent = 0, DateTimeOffset? RefusedSince = null, DateTimeOffset? NotBefore = null, int Tries = 0)
    {
        public static Place? Parse(string? value)
        {
            var parts = value?.Split(' ') ?? [];
            var tries = parts is [.., var failed] && failed.StartsWith(Failed, StringComparison.Ordinal) && int.TryParse(failed[Failed.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var times) ? times : 0;
            if (tries > 0)
                parts = parts[..^1];
            var wait = parts is [.., var last] && last.StartsWith(Wait, StringComparison.Ordinal) ? Instant([last[Wait.Length..]], 0) : null;
            if (wait is not null)
                parts = parts[..^1];
            if (parts is not [var next, var size, ..] || !long.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves))
                return null;
            var sent = parts.Length > 3 && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
            return new Place(number, leaves, Instant(parts, 2), sent, Instant(parts, 4), wait, tries);
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Next} {Size}{(Until is { } until ? $" {until:O}{(Sent > 0 || RefusedSince is not null ? $" {Sent}" : "")}{(RefusedSince is { } since ? $" {since:O}" : "")}" : "")}{(NotBefore is { } wait ? $" {Wait}{wait:O}" : "")}{(Tries > 0 ? $" {Failed}{Tries}" : "")}");

        private const string Wait = "wait=";
        private const string Failed = "failed=";

        private static DateTimeOffset? Instant(string[] parts, int at) =>
            parts.Length > at && DateTimeOffset.TryParse(parts[at], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? instant : null;
    }

    [LoggerMessage(4314, LogLevel.Warning, "The sink {Sink} has no place in the log {Log} and begins with batch {Batch}: it is new, or somebody deleted its cursor and it is told again what it knows")]
    private partial void LogBegun(string sink, string log, long batch);

    [LoggerMessage(4315, LogLevel.Error, "The sink {Sink} took the digest {Digest} and that could not be recorded: it gets it again in an hour, the others go on")]
    private partial void LogUnrecorded(string sink, string digest, Exception exception);

    [LoggerMessage(4311, LogLevel.Error, "The sink {Sink} took no notice; it keeps its place, the others go on")]
    private partial void LogFailed(string sink, Exception exception);

    [LoggerMessage(4312, LogLevel.Warning, "The sink {Sink} refuses the digest {Digest}; it is tried again for an hour, the others go on")]
    private partial void LogRefused(string sink, string digest, Exception exception);

    [LoggerMessage(4313, LogLevel.Error, "The sink {Sink} refused the digest {Digest} for an hour; it is given up, and its news stand in the log alone")]
    private partial void LogGivenUp(string sink, string digest, Exception exception);
}
