using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Checkpoints;

/// <summary>
/// Finds the checkpoints of a batch, for who has not the tree: signed for this log, this batch and this size. Whether a root is the tree's is for a verifier to say; where a thief of the log key took the plain name, the true one stands beside his, so all are given.
/// </summary>
public static class CheckpointFinder
{
    /// <summary>Names beside a squatted one that are looked at.</summary>
    private const int MostBeside = 64;

    /// <summary>None when there is none (yet); the one at the plain name first. Throws <see cref="EvidenceStoreException"/>.</summary>
    /// <param name="store">The container.</param>
    /// <param name="batch">The batch's number.</param>
    /// <param name="size">Leaves of the log with that batch.</param>
    /// <param name="keys">The log keys that count there.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<IReadOnlyList<WrittenCheckpoint>> FindAsync(IEvidenceStore store, long batch, long size, IReadOnlyList<LogKey> keys, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(keys);
        var name = CheckpointName.Of(batch);
        if (await store.ReadAsync(name, SignedNote.MostBytes, ct) is not { } blob)
            return [];
        List<WrittenCheckpoint> all = [];
        if (Judge(store, name, blob, batch, size, keys) is { } found)
            all.Add(found);
        var looked = 0;
        await foreach (var beside in store.ListAsync(CheckpointName.Prefix(batch) + "~", ct))
        {
            if (++looked > MostBeside)
                break;
            if (CheckpointName.TryParse(beside.Path, out _, out _) && await store.ReadAsync(beside.Path, SignedNote.MostBytes, ct) is { } there && Judge(store, beside.Path, there, batch, size, keys) is { } one)
                all.Add(one);
        }

        return all;
    }

    private static WrittenCheckpoint? Judge(IEvidenceStore store, string name, StoredBlob blob, long batch, long size, IReadOnlyList<LogKey> keys)
    {
        if (blob.Truncated)
            return null;
        var noteKeys = keys.Select(key => new NoteKey(store.Origin, key.Spki.Span)).ToArray();
        try
        {
            return CheckpointNote.Judge(blob.Bytes.Span, store.Origin, batch, noteKeys).Checkpoint is { } checkpoint && checkpoint.Size == size ? new WrittenCheckpoint(checkpoint, name, blob.Bytes) : null;
        }
        finally
        {
            foreach (var key in noteKeys)
                key.Dispose();
        }
    }
}
