using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Verification.Proofs;

/// <summary>
/// A C2SP tlog-proof: that one record stands in the log, in a file that is checked with nothing but the log's public key. To be kept beside the record (<c>.tlog-proof</c>).
/// </summary>
/// <param name="Index">The record's place in the log.</param>
/// <param name="Hashes">From the leaf's sibling up to the root's child.</param>
/// <param name="Checkpoint">The signed note, its text.</param>
public sealed record TlogProof(long Index, IReadOnlyList<TreeHash> Hashes, string Checkpoint)
{
    private const string Head = "c2sp.org/tlog-proof@v1";
    private const string IndexHead = "index ";
    private const string ExtraHead = "extra ";
    private const int MostBytes = SignedNote.MostBytes + 8_192;

    /// <summary>The file's text.</summary>
    public string Format()
    {
        var text = new StringBuilder(Head).Append('\n').Append(IndexHead).Append(CultureInfo.InvariantCulture, $"{Index}\n");
        foreach (var hash in Hashes)
            text.Append(hash.ToBase64()).Append('\n');
        return text.Append('\n').Append(Checkpoint).ToString();
    }

    /// <summary>Reads a proof, or says why this is none.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TlogProof? proof, [NotNullWhen(false)] out string? why)
    {
        ArgumentNullException.ThrowIfNull(text);
        (proof, why) = (null, null);
        var blank = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (text.Length > MostBytes || blank < 0)
        {
            why = text.Length > MostBytes ? $"more than {MostBytes} characters" : "no empty line before the checkpoint";
            return false;
        }

        var lines = text[..blank].Split('\n');
        var at = lines.Length > 1 && lines[1].StartsWith(ExtraHead, StringComparison.Ordinal) ? 2 : 1;
        if (lines[0] != Head)
            why = $"it does not begin with {Head}";
        else if (lines.Length <= at || !TryIndex(lines[at], out var index))
            why = "no line 'index N'";
        else if (Parse(lines.AsSpan(at + 1)) is not { } hashes)
            why = $"a line that is no hash, or more than {TreeProof.MostHashes} of them";
        else
            proof = new TlogProof(index, hashes, text[(blank + 2)..]);
        return proof is not null;
    }

    /// <summary>Null when the record stands at <see cref="Index"/> of the log of this origin, as one of the keys signed it; else what is wrong.</summary>
    /// <param name="record">The record's stored bytes.</param>
    /// <param name="origin">The log.</param>
    /// <param name="logKeys">The log's public keys (SPKI, DER).</param>
    public string? Check(ReadOnlySpan<byte> record, string origin, IReadOnlyList<ReadOnlyMemory<byte>> logKeys)
    {
        ArgumentNullException.ThrowIfNull(logKeys);
        var note = Encoding.UTF8.GetBytes(Checkpoint);
        if (!SignedNote.TryParse(note, out var signed, out var why) || !Checkpoints.Checkpoint.TryParse(signed.Text, out var checkpoint, out why))
            return $"its checkpoint is none: {why}";
        var keys = logKeys.Select(spki => new NoteKey(origin, spki.Span)).ToList();
        try
        {
            if (CheckpointNote.Judge(note, origin, checkpoint.Batch, keys).Why is { } wrong)
                return $"its checkpoint does not count: {wrong}";
        }
        finally
        {
            keys.ForEach(key => key.Dispose());
        }

        return TreeProof.IsIncluded(TreeHash.Leaf(record), Index, checkpoint.Size, Hashes, checkpoint.Root) ? null : $"these bytes are not leaf {Index} of the log with {checkpoint.Size} leaves and root {checkpoint.Root.ToBase64()}";
    }

    private static bool TryIndex(string line, out long index)
    {
        index = 0;
        return line.StartsWith(IndexHead, StringComparison.Ordinal) && long.TryParse(line.AsSpan(IndexHead.Length), NumberStyles.None, CultureInfo.InvariantCulture, out index)
            && line.Length == IndexHead.Length + index.ToString(CultureInfo.InvariantCulture).Length;
    }

    private static List<TreeHash>? Parse(ReadOnlySpan<string> lines)
    {
        if (lines.Length > TreeProof.MostHashes)
            return null;
        List<TreeHash> hashes = [];
        foreach (var line in lines)
        {
            if (!TreeHash.TryParseBase64(line, out var hash))
                return null;
            hashes.Add(hash);
        }

        return hashes;
    }
}
