using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>
/// Goes through what is new in a vault's log, once for everybody who wants to know: reads become facts of use, the rest is handed on. Facts are written before the place is, so that a crash reads twice and loses nothing.
/// </summary>
public sealed partial class AuditWalk(IPlatformLog log, IUseBook book, ICursors cursors, ProductIdentities own, ILogger<AuditWalk> logger)
{
    /// <summary>How long after a call its line may come: what is younger is not known (azure.md 5).</summary>
    public static readonly TimeSpan Lag = TimeSpan.FromMinutes(10);

    /// <summary>Bytes that one run reads of one vault at most: what is left comes with the next.</summary>
    private const long MostBytes = 512L * 1024 * 1024;

    /// <summary>A line is of the hour of its part, or came late into it.</summary>
    private static readonly TimeSpan _misplaced = TimeSpan.FromHours(26);
    private readonly HashSet<string> _ownClients = [.. own.ClientIds.Select(id => id.ToLowerInvariant())];

    /// <summary>
    /// Reads what came since the last time. <paramref name="take"/> gets every line about that vault, some of them again after a crash.
    /// Throws <see cref="ExternalCallException"/>: the next run goes on where this one stopped.
    /// </summary>
    public async Task<AuditWalked> RunAsync(string vaultHost, DateTimeOffset now, Func<AuditEvent, CancellationToken, Task> take, CancellationToken ct)
    {
        var name = CursorOf(vaultHost);
        var cursor = await cursors.ReadAsync(name, ct);
        var place = LogPlace.Parse(cursor?.Value);
        var run = new Run(vaultHost, now, new UseOfPart(_ownClients), take);
        await foreach (var part in log.PartsAsync(vaultHost, LogHour(place.From(now)), now, ct))
        {
            if (part.Size <= place.OffsetOf(part))
                continue;
            await ReadAsync(part, place, run, ct);
            cursor = await cursors.TryMoveAsync(name, place.ToText(now), cursor, ct);
            if (cursor is null || run.Bytes >= MostBytes)
                break; // Another instance reads, or it is enough for now.
        }

        if (place.Spans.Newest() is { } known && Earlier(known.To, now - Lag) is var to && to > known.From)
            await book.KnowAsync(vaultHost, new UseWindow(known.From, to), ct);
        if (run.Junk > 0)
            LogJunk(vaultHost, run.Junk);
        return new AuditWalked(place.Spans, run.Lines, run.Junk);
    }

    /// <summary>What was heard of a vault's log so far, without reading on.</summary>
    public async Task<LogSpans> HeardAsync(string vaultHost, CancellationToken ct) => LogPlace.Parse((await cursors.ReadAsync(CursorOf(vaultHost), ct))?.Value).Spans;

    private async Task ReadAsync(LogPart part, LogPlace place, Run run, CancellationToken ct)
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

    private static string CursorOf(string vaultHost) => $"audit-{CrockfordBase32.OfSha256(vaultHost)}";

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
}

/// <summary>What a walk saw: the stretches heard up to now, the lines read, and what of them was not believed.</summary>
public sealed record AuditWalked(LogSpans Spans, long Lines, long Junk);
