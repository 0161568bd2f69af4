using Nhi.Governance.Kinds;

namespace Nhi.Governance.Operations;

/// <summary>A row as a fence. <paramref name="ready"/> renews it and looks once more whether the effect is still wanted; it throws when it is not.</summary>
internal sealed class HoldFence(RowHold hold, string step, Func<CancellationToken, Task> ready) : IFence
{
    public Task ReadyAsync(CancellationToken ct) => ready(ct);
    public Task StillAsync(CancellationToken ct) => hold.RenewAsync(step, ct);
}
