using System.Text;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Pipeline;

/// <summary>What a service says about a refusal, as it may stand in an error: one line of bounded length, and nothing at all where it quotes what was sent.</summary>
internal static class ServiceText
{
    public const string Withheld = "[a message that quotes a secret]";

    /// <param name="text">The service's own words: hostile.</param>
    /// <param name="longest">Characters; a longer text is cut.</param>
    /// <param name="value">What was sent along, where that is known.</param>
    public static string OneLine(string text, int longest, SecretMaterial? value = null)
    {
        // Before the cut: half of a secret has no shape any more.
        if (value?.AppearsIn(text) == true || ValueGuard.LooksLikeSecret(text))
            return Withheld;
        var line = new StringBuilder(Math.Min(text.Length, longest) + 1);
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, longest)))
            line.Append(char.IsControl(c) ? ' ' : c);
        return text.Length > longest ? line.Append('…').ToString() : line.ToString();
    }
}
