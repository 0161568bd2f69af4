using Nhi.Evidence.Sequencing;

namespace Nhi.Evidence.Shards;

/// <summary>What a run did with one log. <paramref name="Reports"/>: of its sequencer, in order; <paramref name="Failure"/>: what kept it from finishing, or null; the others went on.</summary>
public sealed record LogRun(string Origin, IReadOnlyList<SequencerReport> Reports, Exception? Failure);

/// <summary>What a run did with the logs of one account, oldest first, and how its containers stand to the year.</summary>
public sealed record ShardReport(IReadOnlyList<LogRun> Logs, ShardOutlook Outlook)
{
    /// <summary>What was seen in logs whose year has not come.</summary>
    public IReadOnlyList<SequencerAlarm> Alarms { get; init; } = [];
}
