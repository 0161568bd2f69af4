using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tiles;

/// <summary>Makes the tiles anew from the container alone: batches, then the records that they list.</summary>
/// <param name="store">The container.</param>
/// <param name="firstLogKeys">The public keys (SPKI, DER) that the log may have begun with.</param>
/// <param name="tiles">Where the tiles go, over what is there.</param>
/// <param name="clock">Any clock.</param>
public sealed class TilesRebuilder(IEvidenceStore store, IReadOnlyList<ReadOnlyMemory<byte>> firstLogKeys, ITileStore tiles, TimeProvider clock)
{
    /// <summary>
    /// Writes every tile, full and partial, every bundle, and the pointer where the log's head has its checkpoint; returns how many leaves the log has. Throws <see cref="EvidenceStoreException"/>; running it again goes over everything once more.
    /// </summary>
    public async Task<long> RebuildAsync(CancellationToken ct)
    {
        var options = new SequencerOptions();
        using var log = new LogView(store, firstLogKeys, options.Parallel);
        await log.FollowAsync(_ => { }, ct);
        var follower = new TileFollower(store, tiles, clock, options);
        follower.BeginAnew();
        var head = log.Head < 0 ? null : await HeadAsync(log, ct);
        while (log.Head >= 0 && !follower.IsAt(log))
        {
            if (await follower.FollowAsync(log, new Dictionary<string, Candidate>(), head, ct) is { } wrong)
                throw new EvidenceStoreException(wrong.What);
        }

        return log.Size;
    }

    private async Task<WrittenCheckpoint?> HeadAsync(LogView log, CancellationToken ct)
    {
        var name = CheckpointName.Of(log.Head);
        var keys = log.Chain.Keys.Where(key => key.CountsAt(log.Head)).Select(key => new NoteKey(store.Origin, key.Spki.Span)).ToArray();
        try
        {
            var note = await store.ReadAsync(name, SignedNote.MostBytes, ct);
            var expected = new Checkpoint(store.Origin, log.Size, log.Root, log.Head);
            return note is { Truncated: false } && CheckpointNote.Judge(note.Bytes.Span, store.Origin, log.Head, keys).Checkpoint == expected ? new WrittenCheckpoint(expected, name, note.Bytes) : null;
        }
        finally
        {
            foreach (var key in keys)
                key.Dispose();
        }
    }
}
