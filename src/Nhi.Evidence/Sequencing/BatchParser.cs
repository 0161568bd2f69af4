using System.Buffers;
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
    private const string SignatureHead = "# sig ";

    /// <summary>Reads the file, or says why it is none.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out SignedBatch? batch, [NotNullWhen(false)] out string? why)
    {
        (batch, why) = Parse(bytes);
        why ??= "";
        return batch is not null;
    }

    private static readonly SearchValues<byte> Printable = SearchValues.Create([(byte)'\n', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (byte)c)]);

    private static (SignedBatch? Batch, string? Why) Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > BatchFile.MostBytes)
            return (null, $"more than {BatchFile.MostBytes} bytes");
        // ASCII that prints, and line feeds: what every tool reads alike.
        if (bytes.Span.ContainsAnyExcept(Printable))
            return (null, "a byte that is no printable ASCII");
        var count = bytes.Span.Count((byte)'\n');
        if (count > BatchFile.MostLines)
            return (null, $"more than {BatchFile.MostLines} lines");
        return count < 5 || bytes.Span[^1] != '\n' ? (null, "it ends too early, or in the middle of a line") : Parse(new Lines(bytes.Span, count), bytes);
    }

    private static (SignedBatch? Batch, string? Why) Parse(Lines lines, ReadOnlyMemory<byte> bytes)
    {
        if (!TryValue(lines.Next(), "# log ", out var log) || !TryNumber(lines.Next(), "# batch ", out var number) || !TryNumber(lines.Next(), "# first ", out var first) || !TryNumber(lines.Next(), "# count ", out var count))
            return (null, "it does not begin with # log, # batch, # first, # count");
        string? nextKey = null;
        if (TryValue(lines.Peek(), "# key ", out var key))
        {
            nextKey = key;
            lines.Next();
        }

        var closes = lines.Left > 0 && lines.Peek().SequenceEqual("# close"u8);
        if (closes)
            lines.Next();
        var (entries, why) = Entries(ref lines, bytes);
        if (entries is null)
            return (null, why);
        if (entries.Count != count)
            return (null, $"# count {count}, but {entries.Count} records");
        if (count == 0 && nextKey is null && !closes)
            return (null, "it lists nothing and changes nothing");
        var last = lines.Next();
        if (Signature(Text(last)) is not { } signature)
            return (null, "its last line is no # sig KEYID BASE64");
        var signed = bytes[..(bytes.Length - last.Length - 1)];
        return (new SignedBatch(new BatchFile(log, number, first, entries, nextKey, closes), signed, signature.KeyId, signature.Bytes), null);
    }

    /// <summary>All lines but the last.</summary>
    private static (BatchEntries? Entries, string? Why) Entries(ref Lines lines, ReadOnlyMemory<byte> bytes)
    {
        if (lines.Left % 2 == 0)
            return (null, "a line without its pair of # leaf and record");
        var starts = new List<int>(lines.Left / 2);
        while (lines.Left > 1)
        {
            starts.Add(lines.At);
            var leaf = lines.Next();
            if (leaf.Length != BatchEntries.LeafAt + BatchEntries.HexLength || !leaf.StartsWith("# leaf "u8) || leaf[BatchEntries.LeafAt..].ContainsAnyExcept(HexBytes))
                return (null, $"line '{Shown(leaf)}' is no # leaf");
            var line = lines.Next();
            if (line.Length < BatchEntries.PathAt || line[..BatchEntries.HexLength].ContainsAnyExcept(HexBytes) || line[64] != ' ' || line[65] != ' ' || !RecordPath.IsListable(line[BatchEntries.PathAt..]))
                return (null, $"line '{Shown(line)}' is no record's");
        }

        return (new BatchEntries(bytes, starts, lines.At), null);
    }

    private static (string KeyId, byte[] Bytes)? Signature(string line)
    {
        if (!line.StartsWith(SignatureHead, StringComparison.Ordinal) || line[SignatureHead.Length..] is not { Length: KeyIdLength + 1 + SignatureText } value || value[KeyIdLength] != ' ' || value.AsSpan(0, KeyIdLength).ContainsAnyExcept(Hex))
            return null;
        var signature = new byte[66];
        // In the one form that an encoder writes: the last character has bits that a decoder drops, and a changed one must not go unseen.
        return Convert.TryFromBase64String(value[(KeyIdLength + 1)..], signature, out var length) && length == 64 && value.AsSpan(KeyIdLength + 1).SequenceEqual(Convert.ToBase64String(signature, 0, 64))
            ? (value[..KeyIdLength], signature[..64]) : null;
    }

    private static bool TryValue(ReadOnlySpan<byte> line, string name, out string value)
    {
        var there = line.Length > name.Length && Ascii.Equals(line[..name.Length], name);
        value = there ? Text(line[name.Length..]) : "";
        return there;
    }

    private static bool TryNumber(ReadOnlySpan<byte> line, string name, out long number)
    {
        number = 0;
        return TryValue(line, name, out var value) && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && value == number.ToString(CultureInfo.InvariantCulture);
    }

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");
    private static readonly SearchValues<byte> HexBytes = SearchValues.Create("0123456789abcdef"u8);

    private static string Text(ReadOnlySpan<byte> ascii) => Encoding.ASCII.GetString(ascii);

    private static string Shown(ReadOnlySpan<byte> line) => line.Length > 80 ? Text(line[..80]) + "…" : Text(line);

    /// <summary>The lines of a text that ends in a line feed, one after the other.</summary>
    private ref struct Lines(ReadOnlySpan<byte> text, int count)
    {
        private readonly ReadOnlySpan<byte> text = text;

        /// <summary>Where the next one begins.</summary>
        internal int At { get; private set; }

        /// <summary>How many are still to come.</summary>
        internal int Left { get; private set; } = count;

        internal readonly ReadOnlySpan<byte> Peek() => text.Slice(At, text[At..].IndexOf((byte)'\n'));

        internal ReadOnlySpan<byte> Next()
        {
            var line = Peek();
            At += line.Length + 1;
            Left--;
            return line;
        }
    }
}
