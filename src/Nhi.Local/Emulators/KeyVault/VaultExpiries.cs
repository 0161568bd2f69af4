using Nhi.Local.Clock;

namespace Nhi.Local.Emulators.KeyVault;

/// <summary>The expiry events of all vaults, as the clock passes them.</summary>
internal sealed class VaultExpiries(IEnumerable<KeyVaultEmulator> vaults) : IPlayed
{
    public ValueTask<DateTimeOffset?> NextAsync(CancellationToken cancellation)
    {
        DateTimeOffset? next = null;
        foreach (var vault in vaults)
            if (vault.NextEvent() is { } at && (next is null || at < next)) next = at;
        return new(next);
    }

    public ValueTask<bool> SettleAsync(CancellationToken cancellation)
    {
        var did = false;
        foreach (var vault in vaults) did |= vault.RaiseDue();
        return new(did);
    }
}
