using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;

namespace Nhi.Azure.Tables;

/// <summary>The table <c>Debts</c>: partition <see cref="ResourceId.Key"/>, row the hash of the handle.</summary>
public sealed class DebtsTable(StateTables tables) : IDebts
{
    private const int MostTries = 10;

    private TableClient Table => tables.Table(StateTables.Debts, TableAccess.Watcher);

    public async Task<IReadOnlyList<DebtNote>> OfAsync(ResourceId resource, CancellationToken ct)
    {
        List<DebtNote> notes = [];
        await foreach (var (row, _) in Table.QueryRowsAsync($"PartitionKey eq '{resource.Key}'", ct))
            notes.Add(Note(row));
        return notes;
    }

    public async Task<DebtNote> ChangeAsync(ResourceId resource, string handle, Func<DebtNote, DebtNote> change, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            var (known, _) = await Table.FindAsync(resource.Key, RowKey(handle), ct);
            var note = change(known is null ? new DebtNote { Resource = resource, Handle = handle } : Note(known));
            var answer = known is null ? await Table.TryAddAsync(Row(note), ct) : await Table.TryReplaceAsync(Row(note), known.ETag.ToString(), ct);
            if (answer is not null)
                return note;
            if (tries >= MostTries)
                throw new ExternalCallException($"The note on a handle of {resource} is changed by others all the time: try again.", mayHaveHappened: false, transient: true, "Contention");
        }
    }

    public async IAsyncEnumerable<DebtNote> ListAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync(null, ct))
            yield return Note(row);
    }

    private static string RowKey(string handle) => CrockfordBase32.OfSha256(handle);

    private static TableEntity Row(DebtNote note) => new(note.Resource.Key, RowKey(note.Handle))
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
    };

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
