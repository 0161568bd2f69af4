using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Nhi.Azure.Rest;
using Nhi.Azure.Rotators.Storage;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Tests.Rotators;

public sealed class StorageAccountKeyRotatorTests : RotatorContract, IDisposable
{
    private readonly FakeAzure _azure = new();
    private readonly FakeStorageAccount _account;
    private readonly StorageAccountKeyRotator _rotator;

    public StorageAccountKeyRotatorTests()
    {
        _account = new FakeStorageAccount(_azure);
        _rotator = new StorageAccountKeyRotator(_azure.Rest(), CloudHosts.Public, TimeProvider.System);
    }

    public void Dispose() => _azure.Dispose();

    protected override Task<ProviderUnderTest> StartAsync() => Task.FromResult(Provider());

    private ProviderUnderTest Provider()
    {
        var resource = _rotator.Resolve(Credential, new Dictionary<string, string> { ["ProviderAddress"] = FakeStorageAccount.ArmId, ["CredentialId"] = "key1", ["ValidityPeriodDays"] = "60" }, "");
        return new ProviderUnderTest(_rotator, resource)
        {
            Target = "key2",
            Forms = [new SecretMaterial($"DefaultEndpointsProtocol=https;AccountName=payroll1;AccountKey={_account.Key("key1")};EndpointSuffix=core.windows.net")],
            GoDown = () =>
            {
                _azure.Now = FakeAzure.Weather.Down;
                return resource;
            },
        };
    }

    [Fact]
    public void An_account_has_one_name_and_two_slots_however_its_id_is_written()
    {
        var one = _rotator.Resolve(Credential, new Dictionary<string, string> { ["nhi-resource"] = FakeStorageAccount.ArmId }, "");
        var other = _rotator.Resolve(Credential, new Dictionary<string, string> { ["nhi-resource"] = FakeStorageAccount.ArmId.ToUpperInvariant() }, "");
        Assert.Equal(one.Id, other.Id);
        Assert.Equal(["key1", "key2"], one.Handles);
    }

    [Fact]
    public async Task Regenerating_one_slot_leaves_the_other_alone_and_look_back_shows_both_with_their_times()
    {
        var before = _account.Key("key1");
        var minted = await Provider().MintAsync(Ct);
        var look = await _rotator.LookAsync(Provider().Resource, Ct);
        Assert.Equal(["key1", "key2"], look.Select(slot => slot.Handle));
        Assert.Equal(before, look[0].Secret!.Reveal());
        Assert.Equal(minted.Secret.Reveal(), look[1].Secret!.Reveal());
        Assert.True(look[1].Created > look[0].Created);
    }

    [Fact]
    public void A_connection_string_stays_one_byte_by_byte_around_its_key()
    {
        var current = new SecretMaterial("BlobEndpoint=https://payroll1.blob.core.windows.net/; AccountKey = b2xk==;X=1");
        var next = _rotator.Compose(Provider().Resource, new SecretMaterial("bmV3=="), "key2", current);
        Assert.Equal("BlobEndpoint=https://payroll1.blob.core.windows.net/; AccountKey = bmV3==;X=1", next.Reveal());
        Assert.Equal("b2xk==", _rotator.Read(Provider().Resource, current).Secret.Reveal());
    }

    [Fact]
    public async Task A_lost_answer_may_have_happened_and_look_back_tells()
    {
        var before = _account.Key("key2");
        _azure.Now = FakeAzure.Weather.AnswersLost;
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => Provider().MintAsync(Ct));
        Assert.True(failure.MayHaveHappened);
        Assert.Single(_azure.Asked);
        _azure.Now = FakeAzure.Weather.Fine;
        Assert.NotEqual(before, (await _rotator.LookAsync(Provider().Resource, Ct))[1].Secret!.Reveal());
    }

    [Theory]
    [InlineData("KeyBasedAuthenticationNotPermitted", "allowSharedKeyAccess")]
    [InlineData("AuthorizationFailure", "firewall")]
    [InlineData("InternalError", "403")]
    public async Task Only_a_refused_signature_is_a_refusal(string code, string says)
    {
        _account.BlobSays = code;
        var verdict = await _rotator.VerifyAsync(Provider().Resource, "key1", new SecretMaterial(_account.Key("key1")), Ct);
        Assert.Equal(Verification.Unknown, verdict.Verification);
        Assert.Contains(says, verdict.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_good_key_is_not_refused_because_of_our_clock()
    {
        _account.Ahead = TimeSpan.FromMinutes(20);
        var verdict = await _rotator.VerifyAsync(Provider().Resource, "key1", new SecretMaterial(_account.Key("key1")), Ct);
        Assert.Equal(Verification.Unknown, verdict.Verification);
        Assert.Contains("clock", verdict.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("key3")]
    [InlineData("kerb1")]
    [InlineData(null)]
    public async Task A_slot_that_the_account_does_not_have_is_never_asked_for(string? slot)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _rotator.MintAsync(Provider().Resource, new MintOrder(DisplayName, slot, null, null), new TestFence(), Ct));
        await Assert.ThrowsAsync<ArgumentException>(() => _rotator.KillAsync(Provider().Resource, slot!, false, new TestFence(), Ct));
        Assert.Empty(_azure.Asked);
    }

    /// <summary>The account of these tests is a judge worth asking: it takes what the storage SDK itself signs.</summary>
    [Fact]
    public async Task The_fake_account_takes_the_signatures_of_the_storage_client()
    {
        var options = new BlobClientOptions { Transport = _azure.Tuning().Transport! };
        options.Retry.MaxRetries = 0;
        var uri = new Uri($"https://{FakeStorageAccount.Name}.blob.core.windows.net");
        Assert.Equal(200, (await new BlobServiceClient(uri, new StorageSharedKeyCredential(FakeStorageAccount.Name, _account.Key("key1")), options).GetPropertiesAsync(Ct)).GetRawResponse().Status);
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => new BlobServiceClient(uri, new StorageSharedKeyCredential(FakeStorageAccount.Name, "d3Jvbmc="), options).GetPropertiesAsync(Ct));
        Assert.Equal(403, refused.Status);
    }

    [Fact]
    public async Task An_identity_that_is_not_set_is_named_and_nothing_is_sent()
    {
        var resource = Provider().Resource with { Environment = "nobody" };
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => _rotator.KillAsync(resource, "key1", false, new TestFence(), Ct));
        Assert.Equal((false, false), (failure.MayHaveHappened, failure.Transient));
        Assert.Contains("Nhi__Identities__Rotators__nobody", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_azure.Asked);
    }
}
