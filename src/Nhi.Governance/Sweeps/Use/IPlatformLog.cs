namespace Nhi.Governance.Sweeps.Use;

/// <summary>
/// One place to which the vaults' own log is written, in parts that only grow: one an hour. Every method throws <see cref="Credentials.ExternalCallException"/> when it cannot answer.
/// </summary>
public interface IPlatformLog
{
    /// <summary>Tells places apart: in the names of cursors and in what a run says that it did not read.</summary>
    string Name => "archive";

    /// <summary>How long after a call its line may come here: what is younger is not known.</summary>
    TimeSpan Lag => AuditWalk.Lag;

    /// <summary>The parts of one vault's log whose hours begin in [<paramref name="from"/>, <paramref name="to"/>], oldest first; none where there is no log of it.</summary>
    IAsyncEnumerable<LogPart> PartsAsync(string vaultHost, DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <summary>
    /// The lines of a part that begin at or behind the offset, up to its size as listed at least. Memory is bounded, whatever the part.
    /// A place in which late lines lie between others gives a part that grew again from its beginning: lines that are read twice count once.
    /// </summary>
    IAsyncEnumerable<LogLine> LinesAsync(LogPart part, long offset, CancellationToken ct);
}

/// <summary>One part. <paramref name="Hour"/>: UTC, of what it tells; <paramref name="Size"/>: bytes as listed, or what the place measures by instead.</summary>
public sealed record LogPart(string Name, DateTimeOffset Hour, long Size);

/// <summary>
/// One line. <paramref name="Bytes"/>: without its end, and empty where it is longer than <see cref="AuditEvents.LongestLine"/>; <paramref name="Next"/>: the offset behind it;
/// <paramref name="Ended"/>: false for the last one where no line break follows: it may still be written.
/// </summary>
public readonly record struct LogLine(ReadOnlyMemory<byte> Bytes, long Next, bool Ended, bool TooLong = false);
