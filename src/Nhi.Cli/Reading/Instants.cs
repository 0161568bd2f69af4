using System.Globalization;
using Nhi.Cli.Output;

namespace Nhi.Cli.Reading;

/// <summary>Instants as people type them, UTC. Each throws <see cref="CliFailure"/> with the form that is wanted.</summary>
internal static class Instants
{
    /// <summary>A day, or an instant of it.</summary>
    public static DateTimeOffset Read(string text, string option) =>
        Parse(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'"]) ?? throw new CliFailure($"{option} is no instant. Write it as 2026-03-31 or 2026-03-31T18:00Z, UTC.");

    public static DateTimeOffset ReadDay(string text, string option) => Parse(text, ["yyyy-MM-dd"]) ?? throw new CliFailure($"{option} is no day. Write it as yyyy-MM-dd.");

    public static DateTimeOffset ReadMonth(string text, string option) => Parse(text, ["yyyy-MM"]) ?? throw new CliFailure($"{option} is no month. Write it as yyyy-MM.");

    public static DateTimeOffset ReadHour(string text, string option) => Parse(text, ["yyyy-MM-dd'T'HH"]) ?? throw new CliFailure($"{option} is no hour. Write it as yyyy-MM-ddTHH.");

    private static DateTimeOffset? Parse(string text, string[] forms) =>
        DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant) ? instant : null;
}
