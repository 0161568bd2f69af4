using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Nhi.Azure.Discovery;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Tables;

/// <summary>The vaults that discovery found, in the table <c>Inventory</c>: partition <c>dv</c>, row the vault's host. Rows are never deleted: a vault that is no longer found keeps one that says since when.</summary>
public sealed class DiscoveredVaultsTable(StateTables tables)
{
    private const string Partition = "dv";

    private TableClient Table => tables.Table(StateTables.Inventory, TableAccess.Watcher);

    /// <summary>In the order of their hosts. Throws <see cref="ExternalCallException"/>.</summary>
    public async IAsyncEnumerable<DiscoveredVault> ListAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync($"PartitionKey eq '{Partition}'", ct))
            yield return new DiscoveredVault(row.RowKey, row.Text("Environment"), row.Text("Id"), row.Instant("Missing"));
    }

    /// <summary>In place of an earlier one. Throws <see cref="ExternalCallException"/>.</summary>
    public Task WriteAsync(DiscoveredVault vault, CancellationToken ct) => Table.UpsertAsync(
        new TableEntity(Partition, vault.Host) { ["Environment"] = vault.Environment, ["Id"] = vault.Id, ["Missing"] = vault.Missing }, ct);
}
