using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;

namespace Nhi.Azure.Tables;

/// <summary>The tables of the state account (<c>Nhi__Storage__State</c>) by identity.</summary>
public sealed class StateTables
{
    public const string Operations = "Operations";
    public const string Debts = "Debts";
    public const string Inventory = "Inventory";
    public const string Findings = "Findings";
    public const string Use = "Use";
    public const string Removals = "Removals";
    public const string Cursors = "Cursors";
    public const string EvidenceIndex = "EvidenceIndex";
    public const string EvidencePending = "EvidencePending";

    /// <summary>All of them. None is made by the product at work: deployment does, and <see cref="EnsureTablesAsync"/> for the local world and <c>nhi rebuild</c>.</summary>
    public static readonly IReadOnlyList<string> Names = [Operations, Debts, Inventory, Findings, Use, Removals, Cursors, EvidenceIndex, EvidencePending];

    private readonly ConcurrentDictionary<TableAccess, Lazy<TableServiceClient>> _services = new();
    private readonly Func<TableAccess, TableServiceClient> _open;

    /// <param name="open">Makes the client of an identity; it is called once for each. <see cref="TableAccess.WatcherOnce"/> must not resend.</param>
    public StateTables(Func<TableAccess, TableServiceClient> open) => _open = open;

    public static StateTables Of(NhiSettings settings, AzureIdentities identities, ClientEquipment equipment) => new(access => new TableServiceClient(
        settings.Storage.Tables,
        access switch
        {
            TableAccess.Writer => identities.Writer,
            TableAccess.Sequencer => identities.Sequencer,
            _ => identities.Watcher,
        },
        equipment.Equip(new TableClientOptions { Audience = new TableAudience(settings.Cloud.StorageAudience) }, "table", resend: access is not TableAccess.WatcherOnce)));

    public TableClient Table(string name, TableAccess access) => _services.GetOrAdd(access, key => new(() => _open(key))).Value.GetTableClient(name);

    /// <summary>Whether there is a row in a table. Throws <see cref="Governance.Credentials.ExternalCallException"/> where nobody can say.</summary>
    public Task<bool> HasRowsAsync(string name, TableAccess access, CancellationToken ct) => new ExternalCall($"read the table {name}", Changes: false)
        .RunAsync(async () => await Table(name, access).QueryAsync<TableEntity>(maxPerPage: 1, cancellationToken: ct).AnyAsync(ct), ct);

    /// <summary>Makes the tables that are missing. Throws <see cref="Governance.Credentials.ExternalCallException"/>.</summary>
    public async Task EnsureTablesAsync(CancellationToken ct)
    {
        foreach (var name in Names)
            await new ExternalCall($"make the table {name}", Changes: true).RunAsync(() => Table(name, TableAccess.Watcher).CreateIfNotExistsAsync(ct), ct);
    }
}
