using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;

namespace Nhi.Evidence.Sequencing;

/// <summary>
/// Keeps the tiles of a log up with its batches. Where it begins is the pointer's word, believed as far as the right edge hashes to it; and when what was written does not come to the root that the batches yield, everything is written anew.
/// </summary>
internal sealed class TileFollower(IEvidenceStore store, ITileStore tiles, TimeProvider clock, SequencerOptions options)
{
    private TileWriter? writer;
    private long next;
    private long? bundled;

    /// <summary>Begins at the pointer again.</summary>
    internal void Reset() => writer = null;

    /// <summary>Believes nothing of what lies there.</summary>
    internal void BeginAnew() => (writer, next) = (new TileWriter(tiles), 0);

    /// <summary>True when every batch of the log is in the tiles.</summary>
    internal bool IsAt(LogView log) => next > log.Head;

    /// <summary>
    /// Writes the tiles of what is new; at most <see cref="SequencerOptions.MostTileLeaves"/>, the rest next time. Returns an alarm where what lay there was wrong.
    /// Throws <see cref="EvidenceStoreException"/> when either store fails: the next call begins at the pointer.
    /// </summary>
    /// <param name="log">The log as read.</param>
    /// <param name="atHand">Records that need not be read.</param>
    /// <param name="head">The checkpoint of the log's head, for the pointer; null where there is none yet.</param>
    /// <param name="ct">Cancels.</param>
    internal async Task<SequencerAlarm?> FollowAsync(LogView log, IReadOnlyDictionary<string, Candidate> atHand, WrittenCheckpoint? head, CancellationToken ct)
    {
        var growing = writer ?? await OpenAsync(log, ct);
        writer = null;
        var most = growing.Size + options.MostTileLeaves;
        for (; next <= log.Head && growing.Size < most; next++)
        {
            if (log.IsVoid(next))
                continue;
            var batch = log.Newest!.Number == next ? log.Newest : await log.ReadAgainAsync(next, ct);
            await GrowAsync(growing, batch, atHand, ct);
        }

        if (next <= log.Head)
        {
            // So far, so that another process need not begin at the beginning.
            await PublishAsync(growing, await NoteOfAsync(next - 1, growing, ct), ct);
            writer = growing;
            return null;
        }

        if (growing.Size != log.Size || growing.Root() != log.Root)
        {
            BeginAnew();
            return new SequencerAlarm(SequencerAlarmKind.Tiles, TilePath.Checkpoint, $"the tiles of the log {store.Origin} come to another root than its batches: all of them are written anew");
        }

        await PublishAsync(growing, head?.Note, ct);
        writer = growing;
        return null;
    }

    private async Task PublishAsync(TileWriter growing, ReadOnlyMemory<byte>? note, CancellationToken ct)
    {
        var withBundle = bundled is not { } at || clock.GetElapsedTime(at) >= options.PartialBundleEvery;
        await growing.FlushAsync(withBundle, ct);
        if (withBundle)
            bundled = clock.GetTimestamp();
        if (note is { } pointer)
            await tiles.WriteAsync(TilePath.Checkpoint, pointer, ct);
    }

    /// <summary>The note at the plain name of a batch's checkpoint, where it says what the tiles come to.</summary>
    private async Task<ReadOnlyMemory<byte>?> NoteOfAsync(long batch, TileWriter growing, CancellationToken ct) =>
        await store.ReadAsync(CheckpointName.Of(batch), SignedNote.MostBytes, ct) is { Truncated: false } blob && Read(blob.Bytes) is { } found && found.Size == growing.Size && found.Root == growing.Root() ? blob.Bytes : default(ReadOnlyMemory<byte>?);

    private Checkpoint? Read(ReadOnlyMemory<byte> bytes) =>
        SignedNote.TryParse(bytes.Span, out var note, out _) && Checkpoint.TryParse(note.Text, out var checkpoint, out _) && checkpoint.Origin == store.Origin ? checkpoint : null;

    private async Task<TileWriter> OpenAsync(LogView log, CancellationToken ct)
    {
        next = 0;
        if (await tiles.ReadAsync(TilePath.Checkpoint, SignedNote.MostBytes, ct) is not { } bytes || Read(bytes) is not { } pointer || pointer.Size > log.Size)
            return new TileWriter(tiles);
        if (await TileWriter.OpenAsync(tiles, pointer.Size, pointer.Root, ct) is not { } there)
            return new TileWriter(tiles);
        next = log.BatchAt(there.Size);
        return there;
    }

    private async Task GrowAsync(TileWriter growing, BatchFile batch, IReadOnlyDictionary<string, Candidate> atHand, CancellationToken ct)
    {
        // A bundle's worth at a time: records of 64 KB would be a lot in a batch of thousands.
        for (var from = (int)Math.Clamp(growing.Size - batch.First, 0, batch.Entries.Count); from < batch.Entries.Count; from += TilePath.Width)
        {
            BatchEntry[] entries = [.. Enumerable.Range(from, Math.Min(TilePath.Width, batch.Entries.Count - from)).Select(i => batch.Entries[i])];
            var records = new ReadOnlyMemory<byte>[entries.Length];
            List<int> away = [];
            for (var i = 0; i < entries.Length; i++)
            {
                if (atHand.TryGetValue(entries[i].Path, out var known) && known.Entry == entries[i])
                    records[i] = known.Bytes;
                else
                    away.Add(i);
            }

            await Parallel.ForEachAsync(away, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = ct },
                async (i, token) => records[i] = await BytesAsync(entries[i], token));
            for (var i = 0; i < entries.Length; i++)
                await growing.AppendAsync(entries[i].LeafHash, records[i], ct);
        }
    }

    private async Task<ReadOnlyMemory<byte>> BytesAsync(BatchEntry entry, CancellationToken ct)
    {
        var blob = await store.ReadAsync(entry.Path, RecordLimits.Bytes, ct);
        return blob is { Truncated: false } && Tree.TreeHash.Leaf(blob.Bytes.Span) == entry.LeafHash ? blob.Bytes : default;
    }
}
