using Nhi.Governance.Credentials;

namespace Nhi.Governance.Operations;

/// <summary>
/// The table <c>Operations</c>: one row per resource, and the marker row without which nothing has effects.
/// Every method throws <see cref="ExternalCallException"/> when it cannot answer.
/// </summary>
public interface IOperations
{
    /// <summary>The row, or <see cref="RowReading.Row"/> null when there is none (the answer has a time all the same).</summary>
    Task<RowReading> ReadAsync(ResourceId resource, CancellationToken ct);

    /// <summary>Null when somebody else made the row meanwhile. A lost answer throws: the row may be there.</summary>
    Task<RowReading?> TryInsertAsync(OperationRow row, CancellationToken ct);

    /// <summary>Null when the row was changed or is gone. A lost answer throws: it may have been changed by us.</summary>
    Task<RowReading?> TryReplaceAsync(OperationRow row, string etag, CancellationToken ct);

    /// <summary>Every row that is open.</summary>
    IAsyncEnumerable<RowReading> ListOpenAsync(CancellationToken ct);

    /// <summary>Every row, for <c>nhi status</c>.</summary>
    IAsyncEnumerable<RowReading> ListAsync(CancellationToken ct);

    /// <summary>True when the marker row is there: the tables are whole.</summary>
    Task<bool> IsReadyAsync(CancellationToken ct);

    /// <summary>Writes the marker row: deployment does so first, <c>nhi rebuild</c> last.</summary>
    Task MarkReadyAsync(CancellationToken ct);
}
