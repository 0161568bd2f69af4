using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Nhi.Local.Emulators;
using Nhi.Local.Parts;

namespace Nhi.Local.Tests.Worlds;

[Collection<WorldCollection>]
public sealed class ProviderTests(WorldFixture fixture)
{
    private World World => fixture.World;

    private WorldIdentity Rotator => World.Identities.Rotators["prod"];

    [Fact]
    public async Task A_secret_that_graph_mints_logs_in_until_it_is_removed()
    {
        var application = World.Tenant.Add("orders", Rotator);
        using var graph = await ClientAsync(Rotator, "https://graph.microsoft.com");
        var path = $"https://graph.microsoft.com/v1.0/applications(appId='{application.AppId}')";

        using var minted = await graph.PostAsJsonAsync($"{path}/addPassword", new { passwordCredential = new { displayName = "nhi-r" } });
        var added = JsonNode.Parse(await minted.Content.ReadAsStringAsync())!;
        var secret = (string)added["secretText"]!;
        var listed = JsonNode.Parse(await graph.GetStringAsync(path))!["passwordCredentials"]![0]!;
        Assert.Equal(((string?)added["keyId"], secret[..3], "nhi-r"), ((string?)listed["keyId"], (string?)listed["hint"], (string?)listed["displayName"]));
        Assert.Null((string?)listed["secretText"]);
        Assert.NotEmpty((await LoginAsync(application.AppId, secret)).Token);
        Assert.Contains("AADSTS7000215", (await Assert.ThrowsAsync<AuthenticationFailedException>(() => LoginAsync(application.AppId, "wrong"))).ToString(), StringComparison.Ordinal);

        using var removed = await graph.PostAsJsonAsync($"{path}/removePassword", new { keyId = (string?)added["keyId"] });

        Assert.Equal(204, (int)removed.StatusCode);
        Assert.Contains("AADSTS7000215", (await Assert.ThrowsAsync<AuthenticationFailedException>(() => LoginAsync(application.AppId, secret))).ToString(), StringComparison.Ordinal);
        using var again = await graph.PostAsJsonAsync($"{path}/removePassword", new { keyId = (string?)added["keyId"] });
        Assert.Equal(400, (int)again.StatusCode);
    }

