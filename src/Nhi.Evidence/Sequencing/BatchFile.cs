using System.Globalization;
using System.Text;

namespace Nhi.Evidence.Sequencing;

/// <summary>
/// What a batch says: which leaves the log grows by, in order. Its file is the SHA256SUMS of its records too; lines with # are comments to <c>sha256sum -c</c>.
/// </summary>
/// <param name="Log">The origin of the container.</param>
/// <param name="Number">n, from 0.</param>
/// <param name="First">The log index of its first leaf.</param>
/// <param name="Entries">In log order; may be empty where the batch only changes the key or closes the log.</param>
/// <param name="NextKey">The log key from the next batch on (SPKI, base64), or null.</param>
/// <param name="Closes">True for the last batch of its log.</param>
public sealed record BatchFile(string Log, long Number, long First, IReadOnlyList<BatchEntry> Entries, string? NextKey = null, bool Closes = false)
{
    /// <summary>Lines of a batch file, every one counted.</summary>
    public const int MostLines = 8_192;

    /// <summary>Bytes of a batch file. A longer one is not even read.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    /// <summary>Entries that a sequencer puts into one batch: two lines each, and the headers.</summary>
    public const int MostEntries = 4_000;

    /// <summary>What stands before the file's bytes in what is signed.</summary>
    public static ReadOnlySpan<byte> SignedHead => "nhi-batch/1\n"u8;

    /// <summary>The file up to its signature line.</summary>
    public byte[] Text()
    {
        if (Entries.Count > MostEntries)
            throw new InvalidOperationException($"A batch of {Entries.Count} entries, at most {MostEntries}.");
        var text = new StringBuilder(256 + (Entries.Count * 280));
        text.Append(CultureInfo.InvariantCulture, $"# log {Log}\n# batch {Number}\n# first {First}\n# count {Entries.Count}\n");
        if (NextKey is not null)
            text.Append(CultureInfo.InvariantCulture, $"# key {NextKey}\n");
        if (Closes)
            text.Append("# close\n");
        foreach (var entry in Entries)
            text.Append(CultureInfo.InvariantCulture, $"# leaf {entry.Leaf}\n{entry.Sha256}  {entry.Path}\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>What is signed for a text: <c>nhi-batch/1</c>, a line feed and the text.</summary>
    public static byte[] SignedText(ReadOnlySpan<byte> text) => [.. SignedHead, .. text];

    /// <summary>The whole file: the text and its last line, <c># sig KEYID BASE64</c>.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> text, string keyId, ReadOnlySpan<byte> signature) =>
        [.. text, .. Encoding.ASCII.GetBytes($"# sig {keyId} {Convert.ToBase64String(signature)}\n")];
}
