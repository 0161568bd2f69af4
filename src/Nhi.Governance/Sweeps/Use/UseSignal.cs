using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>
/// When a superseded value was last read, as the vaults' own logs say. It is known to be unused only where the log is known since it was superseded, without a hole, up to nearly now;
/// a read that is known counts however much else is not.
/// </summary>
public sealed class UseSignal(IUseFacts facts, TimeProvider clock) : IUseSignal
{
    public const string Source = "the vault's log";

    /// <summary>A log that ends earlier stands still: then it says nothing of today.</summary>
    private static readonly TimeSpan _standsStill = TimeSpan.FromHours(3);

    public async Task<LastUse> LastUseAsync(GovernedResource resource, string handle, IReadOnlyList<SupersededVersion> versions, CancellationToken ct)
    {
        DateTimeOffset? last = null;
        DateTimeOffset? until = null;
        var whole = versions.Count > 0;
        foreach (var secret in versions.GroupBy(version => version.Credential))
        {
            var ids = secret.Select(version => version.Version).ToHashSet(StringComparer.Ordinal);
            await foreach (var fact in facts.OfAsync(secret.Key, ct))
                if (ids.Contains(fact.Version) && (last is null || fact.Last > last))
                    last = fact.Last;
            var known = await facts.KnownAsync(secret.Key.Vault, ct);
            whole &= known is not null && known.From <= secret.Min(version => version.Superseded) && known.To >= clock.GetUtcNow() - _standsStill;
            until = until is null || known?.To < until ? known?.To : until;
        }

        return whole || last is not null ? new LastUse(true, last, Source, until) : LastUse.NotReported;
    }
}
