using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Curtailment;

namespace Nhi.Azure.Tables;

/// <summary>The table <c>Removals</c>, too: partition <c>role:</c> and the identity's key, row the role's. Rows are never deleted.</summary>
public sealed class CurtailmentsTable(StateTables tables) : ICurtailments
{
    private const string Partition = "role:";

    /// <summary>Behind every partition that begins like it.</summary>
    private const string Behind = "role;";

    private TableClient Table => tables.Table(StateTables.Removals, TableAccess.Watcher);

    public async Task<IReadOnlyList<CurtailmentNote>> OfAsync(ResourceId identity, CancellationToken ct)
    {
        List<CurtailmentNote> notes = [];
        await foreach (var (row, _) in Table.QueryRowsAsync($"PartitionKey eq '{Partition}{identity.Key}'", ct))
            notes.Add(Read(row));
        return notes;
    }

    public async IAsyncEnumerable<CurtailmentNote> ListAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync($"PartitionKey ge '{Partition}' and PartitionKey lt '{Behind}'", ct))
            yield return Read(row);
    }

    public Task WriteAsync(CurtailmentNote note, CancellationToken ct) => Table.UpsertAsync(
        new TableEntity(Partition + note.Identity.Key, note.Key)
        {
            ["Identity"] = note.Identity.Value,
            ["Scope"] = note.Scope,
            ["Step"] = note.Step.ToString(),
            ["Since"] = note.Since,
            ["Record"] = note.Record,
            ["Attempt"] = note.Attempt,
            ["Next"] = note.Next,
            ["Waiting"] = note.Waiting,
        },
        ct);

    private static CurtailmentNote Read(TableEntity row) => new()
    {
        Key = row.RowKey,
        Identity = new ResourceId(row.Text("Identity")),
        Scope = row.Text("Scope"),
        Step = Enum.TryParse<CurtailmentStep>(row.Text("Step"), out var step) ? step : throw TableRows.Broken(row, "Step"),
        Since = row.Instant("Since") ?? throw TableRows.Broken(row, "Since"),
        Record = row.Text("Record"),
        Attempt = row.MaybeText("Attempt"),
        Next = row.Instant("Next"),
        Waiting = row.MaybeText("Waiting"),
    };
}
