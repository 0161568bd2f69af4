using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Nhi.Azure.Time;
using Nhi.Azure.Vaults;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operations;

namespace Nhi.Azure.Tables;

/// <summary>
/// The table <c>Operations</c>: partition <see cref="ResourceId.Key"/>, row <c>row</c>; the marker is <c>marker/ready</c>.
/// Changes are sent once: a second <c>If-Match</c> of our own would be refused and look like a lost race.
/// </summary>
public sealed class OperationsTable(StateTables tables, GovernanceClock clock) : IOperations
{
    private const string RowKey = "row";
    private const string Marker = "marker";

    private TableClient Reads => tables.Table(StateTables.Operations, TableAccess.Watcher);

    private TableClient Writes => tables.Table(StateTables.Operations, TableAccess.WatcherOnce);

    public async Task<RowReading> ReadAsync(ResourceId resource, CancellationToken ct)
    {
        var (row, answer) = await Reads.FindAsync(resource.Key, RowKey, ct);
        return row is null ? new RowReading(null, null, SecretFacts.ServiceTime(answer, clock), TimeSpan.Zero) : Reading(row, answer);
    }

    public async Task<RowReading?> TryInsertAsync(OperationRow row, CancellationToken ct) => Written(row, await Writes.TryAddAsync(Entity(row), ct));

    public async Task<RowReading?> TryReplaceAsync(OperationRow row, string etag, CancellationToken ct) => Written(row, await Writes.TryReplaceAsync(Entity(row), etag, ct));

    public IAsyncEnumerable<RowReading> ListOpenAsync(CancellationToken ct) => ListAsync($"RowKey eq '{RowKey}' and Open eq true", ct);

    public IAsyncEnumerable<RowReading> ListAsync(CancellationToken ct) => ListAsync($"RowKey eq '{RowKey}'", ct);

    public async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            return (await Reads.FindAsync(Marker, "ready", ct)).Row is not null;
        }
        catch (ExternalCallException e) when (e.Code == "TableNotFound")
        {
            return false;
        }
    }

    public Task MarkReadyAsync(CancellationToken ct) => Reads.UpsertAsync(new TableEntity(Marker, "ready"), ct);

    private async IAsyncEnumerable<RowReading> ListAsync(string filter, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, answer) in Reads.QueryRowsAsync(filter, ct))
            yield return Reading(row, answer);
    }

    private RowReading? Written(OperationRow row, Response? answer) =>
        answer is null ? null : new RowReading(row, answer.Headers.ETag?.ToString(), SecretFacts.ServiceTime(answer, clock), TimeSpan.Zero);

    private RowReading Reading(TableEntity entity, Response answer)
    {
        // Both by the service's clock; Date has whole seconds only, so a fresh row may seem to come from the future.
        var age = (answer.Headers.Date ?? clock.RealNow) - (entity.Timestamp ?? throw TableRows.Broken(entity, "Timestamp"));
        return new RowReading(Row(entity), entity.ETag.ToString(), SecretFacts.ServiceTime(answer, clock), age < TimeSpan.Zero ? TimeSpan.Zero : age);
    }

    private static TableEntity Entity(OperationRow row)
    {
        var entity = new TableEntity(row.Resource.Key, RowKey)
        {
            ["Resource"] = row.Resource.Value,
            ["Owner"] = row.Owner,
            ["Open"] = row.Open,
            ["Fence"] = row.Fence,
            ["LeaseTicks"] = row.Lease.Ticks,
            ["FirstSeen"] = row.FirstSeen,
            ["Start"] = row.Start,
            ["Rotation"] = row.Rotation,
            ["Op"] = row.Op,
            ["Verb"] = row.Verb,
            ["Credential"] = row.Credential?.ToString(),
            ["Trigger"] = row.Trigger,
            ["Step"] = row.Step,
            ["SettleUntil"] = row.SettleUntil,
            ["LastOutcome"] = row.LastOutcome,
        };
        entity.SetJson("OpenIntents", row.OpenIntents, TableJson.Default.IReadOnlyListString);
        entity.SetJson("BackOff", row.BackOff, TableJson.Default.IReadOnlyDictionaryStringBackOff);
        return entity;
    }

    private static OperationRow Row(TableEntity entity) => new()
    {
        Resource = new ResourceId(entity.Text("Resource")),
        Owner = entity.Text("Owner"),
        Open = entity.Flag("Open"),
        Fence = entity.Number("Fence"),
        Lease = TimeSpan.FromTicks(entity.Number("LeaseTicks")),
        FirstSeen = entity.Instant("FirstSeen") ?? throw TableRows.Broken(entity, "FirstSeen"),
        Start = entity.Instant("Start"),
        Rotation = entity.MaybeText("Rotation"),
        Op = entity.MaybeText("Op"),
        Verb = entity.MaybeText("Verb"),
        Credential = CredentialId.TryParse(entity.MaybeText("Credential"), out var credential) ? credential : null,
        Trigger = entity.MaybeText("Trigger"),
        Step = entity.MaybeText("Step"),
        SettleUntil = entity.Instant("SettleUntil"),
        OpenIntents = entity.GetJson("OpenIntents", TableJson.Default.IReadOnlyListString) ?? [],
        LastOutcome = entity.MaybeText("LastOutcome"),
        BackOff = entity.GetJson("BackOff", TableJson.Default.IReadOnlyDictionaryStringBackOff) ?? new Dictionary<string, BackOff>(),
    };
}
