using Nhi.Evidence.Records;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Verification.History;

/// <summary>What ties one year's log to the next: which trees it had, what it says of the one before, what came into it after it was closed.</summary>
internal sealed class ShardLinks
{
    private const int MostStrays = 100_000;
    private readonly NameSet trees = new();
    private readonly Dictionary<string, string> strays = new(StringComparer.Ordinal);

    /// <summary>What records of this log say of another one.</summary>
    internal List<(string Path, EvidenceRecord Record, long Index)> Said { get; } = [];

    /// <summary>Authentic records that stand in no batch of this log although it is closed: their names and SHA-256.</summary>
    internal IReadOnlyDictionary<string, string> Strays => strays;

    internal void Take(string path, EvidenceRecord record, long index)
    {
        if (record.Shard is not null)
            Said.Add((path, record, index));
    }

    internal void Grown(long size, in TreeHash root) => trees.Add(KeyOf(size, root.ToBase64()));

    /// <summary>True when the log had this root at this size, at the end of a batch.</summary>
    internal bool Had(CheckpointFacts checkpoint) => checkpoint.Size == 0 || trees.Contains(KeyOf(checkpoint.Size, checkpoint.Root));

    /// <summary>False when there are too many to remember.</summary>
    internal bool TryStray(string path, string sha)
    {
        lock (strays)
            return strays.Count < MostStrays && strays.TryAdd(path, sha);
    }

    private static UInt128 KeyOf(long size, string root) => NameSet.KeyOf($"{size} {root}");
}
