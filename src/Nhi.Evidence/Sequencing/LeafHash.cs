using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Sequencing;

/// <summary>RFC 6962, section 2.1: a leaf is SHA-256 over 0x00 and the record's stored bytes.</summary>
public static class LeafHash
{
    /// <summary>32 bytes.</summary>
    public static byte[] Of(ReadOnlySpan<byte> record) => TreeHash.Leaf(record).ToArray();

    /// <summary>The record's line in a batch.</summary>
    public static BatchEntry EntryOf(string path, ReadOnlySpan<byte> record) => new(path, TreeHash.Record(record), TreeHash.Leaf(record));
}
