namespace Nhi.Governance.Sweeps.Use;

/// <summary>
/// The vaults' own log, in parts that only grow: one an hour. Every method throws <see cref="Credentials.ExternalCallException"/> when it cannot answer.
/// </summary>
public interface IPlatformLog
{
    /// <summary>The parts of one vault's log whose hours begin in [<paramref name="from"/>, <paramref name="to"/>], oldest first; none where there is no log of it.</summary>
    IAsyncEnumerable<LogPart> PartsAsync(string vaultHost, DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <summary>The lines of a part that begin at or behind the offset (bytes), up to its size as listed. Memory is one line.</summary>
    IAsyncEnumerable<LogLine> LinesAsync(LogPart part, long offset, CancellationToken ct);
}

/// <summary>One part. <paramref name="Hour"/>: UTC, of what it tells; <paramref name="Size"/>: bytes, as listed.</summary>
public sealed record LogPart(string Name, DateTimeOffset Hour, long Size);

/// <summary>
/// One line. <paramref name="Bytes"/>: without its end, and empty where it is longer than <see cref="AuditEvents.LongestLine"/>; <paramref name="Next"/>: the offset behind it;
/// <paramref name="Ended"/>: false for the last one where no line break follows: it may still be written.
/// </summary>
public readonly record struct LogLine(ReadOnlyMemory<byte> Bytes, long Next, bool Ended, bool TooLong = false);
