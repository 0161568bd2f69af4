using System.Numerics;

namespace Nhi.Evidence.Tree;

/// <summary>Checks proofs as RFC 9162 (2.1.3.2 and 2.1.4.2) does; those of RFC 6962 are the same. Proofs may come from anybody: any length, any hashes.</summary>
public static class TreeProof
{
    /// <summary>Hashes of the longest proof that there is.</summary>
    public const int MostHashes = 64;

    /// <summary>True when the leaf with this hash is at <paramref name="index"/> of the tree of <paramref name="size"/> leaves with this root.</summary>
    public static bool IsIncluded(in TreeHash leaf, long index, long size, IReadOnlyList<TreeHash> proof, in TreeHash root)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (index < 0 || index >= size || proof.Count > MostHashes)
            return false;
        var (at, last, hash) = (index, size - 1, leaf);
        foreach (var sibling in proof)
        {
            if (last == 0)
                return false;
            if ((at & 1) != 0 || at == last)
            {
                hash = TreeHash.Node(sibling, hash);
                (at, last) = SkipMissing(at, last);
            }
            else
            {
                hash = TreeHash.Node(hash, sibling);
            }

            (at, last) = (at >> 1, last >> 1);
        }

        return last == 0 && hash == root;
    }

    /// <summary>True when the tree of <paramref name="second"/> leaves grew out of the one of <paramref name="first"/>: nothing that it held was changed.</summary>
    public static bool IsConsistent(long first, in TreeHash firstRoot, long second, in TreeHash secondRoot, IReadOnlyList<TreeHash> proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (first < 0 || first > second || proof.Count > MostHashes)
            return false;
        if (first == second)
            return proof.Count == 0 && firstRoot == secondRoot;
        if (first == 0)
            return proof.Count == 0 && firstRoot == TreeHash.Empty;
        // A complete first tree is a subtree of the second: its root is the proof's first hash, and is left out.
        var whole = BitOperations.IsPow2(first);
        if (proof.Count == 0 && !whole)
            return false;
        var (at, last) = (first - 1, second - 1);
        var shift = BitOperations.TrailingZeroCount(~at);
        (at, last) = (at >> shift, last >> shift);
        var before = whole ? firstRoot : proof[0];
        var after = before;
        for (var i = whole ? 0 : 1; i < proof.Count; i++)
        {
            if (last == 0)
                return false;
            if ((at & 1) != 0 || at == last)
            {
                (before, after) = (TreeHash.Node(proof[i], before), TreeHash.Node(proof[i], after));
                (at, last) = SkipMissing(at, last);
            }
            else
            {
                after = TreeHash.Node(after, proof[i]);
            }

            (at, last) = (at >> 1, last >> 1);
        }

        return last == 0 && before == firstRoot && after == secondRoot;
    }

    /// <summary>The rightmost path of an unbalanced tree has no sibling on some levels.</summary>
    private static (long At, long Last) SkipMissing(long at, long last)
    {
        while ((at & 1) == 0 && at != 0)
            (at, last) = (at >> 1, last >> 1);
        return (at, last);
    }
}
