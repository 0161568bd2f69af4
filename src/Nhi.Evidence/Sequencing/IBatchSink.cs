using Nhi.Evidence.Index;

namespace Nhi.Evidence.Sequencing;

/// <summary>What is derived from the log batch by batch hangs on here: the index.</summary>
public interface IBatchSink
{
    /// <summary>
    /// Called for each valid batch, by every sequencer that sees it: so it must be idempotent. When it throws <see cref="EvidenceIndexException"/> the log goes on, and the batch is given again later.
    /// </summary>
    Task FinishAsync(BatchFile batch, BatchRecords records, CancellationToken ct);

    /// <summary>True where somebody finished the batch. Throws <see cref="EvidenceIndexException"/>.</summary>
    Task<bool> HasFinishedAsync(BatchFile batch, CancellationToken ct);
}
