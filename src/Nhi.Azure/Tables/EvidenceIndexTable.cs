using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Nhi.Azure.Pipeline;
using Nhi.Evidence.Index;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Tables;

/// <summary>
/// The table <c>EvidenceIndex</c>: written with the sequencer's identity, read with the watcher's. Rows of one partition go in transactions of up to 100;
/// sent again they say the same.
/// </summary>
public sealed class EvidenceIndexTable(StateTables tables) : IEvidenceIndex
{
    private const int MostInTransaction = 100;
    private const int MostAtATime = 8;

    private TableClient Writes => tables.Table(StateTables.EvidenceIndex, TableAccess.Sequencer);

    private TableClient Reads => tables.Table(StateTables.EvidenceIndex, TableAccess.Watcher);

    public Task UpsertAsync(IReadOnlyList<IndexRow> rows, CancellationToken ct)
    {
        // A transaction may name a row once only; of two, the later one counts.
        var byKey = new Dictionary<(string, string), IndexRow>();
        foreach (var row in rows)
            byKey[(row.PartitionKey, row.RowKey)] = row;
        var transactions = byKey.Values.GroupBy(row => row.PartitionKey, StringComparer.Ordinal).SelectMany(partition => partition.Chunk(MostInTransaction));
        return Parallel.ForEachAsync(transactions, new ParallelOptions { MaxDegreeOfParallelism = MostAtATime, CancellationToken = ct }, async (transaction, token) => await SendAsync(transaction, token));
    }

    private async Task SendAsync(IndexRow[] rows, CancellationToken ct)
    {
        try
        {
            if (rows.Length == 1)
                await Writes.UpsertEntityAsync(Entity(rows[0]), TableUpdateMode.Replace, ct);
            else
                await Writes.SubmitTransactionAsync(rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, Entity(row))), ct);
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new EvidenceIndexException(new ExternalCall($"write {rows.Length} rows of the partition {rows[0].PartitionKey} of the table {StateTables.EvidenceIndex}", Changes: true).Classify(e).Message);
        }
    }

    public IAsyncEnumerable<IndexRow> PartitionAsync(string partitionKey, string? from, string? to, CancellationToken ct)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partitionKey}");
        if (from is not null)
            filter += " and " + TableClient.CreateQueryFilter($"RowKey ge {from}");
        if (to is not null)
            filter += " and " + TableClient.CreateQueryFilter($"RowKey lt {to}");
        return QueryAsync(filter, ct);
    }

    /// <summary>One range over all their partitions, and the service leaves out what is closed.</summary>
    public IAsyncEnumerable<IndexRow> OpenAsync(CancellationToken ct)
    {
        var (from, to) = IndexKeys.OpenPartitions;
        return QueryAsync(TableClient.CreateQueryFilter($"PartitionKey ge {from} and PartitionKey lt {to} and Closed eq false"), ct);
    }

    /// <summary>What is no row of ours comes with its keys alone, so that a comparison names it.</summary>
    public async IAsyncEnumerable<IndexRow> AllAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var row in EntitiesAsync(null, ct))
            yield return Row(row) ?? new IndexRow { PartitionKey = row.PartitionKey, RowKey = row.RowKey, Log = "", Path = "", Sha256 = "", Index = -1, Batch = -1, Op = "", Stage = "", Action = "", Time = default, Summary = "" };
    }

    /// <summary>Rows that whoever may write to the table has made unreadable are none: the table answers nothing that counts, and must stop nothing.</summary>
    private async IAsyncEnumerable<IndexRow> QueryAsync(string? filter, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var entity in EntitiesAsync(filter, ct))
        {
            if (Row(entity) is { } row)
                yield return row;
        }
    }

    private async IAsyncEnumerable<TableEntity> EntitiesAsync(string? filter, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var rows = Reads.QueryRowsAsync(filter, ct).GetAsyncEnumerator(ct);
        while (await NextAsync(rows))
            yield return rows.Current.Row;
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<(TableEntity, Response)> rows)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (ExternalCallException e)
        {
            throw new EvidenceIndexException(e.Message);
        }
    }

    private static TableEntity Entity(IndexRow row) => new(row.PartitionKey, row.RowKey)
    {
        ["Log"] = row.Log,
        ["Path"] = row.Path,
        ["Sha256"] = row.Sha256,
        ["Index"] = row.Index,
        ["Batch"] = row.Batch,
        ["Op"] = row.Op,
        ["Stage"] = row.Stage,
        ["Action"] = row.Action,
        ["Result"] = row.Result,
        ["Shown"] = row.Shown,
        ["Time"] = row.Time,
        ["Fence"] = row.Fence,
        ["Rotation"] = row.Rotation,
        ["Credential"] = row.Credential,
        ["Resource"] = row.Resource,
        ["Handle"] = row.Handle,
        ["Version"] = row.Version,
        ["Owner"] = row.Owner,
        ["Summary"] = row.Summary,
        ["Expires"] = row.Expires,
        ["Deadline"] = row.Deadline,
        ["Slots"] = row.Slots,
        ["Closed"] = row.Closed,
    };

    private static IndexRow? Row(TableEntity row)
    {
        try
        {
            return new IndexRow
            {
                PartitionKey = row.PartitionKey,
                RowKey = row.RowKey,
                // Rows of earlier versions have none.
                Log = row.MaybeText("Log") ?? "",
                Path = row.Text("Path"),
                Sha256 = row.Text("Sha256"),
                Index = row.Number("Index"),
                Batch = row.Number("Batch"),
                Op = row.Text("Op"),
                Stage = row.Text("Stage"),
                Action = row.Text("Action"),
                Result = row.MaybeText("Result"),
                Shown = row.MaybeText("Shown"),
                Time = row.Instant("Time") ?? throw TableRows.Broken(row, "Time"),
                Fence = row.Number("Fence"),
                Rotation = row.MaybeText("Rotation"),
                Credential = row.MaybeText("Credential"),
                Resource = row.MaybeText("Resource"),
                Handle = row.MaybeText("Handle"),
                Version = row.MaybeText("Version"),
                Owner = row.MaybeText("Owner"),
                Summary = row.Text("Summary"),
                Expires = row.Instant("Expires"),
                Deadline = row.Instant("Deadline"),
                Slots = row.MaybeText("Slots"),
                Closed = row.Flag("Closed"),
            };
        }
        catch (ExternalCallException)
        {
            return null;
        }
    }
}
