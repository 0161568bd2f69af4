using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Evidence;
using Nhi.Azure.Identities;
using Nhi.Azure.Rest;
using Nhi.Azure.Settings;
using Nhi.Azure.Tests.Settings;
using Nhi.Azure.Time;
using Nhi.Evidence.Index;
using Nhi.Evidence.Writing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Azure.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public async Task Everything_that_reaches_azure_can_be_made_of_settings_without_asking_anything()
    {
        await using var provider = new ServiceCollection().AddLogging().AddNhi(TestSettings.With(("Topic", "https://t.westeurope-1.eventgrid.azure.net/api/events"))).BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        foreach (var seam in new[]
        {
            typeof(ICredentialVault), typeof(IVaultRegistry), typeof(IStaging), typeof(IFingerprints), typeof(IOperations), typeof(IDebts), typeof(IInventory), typeof(IMintBudget), typeof(IPauses), typeof(ICursors),
            typeof(IEvidenceIndex), typeof(IPendingRecords), typeof(EvidenceAccounts), typeof(IPolicySource), typeof(ProductIdentities), typeof(ISink), typeof(KindRegistry), typeof(ICredentialSource), typeof(AzureRest),
        })
            Assert.NotNull(provider.GetRequiredService(seam));
        Assert.IsType<GovernanceClock>(provider.GetRequiredService<TimeProvider>());
        Assert.NotEmpty(provider.GetRequiredService<KindRegistry>().All);
    }

    /// <summary>What nobody would hear of is not taken away: that somebody does is a topic or a webhook.</summary>
    [Theory]
    [InlineData("Topic", "https://t.westeurope-1.eventgrid.azure.net/api/events", true)]
    [InlineData("Webhooks__0__Uri", "https://hooks.contoso.com/nhi", true)]
    [InlineData("Clock", null, false)]
    public async Task Somebody_hears_where_a_topic_or_a_webhook_is_set(string setting, string? value, bool heard)
    {
        await using var provider = new ServiceCollection().AddLogging().AddNhi(TestSettings.With((setting, value))).BuildServiceProvider();
        Assert.Equal(heard, provider.GetRequiredService<RemovalPass>().IsHeard);
    }

    /// <summary>Whoever may write the state account says of no sweep, sink or budget how far it has come.</summary>
    [Fact]
    public async Task S30_every_cursor_is_signed()
    {
        await using var provider = new ServiceCollection().AddLogging().AddNhi(TestSettings.With()).BuildServiceProvider();
        Assert.IsType<SignedCursors>(provider.GetRequiredService<ICursors>());
    }

    [Fact]
    public void Bad_settings_stop_the_registration_with_all_their_faults() =>
        Assert.Equal(2, Assert.Throws<SettingsException>(() => new ServiceCollection().AddNhi(TestSettings.With(("LogKey", null), ("StagingVault", "x")))).Faults.Count);

    [Fact]
    public void The_rotators_reach_the_cloud_of_the_settings()
    {
        const string vaults = "vault.usgovcloudapi.net", storage = "core.usgovcloudapi.net";
        using var provider = new ServiceCollection().AddLogging().AddNhi(TestSettings.With(
            ("Cloud", "usgov"), ("Vaults__0__Uri", $"https://kv1.{vaults}"), ("ProductVault", $"https://kv-nhi.{vaults}"), ("StagingVault", $"https://kv-staging.{vaults}"), ("LogKey", $"https://kv-nhi.{vaults}/keys/log"),
            ("ProducersKey", $"https://kv-nhi.{vaults}/keys/producers"), ("Storage__State", $"https://nhistate.table.{storage}"), ("Storage__Evidence", $"https://nhievidence.blob.{storage}"))).BuildServiceProvider();

        Assert.Equal(AzureCloud.UsGov.Graph.Host, provider.GetRequiredService<CloudHosts>().Graph);
        Assert.Equal(AzureCloud.UsGov.Management.Host, provider.GetRequiredService<CloudHosts>().Management);
    }
}
