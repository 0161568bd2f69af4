using System.Globalization;
using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Verification;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing;

namespace Nhi.Governance.Evidence.Verifying;

/// <summary>
/// How far the timer has verified each log, in the table <c>Cursors</c>. Whoever may write the state account may write there, so it is a hint: a checkpoint counts only where the container holds the same, signed by the log key, and its batch.
/// </summary>
internal sealed class VerifiedPlaces(ICursors cursors)
{
    /// <summary>Throws <see cref="ExternalCallException"/> and <see cref="EvidenceStoreException"/>.</summary>
    internal async Task<VerifiedPlace> ReadAsync(IEvidenceStore store, VerifyOptions options, CancellationToken ct)
    {
        var cursor = await cursors.ReadAsync(Name("log", store.Origin), ct);
        if (cursor is null)
            return new VerifiedPlace(null, null, IsRefused: false);
        if (!SignedNote.TryParse(Encoding.UTF8.GetBytes(cursor.Value), out var note, out _) || !Checkpoint.TryParse(note.Text, out var said, out _) || said.Origin != store.Origin || await store.ReadAsync(BatchName.Of(said.Batch), 1, ct) is null)
            return new VerifiedPlace(cursor, null, IsRefused: true);
        var logKeys = options.AllLogKeys.Select(spki => new LogKey(Es256.KeyId(spki.Span), spki, 0, long.MaxValue)).ToList();
        using var past = LogPast.Of(store, options.LogKeys, options.AllLogKeys, areAll: options.LogKeyVersions is not null);
        foreach (var there in (await CheckpointFinder.FindAsync(store, said.Batch, said.Size, logKeys, ct)).Where(one => one.Checkpoint == said))
        {
            if (await past.CountsAsync(there.Note, said.Batch, ct))
                return new VerifiedPlace(cursor, there, IsRefused: false);
        }

        return new VerifiedPlace(cursor, null, IsRefused: true);
    }

    /// <summary>Moves it where that is further on, or where it was not believed; another instance may have been faster.</summary>
    internal async Task MoveAsync(string origin, VerifiedPlace from, string note, CancellationToken ct)
    {
        if (!SignedNote.TryParse(Encoding.UTF8.GetBytes(note), out var signed, out _) || !Checkpoint.TryParse(signed.Text, out var to, out _) || from.Checkpoint?.Checkpoint.Batch >= to.Batch)
            return;
        await cursors.TryMoveAsync(Name("log", origin), note, from.Cursor, ct);
    }

    /// <summary>How many parts of the log's names were compared on that day (UTC), of how many.</summary>
    internal async Task<(Cursor? Cursor, int Done, int Of)> PartsAsync(string origin, DateOnly day, CancellationToken ct)
    {
        var cursor = await cursors.ReadAsync(Name("names", origin), ct);
        return cursor?.Value.Split(' ') is [var said, var done, var of] && said == Text(day) && int.TryParse(done, NumberStyles.None, CultureInfo.InvariantCulture, out var parts) && int.TryParse(of, NumberStyles.None, CultureInfo.InvariantCulture, out var all)
            ? (cursor, parts, all)
            : (cursor, 0, 0);
    }

    /// <summary>Another instance may have been faster.</summary>
    internal Task MovePartsAsync(string origin, DateOnly day, int done, int of, Cursor? from, CancellationToken ct) =>
        cursors.TryMoveAsync(Name("names", origin), string.Create(CultureInfo.InvariantCulture, $"{Text(day)} {done} {of}"), from, ct);

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Name(string what, string origin) => $"verify-{what}-{CrockfordBase32.OfSha256(origin)}";
}

/// <summary>Where the last verification ended. <paramref name="Checkpoint"/>: as the container holds it, null where there is none to go by; <paramref name="IsRefused"/>: something stood there that the container does not bear out.</summary>
internal sealed record VerifiedPlace(Cursor? Cursor, WrittenCheckpoint? Checkpoint, bool IsRefused);
