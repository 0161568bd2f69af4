using System.Globalization;
using System.Text;

namespace Nhi.Local.Clock;

/// <summary>
/// The hand that moves governance time: appends lines <c>realInstant offset</c> to the file that <c>Nhi__Clock</c> names. Time only goes forward.
/// As a <see cref="TimeProvider"/> it tells governance time; delays and time stamps are real.
/// </summary>
public sealed class WorldClock : TimeProvider, IDisposable
{
    /// <summary>Where a fresh estate starts, UTC.</summary>
    public static readonly DateTimeOffset FreshStart = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly TimeProvider real;
    private readonly SemaphoreSlim moving = new(1, 1);
    private Line current;

    private WorldClock(string file, TimeProvider real, Line current)
    {
        FilePath = file;
        this.real = real;
        this.current = current;
    }

    /// <summary>Raised after each move, with the new governance time.</summary>
    public event Action<DateTimeOffset>? Moved;

    /// <summary>The file's path.</summary>
    public string FilePath { get; }

    /// <summary>The machine's time.</summary>
    public TimeProvider Real => real;

    /// <summary>Opens a kept estate's file, or begins one that says <paramref name="start"/> now (null: governance time is real time).</summary>
    public static WorldClock Open(string file, DateTimeOffset? start, TimeProvider real)
    {
        ArgumentNullException.ThrowIfNull(real);
        if (File.Exists(file) && File.ReadLines(file).LastOrDefault(line => line.Length > 0) is { } last)
            return new WorldClock(file, real, Line.Parse(last, file));
        var now = Floor(real.GetUtcNow());
        var first = new Line(now, start is { } instant ? instant - now : TimeSpan.Zero);
        File.WriteAllText(file, first.ToString());
        return new WorldClock(file, real, first);
    }

    /// <summary>Governance time, UTC.</summary>
    public override DateTimeOffset GetUtcNow() => real.GetUtcNow() + Volatile.Read(ref current).Offset;

    public override long TimestampFrequency => real.TimestampFrequency;

    public override long GetTimestamp() => real.GetTimestamp();

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        real.CreateTimer(callback, state, dueTime, period);

    /// <summary>
    /// Moves governance time to <paramref name="instant"/>, from the next whole real second on and after waiting for it: services stamp whole seconds, and no stamp may
    /// belong to two lines. What is not in the future changes nothing.
    /// </summary>
    /// <returns>Governance time after it.</returns>
    public async Task<DateTimeOffset> MoveToAsync(DateTimeOffset instant, CancellationToken cancellation = default)
    {
        await moving.WaitAsync(cancellation);
        try
        {
            if (instant <= GetUtcNow()) return GetUtcNow();
            var from = Floor(real.GetUtcNow()).AddSeconds(1);
            while (real.GetUtcNow() is var now && now < from) await Task.Delay(from - now, real, cancellation);
            var line = new Line(from, instant - from);
            // A second may have passed unnoticed on a busy machine, and governance time never runs backwards.
            if (line.Offset <= current.Offset) return GetUtcNow();
            await File.AppendAllTextAsync(FilePath, line.ToString(), cancellation);
            Volatile.Write(ref current, line);
        }
        finally
        {
            moving.Release();
        }

        Moved?.Invoke(GetUtcNow());
        return GetUtcNow();
    }

    public void Dispose() => moving.Dispose();

    private static DateTimeOffset Floor(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeSeconds(instant.ToUnixTimeSeconds());

    private sealed record Line(DateTimeOffset From, TimeSpan Offset)
    {
        public static Line Parse(string text, string file) =>
            text.Split(' ') is [var from, var offset]
            && DateTimeOffset.TryParse(from, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
            && TimeSpan.TryParse(offset, CultureInfo.InvariantCulture, out var by)
                ? new Line(instant, by)
                : throw new InvalidDataException($"The last line of the clock file '{file}' is not an instant and an offset: delete the estate, or the line.");

        public override string ToString()
        {
            var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{From.ToUniversalTime():O} ");
            if (Offset < TimeSpan.Zero) text.Append('-');
            return text.Append(Offset.Duration().ToString(@"d\.hh\:mm\:ss\.fffffff", CultureInfo.InvariantCulture)).Append('\n').ToString();
        }
    }
}
