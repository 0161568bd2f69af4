using System.Runtime.CompilerServices;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>The swept estate in memory, for tests and simulations. Safe for concurrent use.</summary>
public sealed class MemorySweptEstate : ISweptEstate
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SortedDictionary<string, SweptCredential>> _vaults = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SweptResource> _resources = new(StringComparer.Ordinal);

    /// <summary>How many credentials and resources were written so far.</summary>
    public long Writes { get; private set; }

    public async IAsyncEnumerable<SweptCredential> OfVaultAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        SweptCredential[] rows;
        lock (_gate)
            rows = _vaults.TryGetValue(vaultHost.ToLowerInvariant(), out var vault) ? [.. vault.Values] : [];
        foreach (var row in rows)
            yield return row;
    }

    public async IAsyncEnumerable<SweptStamp> StampsAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var row in OfVaultAsync(vaultHost, ct))
            yield return new SweptStamp(row.Id, row.Stamp, row.Gone is not null);
    }

    public Task<SweptCredential?> FindAsync(CredentialId id, CancellationToken ct)
    {
        lock (_gate)
            return Task.FromResult(_vaults.GetValueOrDefault(id.Vault)?.GetValueOrDefault(id.Name));
    }

    public Task WriteAsync(SweptCredential credential, CancellationToken ct)
    {
        lock (_gate)
        {
            if (!_vaults.TryGetValue(credential.Id.Vault, out var vault))
                _vaults[credential.Id.Vault] = vault = new(StringComparer.Ordinal);
            vault[credential.Id.Name] = credential;
            Writes++;
        }

        return Task.CompletedTask;
    }

    public Task<SweptResource?> FindAsync(ResourceId id, CancellationToken ct)
    {
        lock (_gate)
            return Task.FromResult(_resources.GetValueOrDefault(id.Value));
    }

    public async IAsyncEnumerable<SweptResource> ResourcesAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        SweptResource[] rows;
        lock (_gate)
            rows = [.. _resources.Values];
        foreach (var row in rows)
            yield return row;
    }

    public Task WriteAsync(SweptResource resource, CancellationToken ct)
    {
        lock (_gate)
        {
            _resources[resource.Id.Value] = resource;
            Writes++;
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<CredentialId>> WithFingerprintAsync(string fingerprint, CancellationToken ct)
    {
        lock (_gate)
            return Task.FromResult<IReadOnlyList<CredentialId>>([.. _vaults.Values.SelectMany(vault => vault.Values).Where(row => row.Fingerprint == fingerprint && row.Gone is null).Select(row => row.Id).Order()]);
    }

    public Task<IReadOnlySet<string>?> SharedFingerprintsAsync(CancellationToken ct)
    {
        lock (_gate)
            return Task.FromResult<IReadOnlySet<string>?>(_vaults.Values.SelectMany(vault => vault.Values).Where(row => row is { Fingerprint: not null, Gone: null })
                .GroupBy(row => row.Fingerprint!, StringComparer.Ordinal).Where(same => same.Count() > 1).Select(same => same.Key).ToHashSet(StringComparer.Ordinal));
    }
}
