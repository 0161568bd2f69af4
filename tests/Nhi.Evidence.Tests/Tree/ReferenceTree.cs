using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Tests.Tree;

/// <summary>RFC 6962, 2.1 word for word, over all leaves: slow, and short enough to see that it is right.</summary>
internal static class ReferenceTree
{
    internal static TreeHash Root(ReadOnlySpan<TreeHash> leaves) => leaves.Length switch
    {
        0 => TreeHash.Empty,
        1 => leaves[0],
        _ => TreeHash.Node(Root(leaves[..Split(leaves.Length)]), Root(leaves[Split(leaves.Length)..])),
    };

    /// <summary>PATH(m, D[n]).</summary>
    internal static List<TreeHash> Path(int m, ReadOnlySpan<TreeHash> leaves)
    {
        if (leaves.Length == 1)
            return [];
        var k = Split(leaves.Length);
        return m < k ? [.. Path(m, leaves[..k]), Root(leaves[k..])] : [.. Path(m - k, leaves[k..]), Root(leaves[..k])];
    }

    /// <summary>PROOF(m, D[n]).</summary>
    internal static List<TreeHash> Proof(int m, ReadOnlySpan<TreeHash> leaves) => SubProof(m, leaves, true);

    private static List<TreeHash> SubProof(int m, ReadOnlySpan<TreeHash> leaves, bool whole)
    {
        if (m == leaves.Length)
            return whole ? [] : [Root(leaves)];
        var k = Split(leaves.Length);
        return m <= k ? [.. SubProof(m, leaves[..k], whole), Root(leaves[k..])] : [.. SubProof(m - k, leaves[k..], false), Root(leaves[..k])];
    }

    private static int Split(int n)
    {
        var k = 1;
        while (k * 2 < n)
            k *= 2;
        return k;
    }
}

/// <summary>The hashes of complete subtrees, from all leaves.</summary>
internal sealed class LeafNodes(TreeHash[] leaves) : ITreeNodes
{
    public ValueTask<TreeHash> NodeAsync(int level, long index, CancellationToken ct) => new(ReferenceTree.Root(leaves.AsSpan((int)(index << level), 1 << level)));
}
