using Microsoft.Extensions.Configuration;
using Nhi.Azure.Identities;
using Nhi.Azure.Settings;

namespace Nhi.Azure.Tests.Settings;

public sealed class SettingsReaderTests
{
    private const string Id = "11111111-1111-1111-1111-111111111111";

    private static NhiSettings Read(params (string Name, string? Value)[] changes) => SettingsReader.Read(TestSettings.With(changes));

    private static string[] Faults(params (string Name, string? Value)[] changes) =>
        [.. Assert.Throws<SettingsException>(() => Read(changes)).Faults.Select(fault => fault.ToString())];

    [Fact]
    public void The_smallest_settings_that_work_have_the_documented_defaults()
    {
        var settings = Read();

        Assert.Equal([new VaultSettings(new("https://kv1.vault.azure.net/"), "prod")], settings.Vaults);
        Assert.Equal("https://nhistate.table.core.windows.net/", settings.Storage.Tables.ToString());
        Assert.Equal("https://nhistate.blob.core.windows.net/", settings.Storage.Blobs.ToString());
        Assert.Equal(1, settings.LeaseScale);
        Assert.Same(AzureCloud.Public, settings.Cloud);
        Assert.Null(settings.Policy);
        Assert.Null(settings.Topic);
        Assert.Null(settings.Storage.EvidenceSecondary);
    }

    [Fact]
    public void Either_service_of_the_state_account_names_the_account() =>
        Assert.Equal(Read().Storage, Read(("Storage__State", "https://nhistate.blob.core.windows.net/")).Storage);

    [Fact]
    public void Vaults_come_in_the_order_of_their_numbers()
    {
        var settings = Read(("Vaults__10__Uri", "https://kv10.vault.azure.net"), ("Vaults__10__Environment", "Test"), ("Vaults__2__Uri", "https://kv2.vault.azure.net"), ("Vaults__2__Environment", "prod"));

        Assert.Equal(["kv1.vault.azure.net", "kv2.vault.azure.net", "kv10.vault.azure.net"], settings.Vaults.Select(vault => vault.Uri.Host));
        Assert.Equal("test", settings.Vaults[2].Environment);
    }

    [Fact]
    public void All_faults_are_reported_at_once_each_with_name_and_remedy()
    {
        var faults = Assert.Throws<SettingsException>(() => SettingsReader.Read(new ConfigurationBuilder().Build())).Faults;

        Assert.Equal(
            ["Nhi:Vaults:0:Uri", "Nhi:Storage:State", "Nhi:Storage:Evidence", "Nhi:ProductVault", "Nhi:StagingVault", "Nhi:LogKey", "Nhi:ProducersKey"],
            faults.Select(fault => fault.Name));
        Assert.All(faults, fault => Assert.NotEmpty(fault.Remedy));
    }

