using System.Numerics;

namespace Nhi.Evidence.Tree;

/// <summary>Told of each complete subtree as it comes into being: <paramref name="level"/> 0 is a leaf, <paramref name="index"/> counts the subtrees of that level from the left.</summary>
public delegate void SubtreeMade(int level, long index, in TreeHash hash);

/// <summary>
/// A tree that grows: the roots of its complete subtrees, largest first, one for each bit of its size. 64 hashes at most, however many leaves. Not safe for use by many threads at once.
/// </summary>
public sealed class CompactRange
{
    private readonly TreeHash[] roots = new TreeHash[63];

    /// <summary>A tree without leaves.</summary>
    public CompactRange() { }

    /// <summary>A tree of this many leaves.</summary>
    /// <param name="size">Leaves.</param>
    /// <param name="roots">The roots of its complete subtrees, largest first: as many as <paramref name="size"/> has bits set. Throws <see cref="ArgumentException"/> for another number.</param>
    public CompactRange(long size, IReadOnlyList<TreeHash> roots)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentNullException.ThrowIfNull(roots);
        if (roots.Count != BitOperations.PopCount((ulong)size))
            throw new ArgumentException($"A tree of {size} leaves has {BitOperations.PopCount((ulong)size)} complete subtrees, not {roots.Count}.", nameof(roots));
        Size = size;
        var at = 0;
        for (var level = 62; level >= 0; level--)
        {
            if ((size >> level & 1) != 0)
                this.roots[level] = roots[at++];
        }
    }

    private CompactRange(CompactRange other)
    {
        Size = other.Size;
        other.roots.CopyTo(roots, 0);
    }

    /// <summary>Leaves so far.</summary>
    public long Size { get; private set; }

    /// <summary>A tree of its own that begins as this one is now.</summary>
    public CompactRange Copy() => new(this);

    /// <summary>Adds a leaf at the right, by its hash.</summary>
    public void Append(in TreeHash leaf, SubtreeMade? made = null)
    {
        var hash = leaf;
        var level = 0;
        made?.Invoke(0, Size, hash);
        for (; (Size >> level & 1) != 0; level++)
        {
            hash = TreeHash.Node(roots[level], hash);
            made?.Invoke(level + 1, Size >> (level + 1), hash);
        }

        roots[level] = hash;
        Size++;
    }

    /// <summary>The root: RFC 6962's Merkle Tree Hash of the leaves so far.</summary>
    public TreeHash Root()
    {
        if (Size == 0)
            return TreeHash.Empty;
        var level = BitOperations.TrailingZeroCount(Size);
        var hash = roots[level];
        for (level++; Size >> level != 0; level++)
        {
            if ((Size >> level & 1) != 0)
                hash = TreeHash.Node(roots[level], hash);
        }

        return hash;
    }
}
