using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Debts;

/// <summary>When a credential was last used, as far as anybody reports it.</summary>
public interface IUseSignal
{
    Task<LastUse> LastUseAsync(GovernedResource resource, string handle, CancellationToken ct);
}

/// <summary><paramref name="Reported"/>: false where nothing reports use, so that only the overlap protects. <paramref name="At"/>: UTC, null when no use is known; <paramref name="Source"/>: who says so.</summary>
public sealed record LastUse(bool Reported, DateTimeOffset? At, string Source)
{
    public static readonly LastUse NotReported = new(false, null, "not reported");
}
