using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Sequencing;

/// <summary>Reads batch files: one strict form, any other line makes the whole batch void.</summary>
public static class BatchParser
{
    private const int KeyIdLength = 8;
    private const int SignatureText = 88;

    /// <summary>Reads the file, or says why it is none.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out SignedBatch? batch, [NotNullWhen(false)] out string? why)
    {
        batch = null;
        var (text, problem) = Text(bytes.Span);
        why = problem ?? "";
        if (text is null)
            return false;
        var lines = text.Split('\n');
        if (lines.Length - 1 > BatchFile.MostLines)
            why = $"more than {BatchFile.MostLines} lines";
        else if (lines.Length < 6 || lines[^1].Length != 0)
            why = "it ends too early, or in the middle of a line";
        else
            (batch, why) = Parse(lines.AsSpan(0, lines.Length - 1), bytes);
        why ??= "";
        return batch is not null;
    }

    private static readonly System.Buffers.SearchValues<byte> Printable = System.Buffers.SearchValues.Create([(byte)'\n', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (byte)c)]);

    private static (string? Text, string? Why) Text(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BatchFile.MostBytes)
            return (null, $"more than {BatchFile.MostBytes} bytes");
        // ASCII that prints, and line feeds: what every tool reads alike.
        return bytes.ContainsAnyExcept(Printable)
            ? (null, "a byte that is no printable ASCII")
            : (Encoding.ASCII.GetString(bytes), null);
    }

    private static (SignedBatch? Batch, string? Why) Parse(ReadOnlySpan<string> lines, ReadOnlyMemory<byte> bytes)
    {
        if (!TryValue(lines[0], "# log ", out var log) || !TryNumber(lines[1], "# batch ", out var number) || !TryNumber(lines[2], "# first ", out var first) || !TryNumber(lines[3], "# count ", out var count))
            return (null, "it does not begin with # log, # batch, # first, # count");
        var at = 4;
        string? nextKey = null;
        if (TryValue(lines[at], "# key ", out var key))
            (nextKey, at) = (key, at + 1);
        var closes = lines[at] == "# close";
        if (closes)
            at++;
        var (entries, why) = Entries(lines[at..^1]);
        if (entries is null)
            return (null, why);
        if (entries.Count != count)
            return (null, $"# count {count}, but {entries.Count} records");
        if (count == 0 && nextKey is null && !closes)
            return (null, "it lists nothing and changes nothing");
        if (Signature(lines[^1]) is not { } signature)
            return (null, "its last line is no # sig KEYID BASE64");
        var signed = bytes[..(bytes.Length - lines[^1].Length - 1)];
        return (new SignedBatch(new BatchFile(log, number, first, entries, nextKey, closes), signed, signature.KeyId, signature.Bytes), null);
    }

    private static (List<BatchEntry>? Entries, string? Why) Entries(ReadOnlySpan<string> lines)
    {
        if (lines.Length % 2 != 0)
            return (null, "a line without its pair of # leaf and record");
        var entries = new List<BatchEntry>(lines.Length / 2);
        for (var i = 0; i < lines.Length; i += 2)
        {
            if (!TryValue(lines[i], "# leaf ", out var leaf) || !IsHash(leaf))
                return (null, $"line '{Shown(lines[i])}' is no # leaf");
            var line = lines[i + 1];
            if (line.Length < 66 || !IsHash(line.AsSpan(0, 64)) || line[64] != ' ' || line[65] != ' ' || !RecordPath.IsListable(line[66..]))
                return (null, $"line '{Shown(line)}' is no record's");
            entries.Add(new BatchEntry(line[66..], line[..64], leaf));
        }

        return (entries, null);
    }

    private static (string KeyId, byte[] Bytes)? Signature(string line)
    {
        if (!TryValue(line, "# sig ", out var value) || value.Length != KeyIdLength + 1 + SignatureText || value[KeyIdLength] != ' ' || !value.AsSpan(0, KeyIdLength).ContainsOnlyHex())
            return null;
        var signature = new byte[66];
        // In the one form that an encoder writes: the last character has bits that a decoder drops, and a changed one must not go unseen.
        return Convert.TryFromBase64String(value[(KeyIdLength + 1)..], signature, out var length) && length == 64 && value.AsSpan(KeyIdLength + 1).SequenceEqual(Convert.ToBase64String(signature, 0, 64))
            ? (value[..KeyIdLength], signature[..64]) : null;
    }

    private static bool TryValue(string line, string name, out string value)
    {
        var there = line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length;
        value = there ? line[name.Length..] : "";
        return there;
    }

    private static bool TryNumber(string line, string name, out long number)
    {
        number = 0;
        return TryValue(line, name, out var value) && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && value == number.ToString(CultureInfo.InvariantCulture);
    }

    private static bool IsHash(ReadOnlySpan<char> text) => text.Length == 64 && text.ContainsOnlyHex();

    private static bool ContainsOnlyHex(this ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Hex);

    private static readonly System.Buffers.SearchValues<char> Hex = System.Buffers.SearchValues.Create("0123456789abcdef");

    private static string Shown(string line) => line.Length > 80 ? line[..80] + "…" : line;
}
