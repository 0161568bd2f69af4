using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Nhi.Governance.Policies;

/// <summary>
/// Durations as ISO 8601 writes them, restricted to what has a fixed length: weeks alone (<c>P2W</c>), or days, hours, minutes, seconds (<c>P1DT12H</c>), whole numbers, upper case.
/// Months and years are refused: they are ambiguous. At most ten years.
/// </summary>
public static partial class Iso8601Duration
{
    /// <summary>The longest that is accepted.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(3660);

    /// <summary>Null when the text is no such duration or is longer than <see cref="Longest"/>.</summary>
    public static TimeSpan? TryParse(string? text) => TryParse(text, out var value, out _) ? value : null;

    /// <summary>On false, <paramref name="remedy"/> says what to write instead.</summary>
    public static bool TryParse(string? text, out TimeSpan value, out string remedy)
    {
        (value, remedy) = (default, "");
        if (text is null || text.Length > 40 || Pattern().Match(text) is not { Success: true } match)
        {
            remedy = text is not null && text.Length <= 40 && CalendarPattern().IsMatch(text)
                ? "Months and years have no fixed length: write days, such as P90D or P365D."
                : "Write an ISO 8601 duration: P14D, PT1H or P1DT12H.";
            return false;
        }

        var seconds = (Number(match, "w") * 604_800) + (Number(match, "d") * 86_400) + (Number(match, "h") * 3_600) + (Number(match, "m") * 60) + Number(match, "s");
        if (seconds > (long)Longest.TotalSeconds)
        {
            remedy = "Write at most P3660D (ten years).";
            return false;
        }

        value = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>The shortest form, whole seconds: <c>P1DT12H</c>; <c>PT0S</c> for none. What <see cref="TryParse(string?)"/> reads back as the same.</summary>
    public static string Format(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
        var text = new StringBuilder("P");
        if (value.Days > 0)
            text.Append(CultureInfo.InvariantCulture, $"{value.Days}D");
        if (value.Hours + value.Minutes + value.Seconds > 0)
            text.Append('T');
        if (value.Hours > 0)
            text.Append(CultureInfo.InvariantCulture, $"{value.Hours}H");
        if (value.Minutes > 0)
            text.Append(CultureInfo.InvariantCulture, $"{value.Minutes}M");
        if (value.Seconds > 0)
            text.Append(CultureInfo.InvariantCulture, $"{value.Seconds}S");
        return text.Length == 1 ? "PT0S" : text.ToString();
    }

    private static long Number(Match match, string group) => match.Groups[group] is { Success: true } found ? long.Parse(found.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"\AP(?:(?<w>[0-9]{1,9})W|(?=[0-9T])(?:(?<d>[0-9]{1,9})D)?(?:T(?=[0-9])(?:(?<h>[0-9]{1,9})H)?(?:(?<m>[0-9]{1,9})M)?(?:(?<s>[0-9]{1,9})S)?)?)\z")]
    private static partial Regex Pattern();

    [GeneratedRegex(@"\AP(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T[0-9HMS]*)?\z")]
    private static partial Regex CalendarPattern();
}
