using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Azure.Tables;

/// <summary>The table <c>Removals</c>: partition <c>removal</c>, row the hash of the credential's id. Rows are never deleted.</summary>
public sealed class RemovalsTable(StateTables tables) : IRemovals
{
    private const string Partition = "removal";

    private TableClient Table => tables.Table(StateTables.Removals, TableAccess.Watcher);

    public async Task<RemovalNote?> FindAsync(CredentialId id, CancellationToken ct) =>
        (await Table.FindAsync(Partition, CrockfordBase32.OfSha256(id.ToString()), ct)).Row is { } row ? Read(row) : null;

    public async IAsyncEnumerable<RemovalNote> ListAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync($"PartitionKey eq '{Partition}'", ct))
            yield return Read(row);
    }

    public Task WriteAsync(RemovalNote note, CancellationToken ct) => Table.UpsertAsync(
        new TableEntity(Partition, CrockfordBase32.OfSha256(note.Credential.ToString()))
        {
            ["Credential"] = note.Credential.ToString(),
            ["Resource"] = note.Resource.Value,
            ["Step"] = note.Step.ToString(),
            ["Since"] = note.Since,
            ["Next"] = note.Next,
            ["Waiting"] = note.Waiting,
            ["Record"] = note.Record,
            ["ToldAt"] = note.History.Told?.At,
            ["ToldUntil"] = note.History.Told?.Until,
            ["ToldRecord"] = note.History.Told?.Record,
            ["ToldTaken"] = note.History.Told?.Taken,
            ["KeptAt"] = note.History.Kept?.At,
            ["KeptUntil"] = note.History.Kept?.Until,
            ["KeptBy"] = note.History.Kept?.By,
            ["KeptWhy"] = note.History.Kept?.Why,
            ["KeptRecord"] = note.History.Kept?.Record,
            ["DroppedAt"] = note.History.Dropped,
            ["RestoredAt"] = note.History.Restored,
        },
        ct);

    private static RemovalNote Read(TableEntity row) => new()
    {
        Credential = CredentialId.TryParse(row.Text("Credential"), out var id) ? id : throw TableRows.Broken(row, "Credential"),
        Resource = new ResourceId(row.Text("Resource")),
        Step = Enum.TryParse<RemovalStep>(row.Text("Step"), out var step) ? step : throw TableRows.Broken(row, "Step"),
        Since = row.Instant("Since"),
        Next = row.Instant("Next"),
        Waiting = row.MaybeText("Waiting"),
        Record = row.MaybeText("Record"),
        History = new RemovalHistory
        {
            Told = row.Instant("ToldAt") is { } told ? new RemovalNotice(told, row.Instant("ToldUntil") ?? throw TableRows.Broken(row, "ToldUntil"), row.Text("ToldRecord")) { Taken = row.Instant("ToldTaken") } : null,
            Kept = row.Instant("KeptAt") is { } kept ? new RemovalKeep(kept, row.Instant("KeptUntil") ?? throw TableRows.Broken(row, "KeptUntil"), row.Text("KeptBy"), row.Text("KeptWhy"), row.Text("KeptRecord")) : null,
            Dropped = row.Instant("DroppedAt"),
            Restored = row.Instant("RestoredAt"),
        },
    };
}
