using System.Text.Json;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Tests.Rotators;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operations;
using static Nhi.Azure.Tests.Vaults.VaultRig;

namespace Nhi.Azure.Tests.Vaults;

public sealed class KeyVaultCredentialVaultTests
{
    private const string Value = "v4lue-that-nobody-may-see";
    private static readonly string V1 = new('1', 32);
    private static readonly string V2 = new('2', 32);

    private static Publication Something => new() { Value = new SecretMaterial(Value), Tags = new Dictionary<string, string> { ["nhi"] = "{}" }, Expires = DateTimeOffset.UnixEpoch.AddYears(60), ContentType = "text/plain" };

    [Fact]
    public async Task Versions_are_listed_page_by_page_by_the_watcher_with_the_first_answers_time()
    {
        var rig = new VaultRig(sent => sent.Uri.Query.Contains("page2", StringComparison.Ordinal)
            ? FakeWire.Json(200, $$"""{"value":[{{Secret(V2)}}],"nextLink":null}""")
            : FakeWire.Json(200, $$"""{"value":[{{Secret(V1, enabled: false, extra: ",\"managed\":true")}}],"nextLink":"https://kv1.vault.azure.net/secrets/payroll/versions?api-version=7.4&$skiptoken=page2"}"""));

        var list = await rig.Vault.ListVersionsAsync(Id, default);

        Assert.Equal([V1, V2], list.Versions.Select(version => version.Version));
        Assert.Equal(FakeWire.Now, list.ServiceTime);
        var first = list.Versions[0];
        Assert.False(first.Enabled);
        Assert.True(first.Managed);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), first.Created);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_005), first.Updated);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000), first.Expires);
        Assert.Equal("generated", first.Tags["nhi-kind"]);
        Assert.False(list.Versions[1].Managed);
        Assert.All(rig.Wire.Requests, sent => Assert.Equal($"Bearer {WatcherId}", sent.Headers["Authorization"]));
        Assert.Equal(2, rig.Calls.Of("vault", "list"));
    }

    [Fact]
    public async Task A_publication_asks_its_fence_once_with_the_token_at_hand_and_sends_nothing_where_it_says_no()
    {
        var rig = new VaultRig(_ => FakeWire.Json(200, Secret(V2)));
        var fence = new TestFence();
        await rig.Vault.PublishAsync(Id, Something with { Fence = fence }, default);
        Assert.Equal(1, fence.Asked);
        Assert.Equal("Bearer", Assert.Single(rig.Wire.Requests).Headers["Authorization"].Split(' ')[0]);

        var shut = new TestFence(ready: () => throw new HoldLostException("It is held by another one."));
        await Assert.ThrowsAsync<HoldLostException>(() => rig.Vault.PublishAsync(Id, Something with { Fence = shut }, default));
        Assert.Single(rig.Wire.Requests);
    }

    [Fact]
    public async Task One_page_is_one_call()
    {
        var rig = new VaultRig(_ => FakeWire.Json(200, $$"""{"value":[{{Secret(V1)}}]}"""));

        await rig.Vault.ListVersionsAsync(Id, default);

        Assert.Single(rig.Wire.Requests);
    }

    [Fact]
    public async Task A_list_goes_on_where_its_last_page_said_and_asks_for_no_page_before()
    {
        const string next = "https://kv1.vault.azure.net/secrets?api-version=7.4&$skiptoken=page2&maxresults=25";
        var rig = new VaultRig(sent => sent.Uri.Query.Contains("page2", StringComparison.Ordinal)
            ? FakeWire.Json(200, $$"""{"value":[{{Secret("", name: "two")}}]}""")
            : FakeWire.Json(200, $$"""{"value":[{{Secret("", name: "one")}}],"nextLink":"{{next}}"}"""));

        var pages = await rig.Vault.ListSecretsAsync(Id.Vault, default).ToListAsync();
        Assert.Equal([next, null], pages.Select(page => page.Continuation));
        rig.Wire.Requests.Clear();

        var page = Assert.Single(await rig.Vault.ListSecretsAsync(Id.Vault, pages[0].Continuation, default).ToListAsync());
        Assert.Equal("two", Assert.Single(page.Secrets).Id.Name);
        Assert.Null(page.Continuation);
        var sent = Assert.Single(rig.Wire.Requests).Uri;
        Assert.Equal("/secrets", sent.AbsolutePath);
        Assert.Contains("$skiptoken=page2&", sent.Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example.com/secrets?$skiptoken=x")]
    [InlineData("https://kv1.vault.azure.net.evil.example.com/secrets")]
    [InlineData("https://user@kv1.vault.azure.net/secrets")]
    [InlineData("https://kv1.vault.azure.net:8443/secrets")]
    [InlineData("http://kv1.vault.azure.net/secrets")]
    [InlineData("https://kv1.vault.azure.net/secrets/payroll/1")]
    [InlineData("https://kv2.vault.azure.net/secrets")]
    [InlineData("page2")]
    [InlineData("")]
    public async Task A_continuation_that_leads_elsewhere_is_refused_and_nothing_is_sent(string continuation)
    {
        var rig = new VaultRig(_ => FakeWire.Json(200, """{"value":[]}"""));

        var refused = await Assert.ThrowsAsync<ExternalCallException>(async () => await rig.Vault.ListSecretsAsync(Id.Vault, continuation, default).ToListAsync());

        Assert.False(refused.Transient);
        Assert.Empty(rig.Wire.Requests);
    }

    [Theory]
    [InlineData(404, "SecretNotFound", null)]
    [InlineData(409, "Conflict", "ObjectIsBeingDeleted")]
    [InlineData(409, "Conflict", "ObjectIsDeletedButRecoverable")]
    public async Task A_secret_that_is_not_there_has_no_versions_and_no_value(int status, string code, string? inner)
    {
        var rig = new VaultRig(_ => FakeWire.Error(status, code, "gone", inner));

        var list = await rig.Vault.ListVersionsAsync(Id, default);

        Assert.Empty(list.Versions);
        Assert.Equal(FakeWire.Now, list.ServiceTime);
        Assert.Null(await rig.Vault.ReadAsync(Id, null, default));
    }

    [Fact]
    public async Task Secrets_come_in_pages_without_a_version()
    {
        var rig = new VaultRig(sent => sent.Uri.Query.Contains("page2", StringComparison.Ordinal)
            ? FakeWire.Json(200, """{"value":[]}""")
            : FakeWire.Json(200, """{"value":[{"id":"https://kv1.vault.azure.net/secrets/Payroll","attributes":{"enabled":true,"created":1700000000,"updated":1700000000}}],"nextLink":"https://kv1.vault.azure.net/secrets?page2"}"""));

        List<SecretPage> pages = [];
        await foreach (var page in rig.Vault.ListSecretsAsync("kv1.vault.azure.net", default))
            pages.Add(page);

        Assert.Equal(2, pages.Count);
        Assert.Equal(Id, Assert.Single(pages[0].Secrets).Id);
        Assert.Equal("", pages[0].Secrets[0].Newest.Version);
    }

    [Fact]
    public async Task A_value_is_read_by_the_rotator()
    {
        var rig = new VaultRig(_ => FakeWire.Json(200, Secret(V1, value: Value)));

        var reading = await rig.Vault.ReadAsync(Id, V1, default);

        Assert.Equal(Value, reading!.Value!.Reveal());
        Assert.Equal(V1, reading.Version.Version);
        Assert.Equal($"Bearer {RotatorId}", Assert.Single(rig.Wire.Requests).Headers["Authorization"]);
    }

    [Fact]
    public async Task A_disabled_version_has_facts_and_no_value()
    {
        var rig = new VaultRig(sent => sent.Uri.AbsolutePath.EndsWith("/versions", StringComparison.Ordinal)
            ? FakeWire.Json(200, $$"""{"value":[{{Secret(V2, created: 1_700_000_100, enabled: false)}},{{Secret(V1)}}]}""")
            : FakeWire.Error(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled"));

        var reading = await rig.Vault.ReadAsync(Id, null, default);

        Assert.Null(reading!.Value);
        Assert.Equal(V2, reading.Version.Version);
        Assert.Equal(V2, (await rig.Vault.ReadAsync(Id, V2, default))!.Version.Version);
    }

    [Fact]
    public async Task A_publication_is_one_request_with_everything_in_it()
    {
        var rig = new VaultRig(_ => FakeWire.Json(200, Secret(V2, value: Value)));

        var version = await rig.Vault.PublishAsync(Id, Something, default);

        Assert.Equal(V2, version.Version);
        var sent = Assert.Single(rig.Wire.Requests);
        Assert.Equal("PUT", sent.Method);
        Assert.Equal($"Bearer {RotatorId}", sent.Headers["Authorization"]);
        using var body = JsonDocument.Parse(sent.Body);
        Assert.Equal(Value, body.RootElement.GetProperty("value").GetString());
        Assert.Equal("{}", body.RootElement.GetProperty("tags").GetProperty("nhi").GetString());
        Assert.Equal("text/plain", body.RootElement.GetProperty("contentType").GetString());
        Assert.True(body.RootElement.GetProperty("attributes").GetProperty("exp").GetInt64() > 0);
    }

    [Fact]
    public async Task An_update_names_the_version_and_carries_the_whole_tag_set()
    {
        var rig = new VaultRig(_ => FakeWire.Json(200, Secret(V1, enabled: false)));

        var version = await rig.Vault.UpdateAsync(Id, V1, new VersionUpdate { Enabled = false, Tags = new Dictionary<string, string> { ["a"] = "1", ["nhi"] = "{\"dead\":true}" } }, default);

        Assert.False(version.Enabled);
        var sent = Assert.Single(rig.Wire.Requests);
        Assert.Equal("PATCH", sent.Method);
        Assert.EndsWith($"/secrets/payroll/{V1}", sent.Uri.AbsolutePath, StringComparison.Ordinal);
        using var body = JsonDocument.Parse(sent.Body);
        Assert.False(body.RootElement.GetProperty("attributes").GetProperty("enabled").GetBoolean());
        Assert.Equal(2, body.RootElement.GetProperty("tags").EnumerateObject().Count());
        Assert.False(body.RootElement.GetProperty("attributes").TryGetProperty("exp", out _));
    }

    public static TheoryData<int, string, string?, bool, bool, string> Errors => new()
    {
        { 400, "BadParameter", null, false, false, "BadParameter" },
        { 403, "Forbidden", "ForbiddenByPolicy", false, false, "ForbiddenByPolicy" },
        { 403, "Forbidden", "ForbiddenByRbac", false, false, "ForbiddenByRbac" },
        { 403, "RequestDisallowedByPolicy", null, false, false, "RequestDisallowedByPolicy" },
        { 404, "SecretNotFound", null, false, false, "SecretNotFound" },
        { 408, "RequestTimeout", null, true, true, "RequestTimeout" },
        { 409, "Conflict", "ObjectIsDeletedButRecoverable", false, false, "ObjectIsDeletedButRecoverable" },
        { 409, "Conflict", "ObjectIsBeingDeleted", false, true, "ObjectIsBeingDeleted" },
        { 409, "Conflict", "ObjectIsBeingRecovered", false, true, "ObjectIsBeingRecovered" },
        { 413, "RequestBodyTooLarge", null, false, false, "RequestBodyTooLarge" },
        { 429, "Throttled", null, false, true, "Throttled" },
        { 500, "InternalServerError", null, true, true, "InternalServerError" },
        { 502, "BadGateway", null, true, true, "BadGateway" },
        { 503, "ServiceUnavailable", null, true, true, "ServiceUnavailable" },
        { 504, "GatewayTimeout", null, true, true, "GatewayTimeout" },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task An_error_of_a_write_says_whether_it_may_have_happened_and_is_never_sent_again(int status, string code, string? inner, bool mayHaveHappened, bool transient, string expected)
    {
        var rig = new VaultRig(_ => FakeWire.Error(status, code, "no", inner));

        foreach (var write in new Func<Task>[] { () => rig.Vault.PublishAsync(Id, Something, default), () => rig.Vault.UpdateAsync(Id, V1, new VersionUpdate { Tags = new Dictionary<string, string>() }, default) })
        {
            rig.Wire.Requests.Clear();
            var error = await Assert.ThrowsAsync<ExternalCallException>(write);
            Assert.Equal((mayHaveHappened, transient, expected), (error.MayHaveHappened, error.Transient, error.Code));
            Assert.Contains("kv:kv1.vault.azure.net/payroll", error.Message, StringComparison.Ordinal);
            Assert.Single(rig.Wire.Requests);
        }
    }

    [Fact]
    public async Task A_message_that_quotes_the_value_is_withheld()
    {
        var rig = new VaultRig(_ => FakeWire.Error(400, "BadParameter", $"The value {Value} is bad"));

        var error = await Assert.ThrowsAsync<ExternalCallException>(() => rig.Vault.PublishAsync(Id, Something, default));

        Assert.DoesNotContain(Value, error.ToString(), StringComparison.Ordinal);
        Assert.Contains("quotes a secret", error.Message, StringComparison.Ordinal);
        Assert.Null(error.InnerException);
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, false)]
    [InlineData(HttpRequestError.NameResolutionError, false)]
    [InlineData(HttpRequestError.SecureConnectionError, false)]
    [InlineData(HttpRequestError.ProxyTunnelError, false)]
    [InlineData(HttpRequestError.ResponseEnded, true)]
    [InlineData(HttpRequestError.HttpProtocolError, true)]
    [InlineData(HttpRequestError.InvalidResponse, true)]
    [InlineData(HttpRequestError.Unknown, true)]
    public async Task A_write_whose_connection_is_lost_may_have_happened_unless_there_never_was_one(HttpRequestError what, bool mayHaveHappened)
    {
        var rig = new VaultRig(_ => throw new HttpRequestException(what, "wire"));

        var error = await Assert.ThrowsAsync<ExternalCallException>(() => rig.Vault.PublishAsync(Id, Something, default));

        Assert.Equal((mayHaveHappened, true), (error.MayHaveHappened, error.Transient));
        Assert.Single(rig.Wire.Requests);
    }

    [Fact]
    public async Task A_write_that_timed_out_may_have_happened()
    {
        var rig = new VaultRig(_ => throw new TaskCanceledException("the client's own time-out"));

        var error = await Assert.ThrowsAsync<ExternalCallException>(() => rig.Vault.PublishAsync(Id, Something, default));

        Assert.True(error is { MayHaveHappened: true, Transient: true });
    }

    [Fact]
    public async Task The_callers_own_cancellation_goes_through()
    {
        using var cancelled = new CancellationTokenSource();
        var rig = new VaultRig(_ =>
        {
            cancelled.Cancel();
            throw new OperationCanceledException(cancelled.Token);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.Vault.PublishAsync(Id, Something, cancelled.Token));
    }

    [Fact]
    public async Task A_failed_read_never_happened_whatever_came_back()
    {
        var rig = new VaultRig(_ => FakeWire.Error(400, "BadParameter", "no"));

        var error = await Assert.ThrowsAsync<ExternalCallException>(() => rig.Vault.ReadAsync(Id, null, default));

        Assert.False(error.MayHaveHappened);
    }

    [Fact]
    public async Task A_vault_that_is_not_in_scope_is_never_asked()
    {
        var rig = new VaultRig(_ => throw new InvalidOperationException("asked"));

        var error = await Assert.ThrowsAsync<ExternalCallException>(() => rig.Vault.ReadAsync(CredentialId.Of("other.vault.azure.net", "x"), null, default));

        Assert.Equal("VaultNotInScope", error.Code);
        Assert.Empty(rig.Wire.Requests);
    }
}
