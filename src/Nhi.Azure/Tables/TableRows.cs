using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Data.Tables;
using Nhi.Azure.Pipeline;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Tables;

/// <summary>The few ways in which rows are read and written, each with its errors told apart.</summary>
internal static class TableRows
{
    /// <summary>A property holds 32,768 UTF-16 characters.</summary>
    private const int LongestColumn = 30_000;
    private const int MostColumns = 8;

    /// <summary>Rows of one partition that one call changes.</summary>
    public const int MostAtOnce = 100;

    /// <summary>The row, or null where there is none; the answer either way. A missing table is an error, not a missing row.</summary>
    public static async Task<(TableEntity? Row, Response Answer)> FindAsync(this TableClient table, string partition, string row, CancellationToken ct)
    {
        var answer = await new ExternalCall($"read the row {partition}/{row} of the table {table.Name}", Changes: false)
            .RunAsync(() => table.GetEntityIfExistsAsync<TableEntity>(partition, row, cancellationToken: ct), ct);
        var raw = answer.GetRawResponse();
        if (!answer.HasValue && raw.Content.ToString().Contains("TableNotFound", StringComparison.Ordinal))
            throw MissingTable(table);
        return (answer.HasValue ? answer.Value : null, raw);
    }

    /// <summary>Null when the row is there already.</summary>
    public static Task<Response?> TryAddAsync(this TableClient table, TableEntity entity, CancellationToken ct) =>
        ChangeAsync(table, entity, () => table.AddEntityAsync(entity, ct), status => status is 409, ct);

    /// <summary>Null when the row was changed meanwhile or is gone.</summary>
    public static Task<Response?> TryReplaceAsync(this TableClient table, TableEntity entity, string etag, CancellationToken ct) =>
        ChangeAsync(table, entity, () => table.UpdateEntityAsync(entity, new ETag(etag), TableUpdateMode.Replace, ct), status => status is 412 or 404, ct);

    /// <summary>Writes the row in place of an earlier one; sent again if need be, since it says the same twice.</summary>
    public static Task UpsertAsync(this TableClient table, TableEntity entity, CancellationToken ct) =>
        ChangeAsync(table, entity, () => table.UpsertEntityAsync(entity, TableUpdateMode.Replace, ct), _ => false, ct);

    /// <summary>Writes these columns and leaves the others as they are; the row is made where there is none. Sent again if need be.</summary>
    public static Task MergeAsync(this TableClient table, TableEntity entity, CancellationToken ct) =>
        ChangeAsync(table, entity, () => table.UpsertEntityAsync(entity, TableUpdateMode.Merge, ct), _ => false, ct);

    /// <summary>The same for up to <see cref="MostAtOnce"/> rows of one partition, each named once: one call, and all of them or none.</summary>
    public static Task MergeAsync(this TableClient table, IReadOnlyList<TableEntity> entities, CancellationToken ct) => ChangeAsync(
        table, entities[0], async () => (await table.SubmitTransactionAsync(entities.Select(entity => new TableTransactionAction(TableTransactionActionType.UpsertMerge, entity)), ct)).GetRawResponse(), _ => false, ct);

    private static async Task<Response?> ChangeAsync(TableClient table, TableEntity entity, Func<Task<Response>> change, Func<int, bool> lost, CancellationToken ct)
    {
        try
        {
            return await change();
        }
        catch (RequestFailedException e) when (e.ErrorCode is "TableNotFound")
        {
            throw MissingTable(table);
        }
        catch (RequestFailedException e) when (lost(e.Status) && e.ErrorCode is not "TableBeingDeleted")
        {
            return null;
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new ExternalCall($"write the row {entity.PartitionKey}/{entity.RowKey} of the table {table.Name}", Changes: true).Classify(e);
        }
    }

    /// <summary>All rows that match, page by page, each with its page's answer; with those columns only where some are named.</summary>
    public static async IAsyncEnumerable<(TableEntity Row, Response Answer)> QueryRowsAsync(this TableClient table, string? filter, [EnumeratorCancellation] CancellationToken ct, IReadOnlyList<string>? columns = null)
    {
        var call = new ExternalCall($"query the table {table.Name}", Changes: false);
        await using var pages = table.QueryAsync<TableEntity>(filter, select: columns, cancellationToken: ct).AsPages().GetAsyncEnumerator(ct);
        while (await call.RunAsync(async () => await pages.MoveNextAsync(), ct))
            foreach (var row in pages.Current.Values)
                yield return (row, pages.Current.GetRawResponse());
    }

    private static ExternalCallException MissingTable(TableClient table) => new(
        $"The table {table.Name} is not there. Deployment makes it; where it was lost, 'nhi rebuild' makes it anew.", mayHaveHappened: false, transient: false, "TableNotFound");

    /// <summary>Writes JSON into as many columns as it needs: <c>Name</c>, <c>Name1</c>, …</summary>
    public static void SetJson<T>(this TableEntity entity, string column, T value, JsonTypeInfo<T> type)
    {
        var json = JsonSerializer.Serialize(value, type);
        if (json.Length > LongestColumn * MostColumns)
            throw new InvalidOperationException($"The column {column} would hold {json.Length} characters of JSON; at most {LongestColumn * MostColumns} fit into a row.");
        for (var i = 0; i * LongestColumn < json.Length; i++)
            entity[Column(column, i)] = json.Substring(i * LongestColumn, Math.Min(LongestColumn, json.Length - (i * LongestColumn)));
    }

    /// <summary>Null where the column is missing. Throws <see cref="ExternalCallException"/> when it is not what was written: somebody else's hand.</summary>
    public static T? GetJson<T>(this TableEntity entity, string column, JsonTypeInfo<T> type) where T : class
    {
        var json = string.Concat(Enumerable.Range(0, MostColumns).Select(i => entity.TryGetValue(Column(column, i), out var part) ? part as string : null));
        if (json.Length == 0)
            return null;
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            throw Broken(entity, column);
        }
    }

    public static string Text(this TableEntity entity, string column) => entity.MaybeText(column) ?? throw Broken(entity, column);

    public static string? MaybeText(this TableEntity entity, string column) => entity.TryGetValue(column, out var value) ? value as string : null;

    public static DateTimeOffset? Instant(this TableEntity entity, string column) => entity.TryGetValue(column, out var value) ? value as DateTimeOffset? : null;

    public static bool Flag(this TableEntity entity, string column) => entity.TryGetValue(column, out var value) && value is true;

    public static long Number(this TableEntity entity, string column) => entity.TryGetValue(column, out var value) && value is long number ? number : throw Broken(entity, column);

    public static ExternalCallException Broken(TableEntity entity, string column) => new(
        $"The row {entity.PartitionKey}/{entity.RowKey} has no readable column '{column}'. 'nhi rebuild' writes it anew.", mayHaveHappened: false, transient: false, "BrokenRow");

    private static string Column(string column, int i) => i == 0 ? column : $"{column}{i}";
}
