using System.Text.RegularExpressions;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Rotators.Storage;

/// <summary>The two forms in which an account key is published: bare, or inside a connection string.</summary>
internal static partial class StorageKeyText
{
    /// <summary>The key out of a connection string; a text without one is the key itself.</summary>
    public static SecretMaterial KeyIn(SecretMaterial published)
    {
        var found = KeyPattern().Match(published.Reveal());
        return found.Success ? new SecretMaterial(found.Groups["key"].Value) : published;
    }

    /// <summary>The current text with another key in its place.</summary>
    public static SecretMaterial With(SecretMaterial? current, SecretMaterial key)
    {
        var text = current?.Reveal() ?? "";
        return KeyPattern().Match(text).Groups["key"] is { Success: true } old
            ? new SecretMaterial(string.Concat(text.AsSpan(0, old.Index), key.Reveal(), text.AsSpan(old.Index + old.Length)))
            : key;
    }

    // A key ends in '=', so it runs to the next semicolon.
    [GeneratedRegex(@"(?:\A|;)\s*AccountKey\s*=\s*(?<key>[^;\s]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();
}
