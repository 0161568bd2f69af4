using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Azure.Tables;

/// <summary>
/// The swept estate in the table <c>Inventory</c>, beside <see cref="InventoryTable"/>'s rows: <c>sc:{vault host}</c>/<c>{name}</c> a credential, <c>sr</c>/<c>{resource key}</c> a resource,
/// <c>sf:{fingerprint}</c>/<c>{hash of the credential id}</c> which credentials have a value. Rows are never deleted.
/// </summary>
public sealed class SweptEstateTable(StateTables tables) : ISweptEstate
{
    private const string Resources = "sr";

    private TableClient Table => tables.Table(StateTables.Inventory, TableAccess.Watcher);

    public async IAsyncEnumerable<SweptCredential> OfVaultAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync(OfVault(vaultHost), ct))
            yield return SweptRows.Credential(row);
    }

    public async IAsyncEnumerable<SweptStamp> StampsAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync(OfVault(vaultHost), ct, ["RowKey", "Stamp", "Gone"]))
            if (CredentialId.TryOf(vaultHost, row.RowKey, out var id))
                yield return new SweptStamp(id, row.MaybeText("Stamp"), row.Instant("Gone") is not null);
    }

    public async Task<SweptCredential?> FindAsync(CredentialId id, CancellationToken ct) =>
        (await Table.FindAsync(VaultPartition(id.Vault), id.Name, ct)).Row is { } row ? SweptRows.Credential(row) : null;

    public async Task WriteAsync(SweptCredential credential, CancellationToken ct) =>
        await WriteAsync(credential, (await Table.FindAsync(VaultPartition(credential.Id.Vault), credential.Id.Name, ct)).Row, ct);

    public Task WriteAsync(SweptCredential credential, SweptCredential? known, CancellationToken ct) =>
        WriteAsync(credential, known is null ? null : SweptRows.Entity(VaultPartition(known.Id.Vault), known), ct);

    /// <summary>A fingerprint learns of its credential before the row says so and forgets it afterwards.</summary>
    private async Task WriteAsync(SweptCredential credential, TableEntity? known, CancellationToken ct)
    {
        var entity = SweptRows.Entity(VaultPartition(credential.Id.Vault), credential);
        if (known is not null && SweptRows.SaysTheSame(known, entity))
            return;
        var (before, after) = (known is null ? null : ValueOf(known), ValueOf(entity));
        if (after is not null && after != before)
            await Table.UpsertAsync(FingerprintRow(after, credential.Id, has: true), ct);
        await Table.UpsertAsync(entity, ct);
        if (before is not null && before != after)
            await Table.UpsertAsync(FingerprintRow(before, credential.Id, has: false), ct);
    }

    public async Task<SweptResource?> FindAsync(ResourceId id, CancellationToken ct) =>
        (await Table.FindAsync(Resources, id.Key, ct)).Row is { } row ? SweptRows.Resource(row) : null;

    public async IAsyncEnumerable<SweptResource> ResourcesAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync($"PartitionKey eq '{Resources}'", ct))
            yield return SweptRows.Resource(row);
    }

    public Task WriteAsync(SweptResource resource, CancellationToken ct) => Table.UpsertAsync(SweptRows.Entity(Resources, resource), ct);

    public async Task<IReadOnlyList<CredentialId>> WithFingerprintAsync(string fingerprint, CancellationToken ct)
    {
        List<CredentialId> found = [];
        await foreach (var (row, _) in Table.QueryRowsAsync(TableClient.CreateQueryFilter($"PartitionKey eq {FingerprintPartition(fingerprint)} and Has eq true"), ct))
            if (CredentialId.TryParse(row.MaybeText("Credential"), out var id))
                found.Add(id);
        found.Sort();
        return found;
    }

    /// <summary>One range over the partitions of all fingerprints, which come in their order: whoever comes twice in a row is shared.</summary>
    public async Task<IReadOnlySet<string>?> SharedFingerprintsAsync(CancellationToken ct)
    {
        var shared = new HashSet<string>(StringComparer.Ordinal);
        string? last = null;
        await foreach (var (row, _) in Table.QueryRowsAsync($"PartitionKey ge '{FingerprintPartition("")}' and PartitionKey lt 'sf;' and Has eq true", ct, ["PartitionKey"]))
        {
            if (row.PartitionKey == last)
                shared.Add(last[FingerprintPartition("").Length..]);
            last = row.PartitionKey;
        }

        return shared;
    }

    /// <summary>What is gone has no value.</summary>
    private static string? ValueOf(TableEntity row) => row.Instant("Gone") is null ? row.MaybeText("Fingerprint") : null;

    private static TableEntity FingerprintRow(string fingerprint, CredentialId id, bool has) =>
        new(FingerprintPartition(fingerprint), CrockfordBase32.OfSha256(id.ToString())) { ["Credential"] = id.ToString(), ["Has"] = has };

    private static string OfVault(string host) => TableClient.CreateQueryFilter($"PartitionKey eq {VaultPartition(host)}");

    private static string VaultPartition(string host) => $"sc:{host.ToLowerInvariant()}";

    private static string FingerprintPartition(string fingerprint) => $"sf:{fingerprint}";
}
