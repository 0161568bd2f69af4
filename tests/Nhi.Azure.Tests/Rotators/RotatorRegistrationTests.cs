using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Nhi.Azure.Rest;
using Nhi.Azure.Rotators;
using Nhi.Azure.Rotators.Entra;
using Nhi.Azure.Rotators.Postgres;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Tests.Rotators;

public sealed class RotatorRegistrationTests
{
    private static ServiceProvider Build(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        return new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton<ICredentialSource>(new FakeCredentials())
            .AddNhiRotators()
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    [Fact]
    public void The_registry_knows_all_kinds_and_each_says_what_a_person_needs_to_know()
    {
        using var provider = Build();
        var kinds = provider.GetRequiredService<KindRegistry>().All.Select(rotator => rotator.Kind).ToList();
        Assert.Equal(["entra-app-secret", "generated", "postgres-role", "storage-account-key"], kinds.Select(kind => kind.Name));
        Assert.All(kinds, kind => Assert.NotEmpty(kind.Description));
        Assert.All(kinds, kind => Assert.NotEmpty(kind.ResourceForm));
    }

    [Fact]
    public void Settings_reach_the_options()
    {
        using var provider = Build(
            ("Nhi:Cloud", "AzureUSGovernment"), ("Nhi:Entra:TenantId", "contoso.example"), ("Nhi:Postgres:Owner", "nhi"), ("Nhi:Postgres:Owners:prod", "nhi-prod"),
            ("Nhi:Postgres:Hosts:0", "db.contoso.example"), ("Nhi:Postgres:Tls", "OffOnLoopback"));
        Assert.Equal("graph.microsoft.us", provider.GetRequiredService<CloudHosts>().Graph);
        Assert.Equal("contoso.example", provider.GetRequiredService<IOptions<EntraOptions>>().Value.TenantId);
        var postgres = provider.GetRequiredService<IOptions<PostgresOptions>>().Value;
        Assert.Equal(("nhi", "nhi-prod"), (postgres.OwnerIn("dev"), postgres.OwnerIn("prod")));
        Assert.True(postgres.Permits("db.contoso.example"));
        Assert.True(postgres.Permits("localhost"));
        Assert.All(["db.other.example", "contoso.postgres.database.azure.com", "127.0.0.1.example"], host => Assert.False(postgres.Permits(host)));
    }

    [Fact]
    public void A_cloud_that_nobody_knows_fails_the_start_and_names_the_setting()
    {
        using var provider = Build(("Nhi:Cloud", "Moon"));
        var failure = Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<KindRegistry>());
        Assert.Contains("Nhi__Cloud", failure.Message, StringComparison.Ordinal);
    }
}
