using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>
/// Since when the product answers for what is changed: the estate since the moment at which its first run began, a vault since the first run that had it in scope. That moment is kept before anything is read, so a run that fails moves it no more.
/// What was changed before was nobody's to record, and whoever sets up a vault does much to it just then. Instants UTC.
/// </summary>
public sealed class GovernedSince
{
    private const string EstateCursor = "reconcile-reality-since";

    /// <summary>How far another instance's clock may be ahead.</summary>
    private static readonly TimeSpan _ahead = TimeSpan.FromMinutes(5);
    private readonly Dictionary<string, DateTimeOffset> _vaults = new(StringComparer.Ordinal);

    private GovernedSince(DateTimeOffset estate) => Estate = estate;

    public DateTimeOffset Estate { get; }

    /// <summary>Of a vault that is not in scope: the estate's.</summary>
    public DateTimeOffset Of(string? vaultHost) => vaultHost is not null && _vaults.TryGetValue(vaultHost, out var since) ? since : Estate;

    /// <summary>Of a change: its vault's where it is about one.</summary>
    public DateTimeOffset Of(PlatformChange change) => Of(change.Credential?.Vault ?? change.Subject);

    /// <summary>
    /// Reads it, and notes what is new. <paramref name="covered"/>: how far coverage in evidence reaches; where that is known and the cursors are not, tables were lost, and everything in scope has been for long.
    /// Where it is not known, no run ever ended: a vault that the first one did not come to is governed since that one. Throws <see cref="ExternalCallException"/>.
    /// </summary>
    public static async Task<GovernedSince> ReadAsync(ICursors cursors, IEnumerable<string> vaultHosts, DateTimeOffset? covered, DateTimeOffset now, CancellationToken ct)
    {
        var known = Kept(await cursors.ReadAsync(EstateCursor, ct), now);
        var isLost = known is null && covered is not null;
        var since = new GovernedSince(known ?? (isLost ? DateTimeOffset.MinValue : await NoteAsync(cursors, EstateCursor, now, now, ct)));
        foreach (var host in vaultHosts)
        {
            var name = $"reality-since-{CrockfordBase32.OfSha256(host)}";
            since._vaults[host] = Kept(await cursors.ReadAsync(name, ct), now) ?? await NoteAsync(cursors, name, isLost || covered is null ? since.Estate : now, now, ct);
        }

        // Last: whoever dies before it takes the vaults that he did not come to for lost again.
        if (isLost)
            await NoteAsync(cursors, EstateCursor, since.Estate, now, ct);
        return since;
    }

    /// <summary>What no run wrote, words or an instant to come, takes nothing from what is answered for.</summary>
    private static DateTimeOffset? Kept(Cursor? cursor, DateTimeOffset now) =>
        cursor is null ? null : cursor.Instant is { } at && at <= now + _ahead ? at : DateTimeOffset.MinValue;

    /// <summary>What is kept: another instance may have been first.</summary>
    private static async Task<DateTimeOffset> NoteAsync(ICursors cursors, string name, DateTimeOffset at, DateTimeOffset now, CancellationToken ct) =>
        Kept(await cursors.TryMoveAsync(name, Cursor.Of(at), null, ct) ?? await cursors.ReadAsync(name, ct), now) ?? at;
}
