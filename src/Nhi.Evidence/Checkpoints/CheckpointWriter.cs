using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Checkpoints;

/// <summary>Sees to it that a batch has its checkpoint, whatever stands at its name: void notes cost a name beside it, wrong ones an alarm, and nothing is a reason to stop.</summary>
internal sealed class CheckpointWriter(IEvidenceStore store)
{
    /// <summary>Names beside the plain one that are looked at; with more of them another valid note does no harm.</summary>
    private const int MostBeside = 64;

    /// <summary>The valid note for this checkpoint: the one that is there, or a new one. <paramref name="sign"/> is asked only where there is none.</summary>
    internal async Task<WrittenCheckpoint> EnsureAsync(
        Checkpoint checkpoint, IReadOnlyList<NoteKey> keys, Func<Checkpoint, CancellationToken, Task<byte[]>> sign, Action<SequencerAlarm> alarm, CancellationToken ct)
    {
        var name = CheckpointName.Of(checkpoint.Batch);
        byte[]? mine = null;
        var there = await store.ReadAsync(name, SignedNote.MostBytes, ct);
        if (there is null)
        {
            mine = await sign(checkpoint, ct);
            if ((await store.TryCreateAsync(name, mine, CheckpointName.ContentType, ct)).Answer == CreateAnswer.Created)
                return new WrittenCheckpoint(checkpoint, name, mine);
            there = await store.ReadAsync(name, SignedNote.MostBytes, ct) ?? throw Refused(name);
        }

        if (IsIt(there, name, checkpoint, keys, alarm))
            return new WrittenCheckpoint(checkpoint, name, there.Bytes);
        return await BesideAsync(checkpoint, keys, alarm, ct) ?? await CreateBesideAsync(checkpoint, mine ?? await sign(checkpoint, ct), ct);
    }

    private async Task<WrittenCheckpoint?> BesideAsync(Checkpoint checkpoint, IReadOnlyList<NoteKey> keys, Action<SequencerAlarm> alarm, CancellationToken ct)
    {
        var looked = 0;
        await foreach (var blob in store.ListAsync(CheckpointName.Prefix(checkpoint.Batch) + "~", ct))
        {
            if (++looked > MostBeside)
                break;
            if (CheckpointName.TryParse(blob.Path, out _, out _) && await store.ReadAsync(blob.Path, SignedNote.MostBytes, ct) is { } there && IsIt(there, blob.Path, checkpoint, keys, alarm))
                return new WrittenCheckpoint(checkpoint, blob.Path, there.Bytes);
        }

        return null;
    }

    private async Task<WrittenCheckpoint> CreateBesideAsync(Checkpoint checkpoint, byte[] note, CancellationToken ct)
    {
        var name = CheckpointName.Beside(checkpoint.Batch, note);
        if ((await store.TryCreateAsync(name, note, CheckpointName.ContentType, ct)).Answer == CreateAnswer.Refused)
            throw Refused(name);
        return new WrittenCheckpoint(checkpoint, name, note);
    }

    private bool IsIt(StoredBlob there, string name, Checkpoint expected, IReadOnlyList<NoteKey> keys, Action<SequencerAlarm> alarm)
    {
        var judged = there.Truncated
            ? new CheckpointJudgement(null, [], there.WhyTruncated(SignedNote.MostBytes))
            : CheckpointNote.Judge(there.Bytes.Span, store.Origin, expected.Batch, keys);
        if (judged.Checkpoint == expected)
            return true;
        alarm(judged.Checkpoint is { } wrong
            ? new SequencerAlarm(SequencerAlarmKind.Fork, name, $"FORK: the log key {string.Join(", ", judged.KeyIds)} signed {wrong.Size} leaves with root {wrong.Root} for batch {wrong.Batch}, but the batches yield {expected.Size} leaves with root {expected.Root}. Keep it: it is the proof.")
            : new SequencerAlarm(SequencerAlarmKind.VoidCheckpoint, name, $"no checkpoint of this log for batch {expected.Batch}: {judged.Why}"));
        return false;
    }

    private EvidenceStoreException Refused(string name) =>
        new($"The log {store.Origin} refused '{name}', and nothing is there: the sequencer lacks the right to add blobs under log/.");
}
