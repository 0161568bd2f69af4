using System.Buffers.Text;
using System.Text;
using Azure.Core;
using Azure.Identity;
using Nhi.Azure.Identities;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Tests.Settings;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Tests.Identities;

public sealed class CallerIdentityTests
{
    private const string Oid = "6f1f2d1c-8a44-4a7b-9c0e-0d9d3f2b1a55";
    private const string Tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    private static PrincipalFacts? Of(string claims) => CallerIdentity.Of($"head.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.signature");

    [Theory]
    [InlineData("\"upn\": \"ada@contoso.com\", \"scp\": \"user_impersonation\"")]
    [InlineData("\"preferred_username\": \"ada@contoso.com\"")]
    [InlineData("\"unique_name\": \"ada@contoso.com\", \"appid\": \"04b07795-8ddb-461a-bbee-02f9e1bf7b46\"")]
    public void A_person_is_named_by_object_id_sign_in_name_and_tenant(string claims) =>
        Assert.Equal(new PrincipalFacts("user", Oid, "ada@contoso.com", Tenant), Of($$"""{"oid": "{{Oid}}", "tid": "{{Tenant}}", {{claims}}}"""));

    [Theory]
    [InlineData("\"appid\": \"app\"")]
    [InlineData("\"azp\": \"app\"")]
    [InlineData("\"appid\": \"app\", \"idtyp\": \"app\", \"upn\": \"made-up\"")]
    public void An_application_s_own_token_is_a_service(string claims) =>
        Assert.Equal(new PrincipalFacts("service", Oid, "app", Tenant), Of($$"""{"oid": "{{Oid}}", "tid": "{{Tenant}}", {{claims}}}"""));

    [Fact]
    public void A_guest_without_a_sign_in_name_is_still_a_person() => Assert.Equal(new PrincipalFacts("user", Oid), Of($$"""{"oid": "{{Oid}}", "scp": "user_impersonation"}"""));

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"oid\": 7}")]
    [InlineData("{\"oid\": \"\"}")]
    [InlineData("{\"oid\": \"a\\nb\"}")]
    [InlineData("{\"oid\": ")]
    [InlineData("\u0000")]
    public void Claims_that_name_nobody_are_nobody(string claims) => Assert.Null(Of(claims));

    [Fact]
    public async Task Where_nobody_is_signed_in_the_remedy_is_told_and_not_what_the_library_says()
    {
        var settings = TestSettings.Read();
        var caller = new CallerIdentity(new AzureIdentities(settings, _ => null, _ => new NobodySignedIn()), settings.Cloud);
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => caller.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Contains("az login", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("library", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.MayHaveHappened);
    }

    [Fact]
    public async Task It_is_whose_token_writes_evidence()
    {
        var settings = TestSettings.Read(("Identities__Watcher", Oid), ("Identities__Writer", Tenant), ("Identities__Sequencer", Oid), ("Identities__Rotators__prod", Oid));
        var caller = new CallerIdentity(new AzureIdentities(settings, _ => null, id => new FakeToken($"h.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"oid": "{{id}}"}"""))}.s")), settings.Cloud);
        Assert.Equal(new PrincipalFacts("service", Tenant), await caller.ReadAsync(TestContext.Current.CancellationToken));
    }

    private sealed class NobodySignedIn : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new CredentialUnavailableException("what the library says");
        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new CredentialUnavailableException("what the library says");
    }

    [Fact]
    public void What_is_no_token_is_nobody()
    {
        Assert.All(["", "opaque", "a.b", "a.%.c", "a..c", "a.b.c.d", $"a.{new string('x', 70_000)}.c"], token => Assert.Null(CallerIdentity.Of(token)));
        Assert.Null(Of($$"""{"oid": "{{new string('x', 600)}}"}"""));
    }
}
