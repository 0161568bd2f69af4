using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.Local;
using Nhi.Local.Parts;

namespace Nhi.EndToEnd.Tests.Canary;

/// <summary>All that the product left where no secret may be: evidence, tables, other blobs, what it published, its tags and names.</summary>
internal static class Leavings
{
    /// <summary>Tags that the product writes itself; all others are people's own.</summary>
    private static readonly string[] OwnTags = ["nhi", "nhi-mark", "nhi-credential"];

    public static async Task<IReadOnlyList<(string Where, string Text)>> OfAsync(World world, CancellationToken ct)
    {
        var left = new List<(string, string)>();
        foreach (var account in (string[])["nhievidence", "nhievidence2", "nhistate", "nhihost"])
            await BlobsAsync(world, account, left, ct);
        await TablesAsync(world, left, ct);
        left.AddRange(world.Topic.Received.Select((one, i) => ($"topic event {i}", one.ToJsonString())));
        foreach (var vault in world.AllVaults)
            foreach (var secret in vault.Export().Secrets)
                foreach (var version in secret.Versions)
                    left.AddRange((version.Tags ?? new Dictionary<string, string>()).Where(tag => OwnTags.Contains(tag.Key)).Select(tag => ($"tag {tag.Key} of {vault.Name}/{secret.Name}", tag.Value)));
        foreach (var application in world.Tenant.All)
            left.AddRange(world.Tenant.SecretsOf(application).Select(secret => ($"display name at {application.DisplayName}", secret.DisplayName ?? "")));
        return left;
    }

    private static async Task BlobsAsync(World world, string account, List<(string, string)> left, CancellationToken ct)
    {
        var service = new BlobServiceClient(Azurite.BlobEndpoint(account), world.Azurite.Credential, new BlobClientOptions { Transport = world.Azurite.Transport });
        await foreach (var container in service.GetBlobContainersAsync(cancellationToken: ct))
            await foreach (var blob in service.GetBlobContainerClient(container.Name).GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata | BlobTraits.Tags }, ct))
            {
                var where = $"{account}/{container.Name}/{blob.Name}";
                var content = await service.GetBlobContainerClient(container.Name).GetBlobClient(blob.Name).DownloadContentAsync(ct);
                left.Add((where, content.Value.Content.ToString()));
                left.Add(($"name and metadata of {where}", $"{blob.Name} {string.Join(' ', blob.Metadata.Select(pair => $"{pair.Key}={pair.Value}"))}"));
            }
    }

    private static async Task TablesAsync(World world, List<(string, string)> left, CancellationToken ct)
    {
        foreach (var account in (string[])["nhistate", "nhihost"])
        {
            var service = new TableServiceClient(Azurite.TableEndpoint(account), world.Azurite.Credential, new TableClientOptions { Transport = world.Azurite.Transport });
            await foreach (var table in service.QueryAsync(cancellationToken: ct))
                await foreach (var row in service.GetTableClient(table.Name).QueryAsync<TableEntity>(cancellationToken: ct))
                    left.Add(($"table {table.Name} {row.PartitionKey}/{row.RowKey}", string.Join('\n', row.Select(column => $"{column.Key}={column.Value}"))));
        }
    }
}
