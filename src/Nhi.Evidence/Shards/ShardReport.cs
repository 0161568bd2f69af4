using Nhi.Evidence.Sequencing;

namespace Nhi.Evidence.Shards;

/// <summary>What a run did with one log. <paramref name="Reports"/>: of its sequencer, in order; <paramref name="Failure"/>: what kept it from finishing, or null; the others went on.</summary>
public sealed record LogRun(string Origin, IReadOnlyList<SequencerReport> Reports, Exception? Failure);

/// <summary>
/// What a run did with the logs of one account. <paramref name="Logs"/>: oldest first. <paramref name="Missing"/>: what the year's container should be called, where another one goes on.
/// <paramref name="RunsOut"/>: the end of the last year (UTC) that there is a container for; null where containers are not by year.
/// </summary>
public sealed record ShardReport(IReadOnlyList<LogRun> Logs, string? Missing, DateTimeOffset? RunsOut);
