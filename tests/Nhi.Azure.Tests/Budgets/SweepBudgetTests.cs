using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Use;
using Nhi.Governance.Triggers;
using Nhi.Local;

namespace Nhi.Azure.Tests.Budgets;

/// <summary>What the hourly timers of the sweeps cost where nothing changed: each of forty secrets has findings, readers and an owner, some open a thing that is surveyed.</summary>
public sealed class SweepBudgetTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Secrets = 40, Resources = 10;
    private CountedEstate _estate = null!;
    private CountedProduct _product = null!;

    public async ValueTask InitializeAsync()
    {
        _estate = await CountedEstate.StartAsync(postgres: false);
        _product = new CountedProduct(World, 0.0001);
        for (var i = 0; i < Secrets - Resources; i++)
            _estate.Set($"generated-{i:D2}", $"value {i}", "generated", null);
        for (var i = 0; i < Resources; i++)
        {
            var application = World.Tenant.Add($"app-{i}", World.Identities.Rotators["prod"]);
            _estate.Set($"entra-{i:D2}", World.Tenant.AddSecret(application, "by hand").Secret, "entra-app-secret", application.AppId);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _product.DisposeAsync();
        await _estate.DisposeAsync();
    }

    private World World => _estate.World;

    private async Task PassAsync(TimeSpan time)
    {
        await World.Clock.MoveToAsync(World.Clock.GetUtcNow() + time);
        await World.Player.SettleAsync();
    }

    private async Task<Counted> CountAsync(string what, Func<IGovernance, Task> timer)
    {
        var counted = await _product.CountAsync(() => timer(_product.The<IGovernance>()));
        output.WriteLine($"{what}: {counted}");
        return counted;
    }

    [Fact]
    public async Task A_sweep_over_what_did_not_change_writes_nothing_of_it_and_reads_lists_alone()
    {
        foreach (var name in World.Vault(CountedEstate.Vault).Names.ToList())
            World.Vault(CountedEstate.Vault).ReadAs(World.Identities.Person, name);
        for (var hour = 0; hour < 3; hour++)
        {
            await PassAsync(TimeSpan.FromHours(1));
            await _product.The<IGovernance>().ReconcileRealityAsync(default);
            await _product.The<IGovernance>().SweepInventoryAsync(default);
        }

        Assert.True(await _product.The<IFindings>().ListAsync(resolved: false, default).Select(finding => finding.Subject).Distinct().CountAsync() >= Secrets);
        Assert.Single(await _product.The<IUseFacts>().OfAsync(CountedEstate.Id("generated-00"), default).ToListAsync());
        await PassAsync(TimeSpan.FromHours(1));
        var hourly = await CountAsync("inventory and signals, an hour later", governance => governance.SweepInventoryAsync(default));
        Assert.Equal((2, 0), (hourly.VaultLists, hourly.Providers));
        // Findings, reads, owners, secrets of resources: a list each, however many there are. What is written says that it was swept.
        Assert.InRange(hourly.Calls["table.list"], 1, 12);
        Assert.InRange(hourly.Calls["table.get"], 1, 8);
        Assert.InRange(hourly.Calls["table.put"], 1, 8);

        // Once a day each resource is asked after, and who answers: of that a row a resource is written, and of its roles, and of owners one for all.
        await PassAsync(TimeSpan.FromDays(1));
        var daily = await CountAsync("a day later", governance => governance.SweepInventoryAsync(default));
        Assert.InRange(daily.Calls["table.list"], 1, 12);
        Assert.InRange(daily.Calls["table.get"], 1, 8);
        Assert.InRange(daily.Calls["table.put"], 1, 8 + (2 * Resources));
        Assert.Equal(1, daily.Calls["table.batch"]);
        await CountAsync("reality", governance => governance.ReconcileRealityAsync(default));
        await CountAsync("removal", governance => governance.RemoveNeglectedAsync(default));
        await PassAsync(TimeSpan.FromHours(1));
        await CountAsync("reality, an hour later", governance => governance.ReconcileRealityAsync(default));
        await CountAsync("removal, an hour later", governance => governance.RemoveNeglectedAsync(default));
    }
}
