namespace Nhi.Governance.Operations;

/// <summary>Mints per hour over all instances: one row in <c>Cursors</c>.</summary>
public interface IMintBudget
{
    /// <summary>Takes one mint out of this hour's budget; false when <paramref name="mintsPerHour"/> are spent. Throws <see cref="Credentials.ExternalCallException"/>.</summary>
    Task<bool> TryTakeAsync(int mintsPerHour, DateTimeOffset now, CancellationToken ct);
}
