using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operations;
using Nhi.Governance.Publishing;

namespace Nhi.Azure.Tables;

/// <summary>The table <c>Cursors</c>: pauses (<c>pause/{hash of the scope}</c>) and named cursors (<c>cursor/{name}</c>), budgets among them. Rows are never deleted.</summary>
public sealed partial class CursorsTable(StateTables tables) : IPauses, ICursors
{
    /// <summary>A value of 30,000 characters and its signature: a column holds 32,768.</summary>
    private const int LongestSigned = 32_000;

    private TableClient Reads => tables.Table(StateTables.Cursors, TableAccess.Watcher);

    private TableClient Writes => tables.Table(StateTables.Cursors, TableAccess.WatcherOnce);

    public async Task<IReadOnlyList<Pause>> CurrentAsync(CancellationToken ct)
    {
        List<Pause> pauses = [];
        await foreach (var (row, _) in Reads.QueryRowsAsync("PartitionKey eq 'pause' and InForce eq true", ct))
            pauses.Add(new Pause(row.Text("Scope"), row.Text("By"), row.Text("Reason"), row.Instant("Since") ?? throw TableRows.Broken(row, "Since"), row.Instant("Until"), row.MaybeText("Record")));
        return pauses;
    }

    public Task SetAsync(Pause pause, CancellationToken ct) => Reads.UpsertAsync(Entity(pause, inForce: true), ct);

    public async Task<bool> LiftAsync(string scope, CancellationToken ct)
    {
        var (row, _) = await Reads.FindAsync("pause", PauseKey(scope), ct);
        if (row is null || !row.Flag("InForce"))
            return false;
        row["InForce"] = false;
        return await Writes.TryReplaceAsync(row, row.ETag.ToString(), ct) is not null
            ? true
            : throw new ExternalCallException($"Could not lift the pause of '{scope}': it was changed meanwhile. Look at it and try again.", mayHaveHappened: false, transient: true, "Contended");
    }

    public async Task<Cursor?> ReadAsync(string name, CancellationToken ct) =>
        (await Reads.FindAsync("cursor", CursorKey(name), ct)).Row is { } row ? new Cursor(row.Text("Value"), row.ETag.ToString()) : null;

    public async Task<Cursor?> TryMoveAsync(string name, string value, Cursor? from, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, LongestSigned);
        var entity = new TableEntity("cursor", CursorKey(name)) { ["Value"] = value };
        var answer = from is null ? await Writes.TryAddAsync(entity, ct) : await Writes.TryReplaceAsync(entity, from.ETag, ct);
        return answer?.Headers.ETag is { } etag ? new Cursor(value, etag.ToString()) : null;
    }

    private static TableEntity Entity(Pause pause, bool inForce) => new("pause", PauseKey(pause.Scope))
    {
        ["Scope"] = pause.Scope,
        ["By"] = pause.By,
        ["Reason"] = pause.Reason,
        ["Since"] = pause.Since,
        ["Until"] = pause.Until,
        ["Record"] = pause.Record,
        ["InForce"] = inForce,
    };

    // Scopes hold slashes, which keys may not.
    private static string PauseKey(string scope) => CrockfordBase32.OfSha256(scope.ToLowerInvariant());

    private static string CursorKey(string name) =>
        NamePattern().IsMatch(name) ? name : throw new ArgumentException("A cursor is named by 1 to 100 letters, digits, dots and dashes.", nameof(name));

    [GeneratedRegex(@"\A[0-9A-Za-z.-]{1,100}\z")]
    private static partial Regex NamePattern();
}
