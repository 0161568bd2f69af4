using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Azure.Tables;

/// <summary>
/// The table <c>Inventory</c>: <c>v:{vault host}</c>/<c>{name}</c> holds an entry, <c>r:{resource key}</c>/<c>{hash of the credential id}</c> says which secrets open a resource, and who answers for each,
/// and what the engine keeps of each.
/// Rows are never deleted: a secret that moved to another resource, or is gone, leaves a row that says so.
/// </summary>
public sealed class InventoryTable(StateTables tables) : IInventory
{
    private TableClient Table => tables.Table(StateTables.Inventory, TableAccess.Watcher);

    public async Task<InventoryEntry?> FindAsync(CredentialId id, CancellationToken ct) =>
        (await Table.FindAsync(VaultPartition(id.Vault), id.Name, ct)).Row is { } row ? Entry(row) : null;

    public async IAsyncEnumerable<InventoryEntry> OfVaultAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync(TableClient.CreateQueryFilter($"PartitionKey eq {VaultPartition(vaultHost)}"), ct))
            yield return Entry(row);
    }

    public async Task<IReadOnlyList<CredentialId>> SecretsOfAsync(ResourceId resource, CancellationToken ct) => [.. (await OwnedSecretsOfAsync(resource, ct)).Select(secret => secret.Id)];

    public async Task<ILookup<ResourceId, CredentialId>?> AllSecretsAsync(int most, CancellationToken ct)
    {
        List<(ResourceId Resource, CredentialId Secret)> all = [];
        await foreach (var (row, _) in Table.QueryRowsAsync("PartitionKey ge 'r:' and PartitionKey lt 'r;' and Opens eq true", ct, ["Resource", "Credential"]))
        {
            if (all.Count == most)
                return null;
            if (row.MaybeText("Resource") is { } resource && CredentialId.TryParse(row.MaybeText("Credential"), out var id))
                all.Add((new ResourceId(resource), id));
        }

        return all.ToLookup(pair => pair.Resource, pair => pair.Secret);
    }

    public async Task<IReadOnlyList<OwnedSecret>> OwnedSecretsOfAsync(ResourceId resource, CancellationToken ct)
    {
        List<OwnedSecret> secrets = [];
        await foreach (var (row, _) in Table.QueryRowsAsync($"PartitionKey eq '{ResourcePartition(resource)}' and Opens eq true", ct))
            if (CredentialId.TryParse(row.MaybeText("Credential"), out var id))
                secrets.Add(new OwnedSecret(id, row.GetJson("Owner", OwnersColumn.Default.IReadOnlyListOwnerCandidate) is [var owner, ..] ? owner : null, NoteOf(row)));
        secrets.Sort((one, other) => one.Id.CompareTo(other.Id));
        return secrets;
    }

    /// <summary>Leaves what the row says of the secret, as <see cref="ObserveAsync"/> leaves what it says of the owner.</summary>
    public Task NoteOwnerAsync(ResourceId resource, CredentialId id, OwnerCandidate? owner, CancellationToken ct)
    {
        var row = new TableEntity(ResourcePartition(resource), RowKey(id));
        row.SetJson("Owner", owner is null ? [] : [owner], OwnersColumn.Default.IReadOnlyListOwnerCandidate);
        return Table.MergeAsync(row, ct);
    }

    public Task NoteAsync(ResourceId resource, CredentialId id, SecretNote note, CancellationToken ct)
    {
        var row = new TableEntity(ResourcePartition(resource), RowKey(id)) { ["Waits"] = note.Wait is not null };
        row.SetJson("Note", note, NoteColumn.Default.SecretNote);
        return Table.MergeAsync(row, ct);
    }

    public async IAsyncEnumerable<WaitingSecret> WaitingAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync("PartitionKey ge 'r:' and PartitionKey lt 'r;' and Opens eq true and Waits eq true", ct))
            if (CredentialId.TryParse(row.MaybeText("Credential"), out var id) && NoteOf(row)?.Wait is { } wait)
                yield return new WaitingSecret(id, wait);
    }

    /// <summary>
    /// No write when nothing changed. A resource learns of its secret before the entry says so and forgets it afterwards:
    /// whoever dies in between leaves one secret too many to look at, never one too few.
    /// </summary>
    public async Task ObserveAsync(InventoryEntry entry, CancellationToken ct)
    {
        var known = await FindAsync(entry.Id, ct);
        if (known == entry)
            return;
        if (Opens(entry) && !(known is not null && Opens(known) && known.Resource == entry.Resource))
            await Table.MergeAsync(ResourceRow(entry.Resource!.Value, entry.Id, opens: true), ct);
        await Table.UpsertAsync(Entity(entry), ct);
        if (known?.Resource is { } left && Opens(known) && !(Opens(entry) && entry.Resource == left))
            await Table.MergeAsync(ResourceRow(left, entry.Id, opens: false), ct);
    }

    /// <summary>One write. Where a crash kept a resource from forgetting this secret, it goes on being looked at there too.</summary>
    public Task ObserveKnownAsync(InventoryEntry entry, CancellationToken ct) => Opens(entry) ? Table.UpsertAsync(Entity(entry), ct) : ObserveAsync(entry, ct);

    private static bool Opens(InventoryEntry entry) => entry is { Resource: not null, Gone: false };

    private static string VaultPartition(string host) => $"v:{host.ToLowerInvariant()}";

    private static string ResourcePartition(ResourceId resource) => $"r:{resource.Key}";

    /// <summary>A note that cannot be read, of another version or of a stranger, counts as none: it stops no work on the resource.</summary>
    private static SecretNote? NoteOf(TableEntity row)
    {
        try
        {
            return row.GetJson("Note", NoteColumn.Default.SecretNote);
        }
        catch (ExternalCallException)
        {
            return null;
        }
    }

    private static string RowKey(CredentialId id) => CrockfordBase32.OfSha256(id.ToString());

    private static TableEntity ResourceRow(ResourceId resource, CredentialId id, bool opens) => new(ResourcePartition(resource), RowKey(id))
    {
        ["Resource"] = resource.Value,
        ["Credential"] = id.ToString(),
        ["Opens"] = opens,
    };

    private static TableEntity Entity(InventoryEntry entry) => new(VaultPartition(entry.Id.Vault), entry.Id.Name)
    {
        ["Credential"] = entry.Id.ToString(),
        ["Resource"] = entry.Resource?.Value,
        ["Kind"] = entry.Kind,
        ["Owner"] = entry.Owner,
        ["Rule"] = entry.Rule,
        ["Enforced"] = entry.Enforced,
        ["NewestCreated"] = entry.NewestCreated,
        ["NewestUpdated"] = entry.NewestUpdated,
        ["Expires"] = entry.Expires,
        ["Due"] = entry.Due,
        ["Owed"] = entry.Owed is { } owed ? (long)owed : null,
        ["NextLook"] = entry.NextLook,
        ["Told"] = entry.Told,
        ["Managed"] = entry.Managed,
        ["Gone"] = entry.Gone,
    };

    private static InventoryEntry Entry(TableEntity row) => new()
    {
        Id = CredentialId.TryParse(row.MaybeText("Credential"), out var id) ? id : throw TableRows.Broken(row, "Credential"),
        Resource = row.MaybeText("Resource") is { } resource ? new ResourceId(resource) : null,
        Kind = row.MaybeText("Kind"),
        Owner = row.MaybeText("Owner"),
        Rule = row.MaybeText("Rule"),
        Enforced = row.Flag("Enforced"),
        NewestCreated = row.Instant("NewestCreated") ?? throw TableRows.Broken(row, "NewestCreated"),
        NewestUpdated = row.Instant("NewestUpdated") ?? throw TableRows.Broken(row, "NewestUpdated"),
        Expires = row.Instant("Expires"),
        Due = row.Instant("Due"),
        Owed = row.TryGetValue("Owed", out var owed) && owed is long number ? (int)number : null,
        NextLook = row.Instant("NextLook") ?? throw TableRows.Broken(row, "NextLook"),
        Told = row.Flag("Told"),
        Managed = row.Flag("Managed"),
        Gone = row.Flag("Gone"),
    };
}
