using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.EndToEnd.Tests.Product;
using Nhi.Governance.Estate;
using Nhi.Governance.Triggers;
using Nhi.Local.Parts;

namespace Nhi.EndToEnd.Tests.Hostile;

/// <summary>
/// Whoever has the webhook's key can send anything, over HTTP, to the real functions host: it is refused at the door or counted, and nothing comes of it.
/// <c>NHI_EVENT_SEED</c> replays a seed, <c>NHI_EVENTS</c> says how many posts there are.
/// </summary>
public sealed class HostileEventsTests(ITestOutputHelper output)
{
    private static readonly int Seed = Setting("NHI_EVENT_SEED") ?? 20261;
    private static readonly int Posts = Setting("NHI_EVENTS") ?? 3_000;

    [Fact]
    public async Task Whatever_comes_is_refused_or_counted_and_afterwards_a_genuine_event_still_works()
    {
        output.WriteLine($"Replay with NHI_EVENT_SEED={Seed} NHI_EVENTS={Posts}.");
        await using var product = await LocalProduct.StartAsync(postgres: false);
        try
        {
            await UnderPolicyAsync(product);
            var (facts, records, operations) = (product.World.Audit.All.Count, (await RecordsAsync(product)).Count, await RowsAsync(product));
            var rows = await CountsAsync(product);
            var now = product.World.Clock.GetUtcNow();
            var storm = await PostAllAsync(product, new HostilePosts(Seed, product.World.Vault("kv1").ResourceId, "kv1", LocalProduct.NamesWithoutSql, now), now);

            Assert.True(storm.Bad.IsEmpty, $"NHI_EVENT_SEED={Seed}: {storm.Bad.Count} posts were answered wrongly:\n{string.Join('\n', storm.Bad.Take(10))}");
            Assert.All(product.World.Audit.All.Skip(facts), fact => Assert.Equal(("SecretListVersions", "watcher"), (fact.Operation, fact.Caller)));
            Assert.Equal(operations, await RowsAsync(product));
            await TablesStayAsync(product, rows);
            Assert.Equal(records, (await RecordsAsync(product)).Count);
            await CountedAsync(product, now, storm.Refused, records);
            await GenuineAsync(product);
        }
        finally
        {
            output.WriteLine(product.Log);
        }
    }

    private static int? Setting(string name) => Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>From here on no timer runs by itself: what happens, events did.</summary>
    private static async Task UnderPolicyAsync(LocalProduct product)
    {
        await product.AddEstateAsync();
        for (var i = 0; i < 3; i++)
        {
            await product.World.Player.SettleAsync();
            await product.RowsAreFreeAsync();
            await product.Host.RunAsync("SweepDue");
        }

        await product.World.Player.SettleAsync();
        Assert.All(LocalProduct.NamesWithoutSql, name => Assert.Contains("nhi", product.VersionsOf(name)[^1].Tags!.Keys));
        product.World.Player.Remove(product.Host);
    }

