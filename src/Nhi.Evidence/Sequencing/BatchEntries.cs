using System.Collections;
using System.Text;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Sequencing;

/// <summary>
/// The entries of a batch file that was found to be one, each made of its two lines whenever it is asked for: what is held is the file and four bytes an entry, not six times as much in objects that outlive a garbage collection.
/// </summary>
internal sealed class BatchEntries(ReadOnlyMemory<byte> file, List<int> starts, int end) : IReadOnlyList<BatchEntry>
{
    /// <summary>What stands in a line before a leaf.</summary>
    internal const int LeafAt = 7;

    /// <summary>What stands in a record's line before its name: its SHA-256 and two spaces.</summary>
    internal const int PathAt = HexLength + 2;

    /// <summary>A SHA-256 in hex.</summary>
    internal const int HexLength = TreeHash.Size * 2;

    private const int LineAt = LeafAt + HexLength + 1;

    public int Count => starts.Count;

    public BatchEntry this[int index]
    {
        get
        {
            var lines = file.Span[starts[index]..(index + 1 < starts.Count ? starts[index + 1] : end)];
            return new BatchEntry(Encoding.ASCII.GetString(lines[(LineAt + PathAt)..^1]), Hash(lines[LineAt..]), Hash(lines[LeafAt..]));
        }
    }

    public IEnumerator<BatchEntry> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Its hex was looked at when the file was read.</summary>
    private static TreeHash Hash(ReadOnlySpan<byte> hex) => TreeHash.TryParseHex(hex[..HexLength], out var hash) ? hash : throw new FormatException("A line of a batch holds no hash.");
}
