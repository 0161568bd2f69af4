using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>
/// Since when the product answers for what is changed: the estate since the first run, a vault since the first run that had it in scope. What was changed before was nobody's to record. Instants UTC.
/// </summary>
public sealed class GovernedSince
{
    private const string EstateCursor = "reconcile-reality-since";
    private readonly Dictionary<string, DateTimeOffset> _vaults = new(StringComparer.Ordinal);

    private GovernedSince(DateTimeOffset estate) => Estate = estate;

    public DateTimeOffset Estate { get; }

    /// <summary>Of a vault that is not in scope: the estate's.</summary>
    public DateTimeOffset Of(string? vaultHost) => vaultHost is not null && _vaults.TryGetValue(vaultHost, out var since) ? since : Estate;

    /// <summary>Of a change: its vault's where it is about one.</summary>
    public DateTimeOffset Of(PlatformChange change) => Of(change.Credential?.Vault ?? change.Subject);

    /// <summary>
    /// Reads it, and notes what is new. <paramref name="covered"/>: how far coverage in evidence reaches; where that is known and the cursors are not, tables were lost, and everything in scope has been for long.
    /// Throws <see cref="ExternalCallException"/>.
    /// </summary>
    public static async Task<GovernedSince> ReadAsync(ICursors cursors, IEnumerable<string> vaultHosts, DateTimeOffset? covered, DateTimeOffset first, CancellationToken ct)
    {
        var known = (await cursors.ReadAsync(EstateCursor, ct))?.Instant;
        var isLost = known is null && covered is not null;
        var since = new GovernedSince(known ?? (isLost ? DateTimeOffset.MinValue : first));
        foreach (var host in vaultHosts)
        {
            var name = $"reality-since-{CrockfordBase32.OfSha256(host)}";
            if ((await cursors.ReadAsync(name, ct))?.Instant is { } at)
                since._vaults[host] = at;
            else
                await NoteAsync(cursors, name, since._vaults[host] = isLost ? DateTimeOffset.MinValue : first, ct);
        }

        // Last: whoever dies before it reads the vaults' own next time, and takes those that it did not come to for lost too.
        if (known is null)
            await NoteAsync(cursors, EstateCursor, since.Estate, ct);
        return since;
    }

    private static async Task NoteAsync(ICursors cursors, string name, DateTimeOffset at, CancellationToken ct) => await cursors.TryMoveAsync(name, Cursor.Of(at), null, ct);
}
