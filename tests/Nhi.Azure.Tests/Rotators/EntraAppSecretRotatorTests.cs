using System.Net;
using Nhi.Azure.Rest;
using Nhi.Azure.Rotators.Entra;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Tests.Rotators;

public sealed class EntraAppSecretRotatorTests : RotatorContract, IDisposable
{
    private readonly FakeAzure _azure = new();
    private readonly FakeEntra _entra;
    private readonly EntraAppSecretRotator _rotator;

    public EntraAppSecretRotatorTests()
    {
        _entra = new FakeEntra(_azure);
        _rotator = new EntraAppSecretRotator(_azure.Rest(), CloudHosts.Public, new EntraOptions { TenantId = FakeEntra.Tenant });
    }

    public void Dispose() => _azure.Dispose();

    /// <summary>H44: what no application's secret can be called by goes to no provider.</summary>
    [Theory]
    [InlineData("0f8fad5b-d9cb-469f-a165-70867728950e", true)]
    [InlineData("0F8FAD5B-D9CB-469F-A165-70867728950E", false)]
    [InlineData("{0f8fad5b-d9cb-469f-a165-70867728950e}", false)]
    [InlineData("key9:abc", false)]
    [InlineData("", false)]
    public void A_handle_is_a_key_id_as_the_list_shows_it(string handle, bool can) =>
        Assert.Equal(can, _rotator.CanHave(Provider().Resource, handle));

    protected override Task<ProviderUnderTest> StartAsync() => Task.FromResult(Provider());

    private ProviderUnderTest Provider()
    {
        var resource = _rotator.Resolve(Credential, new Dictionary<string, string> { ["nhi-resource"] = FakeEntra.ApplicationId }, "");
        return new ProviderUnderTest(_rotator, resource)
        {
            GoDown = () =>
            {
                _azure.Now = FakeAzure.Weather.Down;
                return resource;
            },
        };
    }

    [Theory]
    [InlineData("nhi-resource", "entra:AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE")]
    [InlineData("nhi-resource", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")]
    [InlineData("ProviderAddress", "ENTRA:aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")]
    public void One_application_has_one_name_however_the_tag_writes_it(string tag, string text)
    {
        var resource = _rotator.Resolve(Credential, new Dictionary<string, string> { [tag] = text }, "prod");
        Assert.Equal(new GovernedResource(new ResourceId("entra:aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"), OverlapClass.Multi, [], "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "prod") with { Handles = resource.Handles }, resource);
        Assert.Empty(resource.Handles);
    }

    [Fact]
    public async Task The_new_secret_bears_the_rotation_and_the_asked_end_and_the_granted_one_is_told()
    {
        var provider = Provider();
        var minted = await provider.MintAsync(Ct);
        Assert.Equal(DisplayName, (string?)_entra.Shown(minted.Handle)["displayName"]);
        Assert.Equal(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero), minted.Expires);
        var shown = Assert.Single(await provider.LookBack.LookAsync(provider.Resource, Ct));
        Assert.Equal(DisplayName, shown.DisplayName);
        Assert.Equal(minted.Secret.Reveal()[..3], shown.Hint);
        Assert.Equal(minted.Expires, shown.Expires);
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero), shown.Created);
        Assert.Null(shown.Secret);
    }

    [Theory]
    [InlineData(FakeAzure.Weather.AnswersLost, true)]
    [InlineData(FakeAzure.Weather.Unavailable, true)]
    [InlineData(FakeAzure.Weather.Throttled, false)]
    internal async Task A_mint_is_sent_once_and_says_whether_it_may_have_happened(FakeAzure.Weather weather, bool mayHaveHappened)
    {
        _azure.Now = weather;
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => Provider().MintAsync(Ct));
        Assert.Equal((mayHaveHappened, true), (failure.MayHaveHappened, failure.Transient));
        Assert.Single(_azure.Asked);
        _azure.Now = FakeAzure.Weather.Fine;
        var left = await _rotator.LookAsync(Provider().Resource, Ct);
        Assert.Equal(weather == FakeAzure.Weather.AnswersLost ? 1 : 0, left.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.Conflict, "Directory_ConcurrencyViolation", true, "concurrency")]
    [InlineData(HttpStatusCode.BadRequest, "CredentialInvalidLifetimeAsPerAppPolicy", false, "app management policy")]
    [InlineData(HttpStatusCode.BadRequest, "CredentialTypeNotAllowedAsPerAppPolicy", false, "app management policy")]
    [InlineData(HttpStatusCode.Forbidden, "Authorization_RequestDenied", false, "nhi kinds")]
    public async Task A_refusal_of_Graph_has_not_happened_and_says_what_to_do(HttpStatusCode status, string code, bool transient, string says)
    {
        _entra.Refuses = (status, code);
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => Provider().MintAsync(Ct));
        Assert.Equal((false, transient, code), (failure.MayHaveHappened, failure.Transient, failure.Code));
        Assert.Contains(says, failure.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_refused_kill_of_a_living_secret_is_a_failure()
    {
        var minted = await Provider().MintAsync(Ct);
        _entra.Refuses = (HttpStatusCode.BadRequest, "Request_BadRequest");
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => _rotator.KillAsync(Provider().Resource, minted.Handle, false, new TestFence(), Ct));
        Assert.False(failure.Transient);
    }

