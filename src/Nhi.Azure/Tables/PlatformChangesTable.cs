using System.Globalization;
using Azure.Data.Tables;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Reality;

namespace Nhi.Azure.Tables;

/// <summary>
/// In the table <c>Use</c>: <c>d:{yyyyMMdd}</c>/<c>{key}</c> is a change of that day, <c>s:{hash of the credential}</c>/<c>{version}</c> says that a version was published. Rows are never deleted; a judged one says how.
/// </summary>
public sealed class PlatformChangesTable(StateTables tables, TimeProvider clock) : IPlatformChanges
{
    private TableClient Reads => tables.Table(StateTables.Use, TableAccess.Watcher);

    private TableClient Writes => tables.Table(StateTables.Use, TableAccess.WatcherOnce);

    public async Task NoteAsync(PlatformChange change, CancellationToken ct)
    {
        if (change is { Kind: ChangeKind.Published, Credential: { } credential, Version: { } version })
            await Reads.UpsertAsync(new TableEntity(PublishedPartition(credential), version) { ["At"] = change.Time }, ct);
        await Writes.TryAddAsync(Entity(change), ct);
    }

    public IAsyncEnumerable<PlatformChange> OpenAsync(DateTimeOffset since, CancellationToken ct) => RowsAsync(since, null, "Open eq true", ct).Select(Change);

    public IAsyncEnumerable<ExplainedChange> ExplainedAsync(DateTimeOffset since, CancellationToken ct) =>
        RowsAsync(since, null, "Open eq false and Op ge ''", ct).Select(row => new ExplainedChange(row.Text("Op"), Change(row).Kind, row.RowKey));

    public IAsyncEnumerable<PlatformChange> AnnouncedAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        RowsAsync(from, to, $"(What eq '{nameof(ChangeKind.NearExpiry)}' or What eq '{nameof(ChangeKind.Published)}')", ct).Select(Change).Where(change => change.Time > from && change.Time <= to);

    public Task JudgedAsync(PlatformChange change, string how, string? op, CancellationToken ct) => Reads.UpsertAsync(Judged(change, how, op), ct);

    public async Task JudgedAsync(IReadOnlyCollection<PlatformChange> judged, string how, CancellationToken ct)
    {
        foreach (var day in judged.DistinctBy(change => change.Key).Select(change => Judged(change, how, null)).GroupBy(row => row.PartitionKey))
            foreach (var rows in day.Chunk(TableRows.MostAtOnce))
                await Reads.MergeAsync(rows, ct);
    }

    private static TableEntity Judged(PlatformChange change, string how, string? op)
    {
        var row = Entity(change);
        row["Open"] = false;
        row["How"] = how;
        row["Op"] = op;
        return row;
    }

    /// <summary>One range over the partitions of all those days.</summary>
    private IAsyncEnumerable<TableEntity> RowsAsync(DateTimeOffset since, DateTimeOffset? until, string filter, CancellationToken ct) => Reads
        .QueryRowsAsync($"PartitionKey ge '{DayPartition(since.UtcDateTime.Date)}' and PartitionKey le '{DayPartition((until ?? clock.GetUtcNow().AddDays(1)).UtcDateTime.Date)}' and {filter}", ct).Select(found => found.Row);

    public async Task<bool> SawPublishedAsync(CredentialId credential, string version, CancellationToken ct) =>
        IsKey(version) && (await Reads.FindAsync(PublishedPartition(credential), version.ToLowerInvariant(), ct)).Row is not null;

    public async Task<bool> SawAsync(ResourceId resource, ChangeKind kind, string? handle, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        await foreach (var row in RowsAsync(from, to, $"What eq '{kind}' and Resource eq '{resource.Value.Replace("'", "''", StringComparison.Ordinal)}'", ct))
            if (Change(row) is var change && change.Time >= from && change.Time <= to && (handle is null || change.Handle is null || string.Equals(change.Handle, handle, StringComparison.OrdinalIgnoreCase)))
                return true;
        return false;
    }

    /// <summary>A version comes out of a record here, and a record is not believed blindly.</summary>
    private static bool IsKey(string version) => version.Length is > 0 and <= 64 && version.All(char.IsAsciiLetterOrDigit);

    private static string DayPartition(DateTime day) => day.ToString("'d:'yyyyMMdd", CultureInfo.InvariantCulture);

    private static string PublishedPartition(CredentialId credential) => $"s:{CrockfordBase32.OfSha256(credential.ToString())}";

    private static TableEntity Entity(PlatformChange change) => new(DayPartition(change.Time.UtcDateTime.Date), change.Key)
    {
        ["At"] = change.Time,
        ["What"] = change.Kind.ToString(),
        ["Operation"] = change.Operation,
        ["Subject"] = change.Subject,
        ["Credential"] = change.Credential?.ToString(),
        ["Version"] = change.Version,
        ["Resource"] = change.Resource?.Value,
        ["Handle"] = change.Handle,
        ["Principal"] = change.Principal,
        ["AppId"] = change.AppId,
        ["UserName"] = change.UserName,
        ["Ip"] = change.Ip,
        ["Correlation"] = change.Correlation,
        ["Open"] = true,
    };

    private static PlatformChange Change(TableEntity row) => new()
    {
        Time = row.Instant("At") ?? throw TableRows.Broken(row, "At"),
        Kind = Enum.TryParse<ChangeKind>(row.Text("What"), out var kind) ? kind : throw TableRows.Broken(row, "What"),
        Operation = row.Text("Operation"),
        Subject = row.Text("Subject"),
        Credential = CredentialId.TryParse(row.MaybeText("Credential"), out var id) ? id : null,
        Version = row.MaybeText("Version"),
        Resource = row.MaybeText("Resource") is { } resource ? new ResourceId(resource) : null,
        Handle = row.MaybeText("Handle"),
        Principal = row.MaybeText("Principal"),
        AppId = row.MaybeText("AppId"),
        UserName = row.MaybeText("UserName"),
        Ip = row.MaybeText("Ip"),
        Correlation = row.MaybeText("Correlation"),
    };
}
