using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Nhi.Azure.Discovery;
using Nhi.Azure.Rest;
using Nhi.Azure.Settings;
using Nhi.Azure.Tables;
using Nhi.Azure.Tests.Rotators;
using Nhi.Azure.Tests.Settings;
using Nhi.Azure.Tests.Tables;
using Nhi.Azure.Vaults;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;

namespace Nhi.Azure.Tests.Discovery;

public sealed class VaultDiscoveryTests(AzuriteFixture azurite) : IDisposable
{
    private const string Group = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/";
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private readonly FakeAzure _azure = new() { Credentials = { NoRotators = true } };
    private readonly FakeTimeProvider _time = new(Now);
    private readonly List<JsonNode> _asked = [];
    private readonly List<(string Name, string Environment)> _vaults = [("kv2", "dev"), ("kv3", ""), ("kv1", "dev"), ("kv-nhi", ""), ("kv-staging", "prod")];
    private int _pageSize = 2;
    private string? _breaks;

    public void Dispose() => _azure.Dispose();

    private async Task<(VaultDiscovery Discovery, VaultRegistry Registry, DiscoveredVaultsTable Table)> StartAsync(StateTables? tables = null, params (string, string?)[] more)
    {
        var settings = TestSettings.Read([("Discovery__ManagementGroups__0", "mg-corp"), ("Discovery__Environment", "Prod"), ("Discovery__Tag", "nhi=yes"), .. more]);
        var table = new DiscoveredVaultsTable(tables ?? (await azurite.FreshTablesAsync()).Tables);
        _azure.Serve("management.azure.com", (request, body) => Answer(request, body));
        var registry = new VaultRegistry(settings, table, _time);
        return (new VaultDiscovery(settings, _azure.Rest(), CloudHosts.Public, table, registry), registry, table);
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, string body)
    {
        if (request.RequestUri!.PathAndQuery != "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01" || request.Method != HttpMethod.Post)
            return FakeAzure.Error(HttpStatusCode.NotFound, "NotFound", "No such path.");
        var asked = JsonNode.Parse(body)!;
        _asked.Add(asked);
        var from = (string?)asked["options"]!["$skipToken"] is { } token ? int.Parse(token, System.Globalization.CultureInfo.InvariantCulture) : 0;
        var answer = new JsonObject
        {
            ["totalRecords"] = _vaults.Count,
            ["resultTruncated"] = "false",
            ["data"] = new JsonArray([.. _vaults.Skip(from).Take(_pageSize).Select(vault => new JsonObject { ["id"] = Group + vault.Name, ["vaultUri"] = vault.Name.Contains('/', StringComparison.Ordinal) ? vault.Name : $"https://{vault.Name}.vault.azure.net/", ["environment"] = vault.Environment })]),
        };
        if (from + _pageSize < _vaults.Count)
            answer["$skipToken"] = $"{from + _pageSize}";
        if (_breaks == "short")
            answer.Remove("$skipToken");
        return _breaks == "down" ? FakeAzure.Error(HttpStatusCode.Forbidden, "AuthorizationFailed", "No right.") : FakeAzure.Json(HttpStatusCode.OK, answer.ToJsonString());
    }

    [Fact]
    public async Task Found_vaults_join_the_listed_ones_with_their_tags_environment_and_the_products_own_stay_out()
    {
        var (discovery, registry, _) = await StartAsync();
        Assert.Equal(["kv1.vault.azure.net"], registry.All.Select(vault => vault.Host));

        Assert.Null(await discovery.DiscoverAsync(Now, default));

        Assert.Equal(
            [new GovernedVault("kv1.vault.azure.net", "prod"), new GovernedVault("kv2.vault.azure.net", "dev", Discovered: true), new GovernedVault("kv3.vault.azure.net", "prod", Discovered: true)], registry.All);
        Assert.Equal(["kv-nhi.vault.azure.net", "kv-staging.vault.azure.net"], registry.LeftOut.Select(vault => vault.Host));
        Assert.Equal("dev", registry.Find("KV2.vault.azure.net")!.Environment);
        Assert.Null(registry.Find("kv-nhi.vault.azure.net"));
        Assert.Equal(3, _asked.Count);
        Assert.Equal("mg-corp", (string?)_asked[0]["managementGroups"]![0]);
        Assert.Null(_asked[0]["subscriptions"]);
        Assert.Contains("| where tags['nhi'] =~ 'yes' |", (string?)_asked[0]["query"], StringComparison.Ordinal);
        Assert.Equal("2", (string?)_asked[1]["options"]!["$skipToken"]);
    }

    [Theory]
    [InlineData("down")]
    [InlineData("short")]
    public async Task A_query_that_fails_or_is_cut_short_keeps_the_known_scope_and_says_so(string how)
    {
        var (discovery, registry, _) = await StartAsync();
        Assert.Null(await discovery.DiscoverAsync(Now, default));
        var known = registry.All;
        _breaks = how;
        _vaults.RemoveAt(0);

        Assert.Contains("Resource Graph", await discovery.DiscoverAsync(Now.AddHours(1), default), StringComparison.Ordinal);
        Assert.Equal(known, registry.All);
    }

