using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>The shapes of what the platform's logs say: names in them are chosen by others. What has another shape is not there.</summary>
internal static partial class PlatformTexts
{
    private const int LongestName = 256;

    /// <summary>A GUID with hyphens, lower case.</summary>
    public static string? Id(string? text) => Guid.TryParseExact(text, "D", out var id) ? id.ToString() : null;

    /// <summary>A name as directories hold it; one of another shape stands as its length.</summary>
    public static string? Name(string? text) => text is null ? null : text.Length <= LongestName && NamePattern().IsMatch(text) ? text : RefusedText.Of(text.Length);

    public static string? Address(string? text) => text is not null && text.Length <= 45 && IPAddress.TryParse(text, out var address) ? address.ToString() : null;

    /// <summary>UTC; null for what is later than a quarter of an hour after <paramref name="now"/>.</summary>
    public static DateTimeOffset? Time(string? text, DateTimeOffset now) =>
        text is not null && TimePattern().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) && time <= now + TimeSpan.FromMinutes(15)
            ? time
            : null;

    // What stands in directories: no blank, no control, nothing that another reader of the record could take for markup.
    [GeneratedRegex(@"\A[\p{L}\p{N}._#+'@-]{1,256}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})\z")]
    private static partial Regex TimePattern();
}