    /// <summary>Every answer is 202 or 4xx; the refusals that the product owes are those that its own reader names.</summary>
    private async Task<(ConcurrentQueue<string> Bad, long Refused)> PostAllAsync(LocalProduct product, HostilePosts posts, DateTimeOffset now)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, Expect100ContinueTimeout = TimeSpan.FromSeconds(30) });
        var (bad, refused, vaults) = (new ConcurrentQueue<string>(), 0L, new Vaults());
        var answers = new ConcurrentDictionary<(string Sort, int Status), int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Posts), new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = TestContext.Current.CancellationToken }, async (number, ct) =>
        {
            var post = posts.Draw(number);
            using var request = post.Request(product.Host.Webhook);
            using var answer = await client.SendAsync(request, ct);
            var status = (int)answer.StatusCode;
            answers.AddOrUpdate((post.Sort, status), 1, (_, count) => count + 1);
            var text = await answer.Content.ReadAsStringAsync(ct);
            if ((status is not (202 or (>= 400 and < 500)) && post.IsDelivery) || status >= 500 || (status < 300 && !post.IsDelivery) || text.Contains(HostilePosts.Canary, StringComparison.Ordinal))
                bad.Enqueue($"post {number} ({post.Sort}): {status} {text}");
            if (status == 202)
                Interlocked.Add(ref refused, Events(post.Body).Sum(one => Refusals(one, now, vaults)));
        });
        foreach (var ((sort, status), count) in answers.OrderBy(pair => pair.Key))
            output.WriteLine($"{sort}: {status} × {count}");
        return (bad, refused);
    }

    private static int Refusals(string body, DateTimeOffset now, Vaults vaults)
    {
        var reading = SecretEvents.Parse(body, now, vaults);
        return reading.Rejected.Count + reading.Doubts.Count;
    }

    /// <summary>The host calls the function once for each event of an array.</summary>
    private static List<string> Events(byte[] body)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetString(body).TrimStart('\uFEFF'));
        return document.RootElement.ValueKind == JsonValueKind.Array ? [.. document.RootElement.EnumerateArray().Select(one => one.GetRawText())] : [document.RootElement.GetRawText()];
    }

    /// <summary>One record an hour, whatever came, with the right number and none of their text.</summary>
    private static async Task CountedAsync(LocalProduct product, DateTimeOffset since, long refused, int before)
    {
        var hours = (int)(Trigger.Floor(product.World.Clock.GetUtcNow(), TimeSpan.FromHours(1)) - Trigger.Floor(since, TimeSpan.FromHours(1))).TotalHours + 1;
        await product.World.Clock.MoveToAsync(product.World.Clock.GetUtcNow().AddHours(1));
        for (var i = 0; i < 2; i++)
            await product.Host.RunAsync("SweepDue");
        var records = await RecordsAsync(product);
        var counts = records.Where(record => record.Path.Contains("_refuse_", StringComparison.Ordinal)).Select(record => JsonDocument.Parse(record.Text).RootElement).ToList();
        Assert.InRange(counts.Count, 1, hours);
        Assert.True(before + counts.Count == records.Count, $"Not only refusals were recorded:\n{string.Join('\n', records.Select(record => record.Path))}");
        Assert.Equal(refused, counts.Sum(record => record.GetProperty("finding").GetProperty("count").GetInt64()));
        Assert.All(records, record => Assert.DoesNotContain(HostilePosts.Canary, record.Text, StringComparison.Ordinal));
        Assert.All(counts, record => Assert.InRange(record.GetRawText().Length, 100, 6_000));
        Assert.DoesNotContain(product.Lines, line => line.Contains(HostilePosts.Canary, StringComparison.Ordinal));
    }

    /// <summary>Sixty days on the vault says that the secrets are near their end; no timer helps.</summary>
    private static async Task GenuineAsync(LocalProduct product)
    {
        var person = product.World.Identities.Person;
        var before = product.World.Vault("kv1").ReadAs(person, "entra-app")!;
        await product.World.Clock.MoveToAsync(product.World.Clock.GetUtcNow().AddDays(61));
        await product.World.Player.SettleAsync();
        var after = product.World.Vault("kv1").ReadAs(person, "entra-app")!;
        Assert.NotEqual(before, after);
        Assert.True(await product.OpensAsync("entra-app", after));
        Assert.False(product.Host.HasExited);
    }

    /// <summary>All records but those that sweeps leave each hour about what they covered.</summary>
    private static async Task<List<(string Path, string Text)>> RecordsAsync(LocalProduct product)
    {
        var records = new List<(string, string)>();
        foreach (var account in (string[])["nhievidence", "nhievidence2"])
        {
            var container = new BlobContainerClient(new Uri(Azurite.BlobEndpoint(account), "evidence-2026"), product.World.Azurite.Credential, new BlobClientOptions { Transport = product.World.Azurite.Transport });
            await foreach (var blob in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, "records/", TestContext.Current.CancellationToken))
                if (!blob.Name.Contains("__sweep_", StringComparison.Ordinal))
                    records.Add((blob.Name, (await container.GetBlobClient(blob.Name).DownloadContentAsync(TestContext.Current.CancellationToken)).Value.Content.ToString()));
        }

        return records;
    }

    /// <summary>However much came: of each secret that there is, which of the two types of event arrived last, and one row for all that was refused.</summary>
    private static async Task TablesStayAsync(LocalProduct product, Dictionary<string, int> before)
    {
        foreach (var (table, count) in await CountsAsync(product))
            Assert.InRange(count - before.GetValueOrDefault(table), 0, table switch { "Use" => 2 * LocalProduct.NamesWithoutSql.Count, "Cursors" => 1, _ => 0 });
    }

    private static async Task<Dictionary<string, int>> CountsAsync(LocalProduct product)
    {
        var counts = new Dictionary<string, int>();
        await foreach (var table in product.Tables.QueryAsync(cancellationToken: TestContext.Current.CancellationToken))
            counts[table.Name] = await product.Tables.GetTableClient(table.Name).QueryAsync<TableEntity>(select: ["PartitionKey"], cancellationToken: TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken);
        return counts;
    }

    /// <summary>What the rows of the resources say: a taken one has another fence.</summary>
    private static async Task<string> RowsAsync(LocalProduct product)
    {
        var rows = new List<string>();
        await foreach (var row in product.Tables.GetTableClient("Operations").QueryAsync<TableEntity>(cancellationToken: TestContext.Current.CancellationToken))
            rows.Add($"{row.PartitionKey} {row.ETag}");
        return string.Join('\n', rows);
    }

    /// <summary>The vaults in scope, for the reader.</summary>
    private sealed class Vaults : IVaultRegistry
    {
        public IReadOnlyList<GovernedVault> All { get; } = [new("kv1.vault.azure.net", "prod")];

        public GovernedVault? Find(string vaultHost) => All.FirstOrDefault(vault => vault.Host == vaultHost);
    }
}
