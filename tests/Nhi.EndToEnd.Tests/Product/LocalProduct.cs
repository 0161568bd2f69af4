using System.Globalization;
using Azure.Data.Tables;
using Nhi.EndToEnd.Tests.Cli;
using Nhi.Local;
using Nhi.Local.Delivery;
using Nhi.Local.Emulators.Arm;
using Nhi.Local.Emulators.Graph;
using Nhi.Local.Emulators.KeyVault;
using Nhi.Local.Hosting;
using Nhi.Local.Parts;
using Npgsql;

namespace Nhi.EndToEnd.Tests.Product;

/// <summary>The local world with a credential of each kind and the product as a child process: what a user has, driven by events and timers.</summary>
public sealed class LocalProduct : IAsyncDisposable
{
    public const string Policy = """
        version: 1
        defaults: { lifetime: P90D, rotateBefore: P30D, overlap: P14D, slack: P7D, freeAfter: P7D, allowCutover: true, disableSuperseded: true, endSessions: true }
        rules:
          - { name: everything, match: {}, mode: enforce }
        """;

    /// <summary>No smaller than what the product adds to a lease at the scales of these tests.</summary>
    private static readonly TimeSpan LeaseMargin = TimeSpan.FromMilliseconds(100);

    private readonly string _folder;
    private readonly List<string> _log = [];

    private LocalProduct(World world, string folder) => (World, _folder) = (world, folder);

