using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Azure.Core;
using Azure.Core.Pipeline;
using Nhi.Local.Clock;
using Nhi.Local.Delivery;
using Nhi.Local.Emulators;
using Nhi.Local.Emulators.Arm;
using Nhi.Local.Emulators.Graph;
using Nhi.Local.Emulators.KeyVault;
using Nhi.Local.Emulators.Login;
using Nhi.Local.Emulators.SharedKeyAccount;
using Nhi.Local.Emulators.Topic;
using Nhi.Local.Parts;
using Nhi.Local.Tls;
using Nhi.Local.Wire;

namespace Nhi.Local;

/// <summary>
/// Azure on one machine, for one estate: vaults, identities, Entra, ARM, storage, PostgreSQL and Event Grid under their real host names on the loopback, all on free ports,
/// with a clock that can be moved. A host needs nothing but <see cref="Settings"/> in its environment. It ends with this process.
/// </summary>
public sealed class World : IAsyncDisposable
{
    /// <summary>The storage accounts, each a service name in <see cref="Faults"/> without its prefix: <c>state</c>, <c>evidence</c>, <c>evidence2</c>, <c>host</c>.</summary>
    private static readonly Dictionary<string, string> AccountServices = new(StringComparer.OrdinalIgnoreCase)
    {
        ["nhistate"] = "state", ["nhievidence"] = "evidence", ["nhievidence2"] = "evidence2", ["nhihost"] = "host",
    };

    private readonly WorldOptions options;
    private readonly string folder;
    private readonly Stack<IAsyncDisposable> started = new();
    private readonly ConcurrentDictionary<string, IWireHost> hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, KeyVaultEmulator> vaults = new(StringComparer.OrdinalIgnoreCase);
    private readonly TokenDesk tokens;
    private readonly IdentityEndpoint identityEndpoint;
    private readonly ThrowAwayAuthority authority;
    private readonly AuditArchiveWriter archive;
    private WireListener listener = null!;
    private ConnectProxy proxy = null!;
    private SqlProxy? sql;

    private World(WorldOptions options)
    {
        this.options = options;
        folder = Path.GetFullPath(options.EstateFolder ?? Directory.CreateTempSubdirectory("nhi-world-").FullName);
        Directory.CreateDirectory(folder);
        Clock = WorldClock.Open(Path.Combine(folder, "clock"), options.Start, options.Time);
        authority = ThrowAwayAuthority.Create(options.Time, WorldHosts.CertificateNames);
        Identities = new WorldIdentities(options.Vaults.Concat(options.Unlisted).Select(vault => vault.Environment).Where(environment => environment.Length > 0));
        tokens = new TokenDesk(options.Time);
        identityEndpoint = new IdentityEndpoint(tokens, options.Time);
        Tenant = new Tenant(Clock);
        Arm = new ArmEmulator(tokens, Audit, Clock);
        Arm.Vaults = () => vaults.Select(vault => vault.Value);
        Arm.ProductAccounts = AccountServices.Keys;
        Topic = new TopicEmulator(tokens);
        Workspace = new WorkspaceEmulator(tokens, Audit, Clock, name => vaults.TryGetValue(name, out var vault) ? vault.ResourceId : null);
        Webhook = new WebhookReceiver(options.Time);
        Delivery = new EventDelivery(Clock, BuryAsync);
        // Not Values: that is a copy of those that are there now, which are none.
        archive = new AuditArchiveWriter(Audit, Clock, name => vaults.TryGetValue(name, out var vault) ? vault.ResourceId : null, () => Deployment.AuditLogs(Azurite)).Listen();
        Player = new Player(Clock, [new VaultExpiries(vaults.Select(vault => vault.Value)), Delivery, archive]);
    }

    /// <summary>Moves governance time by hand; <see cref="Player"/> does it in order.</summary>
    public WorldClock Clock { get; }

    /// <summary>Plays governance time.</summary>
    public Player Player { get; }

    /// <summary>Counts, the tap of the kill tests.</summary>
    public Traffic Traffic { get; } = new();

    /// <summary>The faults in force: services <c>vault:NAME</c>, <c>state</c>, <c>evidence</c>, <c>evidence2</c>, <c>host</c>, <c>login</c>, <c>graph</c>, <c>arm</c>, <c>topic</c>, <c>workspace</c>, <c>webhook</c>, <c>account:NAME</c>, <c>sql</c>.</summary>
    public Faults Faults => Traffic.Faults;

    /// <summary>What the platform logged.</summary>
    public AuditTrail Audit { get; } = new();

    /// <summary>Who is who.</summary>
    public WorldIdentities Identities { get; }

    /// <summary>Entra's applications.</summary>
    public Tenant Tenant { get; }

