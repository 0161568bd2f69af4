using System.Globalization;
using System.Text;

namespace Nhi.Governance.Policies.Yaml;

/// <summary>Shows a piece of the policy's text inside a fault: short, printable, in quotes.</summary>
internal static class Quoting
{
    private const int Longest = 48;

    public static string Quote(string text) => $"'{Plain(text, Longest)}'";

    /// <summary>Without quotes.</summary>
    public static string Plain(string text, int longest)
    {
        var shown = new StringBuilder();
        foreach (var rune in (text.Length > longest ? text[..longest] : text).EnumerateRunes())
            shown.Append(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                ? "?"
                : rune.ToString());
        return shown.Append(text.Length > longest ? "…" : "").ToString();
    }
}
