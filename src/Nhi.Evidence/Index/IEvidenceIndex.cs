namespace Nhi.Evidence.Index;

/// <summary>The table <c>EvidenceIndex</c>: rows by key. Derived, never asked what is true, never deleted from. Every method throws <see cref="EvidenceIndexException"/> when it gets no answer.</summary>
public interface IEvidenceIndex
{
    /// <summary>Inserts or replaces the rows, in any order, by their keys. Rows may be of many partitions.</summary>
    Task UpsertAsync(IReadOnlyList<IndexRow> rows, CancellationToken ct);

    /// <summary>The rows of one partition in ordinal order of their row keys, from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive) where given.</summary>
    IAsyncEnumerable<IndexRow> PartitionAsync(string partitionKey, string? from, string? to, CancellationToken ct);

    /// <summary>The rows of intents that no outcome closes (partitions <c>open:</c>), in any order: however many were closed, no more than these come.</summary>
    IAsyncEnumerable<IndexRow> OpenAsync(CancellationToken ct);

    /// <summary>Every row, in any order: to compare with a rebuild.</summary>
    IAsyncEnumerable<IndexRow> AllAsync(CancellationToken ct);
}
