namespace Nhi.Evidence.Tree;

/// <summary>Where the hashes of complete subtrees come from.</summary>
public interface ITreeNodes
{
    /// <summary>The hash of subtree <paramref name="index"/> of that level (level 0: leaves), all of whose leaves the tree has. Throws <see cref="Storage.EvidenceStoreException"/> when it cannot be had.</summary>
    ValueTask<TreeHash> NodeAsync(int level, long index, CancellationToken ct);
}
