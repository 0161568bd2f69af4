using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Nhi.EndToEnd.Tests.Canary;

/// <summary>Looks for values in texts: as they are, cut off, escaped, encoded at any offset of a longer text, and as an unkeyed hash.</summary>
internal sealed class SecretSearch
{
    /// <summary>A text may be cut to a length: so many characters of either end of a value are found too.</summary>
    private const int End = 20;

    private readonly Dictionary<string, (string What, string Form)> _needles = new(StringComparer.Ordinal);
    private SearchValues<string>? _values;

    public int Count { get; private set; }

    /// <summary>A value of at least 12 characters.</summary>
    public void Add(string what, string value, bool whole = false)
    {
        Assert.True(value.Length >= 12, $"{what} is too short to be looked for");
        Count++;
        foreach (var (form, text) in Texts(value))
            foreach (var part in whole || text.Length <= End ? [text] : (string[])[text[..End], text[^End..]])
                Look(what, form, part);
        AddBytes(what, Encoding.UTF8.GetBytes(value));
    }

    /// <summary>Bytes, which no text shows as they are.</summary>
    public void AddBytes(string what, byte[] value)
    {
        foreach (var (form, text) in Bytes("", value).Concat(Bytes("SHA-256 ", SHA256.HashData(value))))
            Look(what, form, text);
    }

    /// <summary>A text that is none of any value's and may not be there either.</summary>
    public void AddText(string what, string text) => Look(what, "as it is", text);

    /// <summary>What of which value is in that text, in which form; the text around it is not told.</summary>
    public IEnumerable<string> In(string text)
    {
        _values ??= SearchValues.Create([.. _needles.Keys], StringComparison.Ordinal);
        for (var from = 0; from < text.Length;)
        {
            var at = text.AsSpan(from).IndexOfAny(_values);
            if (at < 0)
                yield break;
            from += at;
            var found = _needles.First(needle => text.AsSpan(from).StartsWith(needle.Key, StringComparison.Ordinal));
            yield return $"{found.Value.What}, {found.Value.Form}, at {from} of {text.Length}";
            from += found.Key.Length;
        }
    }

    private void Look(string what, string form, string text)
    {
        if (_needles.TryAdd(text, (what, form)))
            _values = null;
    }

    private static IEnumerable<(string Form, string Text)> Texts(string value)
    {
        yield return ("as it is", value);
        yield return ("upper case", value.ToUpperInvariant());
        yield return ("lower case", value.ToLowerInvariant());
        yield return ("JSON", JsonEncodedText.Encode(value).ToString());
        yield return ("JSON in JSON", JsonEncodedText.Encode(JsonEncodedText.Encode(value).ToString()).ToString());
        yield return ("relaxed JSON", JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString());
        yield return ("URL", Uri.EscapeDataString(value));
        yield return ("form", WebUtility.UrlEncode(value));
        yield return ("HTML", WebUtility.HtmlEncode(value));
        yield return ("SQL", value.Replace("'", "''", StringComparison.Ordinal));
    }

    private static IEnumerable<(string Form, string Text)> Bytes(string of, byte[] value)
    {
        yield return ($"{of}hex", Convert.ToHexStringLower(value));
        yield return ($"{of}HEX", Convert.ToHexString(value));
        for (var offset = 0; offset < 3; offset++)
        {
            // What stands whole in base64 whatever comes before and after.
            var text = Convert.ToBase64String([.. new byte[offset], .. value]);
            var core = text[(offset == 0 ? 0 : offset + 1)..((offset + value.Length) / 3 * 4)];
            yield return ($"{of}base64", core);
            yield return ($"{of}base64url", core.Replace('+', '-').Replace('/', '_'));
        }
    }
}
