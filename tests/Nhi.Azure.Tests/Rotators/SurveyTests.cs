using Nhi.Azure.Rest;
using Nhi.Azure.Rotators.Entra;
using Nhi.Azure.Rotators.Generated;
using Nhi.Azure.Rotators.Postgres;
using Nhi.Azure.Rotators.Storage;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Azure.Tests.Rotators;

/// <summary>What list rights show, as the watcher alone: no rotator's identity is there to be used.</summary>
public sealed class SurveyTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private readonly FakeAzure _azure = new();

    public void Dispose() => _azure.Dispose();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_storage_account_shows_the_age_of_its_keys_by_a_plain_get()
    {
        _ = new FakeStorageAccount(_azure);
        _azure.Credentials.NoRotators = true;
        var survey = new StorageAccountKeyRotator(_azure.Rest(), CloudHosts.Public, TimeProvider.System);

        var seen = await survey.SurveyAsync(new ResourceId(FakeStorageAccount.ArmId), Now, Ct);

        Assert.Equal(("storage-account-key", Now, true), (seen.Kind, seen.SeenAt, seen.Exists));
        Assert.Equal([new ProviderCredential("key1", Created: Now.AddSeconds(1)), new ProviderCredential("key2", Created: Now.AddSeconds(2))], seen.Credentials);
        Assert.Equal(["GET " + FakeStorageAccount.ArmId.ToLowerInvariant()], _azure.Asked);
        Assert.False((await survey.SurveyAsync(new ResourceId(FakeStorageAccount.ArmId + "x"), Now, Ct)).Exists);
        await Assert.ThrowsAsync<ExternalCallException>(() => survey.SurveyAsync(new ResourceId("https://evil.example.com/"), Now, Ct));
        _azure.Now = FakeAzure.Weather.Throttled;
        Assert.True((await Assert.ThrowsAsync<ExternalCallException>(() => survey.SurveyAsync(new ResourceId(FakeStorageAccount.ArmId), Now, Ct))).Transient);
    }

    /// <summary>A subscription that moved takes nothing away from what is in it: what nobody sees is not gone.</summary>
    [Theory]
    [InlineData("ResourceNotFound", true)]
    [InlineData("ResourceGroupNotFound", true)]
    [InlineData("SubscriptionNotFound", false)]
    [InlineData("subscriptionnotfound", false)]
    [InlineData("InvalidSubscriptionId", false)]
    [InlineData("MissingSubscription", false)]
    [InlineData("InvalidResourceNamespace", false)]
    [InlineData("InvalidResourceType", false)]
    [InlineData(null, false)]
    public async Task An_account_is_gone_where_Azure_says_so_of_the_account_and_not_of_its_subscription(string? code, bool isGone)
    {
        _ = new FakeStorageAccount(_azure) { Absent = code };
        var survey = new StorageAccountKeyRotator(_azure.Rest(), CloudHosts.Public, TimeProvider.System);
        Task<SweptResource> SurveyAsync() => survey.SurveyAsync(new ResourceId(FakeStorageAccount.ArmId + "x"), Now, Ct);
        if (isGone)
            Assert.False((await SurveyAsync()).Exists);
        else
            Assert.False((await Assert.ThrowsAsync<ExternalCallException>(SurveyAsync)).Transient);
    }

    [Fact]
    public async Task An_application_shows_its_secrets_by_key_id_name_hint_and_life_and_no_value()
    {
        var entra = new FakeEntra(_azure);
        var rotator = new EntraAppSecretRotator(_azure.Rest(), CloudHosts.Public, new EntraOptions { TenantId = FakeEntra.Tenant });
        var resource = rotator.Resolve(CredentialId.Of("kv1.vault.azure.net", "a"), new Dictionary<string, string> { ["nhi-resource"] = FakeEntra.ApplicationId }, "");
        var minted = await rotator.MintAsync(resource, new MintOrder("nhi-r", null, null, Now.AddDays(90)), new TestFence(), Ct);
        _azure.Credentials.NoRotators = true;

        var seen = await rotator.SurveyAsync(resource.Id, Now, Ct);

        var shown = Assert.Single(seen.Credentials);
        Assert.Equal((minted.Handle, "nhi-r", minted.Secret.Reveal()[..3]), (shown.Place, shown.Name, shown.Hint));
        Assert.NotNull(shown.Created);
        Assert.Equal(Now.AddDays(90), shown.Expires);
        // A certificate opens it too, and so does what its service principal has of its own.
        entra.Certificates = """[{"keyId":"00000000-0000-0000-0000-00000000c001","displayName":"laptop","startDateTime":"2026-03-01T00:00:00Z","endDateTime":"2027-03-01T00:00:00Z"},{"keyId":"no id"}]""";
        entra.ServicePrincipal = """{"passwordCredentials":[{"keyId":"00000000-0000-0000-0000-00000000c002","displayName":"nhi-r","hint":"abc"}],"keyCredentials":[{"keyId":"00000000-0000-0000-0000-00000000c003"}]}""";
        Assert.Equal(
            [(minted.Handle, "nhi-r"), ("00000000-0000-0000-0000-00000000c001", "certificate laptop"), ("00000000-0000-0000-0000-00000000c002", "service principal's secret nhi-r"), ("00000000-0000-0000-0000-00000000c003", "service principal's certificate")],
            (await rotator.SurveyAsync(resource.Id, Now, Ct)).Credentials.Select(credential => (credential.Place, credential.Name)));
        entra.ServicePrincipal = null;
        entra.ApplicationExists = false;
        Assert.False((await rotator.SurveyAsync(resource.Id, Now, Ct)).Exists);
        await Assert.ThrowsAsync<ExternalCallException>(() => rotator.SurveyAsync(new ResourceId("entra:x')/owners?"), Now, Ct));
    }

    [Fact]
    public void Kinds_that_the_watcher_has_no_rights_at_are_not_looked_at() =>
        Assert.All((Type[])[typeof(PostgresRoleRotator), typeof(GeneratedRotator)], kind => Assert.False(kind.IsAssignableTo(typeof(ISurvey))));
}