    [Fact]
    public async Task Killing_a_secret_of_an_application_that_is_gone_is_fine_and_looking_at_it_is_not()
    {
        _entra.ApplicationExists = false;
        await _rotator.KillAsync(Provider().Resource, "00000000-0000-0000-0000-000000000001", false, new TestFence(), Ct);
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => _rotator.LookAsync(Provider().Resource, Ct));
        Assert.False(failure.Transient);
        Assert.Contains("nhi-resource", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_a_key_id_can_be_killed()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _rotator.KillAsync(Provider().Resource, "key1", false, new TestFence(), Ct));
        Assert.Empty(_azure.Asked);
    }

    [Theory]
    [InlineData(7000215, Verification.Refused)]
    [InlineData(7000222, Verification.Refused)]
    [InlineData(700016, Verification.Unknown)]
    [InlineData(53003, Verification.Unknown)]
    [InlineData(90033, Verification.Unknown)]
    public async Task Only_a_refusal_of_the_secret_itself_is_a_refusal(int code, Verification expected)
    {
        _entra.LoginSays = code;
        var verdict = await _rotator.VerifyAsync(Provider().Resource, null, new SecretMaterial("a secret value"), Ct);
        Assert.Equal(expected, verdict.Verification);
        Assert.Contains($"AADSTS{code}", verdict.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FakeAzure.Weather.Unavailable)]
    [InlineData(FakeAzure.Weather.Throttled)]
    [InlineData(FakeAzure.Weather.AnswersLost)]
    internal async Task A_login_endpoint_in_trouble_says_nothing_and_is_asked_once(FakeAzure.Weather weather)
    {
        _azure.Now = weather;
        var verdict = await _rotator.VerifyAsync(Provider().Resource, null, new SecretMaterial("a secret value"), Ct);
        Assert.Equal(Verification.Unknown, verdict.Verification);
        Assert.Single(_azure.Asked);
    }

    [Fact]
    public async Task Without_a_tenant_nothing_is_minted_that_could_not_be_tried()
    {
        var rotator = new EntraAppSecretRotator(_azure.Rest(), CloudHosts.Public, new EntraOptions());
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => rotator.MintAsync(Provider().Resource, Provider().Order(), new TestFence(), Ct));
        Assert.Contains("Nhi__Entra__TenantId", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Verification.Unknown, (await rotator.VerifyAsync(Provider().Resource, null, new SecretMaterial("x"), Ct)).Verification);
        Assert.Empty(_azure.Asked);
    }
}
