using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.Evidence.Records;
using Nhi.Local;
using Nhi.Local.Hosting;
using Nhi.Local.Parts;

namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>The local world of the kill tests, the product in it as a child process, and what can be seen past it.</summary>
internal sealed class KillWorld : IAsyncDisposable
{
    private const double LeaseScale = 0.002;

    private const string Policy = """
        version: 1
        caps: { mintsPerHour: 60 }
        defaults: { lifetime: P90D, rotateBefore: P30D, overlap: P3D, slack: P3D, freeAfter: P1D, allowCutover: true, disableSuperseded: true, endSessions: true }
        rules:
          - { name: everything, match: {}, mode: enforce }
        """;

    private readonly string folder;
    private readonly List<string> log = [];

    private KillWorld(World world, string folder) => (World, this.folder) = (world, folder);

    public World World { get; }

    /// <summary>The host that is asked to tick.</summary>
    public ChildHost Host { get; private set; } = null!;

    /// <summary>The last lines of all hosts.</summary>
    public string Log
    {
        get
        {
            lock (log)
                return string.Join('\n', log.TakeLast(60));
        }
    }

    public static async Task<KillWorld> StartAsync(bool postgres, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("nhi-kills-").FullName;
        var policy = Path.Combine(folder, "policy.yaml");
        await File.WriteAllTextAsync(policy, Policy, ct);
        var world = new KillWorld(await World.StartAsync(new WorldOptions { PolicyFile = policy, LeaseScale = LeaseScale, Postgres = postgres }, ct), folder);
        try
        {
            await world.BootAsync(ct);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts another host; the one before is the caller's.</summary>
    public async Task BootAsync(CancellationToken ct) => Host = await ChildHost.StartAsync(World.Settings, Hear, ct);

    /// <summary>Ends when no row that is open is held any more: the lease is real time, and a row that its holder left can be taken by nobody sooner.</summary>
    public async Task WaitForLeasesAsync(CancellationToken ct)
    {
        while ((await OpenRowsAsync(ct)).Any(row => IsHeld(row, World.Clock.Services.GetUtcNow())))
            await Task.Delay(TimeSpan.FromMilliseconds(100), World.Clock.Real, ct);
    }

    /// <summary>Rows that somebody holds or left open.</summary>
    public Task<IReadOnlyList<TableEntity>> OpenRowsAsync(CancellationToken ct) => RowsAsync("Operations", "RowKey eq 'row' and Open eq true", ct);

    /// <summary>Records that the sequencer has not put into a batch yet; but for seals, which the next run takes.</summary>
    public async Task<int> UnloggedAsync(CancellationToken ct) => (await RowsAsync("EvidencePending", null, ct)).Count(row => !row.RowKey.EndsWith(":2-seal", StringComparison.Ordinal));

    /// <summary>Intents in both evidence accounts that no outcome closes.</summary>
    public async Task<int> OpenIntentsAsync(CancellationToken ct)
    {
        var (intents, closed) = (new HashSet<string>(), new HashSet<string>());
        foreach (var account in (string[])["nhievidence", "nhievidence2"])
        {
            var service = new BlobServiceClient(Azurite.BlobEndpoint(account), World.Azurite.Credential, new BlobClientOptions { Transport = World.Azurite.Transport });
            await foreach (var container in service.GetBlobContainersAsync(prefix: "evidence-", cancellationToken: ct))
                await foreach (var blob in service.GetBlobContainerClient(container.Name).GetBlobsAsync(BlobTraits.None, BlobStates.None, RecordPath.Root, ct))
                    if (RecordPath.TryParse(blob.Name, out var name))
                        _ = name.IsIntent ? intents.Add(name.Op) : name.Closes && closed.Add(name.Op);
        }

        intents.ExceptWith(closed);
        return intents.Count;
    }

    public async ValueTask DisposeAsync()
    {
        World.Traffic.Tap = null;
        if (Host is not null)
            await Host.DisposeAsync();
        await World.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<IReadOnlyList<TableEntity>> RowsAsync(string table, string? filter, CancellationToken ct)
    {
        var service = new TableServiceClient(Azurite.TableEndpoint("nhistate"), World.Azurite.Credential, new TableClientOptions { Transport = World.Azurite.Transport });
        var rows = new List<TableEntity>();
        await foreach (var row in service.GetTableClient(table).QueryAsync<TableEntity>(filter, cancellationToken: ct))
            rows.Add(row);
        return rows;
    }

    /// <summary>As the product reckons: by the whole second of an answer's <c>Date</c>, and with its margin.</summary>
    private static bool IsHeld(TableEntity row, DateTimeOffset now) =>
        DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()) - row.Timestamp <= TimeSpan.FromTicks(row.GetInt64("LeaseTicks")!.Value) + (TimeSpan.FromSeconds(5) * LeaseScale);

    private void Hear(string line)
    {
        lock (log)
            log.Add(line);
    }
}
