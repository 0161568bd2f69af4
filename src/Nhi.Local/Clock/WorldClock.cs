using System.Globalization;
using Nhi.Azure.Time;

namespace Nhi.Local.Clock;

/// <summary>
/// The hand that moves governance time: appends lines <c>instant offset ahead</c> to the file that <c>Nhi__Clock</c> names. Time only goes forward.
/// As a <see cref="TimeProvider"/> it tells governance time; delays and time stamps are real.
/// </summary>
public sealed class WorldClock : TimeProvider, IDisposable
{
    /// <summary>Where a fresh estate starts, UTC.</summary>
    public static readonly DateTimeOffset FreshStart = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    /// <summary>So far may the services' clocks run ahead of the machine's: signatures, tokens and leases allow for minutes.</summary>
    private static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(1);

    private readonly TimeProvider real;
    private readonly SemaphoreSlim moving = new(1, 1);
    private Line current;

    private WorldClock(string file, TimeProvider real, Line current)
    {
        FilePath = file;
        this.real = real;
        this.current = current;
        Services = new ServiceTime(this);
    }

    /// <summary>Raised after each move, with the new governance time.</summary>
    public event Action<DateTimeOffset>? Moved;

    /// <summary>The file's path.</summary>
    public string FilePath { get; }

    /// <summary>The machine's time.</summary>
    public TimeProvider Real => real;

    /// <summary>The time of day by which the world's services stamp: the machine's, and what moves within one second have put it ahead.</summary>
    public TimeProvider Services { get; }

    /// <summary>How far that is ahead of the machine's.</summary>
    public TimeSpan Ahead => Volatile.Read(ref current).Ahead;

    /// <summary>Opens a kept estate's file, or begins one that says <paramref name="start"/> now (null: governance time is real time).</summary>
    public static WorldClock Open(string file, DateTimeOffset? start, TimeProvider real)
    {
        ArgumentNullException.ThrowIfNull(real);
        if (File.Exists(file) && File.ReadLines(file).LastOrDefault(line => line.Length > 0) is { } last)
            return new WorldClock(file, real, Line.Parse(last, file));
        var now = Floor(real.GetUtcNow());
        var first = new Line(now, start is { } instant ? instant - now : TimeSpan.Zero, TimeSpan.Zero);
        File.WriteAllText(file, first.ToString());
        return new WorldClock(file, real, first);
    }

    /// <summary>Governance time, UTC.</summary>
    public override DateTimeOffset GetUtcNow() => Volatile.Read(ref current) is var line ? real.GetUtcNow() + line.Ahead + line.Offset : default;

    public override long TimestampFrequency => real.TimestampFrequency;

    public override long GetTimestamp() => real.GetTimestamp();

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        real.CreateTimer(callback, state, dueTime, period);

    /// <summary>
    /// Moves governance time to <paramref name="instant"/>: services stamp whole seconds, and no stamp may belong to two lines, so theirs goes on to the next whole second.
    /// Where it would be too far ahead of the machine's, that second is waited for. What is not in the future changes nothing.
    /// </summary>
    /// <returns>Governance time after it.</returns>
    public async Task<DateTimeOffset> MoveToAsync(DateTimeOffset instant, CancellationToken cancellation = default)
    {
        await moving.WaitAsync(cancellation);
        try
        {
            if (instant <= GetUtcNow()) return GetUtcNow();
            var from = Floor(Services.GetUtcNow()).AddSeconds(1);
            var ahead = from - real.GetUtcNow();
            if (ahead > MostAhead)
            {
                while (Services.GetUtcNow() is var now && now < from) await Task.Delay(from - now, real, cancellation);
                // A second may have passed unnoticed on a busy machine, and governance time never runs backwards.
                if (instant - from <= current.Offset) return GetUtcNow();
                ahead = current.Ahead;
            }

            var line = new Line(from, instant - from, ahead);
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

    private sealed class ServiceTime(WorldClock clock) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => clock.real.GetUtcNow() + clock.Ahead;
    }

    /// <param name="From">By the services' clock.</param>
    /// <param name="Offset">From that to governance time.</param>
    /// <param name="Ahead">From the machine's clock to that of the services.</param>
    private sealed record Line(DateTimeOffset From, TimeSpan Offset, TimeSpan Ahead)
    {
        public static Line Parse(string text, string file) =>
            text.Split(' ') is [var from, var offset, .. var more]
            && DateTimeOffset.TryParse(from, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
            && TimeSpan.TryParse(offset, CultureInfo.InvariantCulture, out var by)
            && (more is [] ? TimeSpan.Zero : more is [var last] && TimeSpan.TryParse(last, CultureInfo.InvariantCulture, out var ahead) ? ahead : null as TimeSpan?) is { } leads
                ? new Line(instant, by, leads)
                : throw new InvalidDataException($"The last line of the clock file '{file}' is not an instant, an offset and how far the services are ahead: delete the estate, or the line.");

        public override string ToString() => GovernanceClock.Line(From, Offset, Ahead);
    }
}
