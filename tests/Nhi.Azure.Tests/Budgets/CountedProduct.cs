using Azure.Core.Pipeline;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Rest;
using Nhi.Azure.Settings;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Triggers;
using Nhi.Local;
using NhiFunctions;

namespace Nhi.Azure.Tests.Budgets;

/// <summary>One process of the product against a world, out of its settings alone, with its calls counted by the pipeline policy that it has anyway.</summary>
public sealed class CountedProduct : IAsyncDisposable
{
    private static readonly TimeSpan HeldAtMost = TimeSpan.FromSeconds(30);
    private readonly World _world;
    private readonly ServiceProvider _services;
    private long _statements;

    public CountedProduct(World world, double leaseScale)
    {
        _world = world;
        var settings = world.Settings.Where(pair => pair.Key.StartsWith("Nhi__", StringComparison.Ordinal)).ToDictionary(pair => pair.Key.Replace("__", ":", StringComparison.Ordinal), pair => (string?)pair.Value);
        settings["Nhi:Operations:LeaseScale"] = leaseScale.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var services = new ServiceCollection().AddLogging().AddSingleton<HttpPipelineTransport>(world.CreateTransport())
            .AddNhi(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

        // A process of its own asks the identity endpoint; inside the tests' process the same identities come by hand.
        services.AddSingleton(provider => new AzureIdentities(provider.GetRequiredService<NhiSettings>(), _ => null, id => world.CredentialOf(world.Identities.OfTheProduct.Single(identity => identity.ClientId == id))));
        _services = services.BuildServiceProvider();
    }

    private CallCounter Calls => The<CallCounter>();

    public T The<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Counts what happens within.</summary>
    public async Task<Counted> CountAsync(Func<Task> action)
    {
        Calls.Reset();
        _statements = _world.Traffic.Counts.GetValueOrDefault("sql");
        await action();
        return new Counted(Calls.Snapshot(), _world.Traffic.Counts.GetValueOrDefault("sql") - _statements);
    }

    /// <summary>The function that Event Grid calls.</summary>
    public Task OnEventAsync(string body) => new OnSecretEvent(The<IGovernance>()).Run(body, CancellationToken.None);

    /// <summary>Does what is due about a credential; a row that is new counts as held for one lease, by the service's clock.</summary>
    public async Task<GovernReport> HandleAsync(CredentialId id)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await The<Governor>().HandleAsync(new GovernRequest(Trigger.FromTimer("SweepDue", _world.Clock.GetUtcNow()) with { Credential = id }), CancellationToken.None);
            }
            catch (RowHeldException) when (TimeProvider.System.GetElapsedTime(begun) < HeldAtMost)
            {
            }
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

/// <summary>What a <see cref="CountedProduct"/> asked of whom.</summary>
/// <param name="Calls">By <c>{service}.{kind}</c>.</param>
/// <param name="Statements">Round trips to PostgreSQL, which no pipeline sees: counted by the world on the wire.</param>
public sealed record Counted(IReadOnlyDictionary<string, long> Calls, long Statements)
{
    public long EvidencePuts => Calls.GetValueOrDefault("evidence.put");
    public long Tables => Of("table");
    public long Storage => Of("table") + Of("evidence") + Of("blob");
    public long Vault => Of("vault") + Of("key");
    public long VaultLists => Calls.GetValueOrDefault("vault.list");
    public long Providers => Of(AzureRest.Counted) + Statements;

    public override string ToString() => $"{string.Join(", ", Calls.Select(call => $"{call.Key} {call.Value}"))}, statements {Statements}";

    private long Of(string service) => Calls.Where(call => call.Key.StartsWith($"{service}.", StringComparison.Ordinal)).Sum(call => call.Value);
}
