using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Tiles;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>One year's log of one account, and what was done to it.</summary>
internal sealed class AttackedLog(UnlockedStore store, bool isSecondary)
{
    internal UnlockedStore Store => store;
    internal string Origin => store.Origin;
    internal bool IsSecondary => isSecondary;
    internal ShardName Shard { get; } = ShardName.TryParse(store.Origin)!;
    internal MemoryTileStore Tiles { get; } = new();

    /// <summary>What honest writers wrote to it, by name.</summary>
    internal Dictionary<string, string> Honest { get; } = new(StringComparer.Ordinal);

    /// <summary>Somebody closed it, which who has the log key and a right in log/ can, or signed what keeps honest hands from going on.</summary>
    internal bool IsStalled { get; set; }

    /// <summary>Somebody named another key: honest sequencers go on by the former one.</summary>
    internal bool IsGivenAway { get; set; }

    /// <summary>Somebody wrote a seal of hours to come.</summary>
    internal bool IsSealedAhead { get; set; }

    /// <summary>Numbers of batches that a thief of the log key put there.</summary>
    internal HashSet<long> Stolen { get; } = [];

    /// <summary>The newest checkpoint that an honest sequencer told of.</summary>
    internal ReadOnlyMemory<byte>? Checkpoint { get; set; }

    internal async Task<byte[]?> BytesAsync(string path) => (await store.ReadAsync(path, int.MaxValue, default))?.Bytes.ToArray();

    internal async Task<long> NextBatchAsync()
    {
        var number = 0L;
        while (await store.ReadAsync(BatchName.Of(number), 1, default) is not null)
            number++;
        return number;
    }

    /// <summary>The log as its batches tell it to who trusts these keys.</summary>
    internal async Task<(List<BatchFile> Valid, BatchChain Chain)> ReadAsync(IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        var chain = new BatchChain(Origin, keys);
        List<BatchFile> valid = [];
        while (await store.ReadAsync(BatchName.Of(chain.Next), BatchFile.MostBytes, default) is { } blob)
        {
            if (chain.Take(blob.Truncated ? null : blob.Bytes).Batch is { } batch)
                valid.Add(batch);
        }

        return (valid, chain);
    }
}
