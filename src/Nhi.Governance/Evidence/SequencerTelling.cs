using Microsoft.Extensions.Logging;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;

namespace Nhi.Governance.Evidence;

/// <summary>What sequencers have to say goes to the log stream: each checkpoint, so that it stands where the log's keepers cannot change it, alarms, and that a log stands still. Alerts hang on the numbers of the events.</summary>
internal sealed partial class SequencerTelling(TimeProvider clock, ILogger logger)
{
    /// <summary>A log without a finished run for so long stands still.</summary>
    internal static readonly TimeSpan Stalled = TimeSpan.FromMinutes(5);

    /// <summary>What ends in a log that stands still, is somebody else's, or has no seals.</summary>
    private static readonly HashSet<SequencerAlarmKind> _ends = [SequencerAlarmKind.ClosedEarly, SequencerAlarmKind.BegunAhead, SequencerAlarmKind.ForeignKey, SequencerAlarmKind.KeyLeftOut, SequencerAlarmKind.Flood, SequencerAlarmKind.WrongClock];

    private readonly Dictionary<string, long> _failingSince = new(StringComparer.Ordinal);

    /// <summary>How a run ended. One that sequenced and then failed, say at its seal, has not finished.</summary>
    internal void Tell(LogRun run)
    {
        // A log that somebody closed in mid-year ends each run well, and stands still all the same.
        var closedEarly = run.Reports is [.., { IsClosedEarly: true }];
        if (run.Failure is null && !closedEarly)
            TellFinished(run.Origin);
        else
            TellFailure(run.Origin, run.Reports.Count == 0 || closedEarly ? "records are safe and not sequenced" : "records are sequenced, and the log's own ones (seals, the turn of a year, ended keys) are not written");
    }

    internal void Tell(WrittenCheckpoint newest) => LogCheckpoint(newest.Checkpoint.Origin, newest.Checkpoint.Size, newest.Checkpoint.Root.ToBase64(), newest.Checkpoint.Batch);

    internal void Tell(string log, SequencerAlarm alarm)
    {
        if (alarm.Kind == SequencerAlarmKind.Fork)
            LogFork(log, alarm.Path, alarm.What);
        else if (_ends.Contains(alarm.Kind))
            LogEnding(log, alarm.Kind, alarm.Path, alarm.What);
        else
            LogAlarm(log, alarm.Kind, alarm.Path, alarm.What);
    }

    internal void TellFinished(string log) => _failingSince.Remove(log);

    private void TellFailure(string log, string what)
    {
        if (!_failingSince.TryGetValue(log, out var since))
            _failingSince[log] = clock.GetTimestamp();
        else if (clock.GetElapsedTime(since) is var elapsed && elapsed >= Stalled)
            LogStalled(log, (int)elapsed.TotalMinutes, what);
    }

    [LoggerMessage(4203, LogLevel.Information, "Checkpoint {Origin} {Size} {Root} batch {Batch}")]
    private partial void LogCheckpoint(string origin, long size, string root, long batch);

    [LoggerMessage(4204, LogLevel.Critical, "The log {Log} has a checkpoint that its batches do not yield, '{Path}': {What}")]
    private partial void LogFork(string log, string path, string what);

    [LoggerMessage(4205, LogLevel.Warning, "The log {Log}, {Kind}, '{Path}': {What}")]
    private partial void LogAlarm(string log, SequencerAlarmKind kind, string path, string what);

    [LoggerMessage(4209, LogLevel.Critical, "The log {Log} is in danger, {Kind}, '{Path}': {What}")]
    private partial void LogEnding(string log, SequencerAlarmKind kind, string path, string what);

    [LoggerMessage(4206, LogLevel.Critical, "The log {Log} has stood still for {Minutes} minutes: {What}. The errors before this one say why")]
    private partial void LogStalled(string log, int minutes, string what);
}
