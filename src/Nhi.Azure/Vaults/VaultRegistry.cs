using System.Collections.Frozen;
using Nhi.Azure.Discovery;
using Nhi.Azure.Settings;
using Nhi.Azure.Tables;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;

namespace Nhi.Azure.Vaults;

/// <summary>The vaults of the settings, and those that discovery found last.</summary>
/// <param name="settings">Which vaults are listed, and whether others are discovered.</param>
/// <param name="table">Where discovery keeps what it found; null where nothing is discovered.</param>
/// <param name="realTime">How old a scope is.</param>
public sealed class VaultRegistry(NhiSettings settings, DiscoveredVaultsTable? table, TimeProvider realTime) : IVaultRegistry, IDisposable
{
    /// <summary>So long an instance works with the scope that it took over.</summary>
    internal static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _loading = new(1);
    private volatile Scope _scope = Scope.Of(settings, []);
    private DateTimeOffset? _loaded;

    public IReadOnlyList<GovernedVault> All => _scope.All;

    public IReadOnlyList<LeftOutVault> LeftOut => _scope.LeftOut;

    public GovernedVault? Find(string vaultHost) => _scope.ByHost.GetValueOrDefault(vaultHost);

    public async Task RefreshAsync(CancellationToken ct)
    {
        if (settings.Discovery is null || table is null || IsFresh)
            return;
        await _loading.WaitAsync(ct);
        try
        {
            if (!IsFresh)
                await LoadAsync(ct);
        }
        catch (ExternalCallException) when (_loaded is not null)
        {
            // The last known scope stays, and the next call tries again.
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Takes over at once what the table holds. Throws <see cref="ExternalCallException"/>.</summary>
    internal async Task ReloadAsync(CancellationToken ct)
    {
        await _loading.WaitAsync(ct);
        try
        {
            await LoadAsync(ct);
        }
        finally
        {
            _loading.Release();
        }
    }

    public void Dispose() => _loading.Dispose();

    private bool IsFresh => _loaded is { } loaded && realTime.GetUtcNow() - loaded < Fresh;

    private async Task LoadAsync(CancellationToken ct)
    {
        _scope = Scope.Of(settings, await table!.ListAsync(ct).ToListAsync(ct));
        _loaded = realTime.GetUtcNow();
    }

    private sealed record Scope(IReadOnlyList<GovernedVault> All, IReadOnlyList<LeftOutVault> LeftOut, FrozenDictionary<string, GovernedVault> ByHost)
    {
        public static Scope Of(NhiSettings settings, IReadOnlyList<DiscoveredVault> discovered)
        {
            // Uri.Host is lower case already.
            List<GovernedVault> all = [.. settings.Vaults.Select(vault => new GovernedVault(vault.Uri.Host, vault.Environment))];
            var listed = all.Select(vault => vault.Host).ToHashSet(StringComparer.Ordinal);
            List<LeftOutVault> leftOut = [.. Own(settings)];
            var own = leftOut.Select(vault => vault.Host).ToHashSet(StringComparer.Ordinal);
            foreach (var vault in discovered.Where(vault => !listed.Contains(vault.Host) && !own.Contains(vault.Host)).OrderBy(vault => vault.Host, StringComparer.Ordinal))
            {
                var environment = vault.Environment.Length > 0 ? vault.Environment : settings.Discovery!.Environment;
                if (vault.Missing is { } since)
                    leftOut.Add(new LeftOutVault(vault.Host, $"discovery no longer finds it since {since:yyyy-MM-dd HH:mm}Z", since));
                else if (!EnvironmentName.IsOne(environment))
                    leftOut.Add(new LeftOutVault(vault.Host, $"its tag nhi-environment ('{(ValueGuard.LooksLikeSecret(environment) ? $"{environment.Length} characters" : environment)}') names no environment"));
                else
                    all.Add(new GovernedVault(vault.Host, environment.ToLowerInvariant(), Discovered: true));
            }

            return new Scope(all, leftOut, all.ToFrozenDictionary(vault => vault.Host, StringComparer.OrdinalIgnoreCase));
        }

        /// <summary>The product never governs its own.</summary>
        private static IEnumerable<LeftOutVault> Own(NhiSettings settings)
        {
            (Uri Uri, string What)[] own = [(settings.ProductVault, "the product's own vault"), (settings.StagingVault, "the product's vault for staged values"), (settings.LogKey, "it holds the log's key"), (settings.ProducersKey, "it holds the producers' key")];
            return own.Select(vault => new LeftOutVault(vault.Uri.Host, vault.What)).DistinctBy(vault => vault.Host);
        }
    }
}
