using Microsoft.Extensions.Logging;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>
/// Goes through what is new in a vault's log, once for everybody who wants to know: reads become facts of use, the rest is handed on. Facts are written before the place is, so that a crash reads twice and loses nothing.
/// Where the log is written to more than one place (storage archive, Log Analytics), each is read, with a cursor of its own: a call that stands in two is counted once, and one place that does not answer leaves what the others know.
/// </summary>
public sealed partial class AuditWalk(IEnumerable<IPlatformLog> logs, IUseBook book, ICursors cursors, ProductIdentities own, ILogger<AuditWalk> logger)
{
    /// <summary>How long after a call its line may come into the storage archive: what is younger is not known.</summary>
    public static readonly TimeSpan Lag = TimeSpan.FromMinutes(10);

    /// <summary>Bytes that one run reads of one vault's log in one place at most: what is left comes with the next.</summary>
    private const long MostBytes = 512L * 1024 * 1024;

    /// <summary>Parts, and bytes of them, after which the place is written at the latest: a crash reads no more than these again.</summary>
    private const int MostParts = 24;
    private const long MostUnplaced = 8L * 1024 * 1024;

    /// <summary>A line is of the hour of its part, or came late into it.</summary>
    private static readonly TimeSpan _misplaced = TimeSpan.FromHours(26);
    private readonly IReadOnlyList<IPlatformLog> _logs = [.. logs];
    private readonly HashSet<string> _ownClients = [.. own.ClientIds.Select(id => id.ToLowerInvariant())];

    /// <summary>
    /// Reads what came since the last time. <paramref name="take"/> gets every line about that vault, some of them again: after a crash, and where they stand in two places.
    /// Throws <see cref="ExternalCallException"/> when no place could be read: the next run goes on where this one stopped.
    /// </summary>
    public async Task<AuditWalked> RunAsync(string vaultHost, DateTimeOffset now, Func<AuditEvent, CancellationToken, Task> take, CancellationToken ct)
    {
        var run = new Run(vaultHost, now, new UseOfPart(_ownClients), take);
        List<(LogSpans Spans, TimeSpan Lag)> heard = [];
        List<string> unread = [];
        foreach (var log in _logs)
            try
            {
                heard.Add((await WalkAsync(log, run, ct), log.Lag));
            }
            catch (ExternalCallException e) when (unread.Count + 1 < _logs.Count)
            {
                unread.Add(log.Name);
                heard.Add((await HeardAsync(log, vaultHost, ct), log.Lag));
                LogUnread(log.Name, vaultHost, e);
            }

        var spans = LogSpans.Union(heard.Select(one => one.Spans));
        if (spans.Newest() is { } known && heard.Where(one => one.Spans.End is not null).Max(one => Earlier(one.Spans.End!.Value, now - one.Lag)) is var to && to > known.From)
            await book.KnowAsync(vaultHost, new UseWindow(known.From, to) { Heard = spans.Stretches() }, ct);
        if (run.Junk > 0)
            LogJunk(vaultHost, run.Junk);
        return new AuditWalked(spans, run.Lines, run.Junk) { Unread = unread };
    }

    private async Task<LogSpans> WalkAsync(IPlatformLog log, Run run, CancellationToken ct)
    {
        var name = CursorOf(log, run.VaultHost);
        var cursor = await cursors.ReadAsync(name, ct);
        var place = LogPlace.Parse(cursor?.Value);
        run.Bytes = 0;
        var (parts, placed) = (0, 0L);
        await foreach (var part in log.PartsAsync(run.VaultHost, LogHour(place.From(run.Now)), run.Now, ct))
        {
            if (part.Size <= place.OffsetOf(part))
                continue;
            await ReadAsync(log, part, place, run, ct);
            if (++parts < MostParts && run.Bytes - placed < MostUnplaced)
                continue;
            (parts, placed) = (0, run.Bytes);
            cursor = await cursors.TryMoveAsync(name, place.ToText(run.Now), cursor, ct);
            if (cursor is null || run.Bytes >= MostBytes)
                break; // Another instance reads, or it is enough for now.
        }

        if (parts > 0)
            await cursors.TryMoveAsync(name, place.ToText(run.Now), cursor, ct);
        return place.Spans;
    }

    private async Task<LogSpans> HeardAsync(IPlatformLog log, string vaultHost, CancellationToken ct) => LogPlace.Parse((await cursors.ReadAsync(CursorOf(log, vaultHost), ct))?.Value).Spans;

    private async Task ReadAsync(IPlatformLog log, LogPart part, LogPlace place, Run run, CancellationToken ct)
    {
        var offset = place.OffsetOf(part);
        var begun = offset;
        await foreach (var line in log.LinesAsync(part, offset, ct))
        {
            var reading = line.TooLong ? new AuditReading([], [AuditRejection.TooLarge]) : line.Bytes.IsEmpty ? new AuditReading([], []) : AuditEvents.Parse(line.Bytes, run.Now);
            if (!line.Ended && reading.Rejected.Contains(AuditRejection.NotJson))
                break; // It is still being written.
            run.Lines++;
            run.Junk += reading.Rejected.Count;
            foreach (var one in reading.Events)
            {
                if (one.Vault != run.Vault || (one.Credential is { } about && about.Vault != run.VaultHost) || (one.Time - part.Hour).Duration() > _misplaced)
                {
                    run.Junk++;
                    continue;
                }

                place.Spans.Add(one.Time);
                run.Use.Take(one);
                await run.Take(one, ct);
            }

            offset = line.Next;
            if (run.Use.IsFull)
                await WriteAsync(run, ct);
        }

        await WriteAsync(run, ct);
        place.Read(part, offset);
        run.Bytes += offset - begun;
    }

    private async Task WriteAsync(Run run, CancellationToken ct)
    {
        foreach (var seen in run.Use.Drain())
            await book.AddAsync(seen, ct);
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset LogHour(DateTimeOffset at) => Triggers.Trigger.Floor(at, TimeSpan.FromHours(1));

    private static string CursorOf(IPlatformLog log, string vaultHost) => $"audit-{log.Name}-{CrockfordBase32.OfSha256(vaultHost)}";

    private sealed class Run(string vaultHost, DateTimeOffset now, UseOfPart use, Func<AuditEvent, CancellationToken, Task> take)
    {
        public string VaultHost { get; } = vaultHost;
        public string Vault { get; } = vaultHost.Split('.')[0];
        public DateTimeOffset Now { get; } = now;
        public UseOfPart Use { get; } = use;
        public Func<AuditEvent, CancellationToken, Task> Take { get; } = take;
        public long Lines { get; set; }
        public long Junk { get; set; }
        public long Bytes { get; set; }
    }

    [LoggerMessage(2301, LogLevel.Warning, "The log of {Vault} holds {Count} lines, or parts of them, that say nothing that is believed")]
    private partial void LogJunk(string vault, long count);

    [LoggerMessage(2304, LogLevel.Error, "The log of {Vault} in the {Place} could not be read; its other places were")]
    private partial void LogUnread(string place, string vault, Exception exception);
}

/// <summary>What a walk saw: the stretches heard up to now, the lines read, and what of them was not believed.</summary>
public sealed record AuditWalked(LogSpans Spans, long Lines, long Junk)
{
    /// <summary>Places that could not be read while others were, by <see cref="IPlatformLog.Name"/>.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];
}