    public World World { get; }
    public ChildHost Host { get; private set; } = null!;
    public Application Application { get; private set; } = null!;
    public StorageAccount Account { get; private set; } = null!;
    /// <summary>The end of what its hosts wrote, for a test's output.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return string.Join('\n', _log.TakeLast(100).Select(line => line.Length > 300 ? line[..300] + "…" : line));
        }
    }

    /// <summary>All lines that its hosts wrote.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_log)
                return [.. _log];
        }
    }

    public static async Task<LocalProduct> StartAsync(string policy = Policy, double leaseScale = 0.002, IReadOnlyDictionary<string, string>? more = null, bool postgres = true)
    {
        var folder = Directory.CreateTempSubdirectory("nhi-policy-").FullName;
        var file = Path.Combine(folder, "policy.yaml");
        await File.WriteAllTextAsync(file, policy);
        var product = new LocalProduct(await World.StartAsync(new WorldOptions { PolicyFile = file, LeaseScale = leaseScale, Postgres = postgres }), folder);
        product._more = more ?? new Dictionary<string, string>();
        await product.BootAsync();
        return product;
    }

    /// <summary><c>nhi</c> for those who look at this world, in a process that they share; <see cref="Serving.Listening"/> hears all that its libraries trace.</summary>
    internal NhiDesk Nhi(string serving = Serving.Quiet) => _nhi ??= new NhiDesk(Settings, serving);

    private NhiDesk? _nhi;

    private IReadOnlyDictionary<string, string> _more = new Dictionary<string, string>();

    /// <summary>The environment that a host of this world gets.</summary>
    public IReadOnlyDictionary<string, string> Settings => World.Settings.Concat(_more).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Last().Value);

    public async Task BootAsync()
    {
        Host = await ChildHost.StartAsync(Settings, line =>
        {
            lock (_log)
                _log.Add(line);
        });
        Host.Now = World.Clock.GetUtcNow;
        World.Player.Add(Host);
        await World.Delivery.SubscribeAsync(new Subscription { Name = "product", Endpoint = Host.Webhook });
    }

    /// <summary>The host is gone: nobody waits for it or delivers to it.</summary>
    public void Forget()
    {
        World.Player.Remove(Host);
        World.Delivery.Unsubscribe("product");
    }

    public static readonly IReadOnlyList<string> Names = ["entra-app", "storage-app", "pair-app", "cutover-app", "generated-app"];

    /// <summary>Those that are there without PostgreSQL too.</summary>
    public static readonly IReadOnlyList<string> NamesWithoutSql = ["entra-app", "storage-app", "generated-app"];

    /// <summary>One credential of each overlap class, made by a person, working; those that the world has a provider for. What a person chooses begins with <paramref name="first"/>.</summary>
    public async Task AddEstateAsync(string first = "first")
    {
        var person = World.Identities.Person;
        var rotator = World.Identities.Rotators["prod"];
        var vault = World.Vault("kv1");
        Application = World.Tenant.Add("payroll", rotator);
        Account = World.AddStorageAccount("contosodata");
        vault.SetAs(person, "entra-app", World.Tenant.AddSecret(Application, "by hand").Secret, null, Tags("entra-app-secret", Application.AppId));
        vault.SetAs(person, "storage-app", Account.Key("key1"), null, Tags("storage-account-key", Account.ResourceId));
        vault.SetAs(person, "generated-app", $"{first}-generated", null, Tags("generated", null));
        if (World.Postgres is null)
            return;
        await AddRolesAsync(first);
        vault.SetAs(person, "pair-app", Connection("app_a", $"{first}-of-a"), null, Tags("postgres-role", $"127.0.0.1:{World.SqlPort}/postgres/app_a+app_b"));
        vault.SetAs(person, "cutover-app", $"{first}-of-single", null, Tags("postgres-role", $"127.0.0.1:{World.SqlPort}/postgres/app_single"));
    }

    private async Task AddRolesAsync(string first)
    {
        await using var connection = new NpgsqlConnection(World.Postgres!.ConnectionString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"""
            create role app_a login password '{first}-of-a';
            create role app_b nologin;
            create role app_single login password '{first}-of-single';
            grant app_a, app_b, app_single to nhi_owner_prod with admin option;
            comment on role app_a is 'nhi-pair=app_b';
            comment on role app_b is 'nhi-pair=app_a';
            """, connection);
        await command.ExecuteNonQueryAsync();
    }

    public string Connection(string user, string password) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={World.SqlPort};Database=postgres;Username={user};Password={password}");

    private static Dictionary<string, string> Tags(string kind, string? resource)
    {
        var tags = new Dictionary<string, string> { ["nhi-kind"] = kind, ["nhi-owner"] = "payroll" };
        if (resource is not null)
            tags["nhi-resource"] = resource;
        return tags;
    }

    /// <summary>The working tables and the index, past the wire: looking at them is no call of the product.</summary>
    public TableServiceClient Tables => new(Azurite.TableEndpoint("nhistate"), World.Azurite.Credential, new TableClientOptions { Transport = World.Azurite.Transport });

    /// <summary>Returns when no row is within its lease, by the service's clock as the product reckons: whoever comes now may take each of them.</summary>
    public Task RowsAreFreeAsync()
    {
        var operations = Tables.GetTableClient("Operations");
        return Until.IsSoAsync(
            async () =>
            {
                await foreach (var row in operations.QueryAsync<TableEntity>("RowKey eq 'row' and Open eq true"))
                    // Its Date has whole seconds.
                    if (World.Clock.Services.GetUtcNow() - TimeSpan.FromSeconds(1) - row.Timestamp <= LeaseOf(row))
                        return false;
                return true;
            },
            "every row is free");
    }

    /// <summary>
    /// Returns when every event was taken: Event Grid tries again by governance time, which passes by itself too, and an event that found its row held comes back in the midst of what a test looks at next.
    /// </summary>
    public async Task EventsAreThroughAsync()
    {
        for (var i = 0; World.Delivery.Waiting > 0 || !World.Delivery.IsIdle; i++)
        {
            Assert.True(i < 30, $"{World.Delivery.Waiting} events were refused again and again.");
            await RowsAreFreeAsync();
            await World.Clock.MoveToAsync(World.Clock.GetUtcNow().AddMinutes(1));
            await World.Player.SettleAsync();
        }
    }

    private static TimeSpan LeaseOf(TableEntity row) => TimeSpan.FromTicks(row.GetInt64("LeaseTicks")!.Value) + LeaseMargin;

    /// <summary>The versions of a secret of kv1 as the vault keeps them, oldest first; nobody's call.</summary>
    internal IReadOnlyList<StoredVersion> VersionsOf(string name) => World.Vault("kv1").Export().Secrets.First(secret => secret.Name == name).Versions;

    /// <summary>True when a published value opens what it is for, tried at its provider.</summary>
    public async Task<bool> OpensAsync(string name, string value)
    {
        switch (name)
        {
            case "entra-app":
                return World.Tenant.Accepts(Application, value);
            case "storage-app":
                return value == Account.Key("key1") || value == Account.Key("key2");
            case "generated-app":
                return true;
            default:
                var text = name == "pair-app" ? value : Connection("app_single", value);
                try
                {
                    await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(text) { Pooling = false }.ConnectionString);
                    await connection.OpenAsync();
                    return true;
                }
                catch (PostgresException e) when (e.SqlState is "28P01" or "28000")
                {
                    return false;
                }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_nhi is not null)
            await _nhi.DisposeAsync();
        if (Host is not null)
            await Host.DisposeAsync();
        await World.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
