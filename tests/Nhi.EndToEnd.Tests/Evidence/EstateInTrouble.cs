using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.EndToEnd.Tests.Product;
using Nhi.Local.Delivery;
using Nhi.Local.Emulators;
using Nhi.Local.Parts;
using Nhi.Local.Wire;
using Npgsql;

namespace Nhi.EndToEnd.Tests.Evidence;

/// <summary>An estate of each overlap class whose timers run when a test says so, and what it looks like from outside: provider, vaults, and both evidence accounts.</summary>
internal sealed class EstateInTrouble(LocalProduct product) : IAsyncDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    public LocalProduct Product => product;

    /// <summary>Everything is under policy; from then on no timer runs and no event comes by itself.</summary>
    public static async Task<EstateInTrouble> StartAsync()
    {
        var product = await LocalProduct.StartAsync(leaseScale: 0.004);
        var estate = new EstateInTrouble(product);
        await product.AddEstateAsync();
        await estate.RoundsAsync(3);
        product.World.Player.Remove(product.Host);
        product.World.Delivery.Unsubscribe("product");
        Assert.All(LocalProduct.Names, name => Assert.Contains("nhi", product.VersionsOf(name)[^1].Tags!.Keys));
        return estate;
    }

    /// <summary>All timers once and again, each round when the rows are free.</summary>
    public async Task RoundsAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await product.World.Player.SettleAsync();
            await product.RowsAreFreeAsync();
            foreach (var function in (string[])["ReconcileOperations", "SweepDue", "RevokeDebts", "SequenceEvidence"])
                await product.Host.RunAsync(function);
        }
    }

    public Task PassAsync(double days) => product.World.Clock.MoveToAsync(product.World.Clock.GetUtcNow().AddDays(days));

    /// <summary>An event about each of these, all at once, as Event Grid posts it; the answers in their order.</summary>
    public async Task<string> TellAsync(params IReadOnlyList<string> names)
    {
        await product.RowsAreFreeAsync();
        return string.Join(' ', await Task.WhenAll(names.Select(async name =>
        {
            var now = product.World.Clock.GetUtcNow();
            var body = EventEnvelope.CloudEvent(new WorldEvent(Guid.NewGuid().ToString(), product.World.Vault("kv1").ResourceId, name, "Microsoft.KeyVault.SecretNearExpiry", now, new JsonObject
            {
                ["Id"] = $"https://kv1.vault.azure.net/secrets/{name}/{product.VersionsOf(name)[^1].Id}", ["VaultName"] = "kv1", ["ObjectType"] = "Secret", ["ObjectName"] = name,
            }));
            using var request = new HttpRequestMessage(HttpMethod.Post, product.Host.Webhook) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
            request.Headers.Add("aeg-event-type", "Notification");
            using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);
            return (int)answer.StatusCode;
        })));
    }

    /// <summary>Both evidence accounts fail like this from now on.</summary>
    public void Break(Fault fault)
    {
        foreach (var account in (string[])["evidence", "evidence2"])
            product.World.Faults.Set(account, fault);
    }

    /// <summary>Each trouble on another day, so that no back-off is in the way: every event about what is due is answered with 500, which brings it back, and nothing changes.</summary>
    public async Task NothingIsDoneAsync(IEnumerable<(string What, Fault Fault)> troubles, IReadOnlyList<string> due)
    {
        var before = await LooksAsync();
        foreach (var (what, fault) in troubles)
        {
            Break(fault);
            var answers = await TellAsync(due);
            Assert.True(before == await LooksAsync(), $"{what}: something was done.\n{before}\n{await LooksAsync()}");
            Assert.True(answers.Split(' ').All(answer => answer == "500"), $"{what}: an event was acknowledged: {answers}");
            product.World.Faults.ClearAll();
            await PassAsync(1);
        }
    }

    /// <summary>The same for debts, which timers pay.</summary>
    public async Task NothingIsPaidAsync(IEnumerable<(string What, Fault Fault)> troubles)
    {
        var before = await LooksAsync();
        foreach (var (what, fault) in troubles)
        {
            Break(fault);
            await product.RowsAreFreeAsync();
            await product.Host.RunAsync("RevokeDebts");
            Assert.True(before == await LooksAsync(), $"{what}: something was done.\n{before}\n{await LooksAsync()}");
            product.World.Faults.ClearAll();
            await PassAsync(1);
        }
    }

    /// <summary>By timers alone everything is rotated once, works, and leaves no attempt open.</summary>
    public async Task GoesOnAsync()
    {
        await RoundsAsync(2);
        Assert.All(LocalProduct.Names, name => Assert.Equal(2, product.VersionsOf(name).Count));
        foreach (var name in LocalProduct.Names)
            Assert.True(await product.OpensAsync(name, Value(name)), name);
        Assert.Equal(2, product.World.Tenant.SecretsOf(product.Application).Count);
        await RoundsAsync(1);
        Assert.Empty(await OpenAsync());
    }

    public async Task<int> HealthAsync()
    {
        using var answer = await _client.GetAsync(product.Host.Health, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    /// <summary>Every version with its state and our tag, staged values, and what the providers hold: equal texts, nothing done.</summary>
    public async Task<string> LooksAsync()
    {
        var text = new StringBuilder();
        foreach (var name in LocalProduct.Names)
            foreach (var version in product.VersionsOf(name))
                text.AppendLine(CultureInfo.InvariantCulture, $"{name} {version.Id} {version.Enabled} {version.Expires} {version.Tags?.GetValueOrDefault("nhi")}");
        text.AppendJoin(' ', product.World.StagingVault.Names.Order(StringComparer.Ordinal)).AppendLine();
        text.AppendJoin(' ', product.World.Tenant.SecretsOf(product.Application).Select(secret => secret.KeyId)).AppendLine();
        text.AppendLine(product.Account.Key("key1")).AppendLine(product.Account.Key("key2"));
        await using var connection = new NpgsqlConnection(product.World.Postgres!.ConnectionString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select rolname || ' ' || rolcanlogin || ' ' || coalesce(rolpassword, '-') from pg_authid where rolname like 'app%' order by 1", connection);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            text.AppendLine(rows.GetString(0));
        return text.ToString();
    }

    public string Value(string name) => product.VersionsOf(name)[^1].Value;

    /// <summary>The records of an account, past the wire; but for those that a log writes about itself each hour.</summary>
    public async Task<IReadOnlyList<JsonElement>> RecordsAsync(string account)
    {
        var records = new List<JsonElement>();
        await foreach (var (_, text) in BlobsAsync(account, "records/"))
            records.Add(JsonDocument.Parse(text).RootElement);
        return [.. records.Where(record => record.GetProperty("action").GetString() != "log.seal")];
    }

    public async IAsyncEnumerable<(string Name, string Text)> BlobsAsync(string account, string prefix)
    {
        var container = new BlobContainerClient(new Uri(Azurite.BlobEndpoint(account), "evidence-2026"), product.World.Azurite.Credential, new BlobClientOptions { Transport = product.World.Azurite.Transport });
        await foreach (var blob in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, TestContext.Current.CancellationToken))
            yield return (blob.Name, (await container.GetBlobClient(blob.Name).DownloadContentAsync(TestContext.Current.CancellationToken)).Value.Content.ToString());
    }

    /// <summary>Attempts of both accounts that have an intent and nothing that closes it.</summary>
    public async Task<IReadOnlyList<string>> OpenAsync()
    {
        var all = (await RecordsAsync("nhievidence")).Concat(await RecordsAsync("nhievidence2")).ToList();
        var closed = all.Where(record => Stage(record) is not ("intent" or "unknown")).Select(Op).ToHashSet();
        return [.. all.Where(record => Stage(record) == "intent" && !closed.Contains(Op(record))).Select(record => record.GetProperty("path").GetString()!)];
    }

    /// <summary><c>intent</c>, <c>unknown</c>, or what closes: as the name says.</summary>
    public static string Stage(JsonElement record) => record.GetProperty("path").GetString()!.Split('_')[3].Split('-')[1];

    public static string Op(JsonElement record) => record.GetProperty("op").GetString()!;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await product.DisposeAsync();
    }
}
