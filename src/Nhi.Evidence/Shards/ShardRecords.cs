using System.Globalization;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Shards;

/// <summary>
/// What joins one year's log to the next. All stand in the newer log, have no intent, and names that follow from what they say: the first writer wins, whoever comes later finds it done.
/// </summary>
public static class ShardRecords
{
    public const string Open = "shard.open";
    public const string Close = "shard.close";
    public const string Stray = "shard.stray";
    public const string Missing = "shard.missing";

    /// <summary>The older log gets its last batch this long after the newer one was opened: what was under way has landed by then.</summary>
    public static readonly TimeSpan ClosesAfter = TimeSpan.FromHours(48);

    /// <summary>The first record of a log: the newest checkpoint of the one before it. Its time is the beginning of the log's year.</summary>
    /// <param name="shard">The log that opens.</param>
    /// <param name="before">The log before it, and its newest checkpoint.</param>
    public static EvidenceRecord OfOpen(ShardName shard, ShardFacts before)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentNullException.ThrowIfNull(before);
        return Bare(Open, "summary", shard.Begins, $"shard-open\n{shard.Origin}") with
        {
            Summary = $"This log opens and goes on from {before.Log}{At(before.Checkpoint)}.",
            Shard = before,
        };
    }

    /// <summary>The older log is closed: its final checkpoint. Its time is the full hour in which the older log was due to be closed.</summary>
    /// <param name="due">When it was due.</param>
    /// <param name="closed">The closed log, and its last checkpoint.</param>
    public static EvidenceRecord OfClose(DateTimeOffset due, ShardFacts closed)
    {
        ArgumentNullException.ThrowIfNull(closed);
        return Bare(Close, "summary", Hour(due), $"shard-close\n{closed.Log}") with
        {
            Summary = $"{closed.Log} is closed{At(closed.Checkpoint)}: nothing that comes into it later counts.",
            Shard = closed,
        };
    }

    /// <summary>Authentic records, at most <see cref="RecordLimits.Strays"/>, that stand in a closed log and in no batch of it. Its time is that of the <c>shard.close</c>.</summary>
    public static EvidenceRecord OfStrays(DateTimeOffset due, ShardFacts strays)
    {
        ArgumentNullException.ThrowIfNull(strays);
        var found = strays.Strays ?? [];
        return Bare(Stray, "FINDING", Hour(due), $"shard-stray\n{strays.Log}\n{string.Concat(found.Select(stray => $"{stray.Sha256} {stray.Path}\n"))}") with
        {
            Summary = $"{found.Count} records came into {strays.Log} after it was closed. They are listed here with their hashes, since no batch of that log lists them.",
            Shard = strays,
            Finding = new FindingFacts("shard-stray", "warning", "Nothing is lost. Look for a host that was frozen for two days, or whose clock is wrong.", Count: found.Count),
        };
    }

    /// <summary>The year's container does not count, so another one goes on. One record a day.</summary>
    /// <param name="missing">What the container should be called.</param>
    /// <param name="inUse">The origin of the log that goes on.</param>
    /// <param name="now">UTC.</param>
    public static EvidenceRecord OfMissing(string missing, string inUse, DateTimeOffset now) => Bare(Missing, "FINDING", TimerOp.Floor(now, TimeSpan.FromDays(1)), $"shard-missing\n{missing}") with
    {
        Summary = $"The container {missing} is not there, is not prepared (no shard.first) or has no immutability policy; {inUse} goes on.",
        Finding = new FindingFacts("shard-missing", "critical", "Deploy again, which makes the containers of this year and the next two, or run nhi evidence prepare."),
    };

    private static EvidenceRecord Bare(string action, string result, DateTimeOffset time, string subject) => new()
    {
        Op = TimerOp.Of(subject, action[(action.IndexOf('.', StringComparison.Ordinal) + 1)..], time),
        Stage = RecordStage.Outcome,
        Action = action,
        Result = result,
        Time = time,
        Summary = "",
        Controls = FrameworkControls.OfTheLog,
    };

    private static DateTimeOffset Hour(DateTimeOffset instant) => TimerOp.Floor(instant, TimeSpan.FromHours(1));

    private static string At(CheckpointFacts? checkpoint) => checkpoint is null ? "" : string.Create(CultureInfo.InvariantCulture, $" at {checkpoint.Size} records (batch {checkpoint.Batch})");
}
