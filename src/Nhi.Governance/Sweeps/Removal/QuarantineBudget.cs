using Nhi.Governance.Operations;
using Nhi.Governance.Publishing;

namespace Nhi.Governance.Sweeps.Removal;

/// <inheritdoc cref="IQuarantineBudget"/>
public sealed class QuarantineBudget(ICursors cursors) : IQuarantineBudget
{
    private readonly PeriodBudget _day = new(cursors, "quarantines", "yyyy-MM-dd");

    public Task<bool> TryTakeAsync(int aDay, DateTimeOffset now, CancellationToken ct) => _day.TryTakeAsync(aDay, now, ct);

    public Task SpentAsync(int count, DateTimeOffset day, CancellationToken ct) => _day.SpentAsync(count, day, ct);
}
