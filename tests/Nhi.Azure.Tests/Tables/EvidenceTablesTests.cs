using Azure.Data.Tables;
using Nhi.Azure.Tables;
using Nhi.Evidence.Index;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;

namespace Nhi.Azure.Tests.Tables;

public sealed class EvidenceTablesTests(AzuriteFixture azurite)
{
    private static readonly DateTimeOffset Time = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private static IndexRow Row(string partition, string row) => new()
    {
        PartitionKey = partition,
        RowKey = row,
        Log = "a.blob.core.windows.net/evidence-2026",
        Path = "records/2026/03/02/08/080000Z_a_rotate_2-ok_op.json",
        Sha256 = new string('a', 64),
        Index = 5_000_000_000,
        Batch = 3,
        Op = "op",
        Stage = "2-ok",
        Action = "credential.rotate",
        Result = "ok",
        Time = Time,
        Summary = "Rotated 'a'.",
    };

    private static IndexRow Full(string partition, string row) => Row(partition, row) with
    {
        Shown = "published",
        Fence = 7,
        Rotation = "r",
        Credential = "kv:kv1.vault.azure.net/a",
        Resource = "account/a",
        Handle = "key1:x",
        Version = "v",
        Owner = "team@example.com",
        Expires = Time.AddDays(90),
        Deadline = Time.AddMinutes(15),
        Slots = """[{"handle":"key1","fingerprint":"f"}]""",
        Closed = true,
    };

    private static async Task<List<T>> AllAsync<T>(IAsyncEnumerable<T> items)
    {
        List<T> all = [];
        await foreach (var item in items)
            all.Add(item);
        return all;
    }

    [Fact]
    public async Task Rows_come_back_as_they_were_written_and_a_second_write_replaces()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var index = new EvidenceIndexTable(tables);
        IndexRow[] rows = [Full("c:1", "b"), Row("c:1", "a"), Full("o:team@example.com", "1")];

        await index.UpsertAsync(rows, default);
        await index.UpsertAsync([Row("c:1", "b") with { Result = null }], default);

        Assert.Equal([Row("c:1", "a"), Row("c:1", "b") with { Result = null }], await AllAsync(index.PartitionAsync("c:1", null, null, default)));
        Assert.Equal(3, (await AllAsync(index.AllAsync(default))).Count);
    }

    [Fact]
    public async Task A_range_includes_its_start_and_not_its_end()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var index = new EvidenceIndexTable(tables);
        await index.UpsertAsync([.. Enumerable.Range(0, 10).Select(i => Row("d:'x'", $"{i:D2}"))], default);

        Assert.Equal(["03", "04", "05"], (await AllAsync(index.PartitionAsync("d:'x'", "03", "06", default))).Select(row => row.RowKey));
        Assert.Equal(["08", "09"], (await AllAsync(index.PartitionAsync("d:'x'", "08", null, default))).Select(row => row.RowKey));
    }

    [Fact]
    public async Task Many_rows_go_in_transactions_of_a_hundred_by_partition_and_twice_named_ones_once()
    {
        var (tables, calls) = await azurite.FreshTablesAsync();
        var index = new EvidenceIndexTable(tables);
        List<IndexRow> rows = [.. Enumerable.Range(0, 250).Select(i => Row("p1", $"{i:D4}")), .. Enumerable.Range(0, 1_050).Select(i => Row("p2", $"{i:D4}")), Row("p3", "only")];
        rows.Add(Full("p1", "0000"));

        await index.UpsertAsync(rows, default);

        Assert.Equal(3 + 11, calls.Of("table", "batch"));
        Assert.Equal(Full("p1", "0000"), (await AllAsync(index.PartitionAsync("p1", null, "0001", default))).Single());
        // More than a page of a thousand.
        Assert.Equal(1_050, (await AllAsync(index.PartitionAsync("p2", null, null, default))).Count);
        Assert.Single(await AllAsync(index.PartitionAsync("p3", null, null, default)));
    }

    [Fact]
    public async Task A_missing_index_is_an_index_error_and_a_row_of_somebody_else_is_none()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var index = new EvidenceIndexTable(tables);
        var table = tables.Table(StateTables.EvidenceIndex, TableAccess.Sequencer);
        await table.AddEntityAsync(new TableEntity("c:1", "x") { ["Path"] = 5 });
        await index.UpsertAsync([Row("c:1", "y")], default);
        Assert.Equal([Row("c:1", "y")], await AllAsync(index.PartitionAsync("c:1", null, null, default)));
        // Who compares names it.
        Assert.Equal(["x", "y"], (await AllAsync(index.AllAsync(default))).Select(row => row.RowKey));

        await table.DeleteAsync();
        await Assert.ThrowsAsync<EvidenceIndexException>(() => AllAsync(index.AllAsync(default)));
        await Assert.ThrowsAsync<EvidenceIndexException>(() => index.UpsertAsync([Row("a", "b")], default));
        await Assert.ThrowsAsync<EvidenceIndexException>(() => index.UpsertAsync([Row("a", "b"), Row("a", "c")], default));
    }

    [Fact]
    public async Task Pending_records_are_listed_until_they_are_removed()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var pending = new EvidencePendingTable(tables);
        await pending.AddAsync("op1", "1-intent", "records/a.json", default);
        await pending.AddAsync("op1", "2-ok", "records/b.json", default);
        await pending.AddAsync("op1", "2-ok", "records/b~1.json", default);
        await tables.Table(StateTables.EvidencePending, TableAccess.Writer).AddEntityAsync(new TableEntity("x", "foreign"));

        var listed = await AllAsync(pending.ListAsync(default));

        Assert.Equal([new PendingRecord("op1", "1-intent", "records/a.json"), new PendingRecord("op1", "2-ok", "records/b~1.json")], listed);
        foreach (var record in listed)
        {
            await pending.RemoveAsync(record, default);
            await pending.RemoveAsync(record, default);
        }

        Assert.Empty(await AllAsync(pending.ListAsync(default)));
    }

    [Fact]
    public async Task A_missing_work_list_is_a_store_error()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var pending = new EvidencePendingTable(tables);
        await tables.Table(StateTables.EvidencePending, TableAccess.Sequencer).DeleteAsync();

        await Assert.ThrowsAsync<EvidenceStoreException>(() => AllAsync(pending.ListAsync(default)));
        await Assert.ThrowsAsync<EvidenceStoreException>(() => pending.AddAsync("op", "2-ok", "p", default));
    }
}
