using Azure.Core;
using Azure.Security.KeyVault.Secrets;
using Nhi.Local.Emulators;

namespace Nhi.Local.Tests.Worlds;

/// <summary>One world for all tests that do not move its clock far; they use names of their own.</summary>
public sealed class WorldFixture : IAsyncLifetime
{
    public World World { get; private set; } = null!;

    public async ValueTask InitializeAsync() => World = await World.StartAsync(new WorldOptions { Vaults = [("kv1", "prod"), ("kv2", "dev")] });

    public ValueTask DisposeAsync() => World.DisposeAsync();

    public SecretClient Vault(string name, WorldIdentity identity)
    {
        var options = new SecretClientOptions { Transport = World.CreateTransport() };
        options.Retry.MaxRetries = 0;
        return new SecretClient(new Uri($"https://{name}.vault.azure.net"), World.CredentialOf(identity), options);
    }
}

[CollectionDefinition]
public sealed class WorldCollection : ICollectionFixture<WorldFixture>;
