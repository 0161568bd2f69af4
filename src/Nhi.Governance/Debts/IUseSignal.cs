using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Debts;

/// <summary>When a credential was last used, as far as anybody reports it.</summary>
public interface IUseSignal
{
    /// <summary><paramref name="versions"/>: those that hold what is owed, none of them current.</summary>
    Task<LastUse> LastUseAsync(GovernedResource resource, string handle, IReadOnlyList<SupersededVersion> versions, CancellationToken ct);
}

/// <summary>A version that is no longer current, and since when (UTC).</summary>
public sealed record SupersededVersion(CredentialId Credential, string Version, DateTimeOffset Superseded);

/// <summary>
/// <paramref name="Reported"/>: false where nothing reports use, or not of all the time, so that only the overlap protects. <paramref name="At"/>: UTC, null when no use is known; <paramref name="Source"/>: who says so;
/// <paramref name="Until"/>: how far it is known: a quiet period is over when it is quiet up to there. Null: up to now.
/// </summary>
public sealed record LastUse(bool Reported, DateTimeOffset? At, string Source, DateTimeOffset? Until = null)
{
    public static readonly LastUse NotReported = new(false, null, "not reported");
}
