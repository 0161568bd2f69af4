using System.Collections.Concurrent;
using System.Globalization;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Local;
using Nhi.Local.Wire;

namespace Nhi.Azure.Tests;

/// <summary>
/// The inventory over HTTPS and real host names, unmodified SDKs, Azurite's tables, as the watcher: 1,000 secrets in 20 vaults, of which discovery finds ten;
/// with <c>NHI_ESTATE=20000</c> the full size, 20,000 in 100.
/// </summary>
public sealed class InventoryAgainstTheWorldTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly int Size = int.TryParse(Environment.GetEnvironmentVariable("NHI_ESTATE"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 1000;
    private static readonly int VaultCount = Size >= 20_000 ? 100 : 20;
    private static readonly int Each = Size / VaultCount;
    private static readonly int Pages = (Each + 24) / 25;
    private World _world = null!;
    private ServiceProvider _product = null!;
    private readonly Tap _tap = new();

    public async ValueTask InitializeAsync()
    {
        _world = await World.StartAsync(new WorldOptions
        {
            Postgres = false,
            Vaults = [.. Enumerable.Range(0, VaultCount / 2).Select(i => ($"kv{i}", "prod"))],
            Unlisted = [.. Enumerable.Range(VaultCount / 2, VaultCount / 2).Select(i => ($"kv{i}", i % 2 == 0 ? "" : "dev"))],
        });
        _world.Traffic.Tap = _tap;
        _product = Start();
    }

    private ServiceProvider Start()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(_world.Settings.Where(pair => pair.Key.StartsWith("Nhi__", StringComparison.Ordinal)).Select(pair => KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), (string?)pair.Value))).Build();
        var services = new ServiceCollection().AddLogging().AddSingleton<HttpPipelineTransport>(_world.CreateTransport()).AddNhi(configuration);
        services.AddSingleton(provider => new AzureIdentities(provider.GetRequiredService<NhiSettings>(), _ => null, id => _world.CredentialOf(_world.Identities.OfTheProduct.Single(identity => identity.ClientId == id))));
        return services.BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _product.DisposeAsync();
        await _world.DisposeAsync();
    }

    private CallCounter Calls => _product.GetRequiredService<CallCounter>();

    private ISweptEstate Estate => _product.GetRequiredService<ISweptEstate>();

    private async Task<InventoryReport> RunAsync(CancellationToken ct = default)
    {
        Calls.Reset();
        _tap.Lists.Clear();
        var report = await _product.GetRequiredService<InventorySweep>().RunAsync(_world.Clock.GetUtcNow(), ct);
        output.WriteLine($"{report.Listed} listed, {report.Changed} changed, partial {string.Join(", ", report.Failures)}; {string.Join(", ", Calls.Snapshot().Select(call => $"{call.Key} {call.Value}"))}");
        return report;
    }

    private async Task NextHourAsync() => await _world.Clock.MoveToAsync(_world.Clock.GetUtcNow().AddHours(1));

    [Fact]
    public async Task An_estate_is_inventoried_killed_gone_on_with_and_swept_again_by_lists_alone()
    {
        Seed();
        await NextHourAsync();

        await IsKilledAndGoesOnAsync();
        await SeesResourcesAndScopeAsync();
        await IsUnchangedAsync();
        await IsPartialAsync();
        Assert.Empty(_world.RefusedHosts);
    }

    private void Seed()
    {
        var account = _world.AddStorageAccount("contosodata");
        var application = _world.Tenant.Add("payroll");
        _world.Tenant.AddSecret(application, "by hand");
        for (var v = 0; v < VaultCount; v++)
            for (var s = 0; s < Each; s++)
                _world.Vault($"kv{v}").SetAs(_world.Identities.Person, $"secret-{s}", "v4lue", tags: s switch
                {
                    0 => new Dictionary<string, string> { ["nhi-kind"] = "storage-account-key", ["nhi-resource"] = account.ResourceId },
                    1 => new Dictionary<string, string> { ["nhi-kind"] = "entra-app-secret", ["nhi-resource"] = application.AppId },
                    _ => new Dictionary<string, string> { ["team"] = $"team-{s % 7}" },
                });
    }

    private async Task IsKilledAndGoesOnAsync()
    {
        using var life = new CancellationTokenSource();
        _tap.KillAfterLists = (VaultCount * Pages / 2, life);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(life.Token));
        var before = _tap.Lists.ToList();
        _tap.KillAfterLists = null;
        await _product.DisposeAsync();
        _product = Start();

        var report = await RunAsync();

        Assert.False(report.IsPartial);
        Assert.Equal(VaultCount * Each, report.Listed);
        var again = before.Intersect(_tap.Lists).ToList();
        // Several vaults were under way: of each, its last page.
        Assert.InRange(again.Count, 1, new InventoryPace().Vaults);
        Assert.Equal(again.Count, again.Select(path => path.Split('/')[0]).Distinct().Count());
        Assert.Equal(VaultCount * Pages, before.Union(_tap.Lists).Count());
    }

    private async Task SeesResourcesAndScopeAsync()
    {
        var registry = _product.GetRequiredService<IVaultRegistry>();
        Assert.Equal((VaultCount, VaultCount / 2), (registry.All.Count, registry.All.Count(vault => vault.Discovered)));
        Assert.Equal(["kv-nhi.vault.azure.net", "kv-nhi-staging.vault.azure.net"], registry.LeftOut.Select(vault => vault.Host));
        var resources = await Estate.ResourcesAsync(default).ToListAsync();
        Assert.Equal([("entra-app-secret", true, 1), ("storage-account-key", true, 2)], resources.Select(seen => (seen.Kind, seen.Exists ?? false, seen.Credentials.Count)).Order());
        Assert.Equal("by hand", resources.Single(seen => seen.Kind == "entra-app-secret").Credentials[0].Name);
        Assert.All(resources.SelectMany(seen => seen.Credentials), key => Assert.NotNull(key.Created));
        var row = (await Estate.FindAsync(CredentialId.Of($"kv{VaultCount - 1}.vault.azure.net", "secret-2"), default))!;
        Assert.Equal(("dev", 1), (row.Environment, row.Versions.Count));
        // Nobody here selects by it: a tag of people's is not kept.
        Assert.DoesNotContain("team", row.Newest.Tags.Keys);
    }

    private async Task IsUnchangedAsync()
    {
        await NextHourAsync();
        var report = await RunAsync();

        Assert.Equal((VaultCount * Each, 0, false), (report.Listed, report.Changed, report.IsPartial));
        Assert.Equal(VaultCount * Pages, Calls.Of("vault", "list"));
        // The run's cursor twice, the window's once, each vault's once a page; and the hint that there is a record.
        Assert.Equal((VaultCount * Pages) + 4, Calls.Of("table", "put") + Calls.Of("table", "update"));
    }

    private async Task IsPartialAsync()
    {
        await NextHourAsync();
        _world.Faults.Set("vault:kv1", Fault.Refusing(403, "Forbidden"));
        _world.Faults.Set("vault:kv2", Fault.Refusing(429, "Throttled", retryAfter: 1) with { When = request => request.Path.Contains("skiptoken", StringComparison.OrdinalIgnoreCase) });
        _world.Faults.Set("vault:kv3", Fault.Down);

        var report = await RunAsync();

        Assert.Equal(["kv1.vault.azure.net", "kv2.vault.azure.net", "kv3.vault.azure.net"], report.Failures);
        Assert.Equal((VaultCount - 3) * Each, report.Listed);
        _world.Faults.ClearAll();
        await NextHourAsync();
        report = await RunAsync();
        Assert.False(report.IsPartial);
        Assert.Equal(Pages - 1, _tap.Lists.Count(path => path.StartsWith("kv2.", StringComparison.Ordinal)));
    }

    /// <summary>Notes each page of a vault's list, and kills at one.</summary>
    private sealed class Tap : IWireTap
    {
        public ConcurrentQueue<string> Lists { get; } = new();
        public (int Lists, CancellationTokenSource Life)? KillAfterLists { get; set; }

        public ValueTask BeforeAsync(WireRequest request, CancellationToken cancellation) => ValueTask.CompletedTask;

        public ValueTask AfterAsync(WireRequest request, CancellationToken cancellation)
        {
            var path = request.Path.Split('?');
            if (request.Service.StartsWith("vault:", StringComparison.Ordinal) && path[0].TrimEnd('/') == "/secrets")
            {
                var page = path.Length > 1 && path[1].Split('&').FirstOrDefault(part => part.Contains("skiptoken", StringComparison.OrdinalIgnoreCase)) is { } token ? token : "first";
                var name = $"{request.Host}/{page}";
                // The client's first request, without a token, asks for the same page.
                if (!Lists.Contains(name))
                    Lists.Enqueue(name);
                if (KillAfterLists is { } kill && Lists.Count >= kill.Lists)
                    kill.Life.Cancel();
            }

            return ValueTask.CompletedTask;
        }
    }
}
