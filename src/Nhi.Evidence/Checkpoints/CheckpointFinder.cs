using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Checkpoints;

/// <summary>Finds the checkpoint of a batch, for who has not the tree: signed for this log, this batch and this size. Whether its root is the tree's is for a verifier to say.</summary>
public static class CheckpointFinder
{
    /// <summary>Names beside a squatted one that are looked at.</summary>
    private const int MostBeside = 64;

    /// <summary>Null when there is none (yet). Throws <see cref="EvidenceStoreException"/>.</summary>
    /// <param name="store">The container.</param>
    /// <param name="batch">The batch's number.</param>
    /// <param name="size">Leaves of the log with that batch.</param>
    /// <param name="keys">The log keys that count there.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<WrittenCheckpoint?> FindAsync(IEvidenceStore store, long batch, long size, IReadOnlyList<LogKey> keys, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(keys);
        var name = CheckpointName.Of(batch);
        if (await store.ReadAsync(name, SignedNote.MostBytes, ct) is not { } blob)
            return null;
        if (Judge(store, name, blob, batch, size, keys) is { } found)
            return found;
        var looked = 0;
        await foreach (var beside in store.ListAsync(CheckpointName.Prefix(batch) + "~", ct))
        {
            if (++looked > MostBeside)
                break;
            if (CheckpointName.TryParse(beside.Path, out _, out _) && await store.ReadAsync(beside.Path, SignedNote.MostBytes, ct) is { } there && Judge(store, beside.Path, there, batch, size, keys) is { } one)
                return one;
        }

        return null;
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
