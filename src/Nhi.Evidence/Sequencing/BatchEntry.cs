using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Sequencing;

/// <summary>One leaf of the log: a record's name, the SHA-256 of its bytes, and its RFC 6962 leaf hash.</summary>
public sealed record BatchEntry(string Path, TreeHash RecordHash, TreeHash LeafHash)
{
    /// <summary><see cref="RecordHash"/> as the record's line has it: 64 characters of lower-case hex.</summary>
    public string Sha256 => RecordHash.ToString();

    /// <summary><see cref="LeafHash"/> as the line before it has it.</summary>
    public string Leaf => LeafHash.ToString();
}
