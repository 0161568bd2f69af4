using System.Globalization;
using System.Text.Json.Nodes;
using Nhi.Governance.Credentials;
using Nhi.Local;
using Npgsql;

namespace Nhi.Azure.Tests.Budgets;

/// <summary>A world with two credentials of each kind, each with a resource of its own: one warms the process that is counted, the other one is counted.</summary>
public sealed class CountedEstate : IAsyncDisposable
{
    public const string Vault = "kv1";

    /// <summary>The credentials that are counted; each has a twin <c>warm-…</c>.</summary>
    public static readonly IReadOnlyList<string> Names = ["entra-app-secret", "storage-account-key", "postgres-role-pair", "postgres-role-cutover", "generated"];

    /// <summary>Under a rule that only observes.</summary>
    public const string Observed = "observed";

    /// <summary>Under a rule that enforces, and of a kind that is none.</summary>
    public const string Ungovernable = "ungovernable";

    private const string Policy = """
        version: 1
        defaults: { lifetime: P90D, rotateBefore: P30D, overlap: P14D, slack: P7D, freeAfter: P7D, allowCutover: true, disableSuperseded: true, endSessions: true }
        rules:
          - { name: looked-at, match: { name: "observed*" } }
          - { name: everything, match: {}, mode: enforce }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("nhi-budgets-").FullName;

    public World World { get; private set; } = null!;

    public static async Task<CountedEstate> StartAsync(bool postgres)
    {
        var estate = new CountedEstate();
        var policy = Path.Combine(estate._folder, "policy.yaml");
        await File.WriteAllTextAsync(policy, Policy);
        estate.World = await World.StartAsync(new WorldOptions { PolicyFile = policy, Postgres = postgres });
        return estate;
    }

    public static CredentialId Id(string name) => CredentialId.Of($"{Vault}.vault.azure.net", name);

    public static string Warm(string name) => $"warm-{name}";

    /// <summary>Made by a person, working, not yet governed.</summary>
    public async Task FillAsync()
    {
        await AddRolesAsync();
        foreach (var (prefix, tag) in (ReadOnlySpan<(string, string)>)[("warm-", "w"), ("", "c")])
        {
            var application = World.Tenant.Add($"app-{tag}", World.Identities.Rotators["prod"]);
            var account = World.AddStorageAccount($"contoso{tag}");
            Set($"{prefix}entra-app-secret", World.Tenant.AddSecret(application, "by hand").Secret, "entra-app-secret", application.AppId);
            Set($"{prefix}storage-account-key", account.Key("key1"), "storage-account-key", account.ResourceId);
            Set($"{prefix}postgres-role-pair", Connection($"{tag}_a", "first"), "postgres-role", Database($"{tag}_a+{tag}_b"));
            Set($"{prefix}postgres-role-cutover", "first", "postgres-role", Database($"{tag}_single"));
            Set($"{prefix}generated", "first", "generated", null);
        }
    }

    public void Set(string name, string value, string kind, string? resource, DateTimeOffset? expires = null)
    {
        var tags = new Dictionary<string, string> { ["nhi-kind"] = kind, ["nhi-owner"] = "payroll" };
        if (resource is not null)
            tags["nhi-resource"] = resource;
        World.Vault(Vault).SetAs(World.Identities.Person, name, value, expires, tags);
    }

    /// <summary>An event as Key Vault raises it now about a version.</summary>
    public string Event(string type, string name, string version) => new JsonObject
    {
        ["id"] = $"{type} {name} {version}",
        ["topic"] = World.Vault(Vault).ResourceId,
        ["subject"] = name,
        ["eventType"] = type,
        ["eventTime"] = World.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
        ["data"] = new JsonObject
        {
            ["Id"] = $"{World.Vault(Vault).Origin}/secrets/{name}/{version}", ["VaultName"] = Vault, ["ObjectType"] = "Secret", ["ObjectName"] = name, ["Version"] = version,
        },
        ["dataVersion"] = "1",
        ["metadataVersion"] = "1",
    }.ToJsonString();

    private async Task AddRolesAsync()
    {
        await using var connection = new NpgsqlConnection(World.Postgres!.ConnectionString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(string.Concat(((string[])["w", "c"]).Select(tag => $"""
            create role {tag}_a login password 'first';
            create role {tag}_b nologin;
            create role {tag}_single login password 'first';
            grant {tag}_a, {tag}_b, {tag}_single to nhi_owner_prod with admin option;
            comment on role {tag}_a is 'nhi-pair={tag}_b';
            comment on role {tag}_b is 'nhi-pair={tag}_a';
            """)), connection);
        await command.ExecuteNonQueryAsync();
    }

    private string Database(string roles) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{World.SqlPort}/postgres/{roles}");

    private string Connection(string user, string password) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={World.SqlPort};Database=postgres;Username={user};Password={password}");

    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
