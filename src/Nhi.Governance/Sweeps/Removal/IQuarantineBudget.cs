using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>Quarantines a day (UTC) over all instances: one cursor.</summary>
public interface IQuarantineBudget
{
    /// <summary>Takes one out of the day's budget; false when <paramref name="aDay"/> are spent. Throws <see cref="ExternalCallException"/>; one may then be counted that did not happen.</summary>
    Task<bool> TryTakeAsync(int aDay, DateTimeOffset now, CancellationToken ct);

    /// <summary>At least that many were spent on that day, as evidence says after the cursor was lost.</summary>
    Task SpentAsync(int count, DateTimeOffset day, CancellationToken ct);
}