    [Theory]
    [InlineData("Vault__0__Uri", "Nhi__Vaults__n__Uri")]
    [InlineData("Storage__Evidense", "Nhi__Storage__Evidence")]
    [InlineData("Identities__Rotator__prod", "Nhi__Identities__Rotators__{environment}")]
    [InlineData("StagingVaults", "Nhi__StagingVault")]
    [InlineData("LeaseScale", "Nhi__Operations__LeaseScale")]
    public void An_unknown_key_is_a_fault_that_names_the_nearest_setting(string typo, string meant)
    {
        var fault = Assert.Single(Faults((typo, "x")));

        Assert.StartsWith($"Nhi__{typo} is not a setting.", fault, StringComparison.Ordinal);
        Assert.Contains(meant, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Vaults__0__Uri", "http://kv1.vault.azure.net", "is no https address")]
    [InlineData("Vaults__0__Uri", "https://kv1.vault.azure.cn", "which is no vault of the cloud 'public'")]
    [InlineData("Vaults__0__Uri", "https://kv1.vault.azure.net/secrets/x", "which is no vault")]
    [InlineData("Vaults__0__Environment", "prod/eu", "Name the environment")]
    [InlineData("Storage__State", "https://nhistate.queue.core.windows.net", "is no table or blob service")]
    [InlineData("Storage__Evidence", "https://nhievidence.table.core.windows.net", "is no blob service")]
    [InlineData("LogKey", "https://kv-nhi.vault.azure.net/secrets/log", "which is no key")]
    [InlineData("AuditWorkspace", "/subscriptions/x/resourceGroups/y/providers/Microsoft.OperationalInsights/workspaces/z", "not its resource id")]
    [InlineData("Cloud", "germany", "Use public, usgov or china")]
    [InlineData("Operations__LeaseScale", "0", "above 0 and at most 10")]
    [InlineData("Operations__LeaseScale", "NaN", "above 0 and at most 10")]
    [InlineData("Clock", "/no/such/file", "which is not there")]
    [InlineData("Topic", "topic", "is no https address")]
    public void A_value_that_cannot_be_is_a_fault(string name, string value, string expected)
    {
        var fault = Assert.Single(Faults((name, value)));

        Assert.StartsWith($"Nhi__{name} ", fault, StringComparison.Ordinal);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_or_sas_is_refused_and_not_shown()
    {
        var faults = Faults(("Storage__State", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=s3cr3t=="), ("Storage__Evidence", "https://nhievidence.blob.core.windows.net/?sv=2025&sig=s3cr3t"));

        Assert.Equal(2, faults.Length);
        Assert.All(faults, fault => Assert.DoesNotContain("s3cr3t", fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ProductVault", "https://KV1.vault.azure.net", "Nhi__ProductVault lies in a vault in scope")]
    [InlineData("StagingVault", "https://kv1.vault.azure.net", "Nhi__StagingVault lies in a vault in scope")]
    [InlineData("StagingVault", "https://kv-nhi.vault.azure.net", "is the product's own vault")]
    [InlineData("LogKey", "https://kv1.vault.azure.net/keys/log", "Nhi__LogKey lies in a vault in scope")]
    [InlineData("ProducersKey", "https://kv-nhi.vault.azure.net/keys/log/0123456789abcdef0123456789abcdef", "is the log's own key")]
    [InlineData("Policy", "https://elsewhere.blob.core.windows.net/policies/policy.yaml", "is no blob of the state account")]
    [InlineData("Policy", "https://nhistate.blob.core.windows.net/policy.yaml", "is no blob of the state account")]
    [InlineData("Policy", "http://nhistate.blob.core.windows.net/policies/policy.yaml", "is no https address")]
    [InlineData("Storage__Evidence", "https://nhistate.blob.core.windows.net", "Evidence needs an account of its own")]
    [InlineData("Storage__EvidenceSecondary", "https://nhievidence.blob.core.windows.net", "is the evidence account itself")]
    public void Settings_that_contradict_each_other_are_a_fault(string name, string value, string expected) =>
        Assert.Contains(expected, Assert.Single(Faults((name, value))), StringComparison.Ordinal);

    [Fact]
    public void A_vault_in_scope_twice_is_a_fault() =>
        Assert.Contains("the same vault as Nhi__Vaults__0__Uri", Assert.Single(Faults(("Vaults__1__Uri", "https://Kv1.vault.azure.net/"), ("Vaults__1__Environment", "prod"))), StringComparison.Ordinal);

    [Fact]
    public void Identities_are_all_set_or_none()
    {
        Assert.Equal(2, Faults(("Identities__Watcher", Id)).Length);
        Assert.Contains("Nhi__Identities__Rotators__prod is not set, but a vault", Assert.Single(Faults(
            ("Identities__Watcher", Id), ("Identities__Writer", Id), ("Identities__Sequencer", Id), ("Identities__Rotators__test", Id))), StringComparison.Ordinal);
        Assert.Equal(Id, Read(("Identities__Watcher", Id), ("Identities__Writer", Id), ("Identities__Sequencer", Id), ("Identities__Rotators__PROD", Id)).Identities.Rotators["prod"]);
        Assert.Contains("which is no client id", Faults(("Identities__Watcher", "me"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void No_environment_bears_the_name_of_the_product_s_own()
    {
        (string, string?)[] own = [("Identities__Watcher", Id), ("Identities__Writer", Id), ("Identities__Sequencer", Id), ("Identities__Rotators__staging", Id)];
        Assert.Contains("names the identity of the product's own vaults", Assert.Single(Faults([.. own, ("Vaults__0__Environment", "Staging")])), StringComparison.Ordinal);
        Assert.Contains(Faults([.. own, ("Identities__Rotators__prod", Id), ("Discovery__Tag", "nhi"), ("Discovery__Environment", "staging")]), fault => fault.Contains("Nhi__Discovery__Environment is 'staging'", StringComparison.Ordinal));
        Assert.NotEmpty(Read([.. own, ("Identities__Rotators__prod", Id)]).Identities.Rotators);
    }

    [Fact]
    public void A_deployment_that_only_observes_needs_no_rotator() =>
        Assert.Empty(Read(("Identities__Watcher", Id), ("Identities__Writer", Id), ("Identities__Sequencer", Id)).Identities.Rotators);

    [Theory]
    [InlineData("usgov", "vault.usgovcloudapi.net", "core.usgovcloudapi.net")]
    [InlineData("AzureUSGovernment", "vault.usgovcloudapi.net", "core.usgovcloudapi.net")]
    [InlineData("china", "vault.azure.cn", "core.chinacloudapi.cn")]
    public void Another_cloud_has_its_own_names(string cloud, string vaults, string storage)
    {
        var settings = Read(
            ("Cloud", cloud),
            ("Vaults__0__Uri", $"https://kv1.{vaults}"),
            ("ProductVault", $"https://kv-nhi.{vaults}"),
            ("StagingVault", $"https://kv-staging.{vaults}"),
            ("LogKey", $"https://kv-nhi.{vaults}/keys/log"),
            ("ProducersKey", $"https://kv-nhi.{vaults}/keys/producers"),
            ("Storage__State", $"https://nhistate.table.{storage}"),
            ("Storage__Evidence", $"https://nhievidence.blob.{storage}"));

        Assert.EndsWith(settings.Cloud.VaultSuffix, settings.Vaults[0].Uri.Host, StringComparison.Ordinal);
    }

    [Fact]
    public void Vaults_can_be_discovered_instead_of_listed_or_beside()
    {
        var alone = Read(("Vaults__0__Uri", null), ("Vaults__0__Environment", null), ("Discovery__Subscriptions__1", Id), ("Discovery__Environment", "Prod"), ("Discovery__Tag", "nhi=yes please"));
        Assert.Empty(alone.Vaults);
        Assert.Empty(alone.Discovery!.ManagementGroups);
        Assert.Equal(("nhi", "yes please", "prod"), (alone.Discovery.TagName, alone.Discovery.TagValue, alone.Discovery.Environment));
        Assert.Equal([Id], alone.Discovery.Subscriptions);

        var beside = Read(("Discovery__ManagementGroups__0", "mg-corp"), ("Discovery__Environment", "dev"));
        Assert.Equal((1, "mg-corp", null), (beside.Vaults.Count, Assert.Single(beside.Discovery!.ManagementGroups), beside.Discovery.TagName));
        Assert.Null(Read().Discovery);
    }

    [Theory]
    [InlineData("Discovery__Environment", "prod", "nothing says which vaults")]
    [InlineData("Discovery__Tag", "nhi", "Nhi__Discovery__Environment is not set")]
    [InlineData("Discovery__Tag", "x'] | union (resources) //", "Nhi__Discovery__Tag is")]
    [InlineData("Discovery__Tag", "a=b=c\\'", "Nhi__Discovery__Tag is")]
    [InlineData("Discovery__Subscriptions__0", "prod", "no id of a subscription")]
    [InlineData("Discovery__ManagementGroups__0", "a/b", "no id of a management group")]
    public void Discovery_that_cannot_work_is_a_fault(string name, string value, string says) =>
        Assert.Contains(Faults((name, value)), fault => fault.Contains(says, StringComparison.Ordinal));

    [Fact]
    public void Discovery_is_of_groups_or_of_subscriptions_and_its_environment_has_a_rotator()
    {
        Assert.Contains(Faults(("Discovery__ManagementGroups__0", "mg"), ("Discovery__Subscriptions__0", Id), ("Discovery__Environment", "prod")), fault => fault.Contains("leave one of the two out", StringComparison.Ordinal));
        Assert.Contains(
            Faults(("Identities__Watcher", Id), ("Identities__Writer", Id), ("Identities__Sequencer", Id), ("Identities__Rotators__prod", Id), ("Discovery__Tag", "nhi"), ("Discovery__Environment", "dev")),
            fault => fault.Contains("Nhi__Identities__Rotators__dev", StringComparison.Ordinal));
    }

    [Fact]
    public void Blank_is_absent() => Assert.Null(Read(("Policy", " "), ("Identities__Writer", ""), ("Topic", "")).Policy);

    [Fact]
    public void The_reference_knows_every_setting_that_is_read()
    {
        // Were one missing, setting it would be refused as unknown: set them all.
        var clock = Path.GetTempFileName();
        try
        {
            var settings = Read(
                ("Identities__Watcher", Id), ("Identities__Writer", Id), ("Identities__Sequencer", Id), ("Identities__Rotators__prod", Id), ("Identities__Cleanup", "44444444-4444-4444-4444-444444444444"), ("Identities__Curtailer", "55555555-5555-5555-5555-555555555555"), ("Storage__EvidenceSecondary", "https://nhisecond.blob.core.windows.net"),
                ("Policy", "policy.yaml"), ("Clock", clock), ("Operations__LeaseScale", "0.01"), ("Cloud", "public"), ("Topic", "https://t.westeurope-1.eventgrid.azure.net/api/events"),
                ("Entra__TenantId", "t"), ("Postgres__Owner", "o"), ("Postgres__Owners__prod", "o"), ("Postgres__Hosts__0", "h"), ("Postgres__Tls", "Verify"),
                ("Webhooks__0__Uri", "https://hooks.example.com/"), ("Webhooks__0__Template", "slack"), ("Webhooks__0__SecretName", "key"), ("Webhooks__0__Every", "PT2H"), ("Webhooks__1__UriSecretName", "address"),
                ("Discovery__Subscriptions__0", Id), ("Discovery__Tag", "nhi"), ("Discovery__Environment", "prod"), ("AuditWorkspace", Id));

            Assert.Equal((0.01, Id), (settings.LeaseScale, settings.AuditWorkspace));
            Assert.Equal(36, SettingsReference.All.Count);
            Assert.Equal(SettingsReference.All.Count, SettingsReference.All.Select(setting => setting.Name).Distinct().Count());
        }
        finally
        {
            File.Delete(clock);
        }
    }
}
