using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;

namespace Nhi.Azure.Tables;

/// <summary>The table <c>Debts</c>: partition <see cref="ResourceId.Key"/>, row the hash of the handle.</summary>
public sealed class DebtsTable(StateTables tables) : IDebts
{
    private TableClient Table => tables.Table(StateTables.Debts, TableAccess.Watcher);

    public async Task<IReadOnlyList<DebtNote>> OfAsync(ResourceId resource, CancellationToken ct)
    {
        List<DebtNote> notes = [];
        await foreach (var (row, _) in Table.QueryRowsAsync($"PartitionKey eq '{resource.Key}'", ct))
            notes.Add(Note(row));
        return notes;
    }

    public Task NoteAsync(DebtNote note, CancellationToken ct) => Table.UpsertAsync(
        new TableEntity(note.Resource.Key, CrockfordBase32.OfSha256(note.Handle))
        {
            ["Resource"] = note.Resource.Value,
            ["Handle"] = note.Handle,
            ["Credential"] = note.Credential?.ToString(),
            ["LeftoverSince"] = note.LeftoverSince,
            ["Waiting"] = note.Waiting,
            ["LastLook"] = note.LastLook,
            ["HeldUntil"] = note.HeldUntil,
            ["HeldBy"] = note.HeldBy,
            ["HeldWhy"] = note.HeldWhy,
        },
        ct);

    public async IAsyncEnumerable<DebtNote> ListAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync(null, ct))
            yield return Note(row);
    }

    private static DebtNote Note(TableEntity row) => new()
    {
        Resource = new ResourceId(row.Text("Resource")),
        Handle = row.Text("Handle"),
        Credential = CredentialId.TryParse(row.MaybeText("Credential"), out var credential) ? credential : null,
        LeftoverSince = row.Instant("LeftoverSince"),
        Waiting = row.MaybeText("Waiting"),
        LastLook = row.Instant("LastLook"),
        HeldUntil = row.Instant("HeldUntil"),
        HeldBy = row.MaybeText("HeldBy"),
        HeldWhy = row.MaybeText("HeldWhy"),
    };
}
