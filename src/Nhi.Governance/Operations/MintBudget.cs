using Nhi.Governance.Publishing;

namespace Nhi.Governance.Operations;

/// <inheritdoc cref="IMintBudget"/>
public sealed class MintBudget(ICursors cursors) : IMintBudget
{
    private readonly PeriodBudget _hour = new(cursors, "mints", "yyyy-MM-ddTHH");

    public Task<bool> TryTakeAsync(int mintsPerHour, DateTimeOffset now, CancellationToken ct) => _hour.TryTakeAsync(mintsPerHour, now, ct);
}