    /// <summary>The governed storage accounts.</summary>
    public ArmEmulator Arm { get; }

    /// <summary>What the product published.</summary>
    public TopicEmulator Topic { get; }

    /// <summary>The workspace that the vaults' logs lie in, where <see cref="WorldOptions.AuditWorkspace"/> says so.</summary>
    public WorkspaceEmulator Workspace { get; }

    /// <summary>What people were told, where <see cref="WebhookReceiver.Settings"/> are set.</summary>
    public WebhookReceiver Webhook { get; }

    /// <summary>Event Grid.</summary>
    public EventDelivery Delivery { get; }

    /// <summary>Storage; <see cref="Parts.Azurite.Transport"/> goes past counts and faults, as the deployment and a test's own look do.</summary>
    public Azurite Azurite { get; private set; } = null!;

    /// <summary>The databases, for people past the wire; null when not asked for.</summary>
    public PostgresServer? Postgres { get; private set; }

    /// <summary>Where the product reaches PostgreSQL, counted: 127.0.0.1 and this port.</summary>
    public int SqlPort => sql?.Port ?? throw new InvalidOperationException("This world has no PostgreSQL: set WorldOptions.Postgres.");

    /// <summary>The estate's folder.</summary>
    public string Folder => folder;

    /// <summary>The product's own vault.</summary>
    public KeyVaultEmulator ProductVault => Vault(WorldHosts.ProductVault);

    /// <summary>The vault of staged values.</summary>
    public KeyVaultEmulator StagingVault => Vault(WorldHosts.StagingVault);

    /// <summary>Host names that somebody asked the proxy for and that are not of this world.</summary>
    public IReadOnlyCollection<string> RefusedHosts => proxy.Refused;

