using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.Local.Parts;

namespace Nhi.Local.Tests.Parts;

public sealed class AzuriteTests(AzuriteTests.Started started) : IClassFixture<AzuriteTests.Started>
{
    private Azurite Azurite => started.Azurite;

    [Fact]
    public async Task A_blob_is_created_once_over_the_real_host_name_with_a_token()
    {
        var container = new BlobContainerClient(
            new Uri(Azurite.BlobEndpoint("nhievidence"), "evidence-2026"), Azurite.Credential, new BlobClientOptions { Transport = Azurite.Transport });
        await container.CreateAsync();
        var once = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } };
        var blob = container.GetBlobClient("2026/03/02/a.json");
        await blob.UploadAsync(BinaryData.FromString("first"), once);

        var second = await Assert.ThrowsAsync<RequestFailedException>(() => blob.UploadAsync(BinaryData.FromString("second"), once));

        Assert.Equal(409, second.Status);
        Assert.Equal("first", (await blob.DownloadContentAsync()).Value.Content.ToString());
    }

    [Fact]
    public async Task A_table_row_comes_back_and_a_stale_etag_is_refused()
    {
        var service = new TableServiceClient(
            Azurite.TableEndpoint("nhistate"), Azurite.Credential, new TableClientOptions { Transport = Azurite.Transport });
        var table = service.GetTableClient("Operations");
        await table.CreateAsync();
        var row = new TableEntity("p", "r") { ["Owner"] = "a" };
        var added = await table.AddEntityAsync(row);
        await table.UpdateEntityAsync(row, added.Headers.ETag!.Value, TableUpdateMode.Replace);

        var stale = await Assert.ThrowsAsync<RequestFailedException>(
            () => table.UpdateEntityAsync(row, added.Headers.ETag!.Value, TableUpdateMode.Replace));

        Assert.Equal(412, stale.Status);
        Assert.Equal("a", (await table.GetEntityAsync<TableEntity>("p", "r")).Value.GetString("Owner"));
    }

    [Fact]
    public async Task An_account_that_is_not_ours_is_unknown()
    {
        var container = new BlobContainerClient(
            new Uri("https://stranger.blob.core.windows.net/x"), Azurite.Credential,
            new BlobClientOptions { Transport = Azurite.Transport, Retry = { MaxRetries = 0 } });

        await Assert.ThrowsAsync<RequestFailedException>(() => container.CreateAsync());
    }

    public sealed class Started : IAsyncLifetime
    {
        public Azurite Azurite { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Azurite = await Azurite.StartAsync();

        public ValueTask DisposeAsync() => Azurite.DisposeAsync();
    }
}
