using System.Numerics;

namespace Nhi.Evidence.Tree;

/// <summary>Makes the proofs of RFC 6962, 2.1.1 and 2.1.2, out of the hashes of complete subtrees.</summary>
public sealed class TreeProver(ITreeNodes nodes)
{
    /// <summary>The proof that leaf <paramref name="index"/> is in the tree of <paramref name="size"/> leaves: the siblings on its way up.</summary>
    public async Task<IReadOnlyList<TreeHash>> InclusionAsync(long index, long size, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        List<TreeHash> proof = [];
        var (begin, end) = (0L, size);
        while (end - begin > 1)
        {
            var middle = begin + Split(end - begin);
            var right = index >= middle;
            proof.Add(right ? await RangeAsync(begin, middle, ct) : await RangeAsync(middle, end, ct));
            (begin, end) = right ? (middle, end) : (begin, middle);
        }

        proof.Reverse();
        return proof;
    }

    /// <summary>The proof that the tree of <paramref name="second"/> leaves grew out of the one of <paramref name="first"/>. Empty for equal sizes and for a first tree without leaves.</summary>
    public async Task<IReadOnlyList<TreeHash>> ConsistencyAsync(long first, long second, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, second);
        List<TreeHash> proof = [];
        var (begin, end, whole) = (0L, second, true);
        if (first == 0 || first == second)
            return proof;
        while (first != end)
        {
            var middle = begin + Split(end - begin);
            var right = first > middle;
            proof.Add(right ? await RangeAsync(begin, middle, ct) : await RangeAsync(middle, end, ct));
            (begin, end, whole) = right ? (middle, end, false) : (begin, middle, whole);
        }

        if (!whole)
            proof.Add(await RangeAsync(begin, end, ct));
        proof.Reverse();
        return proof;
    }

    /// <summary>The root of the tree of <paramref name="size"/> leaves.</summary>
    public async Task<TreeHash> RootAsync(long size, CancellationToken ct) => size == 0 ? TreeHash.Empty : await RangeAsync(0, size, ct);

    /// <summary>The tree of <paramref name="size"/> leaves, ready to grow.</summary>
    public async Task<CompactRange> EdgeAsync(long size, CancellationToken ct)
    {
        List<TreeHash> roots = [];
        foreach (var (level, index) in Subtrees(0, size))
            roots.Add(await nodes.NodeAsync(level, index, ct));
        return new CompactRange(size, roots);
    }

    /// <summary>The hash of the leaves [begin, end): a subtree on the way up, complete but at the right edge.</summary>
    private async Task<TreeHash> RangeAsync(long begin, long end, CancellationToken ct)
    {
        TreeHash? hash = null;
        foreach (var (level, index) in Subtrees(begin, end).Reverse())
        {
            var left = await nodes.NodeAsync(level, index, ct);
            hash = hash is { } right ? TreeHash.Node(left, right) : left;
        }

        return hash!.Value;
    }

    /// <summary>The complete subtrees of a range that begins where one of its size may, largest first.</summary>
    private static IEnumerable<(int Level, long Index)> Subtrees(long begin, long end)
    {
        while (begin < end)
        {
            var level = BitOperations.Log2((ulong)(end - begin));
            yield return (level, begin >> level);
            begin += 1L << level;
        }
    }

    /// <summary>The largest power of two below n.</summary>
    private static long Split(long n) => 1L << BitOperations.Log2((ulong)(n - 1));
}
