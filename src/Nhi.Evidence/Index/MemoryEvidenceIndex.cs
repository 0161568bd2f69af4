using System.Runtime.CompilerServices;

namespace Nhi.Evidence.Index;

/// <summary>An index in memory. <see cref="OnCall"/> may wait or throw, for tests.</summary>
public sealed class MemoryEvidenceIndex : IEvidenceIndex
{
    private readonly SortedDictionary<(string Partition, string Row), IndexRow> rows = new(Comparer<(string Partition, string Row)>.Create(Compare));
    private readonly Lock gate = new();

    /// <summary>Asked before each call, with <c>upsert</c> or the partition.</summary>
    public Func<string, CancellationToken, ValueTask>? OnCall { get; set; }

    /// <summary>Forgets everything, as a dropped table does.</summary>
    public void Drop()
    {
        lock (gate)
            rows.Clear();
    }

    public async Task UpsertAsync(IReadOnlyList<IndexRow> rows, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (OnCall is { } ask)
            await ask("upsert", ct);
        lock (gate)
        {
            foreach (var row in rows)
                this.rows[(row.PartitionKey, row.RowKey)] = row;
        }
    }

    public async IAsyncEnumerable<IndexRow> PartitionAsync(string partitionKey, string? from, string? to, [EnumeratorCancellation] CancellationToken ct)
    {
        if (OnCall is { } ask)
            await ask(partitionKey, ct);
        IndexRow[] found;
        lock (gate)
        {
            found = [.. rows.Values.Where(row => row.PartitionKey == partitionKey
                && (from is null || string.CompareOrdinal(row.RowKey, from) >= 0) && (to is null || string.CompareOrdinal(row.RowKey, to) < 0))];
        }

        foreach (var row in found)
            yield return row;
    }

    public async IAsyncEnumerable<IndexRow> AllAsync([EnumeratorCancellation] CancellationToken ct)
    {
        if (OnCall is { } ask)
            await ask("all", ct);
        IndexRow[] found;
        lock (gate)
            found = [.. rows.Values];
        foreach (var row in found)
            yield return row;
    }

    private static int Compare((string Partition, string Row) a, (string Partition, string Row) b) =>
        string.CompareOrdinal(a.Partition, b.Partition) is var order and not 0 ? order : string.CompareOrdinal(a.Row, b.Row);
}
