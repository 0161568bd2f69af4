using System.Runtime.CompilerServices;

namespace Nhi.Evidence.Index;

/// <summary>An index in memory. <see cref="OnCall"/> may wait or throw, for tests.</summary>
public sealed class MemoryEvidenceIndex : IEvidenceIndex
{
    private readonly SortedDictionary<string, SortedDictionary<string, IndexRow>> partitions = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>Asked before each call, with <c>upsert</c> or the partition.</summary>
    public Func<string, CancellationToken, ValueTask>? OnCall { get; set; }

    /// <summary>Forgets everything, as a dropped table does.</summary>
    public void Drop()
    {
        lock (gate)
            partitions.Clear();
    }

    public async Task UpsertAsync(IReadOnlyList<IndexRow> rows, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (OnCall is { } ask)
            await ask("upsert", ct);
        lock (gate)
        {
            foreach (var row in rows)
            {
                if (!partitions.TryGetValue(row.PartitionKey, out var partition))
                    partitions[row.PartitionKey] = partition = new(StringComparer.Ordinal);
                partition[row.RowKey] = row;
            }
        }
    }

    public async IAsyncEnumerable<IndexRow> PartitionAsync(string partitionKey, string? from, string? to, [EnumeratorCancellation] CancellationToken ct)
    {
        if (OnCall is { } ask)
            await ask(partitionKey, ct);
        IndexRow[] found;
        lock (gate)
        {
            found = !partitions.TryGetValue(partitionKey, out var partition) ? []
                : [.. partition.Values.Where(row => (from is null || string.CompareOrdinal(row.RowKey, from) >= 0) && (to is null || string.CompareOrdinal(row.RowKey, to) < 0))];
        }

        foreach (var row in found)
            yield return row;
    }

    public IAsyncEnumerable<IndexRow> OpenAsync(CancellationToken ct)
    {
        var (from, to) = IndexKeys.OpenPartitions;
        return AllAsync("open", ct).Where(row => !row.Closed && string.CompareOrdinal(row.PartitionKey, from) >= 0 && string.CompareOrdinal(row.PartitionKey, to) < 0);
    }

    public IAsyncEnumerable<IndexRow> AllAsync(CancellationToken ct) => AllAsync("all", ct);

    private async IAsyncEnumerable<IndexRow> AllAsync(string call, [EnumeratorCancellation] CancellationToken ct)
    {
        if (OnCall is { } ask)
            await ask(call, ct);
        IndexRow[] found;
        lock (gate)
            found = [.. partitions.Values.SelectMany(partition => partition.Values)];
        foreach (var row in found)
            yield return row;
    }
}
