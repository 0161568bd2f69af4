namespace Nhi.Evidence.Checkpoints;

/// <summary>Whether a note is a checkpoint of this log for this batch, signed by a key that counts. <paramref name="Checkpoint"/>: when it is; <paramref name="KeyIds"/>: whose signatures verified; <paramref name="Why"/>: when it is void.</summary>
public sealed record CheckpointJudgement(Checkpoint? Checkpoint, IReadOnlyList<string> KeyIds, string? Why)
{
    public bool IsSigned => Checkpoint is not null;
}