    /// <summary>
    /// What a host process needs in its environment, and nothing else: the product's settings (names alone differ from Azure's), the proxy, the authority, the identity endpoint.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings => WorldSettings.Of(new WorldAddresses(
        listener.ProxyPort, AuthorityFile, OtherAuthorities, $"http://127.0.0.1:{listener.PlainPort}/msi/token", identityEndpoint.Header, Clock.FilePath), options, Identities);

    /// <summary>For SDK clients of this process: as the product sees the world, counted, with faults.</summary>
    public HttpPipelineTransport CreateTransport() => LoopbackTransport.Create(authority, PortOf);

    /// <summary>The handler of <see cref="CreateTransport"/>.</summary>
    public SocketsHttpHandler CreateHandler() => LoopbackTransport.CreateHandler(authority, PortOf);

    /// <summary>A credential of this process as one of the identities.</summary>
    public TokenCredential CredentialOf(WorldIdentity identity) => new DeskCredential(identityEndpoint, identity);

    /// <summary>The vault of that name.</summary>
    public KeyVaultEmulator Vault(string name) => vaults.TryGetValue(name, out var vault)
        ? vault
        : throw new ArgumentException($"The local world has no vault '{name}': name it in WorldOptions.Vaults.", nameof(name));

    /// <summary>PEM that clients trust.</summary>
    public string AuthorityFile => Path.Combine(folder, "ca.pem");

    /// <summary>Holds none.</summary>
    private string OtherAuthorities => Path.Combine(folder, "authorities");

    /// <summary>Starts everything and answers when all of it answers.</summary>
    /// <exception cref="PartsException">A part could not be installed or started.</exception>
    public static async Task<World> StartAsync(WorldOptions? options = null, CancellationToken cancellation = default)
    {
        var world = new World(options ?? new WorldOptions());
        try
        {
            await world.StartPartsAsync(cancellation);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a governed storage account and its data plane; the environment's rotator may regenerate its keys.</summary>
    public StorageAccount AddStorageAccount(string name)
    {
        if (AccountServices.ContainsKey(name)) throw new ArgumentException($"'{name}' is an account of the product itself.", nameof(name));
        var account = Arm.Add(name);
        hosts[$"{name}.blob.core.windows.net"] = new SharedKeyHost(account);
        return account;
    }

    public async ValueTask DisposeAsync()
    {
        await Delivery.DisposeAsync();
        if (options.EstateFolder is not null && listener is not null) await EstateFile.SaveAsync(this, Path.Combine(folder, EstateFile.Name));
        while (started.TryPop(out var part)) await part.DisposeAsync();
        archive.Dispose();
        authority.Dispose();
        Clock.Dispose();
        if (options.EstateFolder is null) Directory.Delete(folder, recursive: true);
    }

    internal IEnumerable<KeyVaultEmulator> AllVaults => vaults.Values;

    /// <summary>Every token that was issued in this world: what a test looks for where none may be.</summary>
    internal IReadOnlyCollection<string> IssuedTokens => tokens.Issued;

    internal IdentityEndpoint IdentityEndpoint => identityEndpoint;

    private async Task StartPartsAsync(CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(AuthorityFile, authority.AuthorityPem, cancellation);
        Directory.CreateDirectory(OtherAuthorities);
        var kept = options.EstateFolder is not null;
        await PartsCache.EnsureAsync(options.Progress, cancellation);
        var azurite = Azurite.StartAsync(
            new AzuriteOptions { Accounts = [.. AccountServices.Keys], Folder = kept ? Path.Combine(folder, "azurite") : null, Time = options.Time }, cancellation);
        var postgres = options.Postgres
            ? PostgresServer.StartAsync(new PostgresOptions { Folder = kept ? KeptCluster() : null, Time = options.Time }, cancellation)
            : null;
        // Both or none: what started is ended with the world even if the other did not.
        if (postgres is not null) started.Push(Postgres = await postgres);
        started.Push(Azurite = await azurite);
        await StartWireAsync();
        await EstateFile.LoadAsync(this, Path.Combine(folder, EstateFile.Name), cancellation);
        await new Deployment(this, options).RunAsync(cancellation);
        Delivery.Run();
    }

    private async Task StartWireAsync()
    {
        var azurite = new HttpMessageInvoker(Azurite.CreateHandler());
        foreach (var (account, service) in AccountServices)
        {
            var rule = service.StartsWith("evidence", StringComparison.Ordinal) ? new WormRule("evidence-") : null;
            foreach (var kind in (string[])["blob", "table", "queue"])
                hosts[$"{account}.{kind}.core.windows.net"] = new AzuriteHost(service, azurite, kind == "blob" ? rule : null, Clock);
        }

        foreach (var name in options.Vaults.Concat(options.Unlisted).Select(vault => vault.Name).Append(WorldHosts.ProductVault).Append(WorldHosts.StagingVault)) AddVault(name);
        foreach (var (name, environment) in options.Unlisted.Where(vault => vault.Environment.Length > 0)) Vault(name).ResourceTags["nhi-environment"] = environment;
        hosts["login.microsoftonline.com"] = new LoginEmulator(tokens, Tenant, Clock);
        hosts["graph.microsoft.com"] = new GraphEmulator(tokens, Tenant, Audit, Clock);
        hosts["management.azure.com"] = Arm;
        hosts[TopicEmulator.HostName] = Topic;
        hosts[WorkspaceEmulator.HostName] = Workspace;
        hosts[WebhookReceiver.HostName] = Webhook;

        proxy = new ConnectProxy(hosts.ContainsKey, host => hosts.TryGetValue(host, out var one) && Faults.RefuseConnections(one.Service));
        started.Push(listener = await WireListener.StartAsync(authority.Leaf, hosts.GetValueOrDefault, identityEndpoint, proxy, Traffic, Clock.Services));
        if (Postgres is not null) started.Push(sql = StartSql(Postgres));
    }

    private void AddVault(string name)
    {
        var vault = new KeyVaultEmulator(name, Clock, tokens, Audit, Delivery.Raise);
        vaults[name] = vault;
        hosts[vault.HostName] = vault;
    }

    /// <summary>Connection strings in the vaults and the names of governed servers hold the port: a kept estate has its own.</summary>
    private SqlProxy StartSql(PostgresServer postgres)
    {
        var file = Path.Combine(folder, "sql-port");
        var port = File.Exists(file) && int.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out var kept) ? kept : 0;
        try
        {
            var proxy = new SqlProxy(postgres.Port, Traffic, port);
            File.WriteAllText(file, proxy.Port.ToString(CultureInfo.InvariantCulture));
            return proxy;
        }
        catch (SocketException taken)
        {
            throw new PartsException($"The estate in '{folder}' has its databases on 127.0.0.1:{port}, and another program uses that port: end it, or begin another estate.", taken);
        }
    }

    private int? PortOf(string host) => hosts.ContainsKey(host) ? listener.Port : null;

    private Task BuryAsync(DeadLetter letter, CancellationToken cancellation) => Deployment.BuryAsync(Azurite, letter, cancellation);

    /// <summary>
    /// As root the database runs as somebody else, who can't go below a home of mode 0700: it lies elsewhere, under a name that this estate's folder keeps,
    /// so that whoever deletes the folder begins anew.
    /// </summary>
    private string KeptCluster()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) return Path.Combine(folder, "postgres");
        var file = Path.Combine(folder, "cluster");
        if (!File.Exists(file)) File.WriteAllText(file, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        var name = File.ReadAllText(file).Trim();
        return name.Length == 16 && name.All(char.IsAsciiHexDigitLower)
            ? Path.Combine("/var/cache/nhi-local/estates", name)
            : throw new PartsException($"The file '{file}' names no database cluster: delete the estate's folder to begin anew.");
    }
}
