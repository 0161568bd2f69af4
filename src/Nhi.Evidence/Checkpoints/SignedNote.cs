using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Nhi.Evidence.Checkpoints;

/// <summary>
/// A C2SP signed note: a text, and lines of signatures over it. This is its form alone; <see cref="CheckpointNote"/> says who may sign what.
/// </summary>
/// <param name="Text">Lines, each with its line feed. No control characters.</param>
/// <param name="Signatures">In the order of their lines.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>Bytes of a note. A longer one is not read.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>Signatures of a note.</summary>
    public const int MostSignatures = 100;

    private const string LineHead = "\u2014 ";
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The note's bytes. Throws <see cref="FormatException"/> for a text, a name or a number of signatures that no note may have.</summary>
    public byte[] Format()
    {
        if (Text.Length == 0 || Text[^1] != '\n' || !IsText(Text))
            throw new FormatException("A note's text ends with a line feed and holds no control characters.");
        if (Signatures.Count is 0 or > MostSignatures || Signatures.Any(signature => !IsName(signature.Name) || signature.KeyId.Length != 8))
            throw new FormatException($"A note has 1 to {MostSignatures} signatures, by keys whose names hold no spaces and no +, with ids of 8 hex characters.");
        var note = new StringBuilder(Text).Append('\n');
        foreach (var signature in Signatures)
            note.Append(LineHead).Append(signature.Name).Append(' ').Append(Convert.ToBase64String([.. Convert.FromHexString(signature.KeyId), .. signature.Signature.Span])).Append('\n');
        return Utf8.GetBytes(note.ToString());
    }

    /// <summary>Reads a note, or says why these bytes are none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedNote? note, [NotNullWhen(false)] out string? why)
    {
        note = null;
        (var whole, why) = bytes.Length > MostBytes ? (null, $"more than {MostBytes} bytes") : Decode(bytes);
        if (whole is null)
            return false;
        // The last empty line: the text may hold others.
        var blank = whole.LastIndexOf("\n\n", StringComparison.Ordinal);
        (var signatures, why) = blank < 0 || !whole.EndsWith('\n') ? (null, "no empty line before signatures, or no line feed at its end") : Parse(whole[(blank + 2)..]);
        note = signatures is null ? null : new SignedNote(whole[..(blank + 1)], signatures);
        return note is not null;
    }

    private static (string? Whole, string Why) Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var whole = Utf8.GetString(bytes);
            return IsText(whole) ? (whole, "") : (null, "a control character");
        }
        catch (DecoderFallbackException)
        {
            return (null, "no UTF-8");
        }
    }

    private static (List<NoteSignature>? Signatures, string Why) Parse(string lines)
    {
        List<NoteSignature> signatures = [];
        foreach (var range in lines.AsSpan().TrimEnd('\n').Split('\n'))
        {
            if (signatures.Count == MostSignatures)
                return (null, $"more than {MostSignatures} signatures");
            if (ParseLine(lines.AsSpan()[range]) is not { } signature)
                return (null, $"line {signatures.Count + 1} after the text is no signature");
            signatures.Add(signature);
        }

        return (signatures, "");
    }

    private static NoteSignature? ParseLine(ReadOnlySpan<char> line)
    {
        if (!line.StartsWith(LineHead, StringComparison.Ordinal))
            return null;
        line = line[LineHead.Length..];
        var space = line.IndexOf(' ');
        if (space <= 0 || !IsName(line[..space]))
            return null;
        var base64 = line[(space + 1)..];
        var bytes = new byte[base64.Length];
        // In the one form that an encoder writes: two notes with the same signatures have the same bytes.
        if (!Convert.TryFromBase64Chars(base64, bytes, out var length) || length < 5 || !base64.SequenceEqual(Convert.ToBase64String(bytes, 0, length)))
            return null;
        return new NoteSignature(line[..space].ToString(), Convert.ToHexStringLower(bytes, 0, 4), bytes.AsMemory(4, length - 4));
    }

    private static bool IsText(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c < ' ' && c != '\n')
                return false;
        }

        return true;
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (c == '+' || char.IsWhiteSpace(c))
                return false;
        }

        return name.Length > 0;
    }
}
