using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Sequencing;

/// <summary>
/// Finishes the log's head before the next batch is claimed: its checkpoint, its tiles, what hangs on it. Idempotent, so that whoever comes after a crash does it again.
/// </summary>
internal sealed class HeadFinisher(IEvidenceStore store, IBatchSink sink, TileFollower? tiles)
{
    /// <summary>Batches that are looked at for rows that nobody wrote; with more of them the index is made anew (<c>nhi rebuild --index</c>).</summary>
    private const int MostUnindexed = 1_000;

    /// <summary>Batches that one run catches up with: records come first.</summary>
    private const int MostIndexedAtATime = 100;

    private readonly CheckpointWriter checkpoints = new(store);
    private long checkpointed = -1;
    private long tiled = -1;

    /// <summary>Batches whose rows are not written yet.</summary>
    private readonly SortedSet<long> unindexed = [];
    private long indexed = -1;

    /// <summary>The newest checkpoint that this process has seen in the container.</summary>
    internal WrittenCheckpoint? Newest { get; private set; }

    /// <summary>Told of each checkpoint that this process wrote, or found first at the log's head.</summary>
    internal Action<WrittenCheckpoint>? OnCheckpoint { get; set; }

    /// <summary>The log is read anew: so is what hangs on it.</summary>
    internal void Reset()
    {
        (checkpointed, tiled, indexed) = (-1, -1, -1);
        unindexed.Clear();
        tiles?.Reset();
    }

    /// <summary>
    /// Throws what the store or the keys throw: then nothing may be claimed. One that fails does not keep the others from their work, and tiles and index, which can be made at any time, stop nothing.
    /// </summary>
    internal async Task FinishAsync(LogView log, LogSigners signers, BatchRecords records, IReadOnlyDictionary<string, Candidate> atHand, Action<SequencerAlarm> alarm, CancellationToken ct)
    {
        if (log.Head < 0)
            return;
        SigningException? unsigned = null;
        try
        {
            await SignAsync(log, signers, alarm, ct);
        }
        catch (SigningException e)
        {
            unsigned = e;
        }

        await TileAsync(log, atHand, alarm, ct);
        await IndexAsync(log, records, alarm, ct);
        if (unsigned is not null)
            throw new SigningException($"The log {store.Origin} has no checkpoint for batch {log.Head} yet, and nothing is claimed until it has: {unsigned.Message}", unsigned);
    }

    /// <summary>The newest valid batch has its checkpoint, and so has the end of a run of void ones behind it.</summary>
    private async Task SignAsync(LogView log, LogSigners signers, Action<SequencerAlarm> alarm, CancellationToken ct)
    {
        if (log.Newest is { } newest && newest.Number > checkpointed)
            await SignAsync(log, newest.Number, signers, alarm, ct);
        if (log.Head > checkpointed)
            await SignAsync(log, log.Head, signers, alarm, ct);
    }

    private async Task SignAsync(LogView log, long batch, LogSigners signers, Action<SequencerAlarm> alarm, CancellationToken ct)
    {
        var counting = log.Chain.Keys.Where(key => key.CountsAt(batch)).ToArray();
        var keys = counting.Select(key => new NoteKey(store.Origin, key.Spki.Span)).ToArray();
        try
        {
            Newest = await checkpoints.EnsureAsync(new Checkpoint(store.Origin, log.Size, log.Root, batch), keys, async (checkpoint, token) =>
            {
                await log.DeriveAgainAsync(token);
                return await NoteAsync(checkpoint, counting, signers, alarm, token);
            }, alarm, ct);
            checkpointed = batch;
            OnCheckpoint?.Invoke(Newest);
        }
        finally
        {
            foreach (var key in keys)
                key.Dispose();
        }
    }

    /// <summary>Signed by the newest key that counts; by former ones too, where they still sign.</summary>
    private static async Task<byte[]> NoteAsync(Checkpoint checkpoint, IReadOnlyList<LogKey> counting, LogSigners signers, Action<SequencerAlarm> alarm, CancellationToken ct)
    {
        var own = counting.Reverse().Select(key => (key, signer: signers.Of(key))).Where(pair => pair.signer is not null).ToArray();
        if (own.Length == 0)
            throw new SigningException($"None of the log keys {string.Join(", ", counting.Select(key => key.Id))} that count for batch {checkpoint.Batch} is one that this process signs with. Give it the key that Nhi__LogKey names, in all its versions.");
        List<NoteSignature> signatures = [];
        SigningException? silent = null;
        foreach (var (key, signer) in own)
        {
            try
            {
                signatures.Add(await CheckpointNote.SignatureAsync(checkpoint, signer!, ct));
            }
            catch (SigningException e)
            {
                silent = e;
                alarm(new SequencerAlarm(SequencerAlarmKind.FormerKeySilent, CheckpointName.Of(checkpoint.Batch), $"the log key {key.Id} did not sign: {e.Message}"));
            }
        }

        return signatures.Count > 0 ? new SignedNote(checkpoint.Text(), signatures).Format() : throw silent!;
    }

    /// <summary>Oldest first, so that a batch which has its rows tells of those before it.</summary>
    private async Task IndexAsync(LogView log, BatchRecords records, Action<SequencerAlarm> alarm, CancellationToken ct)
    {
        try
        {
            if (log.Newest is { } newest && newest.Number > indexed)
            {
                unindexed.Add(newest.Number);
                await LookBackAsync(log, newest.Number - 1, alarm, ct);
                indexed = newest.Number;
            }

            foreach (var number in unindexed.Take(MostIndexedAtATime).ToArray())
            {
                await sink.FinishAsync(number == log.Newest!.Number ? log.Newest : await log.ReadAgainAsync(number, ct), records, ct);
                unindexed.Remove(number);
            }
        }
        catch (EvidenceIndexException e)
        {
            alarm(new SequencerAlarm(SequencerAlarmKind.Index, store.Origin, $"rows of the index of the log {store.Origin} could not be written, and follow later: {e.Message}"));
        }
    }

    /// <summary>Whoever claimed a batch's successor had mostly written its rows; where it could not, or died, they are owed. One question where nothing is.</summary>
    private async Task LookBackAsync(LogView log, long from, Action<SequencerAlarm> alarm, CancellationToken ct)
    {
        for (var number = from; number > indexed; number--)
        {
            if (log.IsVoid(number) || unindexed.Contains(number))
                continue;
            if (unindexed.Count > MostUnindexed)
            {
                alarm(new SequencerAlarm(SequencerAlarmKind.Index, store.Origin, $"more than {MostUnindexed} batches of the log {store.Origin} have no rows in the index: nhi rebuild --index makes it anew"));
                return;
            }

            if (await sink.HasFinishedAsync(await log.ReadAgainAsync(number, ct), ct))
                return;
            unindexed.Add(number);
        }
    }

    private async Task TileAsync(LogView log, IReadOnlyDictionary<string, Candidate> atHand, Action<SequencerAlarm> alarm, CancellationToken ct)
    {
        if (tiles is null || tiled == log.Head)
            return;
        try
        {
            if (await tiles.FollowAsync(log, atHand, Newest?.Checkpoint.Batch == log.Head ? Newest : null, ct) is { } wrong)
                alarm(wrong);
            else if (tiles.IsAt(log) && checkpointed == log.Head)
                tiled = log.Head;
        }
        catch (EvidenceStoreException e)
        {
            alarm(new SequencerAlarm(SequencerAlarmKind.Tiles, Tiles.TilePath.Checkpoint, $"the tiles of the log {store.Origin} could not be written, and follow later: {e.Message}"));
        }
    }
}
