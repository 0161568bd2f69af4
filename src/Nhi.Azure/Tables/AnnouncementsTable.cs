using System.Collections.Concurrent;
using Azure.Data.Tables;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Triggers;

namespace Nhi.Azure.Tables;

/// <summary>In the table <c>Use</c>: <c>e:{hash of the credential}</c>/<c>{type}</c> says when an event of that type arrived last.</summary>
public sealed class AnnouncementsTable(StateTables tables) : IAnnouncements
{
    /// <summary>Redeliveries and duplicates within this time say nothing that is not written.</summary>
    private static readonly TimeSpan _again = TimeSpan.FromMinutes(5);
    private const int MostRemembered = 10_000;
    private readonly ConcurrentDictionary<(CredentialId, string), DateTimeOffset> _written = new();

    private TableClient Table => tables.Table(StateTables.Use, TableAccess.Watcher);

    public async Task NoteAsync(CredentialId id, string type, DateTimeOffset now, CancellationToken ct)
    {
        if (RowKey(type) is not { } row || (_written.TryGetValue((id, row), out var last) && now - last < _again && now >= last))
            return;
        await Table.UpsertAsync(new TableEntity(Partition(id), row) { ["Credential"] = id.ToString(), ["At"] = now }, ct);
        if (_written.Count >= MostRemembered)
            _written.Clear();
        _written[(id, row)] = now;
    }

    public async Task<Announced?> FindAsync(CredentialId id, CancellationToken ct)
    {
        DateTimeOffset? created = null, near = null;
        await foreach (var (row, _) in Table.QueryRowsAsync($"PartitionKey eq '{Partition(id)}'", ct))
            (created, near) = row.RowKey == "new-version" ? (row.Instant("At"), near) : (created, row.Instant("At"));
        return created is null && near is null ? null : new Announced(created, near);
    }

    private static string? RowKey(string type) => type switch
    {
        SecretEvents.NewVersionCreated => "new-version",
        SecretEvents.NearExpiry => "near-expiry",
        _ => null,
    };

    private static string Partition(CredentialId id) => $"e:{CrockfordBase32.OfSha256(id.ToString())}";
}
