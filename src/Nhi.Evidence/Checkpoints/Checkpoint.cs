using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Checkpoints;

/// <summary>
/// What a checkpoint says (C2SP tlog-checkpoint, with one extension line): after batch <paramref name="Batch"/> the log <paramref name="Origin"/> had <paramref name="Size"/> leaves, whose root is <paramref name="Root"/>.
/// The batch binds it to its name, or a genuine older one could be copied to a later name.
/// </summary>
public sealed record Checkpoint(string Origin, long Size, TreeHash Root, long Batch)
{
    private const string BatchHead = "batch ";

    /// <summary>Four lines, each with its line feed: origin, size, root in base64, <c>batch N</c>.</summary>
    public string Text() => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Root.ToBase64()}\n{BatchHead}{Batch}\n");

    /// <summary>Reads the text of a note, or says why it is no checkpoint of this product.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Checkpoint? checkpoint, [NotNullWhen(false)] out string? why)
    {
        ArgumentNullException.ThrowIfNull(text);
        checkpoint = null;
        why = null;
        var lines = text.Split('\n', 6);
        if (lines.Length != 5 || lines[4].Length != 0 || lines[0].Length == 0)
            why = "it is not the four lines of a checkpoint";
        else if (!TryNumber(lines[1], out var size))
            why = "its second line is no size";
        else if (!TreeHash.TryParseBase64(lines[2], out var root))
            why = "its third line is no root";
        else if (!lines[3].StartsWith(BatchHead, StringComparison.Ordinal) || !TryNumber(lines[3].AsSpan(BatchHead.Length), out var batch))
            why = "its fourth line is no 'batch N'";
        else
            checkpoint = new Checkpoint(lines[0], size, root, batch);
        return checkpoint is not null;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) =>
        // Digits alone: a parser passes over zero characters behind them.
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && char.IsAsciiDigit(text[^1]) && (text[0] != '0' || text.Length == 1);
}
