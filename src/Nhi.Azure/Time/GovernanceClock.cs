using System.Globalization;
using System.Text;

namespace Nhi.Azure.Time;

/// <summary>
/// Governance time: what Key Vault attributes, events and records speak of. In Azure it is the system's time. Locally a file (<c>Nhi__Clock</c>) holds append-only lines
/// <c>instant offset [ahead]</c> (round-trip ISO 8601, then <c>[-]d.hh:mm:ss</c>), in ascending order of their instants; a line is in force from its instant on, by the services' clock, which the newest line puts so far ahead of the machine's.
/// Only the time of day shifts; timers, delays and time stamps run in real time.
/// </summary>
/// <remarks>
/// Services stamp whole seconds (<c>Date</c>), so whoever appends a line should name a whole second: then no stamp straddles it.
/// A line counts once its line feed is there: a half-written one is not read. Before the first line, the first line counts.
/// </remarks>
public sealed class GovernanceClock : TimeProvider
{
    private readonly string? _file;
    private readonly TimeProvider _real;
    private readonly Lock _reading = new();
    private volatile Lines _lines = Lines.None;

    /// <param name="file">The clock's file; null: governance time is real time.</param>
    /// <param name="real">The machine's time, for tests another.</param>
    /// <remarks>Throws <see cref="ClockFileException"/> when the file is missing, has no line, or a line is not one.</remarks>
    public GovernanceClock(string? file = null, TimeProvider? real = null)
    {
        (_file, _real) = (file, real ?? System);
        if (_file is not null && Current().Instants.Length == 0)
            throw new ClockFileException($"The clock's file '{_file}' holds no line. Write one: an instant and an offset, e.g. '2026-03-02T08:00:00.0000000+00:00 0.00:00:00'.");
    }

    /// <summary>Governance time, UTC. Throws <see cref="ClockFileException"/> when a new line of the file is not one.</summary>
    public override DateTimeOffset GetUtcNow() => FromService(RealNow);

    /// <summary>The time by which services stamp, UTC: for tokens, certificates and what is compared with a service's stamp. In Azure the machine's own.</summary>
    public DateTimeOffset RealNow => _real.GetUtcNow() + (_file is null ? TimeSpan.Zero : Current().Ahead);

    /// <summary>An instant stamped by a service in real time (<c>Date</c>, <c>Timestamp</c>, a blob's creation) as governance time, by the line that was in force then.</summary>
    public DateTimeOffset FromService(DateTimeOffset real)
    {
        var utc = real.ToUniversalTime();
        return _file is null ? utc : utc + Current().OffsetAt(utc);
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => _real.TimestampFrequency;

    public override long GetTimestamp() => _real.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _real.CreateTimer(callback, state, dueTime, period);

    /// <summary>One line of the file, its line feed included.</summary>
    public static string Line(DateTimeOffset instant, TimeSpan offset, TimeSpan ahead = default) =>
        string.Create(CultureInfo.InvariantCulture, $"{instant.ToUniversalTime():O} {Text(offset)}{(ahead == TimeSpan.Zero ? "" : $" {Text(ahead)}")}\n");

    private static string Text(TimeSpan offset) => (offset < TimeSpan.Zero ? "-" : "") + offset.Duration().ToString(offset.Ticks % TimeSpan.TicksPerSecond == 0 ? @"d\.hh\:mm\:ss" : @"d\.hh\:mm\:ss\.fffffff", CultureInfo.InvariantCulture);

    /// <summary>The file only grows, so its length says whether there is anything new: one look at the directory, no read.</summary>
    private Lines Current()
    {
        var known = _lines;
        var length = LengthOf(_file!);
        if (length == known.Seen)
            return known;
        lock (_reading)
        {
            if (_lines.Seen != length)
                _lines = ReadOn(_lines);
            return _lines;
        }
    }

    private static long LengthOf(string file)
    {
        var info = new FileInfo(file);
        return info.Exists ? info.Length : throw new ClockFileException($"The clock's file '{file}' is not there. Nhi__Clock must name an existing file; leave it out to use the system's time.");
    }

    private Lines ReadOn(Lines known)
    {
        try
        {
            using var stream = new FileStream(_file!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length < known.Parsed)
                known = Lines.None;
            stream.Position = known.Parsed;
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            return known.With(copy.GetBuffer().AsSpan(0, (int)copy.Length), _file!);
        }
        catch (IOException e)
        {
            throw new ClockFileException($"The clock's file '{_file}' cannot be read: {e.Message}", e);
        }
    }

    /// <param name="Instants">Ascending.</param>
    /// <param name="Offsets">One an instant.</param>
    /// <param name="Ahead">Of the newest line.</param>
    /// <param name="Parsed">Bytes read as whole lines.</param>
    /// <param name="Seen">Bytes seen, a half-written last line included.</param>
    private sealed record Lines(DateTimeOffset[] Instants, TimeSpan[] Offsets, TimeSpan Ahead, long Parsed, long Seen)
    {
        public static readonly Lines None = new([], [], TimeSpan.Zero, 0, -1);

        public TimeSpan OffsetAt(DateTimeOffset real)
        {
            var at = Array.BinarySearch(Instants, real);
            // Of several lines with one instant the last one counts.
            if (at >= 0)
                while (at + 1 < Instants.Length && Instants[at + 1] == real)
                    at++;
            else
                at = ~at - 1;
            return Offsets[Math.Max(at, 0)];
        }

        public Lines With(ReadOnlySpan<byte> more, string file)
        {
            var whole = more.LastIndexOf((byte)'\n') + 1;
            List<DateTimeOffset> instants = [.. Instants];
            List<TimeSpan> offsets = [.. Offsets];
            var leads = Ahead;
            foreach (var line in Encoding.UTF8.GetString(more[..whole]).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                (var instant, var offset, leads) = Parse(line, file);
                if (instants.Count > 0 && instant < instants[^1])
                    throw new ClockFileException($"In the clock's file '{file}' the line '{Shown(line)}' is older than the line before it. Lines are appended in the order of their instants.");
                instants.Add(instant);
                offsets.Add(offset);
            }

            return new Lines([.. instants], [.. offsets], leads, Parsed + whole, Parsed + more.Length);
        }

        private static (DateTimeOffset, TimeSpan, TimeSpan) Parse(string line, string file)
        {
            var parts = line.TrimEnd('\r').Split(' ');
            var ahead = TimeSpan.Zero;
            return parts.Length is 2 or 3
                && DateTimeOffset.TryParse(parts[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
                && TimeSpan.TryParse(parts[1], CultureInfo.InvariantCulture, out var offset)
                && (parts.Length == 2 || TimeSpan.TryParse(parts[2], CultureInfo.InvariantCulture, out ahead))
                ? (instant, offset, ahead)
                : throw new ClockFileException($"In the clock's file '{file}' the line '{Shown(line)}' is not an instant and an offset. It reads e.g. '2026-03-02T08:00:00.0000000+00:00 12.00:00:00'.");
        }

        private static string Shown(string line) => line.Length <= 80 ? line : line[..80] + "…";
    }
}
