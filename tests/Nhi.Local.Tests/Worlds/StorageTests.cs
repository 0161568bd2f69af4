using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.Local.Parts;
using Nhi.Local.Wire;

namespace Nhi.Local.Tests.Worlds;

[Collection<WorldCollection>]
public sealed class StorageTests(WorldFixture fixture)
{
    private World World => fixture.World;

    [Fact]
    public async Task The_evidence_container_keeps_what_it_has()
    {
        var blob = Evidence().GetBlobClient("worm/a.json");
        await blob.UploadAsync(BinaryData.FromString("first"));

        var overwrite = await Assert.ThrowsAsync<RequestFailedException>(() => blob.UploadAsync(BinaryData.FromString("second"), overwrite: true));
        var delete = await Assert.ThrowsAsync<RequestFailedException>(() => blob.DeleteAsync());
        var change = await Assert.ThrowsAsync<RequestFailedException>(() => blob.SetMetadataAsync(new Dictionary<string, string> { ["a"] = "b" }));
        var drop = await Assert.ThrowsAsync<RequestFailedException>(() => Evidence().DeleteAsync());

        Assert.All([overwrite, delete, change, drop], refused => Assert.Equal((409, "BlobImmutableDueToPolicy"), (refused.Status, refused.ErrorCode)));
        Assert.Equal("first", (await blob.DownloadContentAsync()).Value.Content.ToString());
    }

    [Fact]
    public async Task A_conditional_create_that_comes_second_hears_that_the_blob_exists()
    {
        var once = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } };
        var blob = Evidence().GetBlobClient("worm/once.json");
        await blob.UploadAsync(BinaryData.FromString("first"), once);

        var second = await Assert.ThrowsAsync<RequestFailedException>(() => blob.UploadAsync(BinaryData.FromString("second"), once));

        Assert.Equal((409, "BlobAlreadyExists"), (second.Status, second.ErrorCode));
    }

    [Fact]
    public async Task Names_with_reserved_characters_reach_the_store_as_they_were_sent()
    {
        var blob = Evidence().GetBlobClient("worm/a b+c%2Fd=é.json");
        await blob.UploadAsync(BinaryData.FromString("x"));

        var names = new List<string>();
        await foreach (var item in Evidence().GetBlobsAsync(BlobTraits.None, BlobStates.None, "worm/a b", CancellationToken.None)) names.Add(item.Name);

        Assert.Equal(["worm/a b+c%2Fd=é.json"], names);
    }

    [Fact]
    public async Task A_transaction_of_table_rows_is_atomic_through_the_wire()
    {
        var table = Table("Findings");
        await table.AddEntityAsync(new TableEntity("p", "taken"));

        await Assert.ThrowsAsync<TableTransactionFailedException>(() => table.SubmitTransactionAsync(
        [
            new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p", "new")),
            new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p", "taken")),
        ]));

        Assert.Equal(404, (await Assert.ThrowsAsync<RequestFailedException>(() => table.GetEntityAsync<TableEntity>("p", "new"))).Status);
        Assert.NotNull((await Table("Operations").GetEntityAsync<TableEntity>("marker", "ready")).Value);
    }

    [Fact]
    public async Task Evidence_is_down_refuses_or_is_full_while_state_goes_on_and_then_is_well_again()
    {
        var blob = Evidence().GetBlobClient("faults/a.json");
        World.Faults.Set("evidence", Fault.Down);
        Assert.Equal(0, (await Assert.ThrowsAsync<RequestFailedException>(() => blob.UploadAsync(BinaryData.FromString("x")))).Status);
        World.Faults.Set("evidence", Fault.Refusing(403, "AuthorizationFailure"));
        Assert.Equal("AuthorizationFailure", (await Assert.ThrowsAsync<RequestFailedException>(() => blob.UploadAsync(BinaryData.FromString("x")))).ErrorCode);
        World.Faults.Set("evidence", Fault.Refusing(507, "InsufficientStorage"));
        Assert.Equal(507, (await Assert.ThrowsAsync<RequestFailedException>(() => blob.UploadAsync(BinaryData.FromString("x")))).Status);
        await Table("Cursors").UpsertEntityAsync(new TableEntity("p", "still"));
        Assert.False(await Seen().GetBlobClient("faults/a.json").ExistsAsync());

        World.Faults.Clear("evidence");
        await blob.UploadAsync(BinaryData.FromString("x"));
        Assert.True(await Seen().GetBlobClient("faults/a.json").ExistsAsync());
    }

    [Fact]
    public async Task A_lost_answer_leaves_the_effect()
    {
        World.Faults.Set("evidence", Fault.LostAnswer() with { Times = 1 });

        await Assert.ThrowsAsync<RequestFailedException>(() => Evidence().GetBlobClient("faults/lost.json").UploadAsync(BinaryData.FromString("x")));

        Assert.True(await Seen().GetBlobClient("faults/lost.json").ExistsAsync());
    }

    private BlobContainerClient Evidence()
    {
        var options = new BlobClientOptions { Transport = World.CreateTransport() };
        options.Retry.MaxRetries = 0;
        return new BlobContainerClient(new Uri("https://nhievidence.blob.core.windows.net/evidence-2026"), World.CredentialOf(World.Identities.Writer), options);
    }

    /// <summary>Past the wire.</summary>
    private BlobContainerClient Seen() => new(
        new Uri(Azurite.BlobEndpoint("nhievidence"), "evidence-2026"), World.Azurite.Credential, new BlobClientOptions { Transport = World.Azurite.Transport });

    private TableClient Table(string name)
    {
        var options = new TableClientOptions { Transport = World.CreateTransport() };
        options.Retry.MaxRetries = 0;
        return new TableServiceClient(Azurite.TableEndpoint("nhistate"), World.CredentialOf(World.Identities.Watcher), options).GetTableClient(name);
    }
}
