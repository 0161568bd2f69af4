using Nhi.Evidence.Checkpoints;

namespace Nhi.Evidence.Sequencing;

/// <summary>
/// What a run did. <paramref name="Next"/>: the number of the next batch; <paramref name="Size"/>: leaves in the log; <paramref name="Claimed"/>: batches that this run made;
/// <paramref name="Logged"/>: records in them; <paramref name="Lost"/>: claims that somebody else won; <paramref name="Void"/>: names of batches, seen in this run, that count for nothing;
/// <paramref name="Foreign"/>: blobs under <c>records/</c> that this process has found to be no records of this log.
/// </summary>
public sealed record SequencerReport(long Next, long Size, int Claimed, int Logged, int Lost, int Void, int Foreign, bool IsClosed)
{
    /// <summary>Somebody closed it while its year is under way.</summary>
    public bool IsClosedEarly { get; init; }

    /// <summary>What a person should know of: at most 20, of which each is said once by a process.</summary>
    public IReadOnlyList<SequencerAlarm> Alarms { get; init; } = [];

    /// <summary>The newest checkpoint, when this run wrote it or found it first; else null. <see cref="Sequencer.OnCheckpoint"/> tells of those before it, too.</summary>
    public WrittenCheckpoint? Checkpoint { get; init; }
}
