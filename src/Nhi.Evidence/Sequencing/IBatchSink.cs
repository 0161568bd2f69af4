namespace Nhi.Evidence.Sequencing;

/// <summary>What is derived from the log hangs on here: index, tiles, checkpoints.</summary>
public interface IBatchSink
{
    /// <summary>
    /// Called for the newest valid batch before the next one is claimed, by every sequencer that sees it: so it must be idempotent, and the batches before it were finished by whoever claimed their successors.
    /// When it throws, nothing more is claimed in this run.
    /// </summary>
    Task FinishAsync(BatchFile batch, BatchRecords records, CancellationToken ct);
}
