using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Sequencing;

/// <summary>One leaf of the log: a record's name, the SHA-256 of its bytes and its RFC 6962 leaf hash, both 64 characters of lower-case hex.</summary>
public sealed record BatchEntry(string Path, string Sha256, string Leaf)
{
    /// <summary><see cref="Leaf"/> as the tree takes it. Throws <see cref="FormatException"/> for an entry that no parser made and whose leaf is no hash.</summary>
    public TreeHash LeafHash => TreeHash.TryParseHex(Leaf, out var hash) ? hash : throw new FormatException($"The leaf of '{Path}' is no hash.");
}
