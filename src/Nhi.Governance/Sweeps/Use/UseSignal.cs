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

    public async Task<LastUse> LastUseAsync(GovernedResource resource, string handle, IReadOnlyList<SupersededVersion> versions, CancellationToken ct)
    {
        DateTimeOffset? last = null;
        DateTimeOffset? until = null;
        var whole = versions.Count > 0;
        foreach (var secret in versions.GroupBy(version => version.Credential))
        {
            var superseded = secret.ToDictionary(version => version.Version, version => version.Superseded, StringComparer.Ordinal);
            await foreach (var fact in facts.OfAsync(secret.Key, ct))
                if (LastOf(fact, superseded) is { } at && !(last >= at))
                    last = at;
            var known = await facts.KnownAsync(secret.Key.Vault, ct);
            whole &= known is not null && known.From <= superseded.Values.Min() && !known.StandsStill(clock.GetUtcNow());
            until = until is null || known?.To < until ? known?.To : until;
        }

        return whole || last is not null ? new LastUse(true, last, Source, until)
            : until is not null ? new LastUse(false, null, Source, until)
            : LastUse.NotReported;
    }

    /// <summary>When it may have read one of these last: a read of whatever was current may have been of a version until that was superseded.</summary>
    private static DateTimeOffset? LastOf(UseFact fact, Dictionary<string, DateTimeOffset> superseded)
    {
        if (superseded.ContainsKey(fact.Version))
            return fact.Last;
        var until = superseded.Values.Max();
        return fact.Version != UseFact.Latest || fact.First >= until ? null : fact.Last < until ? fact.Last : until;
    }
}