    [Fact]
    public async Task An_expired_secret_and_an_unknown_application_are_told_apart()
    {
        var application = World.Tenant.Add("expired", Rotator);
        var (_, secret) = World.Tenant.AddSecret(application, "old", World.Clock.GetUtcNow().AddSeconds(-1));

        var expired = await Assert.ThrowsAsync<AuthenticationFailedException>(() => LoginAsync(application.AppId, secret));
        var unknown = await Assert.ThrowsAsync<AuthenticationFailedException>(() => LoginAsync("00000000-0000-0000-0000-000000000001", secret));

        Assert.Contains("AADSTS7000222", expired.ToString(), StringComparison.Ordinal);
        Assert.Contains("AADSTS700016", unknown.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, expired.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_does_not_own_an_application_changes_nothing_of_it()
    {
        var application = World.Tenant.Add("not-ours", World.Identities.Person);
        using var graph = await ClientAsync(Rotator, "https://graph.microsoft.com");

        using var refused = await graph.PostAsJsonAsync($"https://graph.microsoft.com/v1.0/applications/{application.ObjectId}/addPassword", new { });

        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Empty(World.Tenant.SecretsOf(application));
    }

    [Fact]
    public async Task A_regenerated_key_opens_the_account_and_its_predecessor_no_longer_does()
    {
        var account = World.AddStorageAccount("contosodata");
        using var arm = await ClientAsync(Rotator, "https://management.azure.com");
        var resource = $"https://management.azure.com{account.ResourceId}";
        var before = await KeysAsync(arm, "listKeys");
        await ListAsync("contosodata", before["key1"].Value);
        await ListAsync("contosodata", before["key2"].Value);

        using var response = await arm.PostAsJsonAsync($"{resource}/regenerateKey?api-version=2023-05-01", new { keyName = "key1" });
        var after = await KeysAsync(arm, "listKeys");

        Assert.True(response.IsSuccessStatusCode);
        Assert.True(DateTimeOffset.Parse(after["key1"].Created, null) > DateTimeOffset.Parse(before["key1"].Created, null));
        Assert.Equal(before["key2"], after["key2"]);
        await ListAsync("contosodata", after["key1"].Value);
        Assert.Equal(403, (await Assert.ThrowsAsync<RequestFailedException>(() => ListAsync("contosodata", before["key1"].Value))).Status);

        async Task<Dictionary<string, (string Value, string Created)>> KeysAsync(HttpClient client, string action)
        {
            using var listed = await client.PostAsync($"{resource}/{action}?api-version=2023-05-01", null);
            return JsonNode.Parse(await listed.Content.ReadAsStringAsync())!["keys"]!.AsArray()
                .ToDictionary(key => (string)key!["keyName"]!, key => ((string)key!["value"]!, (string)key["creationTime"]!));
        }
    }

    [Fact]
    public async Task The_watcher_gets_no_keys_and_a_missing_account_is_not_found()
    {
        var account = World.AddStorageAccount("watcheddata");
        using var watcher = await ClientAsync(World.Identities.Watcher, "https://management.azure.com");
        using var refused = await watcher.PostAsync($"https://management.azure.com{account.ResourceId}/listKeys?api-version=2023-05-01", null);
        using var missing = await watcher.GetAsync($"https://management.azure.com{account.ResourceId}x?api-version=2023-05-01");

        Assert.Equal((403, 404), ((int)refused.StatusCode, (int)missing.StatusCode));
    }

    [Fact]
    public async Task The_watcher_sees_accounts_and_applications_without_a_value_and_changes_none()
    {
        var account = World.AddStorageAccount("seendata");
        var application = World.Tenant.Add("seen", World.Identities.Person);
        World.Tenant.AddSecret(application, "by hand");
        using var arm = await ClientAsync(World.Identities.Watcher, "https://management.azure.com");
        using var graph = await ClientAsync(World.Identities.Watcher, "https://graph.microsoft.com");

        var shown = JsonNode.Parse(await arm.GetStringAsync($"https://management.azure.com{account.ResourceId}?api-version=2023-05-01"))!;
        Assert.NotNull((string?)shown["properties"]!["keyCreationTime"]!["key2"]);
        Assert.DoesNotContain(account.Key("key1"), shown.ToJsonString(), StringComparison.Ordinal);
        var path = $"https://graph.microsoft.com/v1.0/applications(appId='{application.AppId}')";
        Assert.Equal("by hand", (string?)JsonNode.Parse(await graph.GetStringAsync(path))!["passwordCredentials"]![0]!["displayName"]);
        using var refused = await graph.PostAsJsonAsync($"{path}/addPassword", new { });
        Assert.Equal(403, (int)refused.StatusCode);
    }

    [Fact]
    public async Task Resource_graph_shows_vaults_by_scope_and_tag_page_by_page_to_who_may_read_and_nobody_else()
    {
        World.Vault("kv2").ResourceTags["team"] = "Payroll";
        using var watcher = await ClientAsync(World.Identities.Watcher, "https://management.azure.com");
        using var rotator = await ClientAsync(Rotator, "https://management.azure.com");

        var all = await AskAsync(watcher, "", new { });
        Assert.Equal(["kv-nhi", "kv-nhi-staging", "kv1", "kv2"], Names(all));
        var first = await AskAsync(watcher, "", new { options = new Dictionary<string, object> { ["$top"] = 3 } });
        var second = await AskAsync(watcher, "", new { options = new Dictionary<string, object> { ["$top"] = 3, ["$skipToken"] = (string)first["$skipToken"]! } });
        Assert.Equal((3, 4, "kv2", null), (Names(first).Length, (int)first["totalRecords"]!, Assert.Single(Names(second)), (string?)second["$skipToken"]));
        Assert.Equal(["kv2"], Names(await AskAsync(watcher, " | where tags['team'] =~ 'payroll'", new { subscriptions = new[] { WorldNames.Subscription } })));
        Assert.Equal(["kv2"], Names(await AskAsync(watcher, " | where isnotempty(tags['team'])", new { managementGroups = new[] { "nhi-local" } })));
        Assert.Empty(Names(await AskAsync(watcher, "", new { subscriptions = new[] { "11111111-1111-1111-1111-111111111111" } })));
        Assert.Empty(Names(await AskAsync(rotator, "", new { })));
        using var strange = await watcher.PostAsJsonAsync("https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01", new { query = "resources" });
        using var nowhere = await watcher.PostAsJsonAsync("https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01", Body("", new { managementGroups = new[] { "other" } }));
        Assert.Equal((400, 400), ((int)strange.StatusCode, (int)nowhere.StatusCode));
    }

    private static JsonObject Body(string filter, object more)
    {
        var body = JsonSerializer.SerializeToNode(more)!.AsObject();
        body["query"] = $"resources | where type =~ 'microsoft.keyvault/vaults'{filter} | project id, vaultUri = tostring(properties.vaultUri), environment = tostring(tags['nhi-environment']) | order by id asc";
        return body;
    }

    private static async Task<JsonNode> AskAsync(HttpClient client, string filter, object more)
    {
        using var answer = await client.PostAsJsonAsync("https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01", Body(filter, more));
        Assert.True(answer.IsSuccessStatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    private static string[] Names(JsonNode answer) => [.. answer["data"]!.AsArray().Select(row => new Uri((string)row!["vaultUri"]!).Host.Split('.')[0])];

    private async Task ListAsync(string account, string key)
    {
        var options = new BlobClientOptions { Transport = World.CreateTransport() };
        var service = new BlobServiceClient(Azurite.BlobEndpoint(account), new StorageSharedKeyCredential(account, key), options);
        await foreach (var container in service.GetBlobContainersAsync()) Assert.Fail(container.Name);
    }

    private async Task<AccessToken> LoginAsync(string clientId, string secret)
    {
        var options = new ClientSecretCredentialOptions { Transport = World.CreateTransport() };
        options.Retry.MaxRetries = 0;
        return await new ClientSecretCredential(LocalTokenCredential.Tenant, clientId, secret, options)
            .GetTokenAsync(new TokenRequestContext(["https://graph.microsoft.com/.default"]), CancellationToken.None);
    }

    private async Task<HttpClient> ClientAsync(WorldIdentity identity, string audience)
    {
        var token = await World.CredentialOf(identity).GetTokenAsync(new TokenRequestContext([$"{audience}/.default"]), CancellationToken.None);
        var client = new HttpClient(World.CreateHandler());
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        return client;
    }
}
