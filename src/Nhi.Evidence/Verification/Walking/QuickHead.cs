using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>
/// Finds where a log ends by few reads: far steps as long as signed checkpoints are there, which nobody else can make; then name by name. Keys that the log names on the way are learned where the known ones end.
/// Where the newest checkpoint turns out to be signed by none but retired keys, only those count from then on that the batch files say.
/// </summary>
internal sealed class QuickHead(IReadableLog log, string origin, VerifyOptions options, FindingBook book) : IDisposable
{
    private const int Wide = 64;
    private const int MostBack = 1_000;
    private readonly List<NoteKey> keys = [.. options.AllLogKeys.Select(spki => new NoteKey(origin, spki.Span))];
    private readonly List<ReadOnlyMemory<byte>> spkis = [.. options.AllLogKeys];
    private readonly LogPast past = options.PastOf(log, origin);
    private long learnedUpTo = -1;
    private bool isStrict;

    /// <summary>Where the log ends, the last number whose batch name is taken, -1 for none; and the newest checkpoints that differ, signed by a key that counts there.</summary>
    /// <param name="from">Where to begin: the batch of a checkpoint that was saved.</param>
    /// <param name="ct">Cancels.</param>
    internal async Task<(long Head, IReadOnlyList<FoundCheckpoint> Newest)> LookAsync(long from, CancellationToken ct)
    {
        var head = await FindAsync(from, ct);
        var newest = await NewestAsync(head, ct);
        if (newest.Count == 0 || await AllCountAsync(newest, ct))
            return (head, newest);
        isStrict = true;
        head = await FindAsync(from, ct);
        return (head, await NewestAsync(head, ct));
    }

    private async Task<bool> AllCountAsync(IReadOnlyList<FoundCheckpoint> notes, CancellationToken ct)
    {
        foreach (var note in notes)
        {
            if (!await past.CountsAsync(note.Note, note.Checkpoint.Batch, ct))
                return false;
        }

        return true;
    }

    /// <summary>The last number whose batch name is taken; -1 for none.</summary>
    /// <param name="from">Where to begin: the batch of a checkpoint that was saved.</param>
    /// <param name="ct">Cancels.</param>
    private async Task<long> FindAsync(long from, CancellationToken ct)
    {
        // Behind a rotation of the key a saved checkpoint may bear signatures that nobody named yet.
        var low = from > 0 && (await AtAsync(from, all: false, ct)).Count == 0 ? 0 : from;
        var begun = low;
        while (true)
        {
            low = await GallopAsync(low, ct);
            var start = low;
            var there = await Task.WhenAll(Enumerable.Range(0, Wide).Select(i => IsThereAsync(start + i, ct)));
            if (Array.IndexOf(there, false) is var free && free > 0)
                return low + free - 1;
            if (free == 0 && low > begun)
                book.Add(LogFindingKind.BatchMissing, origin, BatchName.Of(low), low, expected: "the batch of a signed checkpoint that is there", found: "there is none");
            if (free == 0)
                return await LastBeforeAsync(begun, low, ct);
            low += Wide - 1;
        }
    }

    /// <summary>The newest number at or before the head that has a signed checkpoint, and all of those that differ, the plain name's first; none where there is none.</summary>
    private async Task<IReadOnlyList<FoundCheckpoint>> NewestAsync(long head, CancellationToken ct)
    {
        for (var number = head; number >= 0 && number > head - MostBack; number--)
        {
            if (await AtAsync(number, all: true, ct) is { Count: > 0 } found)
                return found;
        }

        return [];
    }

    /// <summary>The batch at a number, if a key of the log signed it for this log and this number; whether it counts only a reading of all says.</summary>
    internal async Task<BatchFile?> BatchAsync(long number, CancellationToken ct)
    {
        if (number < 0 || await log.ReadAsync(BatchName.Of(number), BatchFile.MostBytes, ct) is not { Truncated: false } blob || !BatchParser.TryParse(blob.Bytes, out var signed, out _) || signed.Batch.Log != origin || signed.Batch.Number != number)
            return null;
        foreach (var spki in spkis.Where(spki => Es256.KeyId(spki.Span) == signed.KeyId))
        {
            if (signed.IsSignedBy(spki) && (!isStrict || (await past.KeysAtAsync(number, signed.KeyId, ct)).Any(one => one.Id == signed.KeyId)))
                return signed.Batch;
        }

        return null;
    }

    public void Dispose()
    {
        keys.ForEach(key => key.Dispose());
        past.Dispose();
    }

