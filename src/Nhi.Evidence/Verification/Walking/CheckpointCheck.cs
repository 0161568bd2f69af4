using System.Runtime.CompilerServices;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>A signed checkpoint at a name of its batch.</summary>
internal sealed record FoundCheckpoint(string Path, Checkpoint Checkpoint, ReadOnlyMemory<byte> Note, bool Beside);

/// <summary>Reads the checkpoints of one number and says which are signed; the others are named.</summary>
internal sealed class CheckpointCheck(IReadableLog log, string origin, FindingBook book)
{
    internal async Task<IReadOnlyList<FoundCheckpoint>> CheckAsync(BatchWork work, CancellationToken ct)
    {
        List<FoundCheckpoint> found = [];
        var keys = work.Keys.Select(key => new NoteKey(origin, key.Spki.Span)).ToList();
        var plain = false;
        await foreach (var path in PathsAsync(work.Place, ct))
        {
            plain |= path == CheckpointName.Of(work.Number);
            if (await JudgeAsync(path, work, keys, ct) is { } one)
                found.Add(one);
        }

        keys.ForEach(key => key.Dispose());
        // A name beside the plain one is only taken where that is taken.
        if (found.Count > 0 && !plain)
            book.Add(LogFindingKind.CheckpointMissing, origin, CheckpointName.Of(work.Number), work.Number, found: "a checkpoint beside this name says that it was taken");
        return found;
    }

    private async IAsyncEnumerable<string> PathsAsync(LogPlace place, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var path in place.Checkpoints)
            yield return path;
        if (!place.MoreCheckpoints)
            yield break;
        await foreach (var name in log.ListAsync(CheckpointName.Prefix(place.Number), ct))
        {
            if (CheckpointName.TryParse(name.Path, out _, out _) && !place.Checkpoints.Contains(name.Path))
                yield return name.Path;
        }
    }

    private async Task<FoundCheckpoint?> JudgeAsync(string path, BatchWork work, List<NoteKey> keys, CancellationToken ct)
    {
        if (await log.ReadAsync(path, SignedNote.MostBytes, ct) is not { } blob)
            return null;
        var judgement = blob.Truncated ? new CheckpointJudgement(null, [], blob.WhyTruncated(SignedNote.MostBytes)) : CheckpointNote.Judge(blob.Bytes.Span, origin, work.Number, keys);
        var beside = path != CheckpointName.Of(work.Number);
        if (judgement.Checkpoint is not { } checkpoint)
        {
            book.Add(work.Role == PlaceRole.Beyond ? LogFindingKind.NameSquatted : LogFindingKind.CheckpointVoid, origin, path, work.Number, found: judgement.Why);
            return null;
        }

        if (beside && path != CheckpointName.Beside(work.Number, blob.Bytes.Span))
            book.Add(LogFindingKind.CheckpointVoid, origin, path, work.Number, expected: CheckpointName.Beside(work.Number, blob.Bytes.Span), found: "its name is not made of its hash");
        if (SignedNote.TryParse(blob.Bytes.Span, out var note, out _) && note.Signatures.FirstOrDefault(one => one.Name != origin || !judgement.KeyIds.Contains(one.KeyId)) is { } unknown)
            book.Add(LogFindingKind.CheckpointSignatureUnknown, origin, path, work.Number, found: $"{unknown.Name} {unknown.KeyId}");
        return new FoundCheckpoint(path, checkpoint, blob.Bytes, beside);
    }
}
