using Azure.Data.Tables;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Tables;
using Nhi.Local.Parts;

[assembly: AssemblyFixture(typeof(Nhi.Azure.Tests.Tables.AzuriteFixture))]

namespace Nhi.Azure.Tests.Tables;

/// <summary>One real Azurite for all tests: HTTPS, tokens, real host names. Accounts are free, so each test takes names of its own in them.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private Azurite? _azurite;

    internal Azurite Azurite => _azurite ?? throw new InvalidOperationException("Azurite has not started.");

    /// <summary>An account for each test that wants its tables empty.</summary>
    internal static IReadOnlyList<string> StateAccounts { get; } = [.. Enumerable.Range(0, 80).Select(i => $"nhistate{i}")];

    private int _taken = -1;

    public async ValueTask InitializeAsync() => _azurite = await Azurite.StartAsync(new AzuriteOptions { Accounts = [.. StateAccounts, "nhievidence", "nhisecond"] });

    public async ValueTask DisposeAsync()
    {
        if (_azurite is not null)
            await _azurite.DisposeAsync();
    }

    /// <summary>The tables of a fresh account, and how often they are asked.</summary>
    internal async Task<(StateTables Tables, CallCounter Calls)> FreshTablesAsync()
    {
        var calls = new CallCounter();
        var account = StateAccounts[Interlocked.Increment(ref _taken)];
        var equipment = new ClientEquipment(calls, Azurite.Transport);
        var tables = new StateTables(access => new TableServiceClient(
            Azurite.TableEndpoint(account), Azurite.Credential, equipment.Equip(new TableClientOptions(), "table", resend: access is not TableAccess.WatcherOnce)));
        await tables.EnsureTablesAsync(default);
        calls.Reset();
        return (tables, calls);
    }
}