    [Fact]
    public async Task Who_only_counts_keeps_nothing_and_hears_why_nobody_can_say()
    {
        var (discovery, registry, table) = await StartAsync();
        var found = await discovery.CountAsync(default);
        Assert.Equal(["kv1.vault.azure.net"], registry.All.Select(vault => vault.Host));
        Assert.Equal(0, await table.ListAsync(default).CountAsync());
        await discovery.DiscoverAsync(Now, default);
        Assert.Equal(await table.ListAsync(default).CountAsync(), found);
        _breaks = "down";
        Assert.Contains("Resource Graph", (await Assert.ThrowsAsync<ExternalCallException>(() => discovery.CountAsync(default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vault_that_a_whole_answer_no_longer_shows_is_left_out_with_the_instant_and_comes_back()
    {
        var (discovery, registry, table) = await StartAsync();
        await discovery.DiscoverAsync(Now, default);
        _vaults.RemoveAt(0);
        await discovery.DiscoverAsync(Now.AddHours(1), default);
        Assert.Null(registry.Find("kv2.vault.azure.net"));
        Assert.Contains("2026-03-02 09:00Z", registry.LeftOut.Single(vault => vault.Host == "kv2.vault.azure.net").Why, StringComparison.Ordinal);

        await discovery.DiscoverAsync(Now.AddHours(2), default);
        Assert.Equal(Now.AddHours(1), await table.ListAsync(default).Where(vault => vault.Host.StartsWith("kv2", StringComparison.Ordinal)).Select(vault => vault.Missing).SingleAsync());

        _vaults.Add(("kv2", "dev"));
        await discovery.DiscoverAsync(Now.AddHours(3), default);
        Assert.NotNull(registry.Find("kv2.vault.azure.net"));
    }

    [Fact]
    public async Task What_is_no_vault_of_this_cloud_is_never_asked_and_a_strange_environment_leaves_a_vault_out()
    {
        _vaults.AddRange([("https://evil.example.com/", ""), ("https://kv9.vault.azure.net:8443/", ""), ("https://kv9.vault.azure.net/path", ""), ("http://kv9.vault.azure.net/", ""), ("kv8", "no such; environment"), ("kv7", new string('x', 500))]);
        _pageSize = 100;
        var (discovery, registry, _) = await StartAsync();

        Assert.Null(await discovery.DiscoverAsync(Now, default));

        Assert.Equal(["kv1", "kv2", "kv3"], registry.All.Select(vault => vault.Host.Split('.')[0]));
        Assert.Contains("no such; environment", registry.LeftOut.Single(vault => vault.Host.StartsWith("kv8", StringComparison.Ordinal)).Why, StringComparison.Ordinal);
        Assert.Contains(registry.LeftOut, vault => vault.Host.StartsWith("kv7", StringComparison.Ordinal));
        Assert.DoesNotContain(registry.LeftOut, vault => vault.Host.StartsWith("kv9", StringComparison.Ordinal) || vault.Host.StartsWith("evil", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_instance_takes_over_what_was_found_and_asks_the_table_no_more_than_it_must()
    {
        var (tables, calls) = await azurite.FreshTablesAsync();
        var (discovery, _, _) = await StartAsync(tables);
        await discovery.DiscoverAsync(Now, default);
        using var other = new VaultRegistry(TestSettings.Read(("Discovery__Tag", "nhi"), ("Discovery__Environment", "prod")), new DiscoveredVaultsTable(tables), _time);
        calls.Reset();

        await other.RefreshAsync(default);
        await other.RefreshAsync(default);
        Assert.Equal((3, 1), (other.All.Count, (int)calls.Of("table")));

        _time.Advance(VaultRegistry.Fresh);
        await other.RefreshAsync(default);
        Assert.Equal(2, calls.Of("table"));
    }

    [Fact]
    public async Task Where_the_table_is_down_the_last_known_scope_stays_and_a_new_instance_says_that_it_knows_nothing()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var (discovery, registry, _) = await StartAsync(tables);
        await discovery.DiscoverAsync(Now, default);
        using var broken = new VaultRegistry(TestSettings.Read(("Discovery__Tag", "nhi"), ("Discovery__Environment", "prod")), new DiscoveredVaultsTable(Unreachable()), _time);

        await Assert.ThrowsAsync<ExternalCallException>(() => broken.RefreshAsync(default));
        Assert.Equal(["kv1.vault.azure.net"], broken.All.Select(vault => vault.Host));
        Assert.Equal(3, registry.All.Count);
    }

    private StateTables Unreachable() => new(_ => new global::Azure.Data.Tables.TableServiceClient(
        new Uri("https://127.0.0.1:1/nobody"), azurite.Azurite.Credential, new global::Azure.Data.Tables.TableClientOptions { Retry = { MaxRetries = 0 } }));

    [Theory]
    [InlineData("a", null, "resources | where type =~ 'microsoft.keyvault/vaults' | where isnotempty(tags['a']) | project")]
    [InlineData("a", "b c", "resources | where type =~ 'microsoft.keyvault/vaults' | where tags['a'] =~ 'b c' | project")]
    [InlineData(null, null, "resources | where type =~ 'microsoft.keyvault/vaults' | project")]
    public void A_query_is_made_of_the_settings(string? name, string? value, string begins) =>
        Assert.StartsWith(begins, VaultDiscovery.Query(new DiscoverySettings([], [], name, value, "prod")), StringComparison.Ordinal);

    [Fact]
    public async Task Without_the_setting_nothing_is_asked()
    {
        var settings = TestSettings.Read();
        using var registry = new VaultRegistry(settings, null, _time);
        var discovery = new VaultDiscovery(settings, _azure.Rest(), CloudHosts.Public, null!, registry);
        Assert.Null(await discovery.DiscoverAsync(Now, default));
        Assert.Null(await discovery.CountAsync(default));
        await registry.RefreshAsync(default);
        Assert.Empty(_azure.Asked);
    }
}
