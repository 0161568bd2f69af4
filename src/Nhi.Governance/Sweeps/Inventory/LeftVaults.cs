using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>Tells of vaults that discovery no longer finds: from then on nobody looks at their secrets, and somebody should know that. It is over when the vault is found again, or a person says so.</summary>
internal sealed class LeftVaults(IVaultRegistry vaults, IFindings findings, FindingDesk desk)
{
    /// <summary>So long a vault that left is news: whoever could not tell it tells it in the next run.</summary>
    private static readonly TimeSpan _news = TimeSpan.FromDays(1);

    /// <summary>Throws <see cref="Credentials.ExternalCallException"/> and <see cref="Evidence.EvidenceRefusedException"/>: the next run tells it.</summary>
    public async Task TellAsync(Trigger trigger, DateTimeOffset now, CancellationToken ct)
    {
        var left = vaults.LeftOut.Where(vault => vault.Missing is not null).ToList();
        var open = await findings.ListAsync(resolved: false, ct).Where(finding => finding.Signal == SignalNames.VaultLeft).Select(finding => finding.Subject).ToHashSetAsync(StringComparer.Ordinal, ct);
        foreach (var host in open.Where(host => vaults.Find(host) is not null))
            await desk.TellAsync(host, [], Only, trigger, now, ct);
        var fresh = left.Where(vault => vault.Missing > now - _news && !open.Contains(vault.Host)).ToList();
        if (fresh.Count == 0)
            return;
        var closed = await findings.ListAsync(resolved: true, ct).Where(finding => finding.Signal == SignalNames.VaultLeft && finding.Resolved is not null).ToDictionaryAsync(finding => finding.Subject, finding => finding.Resolved!.Value, StringComparer.Ordinal, cancellationToken: ct);
        foreach (var vault in fresh.Where(vault => !(closed.TryGetValue(vault.Host, out var at) && at >= vault.Missing)))
            await desk.TellAsync(vault.Host, [Finding(vault)], Only, trigger, now, ct);
    }

    public static HashSet<string> Only => [SignalNames.VaultLeft];

    /// <summary>A vault that is in no setting any more, and of which a secret is known that opens what is governed.</summary>
    public static Finding Holding(string host) => new()
    {
        Signal = SignalNames.VaultLeft,
        Subject = host,
        Severity = "critical",
        Score = 80,
        Facts = ["It is in scope no more, and secrets of it open what other vaults' secrets open: what these supersede is not revoked while nobody sees what those publish."],
        Remedy = "Put it back into Nhi__Vaults, or into what Nhi__Discovery finds. If nothing of it is used any more, nhi findings resolve: then nothing waits for its secrets.",
    };

    private static Finding Finding(LeftOutVault vault) => new()
    {
        Signal = SignalNames.VaultLeft,
        Subject = vault.Host,
        Severity = "critical",
        Score = 80,
        Facts = [FormattableString.Invariant($"Discovery no longer finds it since {vault.Missing:yyyy-MM-dd'T'HH:mm:ss'Z'}: nothing of it is inventoried, rotated or watched.")],
        Remedy = "Ask who deleted it, moved it or took its tag away. Put it back into what Nhi__Discovery finds, or name it in Nhi__Vaults; if it is gone for good, nhi findings resolve.",
    };
}
