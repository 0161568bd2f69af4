using Azure.Identity;
using Nhi.Azure.Identities;
using Nhi.Azure.Settings;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Tests.Settings;

namespace Nhi.Azure.Tests.Identities;

public sealed class AzureIdentitiesTests
{
    private static string Id(int n) => new Guid(n, 0, 0, new byte[8]).ToString();

    private static readonly (string, string?)[] All =
    [
        ("Identities__Watcher", Id(1)), ("Identities__Writer", Id(2)), ("Identities__Sequencer", Id(3)), ("Identities__Rotators__prod", Id(4)), ("Identities__Rotators__Test", Id(5)),
        ("Vaults__1__Uri", "https://kv2.vault.azure.net"), ("Vaults__1__Environment", "test"),
    ];

    private static AzureIdentities Named(params (string, string?)[] settings) => new(TestSettings.Read(settings), _ => null, id => new FakeToken(id ?? "none"));

    private static string Who(global::Azure.Core.TokenCredential credential) => credential.GetToken(new(["x"]), default).Token;

    [Fact]
    public void Each_purpose_has_its_own_identity_made_once()
    {
        var identities = Named(All);

        Assert.Equal([Id(1), Id(2), Id(3), Id(4), Id(5)], new[] { identities.Watcher, identities.Writer, identities.Sequencer, identities.Rotator("prod"), identities.Rotator("TEST") }.Select(Who));
        Assert.Same(identities.Rotator("prod"), identities.Rotator("PROD"));
    }

    [Fact]
    public void The_products_own_values_are_the_first_vaults_rotators_unless_staging_is_set_apart()
    {
        Assert.Equal(Id(4), Who(Named(All).Own));
        Assert.Equal(Id(4), Who(Named(All).Rotator("")));
        Assert.Equal(Id(9), Who(Named([.. All, ("Identities__Rotators__staging", Id(9))]).Own));
    }

    [Fact]
    public void An_environment_without_a_rotator_is_named_with_a_remedy()
    {
        var error = Assert.Throws<SettingsException>(() => Named(All).Rotator("dev"));

        Assert.Contains("Nhi__Identities__Rotators__dev is not set", error.Message, StringComparison.Ordinal);
        // The REST client's contract.
        Assert.IsAssignableFrom<InvalidOperationException>(error);
    }

    [Fact]
    public void Without_client_ids_one_identity_does_everything()
    {
        var identities = Named();

        Assert.All([identities.Watcher, identities.Writer, identities.Sequencer, identities.Rotator("prod"), identities.Own], credential => Assert.Equal("none", Who(credential)));
    }

    [Fact]
    public void Which_credential_is_used_follows_from_settings_and_environment()
    {
        AzureIdentities With(params string[] variables) => new(TestSettings.Read(), name => variables.Contains(name) ? "x" : null, null);

        Assert.IsType<ManagedIdentityCredential>(new AzureIdentities(TestSettings.Read(All), _ => null, null).Watcher);
        Assert.IsType<ManagedIdentityCredential>(With("IDENTITY_ENDPOINT", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID").Watcher);
        Assert.IsType<EnvironmentCredential>(With("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID").Watcher);
        Assert.IsType<AzureCliCredential>(With("AZURE_CLIENT_ID").Watcher);
    }
}
