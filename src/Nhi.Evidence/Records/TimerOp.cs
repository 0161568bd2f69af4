using System.Globalization;

namespace Nhi.Evidence.Records;

/// <summary>
/// The <c>op</c> of what has no row (seals, what shards say, coverage, findings): made of its timer's floored time, so that every instance arrives at the same name and the first writer wins.
/// </summary>
public static class TimerOp
{
    /// <summary>26 characters. <paramref name="subject"/>: what it is about; <paramref name="floored"/>: UTC, whole seconds count.</summary>
    public static string Of(string subject, string verb, DateTimeOffset floored) =>
        CrockfordBase32.OfSha256(string.Create(CultureInfo.InvariantCulture, $"{subject}\n{verb}\n{floored.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z\n0"));

    /// <summary>The start of the period, counted from year 1, that an instant lies in; UTC.</summary>
    public static DateTimeOffset Floor(DateTimeOffset instant, TimeSpan period) => new(instant.UtcTicks - (instant.UtcTicks % period.Ticks), TimeSpan.Zero);
}
