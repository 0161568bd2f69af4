using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Azure.Tables;

/// <summary>The owners' book in the table <c>Inventory</c>: <c>o:{vault host}</c>/<c>{name}</c>.</summary>
public sealed class OwnersTable(StateTables tables) : IOwnerBook
{
    private const int MostTries = 10;

    private TableClient Table => tables.Table(StateTables.Inventory, TableAccess.Watcher);

    public async Task<OwnerEntry?> FindAsync(CredentialId id, CancellationToken ct) =>
        (await Table.FindAsync(Partition(id.Vault), id.Name, ct)).Row is { } row ? Entry(row) : null;

    public async IAsyncEnumerable<OwnerEntry> OfVaultAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync(TableClient.CreateQueryFilter($"PartitionKey eq {Partition(vaultHost)}"), ct))
            yield return Entry(row);
    }

    public async Task<OwnerEntry> ChangeAsync(CredentialId id, Func<OwnerEntry, OwnerEntry> change, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            var (known, _) = await Table.FindAsync(Partition(id.Vault), id.Name, ct);
            var entry = change(known is null ? new OwnerEntry { Credential = id } : Entry(known));
            var answer = known is null ? await Table.TryAddAsync(Row(entry), ct) : await Table.TryReplaceAsync(Row(entry), known.ETag.ToString(), ct);
            if (answer is not null)
                return entry;
            if (tries >= MostTries)
                throw new ExternalCallException($"The owner of {id} is changed by others all the time: try again.", mayHaveHappened: false, transient: true, "Contention");
        }
    }

    public async Task AskedAsync(IReadOnlyList<OwnerEntry> entries, CancellationToken ct)
    {
        foreach (var vault in entries.GroupBy(entry => entry.Credential.Vault, StringComparer.Ordinal))
            foreach (var some in vault.DistinctBy(entry => entry.Credential).Chunk(TableRows.MostAtOnce))
                await Table.MergeAsync([.. some.Select(entry => new TableEntity(Partition(vault.Key), entry.Credential.Name) { ["Credential"] = entry.Credential.ToString(), ["AskedOf"] = entry.Asked?.Of, ["AskedAt"] = entry.Asked?.At })], ct);
    }

    private static TableEntity Row(OwnerEntry entry)
    {
        var row = new TableEntity(Partition(entry.Credential.Vault), entry.Credential.Name) { ["Credential"] = entry.Credential.ToString() };
        Set(row, "Assigned", entry.Assigned);
        Set(row, "Confirmed", entry.Confirmed);
        if (entry.Answer is { } answer)
        {
            row["Owned"] = answer.Chosen is not null;
            row.SetJson("Answer", [.. answer.All], OwnersColumn.Default.IReadOnlyListOwnerCandidate);
        }

        (row["AskedOf"], row["AskedAt"]) = (entry.Asked?.Of, entry.Asked?.At);

        return row;
    }

    private static void Set(TableEntity row, string column, OwnerWord? word) =>
        (row[column], row[$"{column}By"], row[$"{column}At"], row[$"{column}Record"]) = (word?.Owner, word?.By, word?.At, word?.Record);

    private static OwnerWord? Word(TableEntity row, string column) => row.MaybeText(column) is { } owner
        ? new OwnerWord(owner, row.Text($"{column}By"), row.Instant($"{column}At") ?? throw TableRows.Broken(row, $"{column}At"), row.Text($"{column}Record"))
        : null;

    private static OwnerEntry Entry(TableEntity row) => new()
    {
        Credential = CredentialId.TryParse(row.MaybeText("Credential"), out var id) ? id : throw TableRows.Broken(row, "Credential"),
        Assigned = Word(row, "Assigned"),
        Confirmed = Word(row, "Confirmed"),
        Answer = row.GetJson("Answer", OwnersColumn.Default.IReadOnlyListOwnerCandidate) is { } all ? Answer(all, row.Flag("Owned")) : null,
        Asked = row.MaybeText("AskedOf") is { } of && row.Instant("AskedAt") is { } at ? new OwnersAsked(of, at) : null,
    };

    private static OwnerAnswer Answer(IReadOnlyList<OwnerCandidate> all, bool owned) => owned && all.Count > 0 ? new OwnerAnswer(all[0], [.. all.Skip(1)]) : new OwnerAnswer(null, all);

    private static string Partition(string host) => $"o:{host.ToLowerInvariant()}";
}
