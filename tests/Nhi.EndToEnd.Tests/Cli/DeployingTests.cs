using System.Text.Json.Nodes;
using Nhi.Local;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary><c>nhi doctor</c> and <c>nhi onboard</c> as those who deploy start them: processes, signed in as a service principal, against the local ARM over HTTPS.</summary>
public sealed class DeployingTests : IClassFixture<DeployingTests.Shared>, IDisposable
{
    private const string Vault = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-payroll/providers/Microsoft.KeyVault/vaults/kv-second";
    private static readonly string[] Plans = [Snapshot("many-subscriptions"), Snapshot("subscriptions")];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nhi-deploying-");
    private readonly Shared _shared;
    private readonly World _world;

    public DeployingTests(Shared shared)
    {
        (_shared, _world) = (shared, shared.World);
        _world.Arm.Deployed.Clear();
        foreach (var plan in Plans)
            _world.Arm.Deployed.Deploy(JsonNode.Parse(File.ReadAllText(plan))!.AsObject());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A world for all of them, whose resources each test deploys anew, and <c>nhi</c> as a pipeline has it: as an application, since none of the product's identities reads resources.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        public World World { get; private set; } = null!;

        internal NhiDesk Pipeline { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            World = await World.StartAsync(new WorldOptions { Postgres = false });
            var settings = World.Settings.Where(pair => !pair.Key.StartsWith("IDENTITY_", StringComparison.Ordinal)).ToDictionary();
            var application = World.Tenant.Add("pipeline");
            (settings["AZURE_TENANT_ID"], settings["AZURE_CLIENT_ID"], settings["AZURE_CLIENT_SECRET"]) = ("nhi-local", application.AppId, World.Tenant.AddSecret(application, "pipeline").Secret);
            Pipeline = new NhiDesk(settings);
        }

        public async ValueTask DisposeAsync()
        {
            await Pipeline.DisposeAsync();
            await World.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_faithful_deployment_exits_0_and_a_changed_one_1_with_the_line_that_mends_it()
    {
        Assert.Contains(" resources: no difference, 0 not read", (await NhiAsync(["doctor", "--deployment", .. Plans])).Exits(0).Output, StringComparison.Ordinal);
        var account = _world.Arm.Deployed.Ids.Single(id => id.EndsWith("/nhistateuh5d422we7", StringComparison.Ordinal));
        _world.Arm.Deployed.Change(account, one => one["properties"]!["allowSharedKeyAccess"] = true);
        Assert.Contains($"\n    az storage account update --ids {account} --allow-shared-key-access false\n", (await NhiAsync(["doctor", "--deployment", .. Plans])).Exits(1).Output, StringComparison.Ordinal);
        Assert.Equal("properties.allowSharedKeyAccess", (await NhiAsync(["doctor", "--deployment", .. Plans, "--json"])).Exits(1).Json.GetProperty("differences")[0].GetProperty("property").GetString());
        _world.Arm.Deployed.Refuse(account, 403, "AuthorizationFailed");
        Assert.Contains("not read: storageAccounts nhistateuh5d422we7: HTTP 403 AuthorizationFailed", (await NhiAsync(["doctor", "--deployment", .. Plans])).Exits(3).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vault_is_shown_then_written_once_and_not_while_something_stops_it()
    {
        var file = Path.Combine(_folder.FullName, "estate.bicep");
        const string Before = "var vaults governedVault[] = [\n  {\n    id: 'a'\n    environment: 'prod'\n  }\n]\n";
        await File.WriteAllTextAsync(file, Before);
        string[] onboard = ["onboard", "--vault", Vault, "--parameters", file];
        _world.Arm.Deployed.Put(new JsonObject { ["id"] = Vault, ["type"] = "Microsoft.KeyVault/vaults", ["location"] = "westeurope", ["properties"] = new JsonObject { ["enableRbacAuthorization"] = false, ["enablePurgeProtection"] = true } });
        Assert.Contains("stops: kv-second takes access policies", (await NhiAsync([.. onboard, "--write"])).Exits(42).Output, StringComparison.Ordinal);
        Assert.Equal(Before, await File.ReadAllTextAsync(file));
        _world.Arm.Deployed.Change(Vault, one => one["properties"]!["enableRbacAuthorization"] = true);
        Assert.Contains($"\n+    id: '{Vault}'\n", (await NhiAsync(onboard)).Exits(0).Output, StringComparison.Ordinal);
        Assert.Equal(Before, await File.ReadAllTextAsync(file));
        Assert.True((await NhiAsync([.. onboard, "--write", "--json"])).Exits(0).Json.GetProperty("written").GetBoolean());
        Assert.Equal(Before.Replace("\n]", $"\n  {{\n    id: '{Vault}'\n    environment: 'prod'\n    location: 'westeurope'\n  }}\n]", StringComparison.Ordinal), await File.ReadAllTextAsync(file));
        Assert.Contains("has kv-second already, in the list that begins at line 1", (await NhiAsync([.. onboard, "--write"])).Exits(2).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nhi-own-uh5d422we7", "prod", "the product's own vault")]
    [InlineData("kv-nhi", "prod", "the product's own vault")]
    [InlineData("kv-a", "staging", "Call the environment 'stage'")]
    [InlineData("kv-a", "a-b", "letters and digits")]
    public async Task What_cannot_be_governed_is_refused(string name, string environment, string says)
    {
        var file = Path.Combine(_folder.FullName, "estate.bicep");
        await File.WriteAllTextAsync(file, "param vaults = []\n");
        var id = Vault.Replace("kv-second", name, StringComparison.Ordinal);
        Assert.Contains(says, (await NhiAsync(["onboard", "--offline", "--vault", id, "--environment", environment, "--parameters", file, "--write"])).Exits(2).Errors, StringComparison.Ordinal);
        Assert.Equal("param vaults = []\n", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Every_part_is_looked_at_for_itself_and_has_its_remedy()
    {
        var healthy = (await NhiRun.StartAsync(_world.Settings, "doctor", "--json")).Exits(0).Json;
        Assert.True(healthy.GetProperty("healthy").GetBoolean());
        var states = healthy.GetProperty("parts").EnumerateArray().ToDictionary(part => part.GetProperty("name").GetString()!, part => part.GetProperty("state").GetString());
        foreach (var name in (string[])["vault kv1.vault.azure.net", "fingerprint key", "staging vault", "dead letters", "directory"])
            Assert.Equal((name, "ok"), (name, states.GetValueOrDefault(name)));
        // Nobody has written a log of the vault yet.
        Assert.Equal("warns", states["audit archive"]);
        var sick = new Dictionary<string, string>(_world.Settings) { ["Nhi__LogKey"] = "https://kv-nhi.vault.azure.net/keys/nosuch", ["Nhi__Vaults__1__Uri"] = "https://nosuch.vault.azure.net", ["Nhi__Vaults__1__Environment"] = "prod", ["Nhi__StagingVault"] = "https://nosuch-staging.vault.azure.net", ["Nhi__Storage__DeadLetters"] = "https://nhihost.blob.core.windows.net/nosuch" };
        var parts = (await NhiRun.StartAsync(sick, "doctor", "--json")).Exits(1).Json.GetProperty("parts").EnumerateArray().ToDictionary(part => part.GetProperty("name").GetString()!);
        foreach (var name in (string[])["log key", "vault nosuch.vault.azure.net", "staging vault", "dead letters"])
        {
            Assert.Equal("fails", parts[name].GetProperty("state").GetString());
            Assert.NotEmpty(parts[name].GetProperty("remedy").GetString()!);
        }

        Assert.Equal("ok", parts["vault kv1.vault.azure.net"].GetProperty("state").GetString());
        Assert.Equal("ok", parts["table Debts"].GetProperty("state").GetString());
        // What only a stage needs that is not there yet is no failure, and is not called looked at.
        foreach (var rotator in _world.Identities.Rotators.Values)
        {
            _world.ProductVault.Forbid(rotator);
            _world.StagingVault.Forbid(rotator);
        }

        var observing = (await NhiRun.StartAsync(_world.Settings, "doctor", "--json")).Exits(0).Json.GetProperty("parts").EnumerateArray().ToDictionary(part => part.GetProperty("name").GetString()!);
        foreach (var name in (string[])["fingerprint key", "staging vault"])
        {
            Assert.Equal((name, "warns"), (name, observing[name].GetProperty("state").GetString()));
            Assert.StartsWith("not looked at, you may not (only the stage enforce needs it): ", observing[name].GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    private Task<NhiRun> NhiAsync(IReadOnlyList<string> arguments) => _shared.Pipeline.RunAsync(arguments);

    private static string Snapshot(string name)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "NhiFunctions.sln")))
            root = root.Parent!;
        return Path.Combine(root.FullName, "tests", "Nhi.Infra.Tests", "Snapshots", name + ".json");
    }
}