    /// <summary>The last number from <paramref name="low"/> on that steps reach: doubled while they hit, begun anew where one misses, so that a year is some hundred reads.</summary>
    private async Task<long> GallopAsync(long low, CancellationToken ct)
    {
        while (true)
        {
            var step = 1L;
            for (; (await AtAsync(low + step, all: false, ct)).Count > 0; step *= 2)
                low += step;
            if (step == 1 && !await LearnAsync(low, ct))
                return low;
        }
    }

    /// <summary>A checkpoint that no known key signed lies ahead: a key that the log named in the batches before counts too. A former key signs 1,440 batches more, so it was named not longer ago.</summary>
    private async Task<bool> LearnAsync(long low, CancellationToken ct)
    {
        if (low <= learnedUpTo || await log.ReadAsync(CheckpointName.Of(low + 1), 1, ct) is null)
            return false;
        var from = Math.Max(learnedUpTo + 1, low - BatchChain.FormerKeyCounts - 1);
        learnedUpTo = low;
        var known = keys.Count;
        for (var high = low; high >= from && keys.Count == known; high -= Wide)
        {
            var top = high;
            var batches = await Task.WhenAll(Enumerable.Range(0, (int)Math.Min(Wide, top - from + 1)).Select(i => BatchAsync(top - i, ct)));
            foreach (var batch in batches)
            {
                if (batch?.NextKey is { } named)
                    Add(batch.Number, named);
            }
        }

        return keys.Count > known;
    }

    private void Add(long number, string named)
    {
        var spki = new byte[512];
        if (!Convert.TryFromBase64String(named, spki, out var length) || Es256.TryImport(spki.AsSpan(0, length)) is not { } key || spkis.Exists(known => known.Span.SequenceEqual(spki.AsSpan(0, length))))
            return;
        key.Dispose();
        var found = spki.AsMemory(0, length);
        spkis.Add(found);
        past.Learn(found);
        keys.Add(new NoteKey(origin, found.Span));
        book.Add(
            options.LogKeyVersions is { } versions && !versions.Any(version => version.Span.SequenceEqual(found.Span)) ? LogFindingKind.LogKeyForeign : LogFindingKind.LogKeyNamed,
            origin, BatchName.Of(number), number, found: $"the key {keys[^1].KeyId} from the next batch on");
    }

    /// <summary>A checkpoint is there, its batch is gone: the last batch before it that is there.</summary>
    private async Task<long> LastBeforeAsync(long there, long gone, CancellationToken ct)
    {
        if (there >= gone || !await IsThereAsync(there, ct))
            return there - 1;
        while (gone - there > 1)
        {
            var middle = there + ((gone - there) / 2);
            if (await IsThereAsync(middle, ct))
                there = middle;
            else
                gone = middle;
        }

        return there;
    }

    private async Task<bool> IsThereAsync(long number, CancellationToken ct) => await log.ReadAsync(BatchName.Of(number), 1, ct) is not null;

    /// <summary>Signed checkpoints of a number: one of them, or all that differ.</summary>
    private async Task<List<FoundCheckpoint>> AtAsync(long number, bool all, CancellationToken ct)
    {
        List<FoundCheckpoint> found = [];
        var plain = CheckpointName.Of(number);
        if (await log.ReadAsync(plain, SignedNote.MostBytes, ct) is not { } first)
            return found;
        await JudgeAsync(plain, first, number, found, ct);
        if (found.Count > 0 && !all)
            return found;
        var looked = 0;
        await foreach (var name in log.ListAsync(CheckpointName.Prefix(number), ct))
        {
            if (name.Path == plain || !CheckpointName.TryParse(name.Path, out _, out _))
                continue;
            if (++looked > LogPlace.MostCheckpoints)
                break;
            if (await log.ReadAsync(name.Path, SignedNote.MostBytes, ct) is { } blob && await JudgeAsync(name.Path, blob, number, found, ct) && !all)
                break;
        }

        return found;
    }

    private async Task<bool> JudgeAsync(string path, LogBlob blob, long number, List<FoundCheckpoint> found, CancellationToken ct)
    {
        if (blob.Truncated || CheckpointNote.Judge(blob.Bytes.Span, origin, number, keys).Checkpoint is not { } checkpoint || (isStrict && !await past.CountsAsync(blob.Bytes, number, ct)))
            return false;
        if (!found.Exists(one => one.Checkpoint == checkpoint))
            found.Add(new FoundCheckpoint(path, checkpoint, blob.Bytes, path != CheckpointName.Of(number)));
        return true;
    }
}
