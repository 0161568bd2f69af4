using Nhi.Evidence.Records;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>Finds the line that makes a file no batch.</summary>
internal static class BatchLines
{
    private static readonly System.Buffers.SearchValues<char> Hex = System.Buffers.SearchValues.Create("0123456789abcdef");
    private static readonly string[] Heads = ["# log ", "# batch ", "# first ", "# count "];

    /// <summary>The bytes of the first line that none of a batch looks like; null when each line by itself looks like one.</summary>
    internal static ByteRange? FirstWrong(ReadOnlySpan<byte> file)
    {
        var number = 0;
        for (var offset = 0; offset < file.Length; number++)
        {
            var length = file[offset..].IndexOf((byte)'\n');
            var whole = length >= 0;
            length = whole ? length : file.Length - offset;
            var line = System.Text.Encoding.Latin1.GetString(file.Slice(offset, length));
            if (!whole || !LooksRight(line, number))
                return new ByteRange(offset, length);
            offset += length + 1;
        }

        return null;
    }

    private static bool LooksRight(string line, int number)
    {
        if (number < Heads.Length)
            return line.StartsWith(Heads[number], StringComparison.Ordinal);
        if (line.StartsWith("# leaf ", StringComparison.Ordinal))
            return line.Length == 71 && !line.AsSpan(7).ContainsAnyExcept(Hex);
        if (line.StartsWith("# sig ", StringComparison.Ordinal))
            return line.Length == 103;
        return line.StartsWith("# key ", StringComparison.Ordinal) || line == "# close"
            || (line.Length > 66 && !line.AsSpan(0, 64).ContainsAnyExcept(Hex) && line[64] == ' ' && line[65] == ' ' && RecordPath.IsListable(line[66..]));
    }
}
