using System.Globalization;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Seals;

/// <summary>
/// The hourly record <c>log.seal</c>, also when nothing happened: <c>records/yyyy/MM/dd/HH/HH0000Z__seal_2-seal_{op}.json</c>. Its name follows from the log and the hour alone; the first writer wins.
/// </summary>
public static class SealRecord
{
    public const string Action = "log.seal";

    /// <summary>Seals are due at each full hour, UTC.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>The plain name of the seal of that log and hour.</summary>
    /// <param name="origin">Which log.</param>
    /// <param name="hour">A full hour, UTC.</param>
    public static string PathOf(string origin, DateTimeOffset hour) => RecordPath.Of(Bare(origin, hour));

    /// <summary>The seal as it is given to a writer.</summary>
    public static EvidenceRecord Of(string origin, DateTimeOffset hour, SealFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return Bare(origin, hour) with
        {
            Summary = string.Create(CultureInfo.InvariantCulture, $"{Leaves(facts)} from {facts.From.UtcDateTime:yyyy-MM-dd HH:mm}Z to {facts.To.UtcDateTime:yyyy-MM-dd HH:mm}Z; {facts.OpenIntents} intents open, {facts.Foreign ?? 0} foreign blobs seen."),
            Trigger = new TriggerFacts("timer", hour.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), "SequenceEvidence", hour),
            Seal = facts,
            Controls = FrameworkControls.OfTheLog,
        };
    }

    private static string Leaves(SealFacts facts) => facts.LastIndex < facts.FirstIndex
        ? "No record was logged"
        : string.Create(CultureInfo.InvariantCulture, $"{facts.LastIndex - facts.FirstIndex + 1} records were logged ({facts.FirstIndex} to {facts.LastIndex})");

    private static EvidenceRecord Bare(string origin, DateTimeOffset hour) => new()
    {
        Op = TimerOp.Of($"log-seal\n{origin}", "seal", hour),
        Stage = RecordStage.Outcome,
        Action = Action,
        Result = "seal",
        Time = hour,
        Summary = "",
    };
}
