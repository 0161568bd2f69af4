using System.Globalization;
using System.Text.RegularExpressions;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Rotation;

/// <summary>
/// What fails again and again for one reason leaves one intent and one outcome a day after the third time: the outcome of a try that ended as the ones before it, and changed nothing, is put off;
/// the next try goes on under the same intent. The row remembers that; where it is lost, the intent is one that somebody left, and is closed as such.
/// </summary>
internal sealed partial class Repeats(IEvidenceLog evidence)
{
    /// <summary>So many tries have records of their own.</summary>
    public const int Each = 3;

    /// <summary>True where the try that begins may have to share its intent with later ones of its day. What a person asked for stands alone.</summary>
    public static bool MayRoll(BackOff backOff, DateTimeOffset start, Trigger trigger) =>
        backOff.Streak is { Count: >= Each, Roll: null } && trigger.By is null && backOff.NotBefore < Roll.DayAfter(start);

    /// <summary>What makes two outcomes one failure.</summary>
    public static string Alike(Outcome outcome) => CrockfordBase32.OfSha256($"{outcome.Result}\n{outcome.Error?.Code}");

    /// <summary>The intent that covers this try too, as it was written; null where there is none, or the try would do anything else than it says.</summary>
    public async Task<ReadRecord?> CoveringAsync(Plan plan, RowHold hold, Trigger trigger, CancellationToken ct)
    {
        if (trigger.By is not null || hold.Parked.FirstOrDefault(parked => parked.Key == plan.Key).Roll is not { } roll || roll.Until <= hold.Now || roll.Plan != plan.Fingerprint())
            return null;
        try
        {
            return await evidence.ReadAsync(roll.Intent, ct) is { } read && read.Record.Op == roll.Op && await evidence.ClosingOfAsync(roll.Intent, ct) is null ? read : null;
        }
        catch (ExternalCallException)
        {
            // Nobody can say that it is there: what has an effect needs an intent that is.
            return null;
        }
    }

    /// <summary>Says how the tries ended that a parked intent covers. False where that can't be said now, or somebody said it.</summary>
    public async Task<bool> EndAsync(string key, RowHold hold, AttemptMemory memory, CancellationToken ct)
    {
        var (streak, roll) = (hold.Row.BackOff[key].Streak!, hold.Row.BackOff[key].Streak!.Roll!);
        ReadRecord? read;
        string? already;
        ErrorFacts? reason;
        try
        {
            read = await evidence.ReadAsync(roll.Intent, ct);
            already = read is null ? null : await evidence.ClosingOfAsync(roll.Intent, ct);
            reason = (await evidence.ReadAsync(streak.Said, ct))?.Record.Error;
        }
        catch (ExternalCallException)
        {
            // It stays open for now, and no try goes on under it: what is begun meanwhile is newer.
            hold.Ended(key, streak with { Roll = roll with { Plan = "" } });
            return false;
        }

        if (read is null || already is not null)
        {
            hold.Closed(roll.Intent, already);
            return false;
        }

        var outcome = read.Record with
        {
            Log = null,
            Path = null,
            Recorded = null,
            Producer = null,
            Late = false,
            Deadline = null,
            Stage = RecordStage.Outcome,
            Result = streak.Result,
            Intent = new RecordReference(roll.Intent, read.Sha256),
            Error = reason ?? new ErrorFacts("repeated", $"Attempt {AttemptOf(streak)} tells it."),
            Summary = $"Could not {read.Record.Verb} '{read.Record.Credential?.Name}': {Told(roll)}, as attempt {AttemptOf(streak)} tells.",
            Tries = hold.Row.BackOff[key].Tries is > 0 and var tries ? tries : read.Record.Tries,
            Decision = With(read.Record.Decision, roll, Idle),
        };
        var written = await evidence.WriteAsync(outcome, new WriteRules(MayFallBack: true), ct);
        memory.Wrote(outcome, written.Path);
        hold.Closed(roll.Intent, written.Path);
        return true;
    }

    /// <summary>The attempt whose outcome tells the reason: <c>nhi trace</c> takes it. It stands at the end of each record's name.</summary>
    public static string AttemptOf(Streak streak) => streak.Said[(streak.Said.LastIndexOf('_') + 1)..].Split('.', '-')[0];

    /// <summary>For a reader, and for <see cref="WindowOf"/>.</summary>
    public static string Told(Roll roll) => string.Create(CultureInfo.InvariantCulture, $"{roll.Tries} tries under one intent, the first at {roll.Start.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, the last at {roll.Last.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}");

    /// <summary>The decision with how often it was carried out, where that was more than once.</summary>
    public static DecisionFacts? With(DecisionFacts? decision, Roll? roll, string idle = "") =>
        decision is null || (roll is not { Tries: > 1 } && idle.Length == 0) ? decision : decision with { Reasons = [.. (decision.Reasons ?? []).Take(MostReasons), Told(roll!) + idle] };

    /// <summary>The start of the last try that a record covers (UTC), and whether none of them changed anything; null where it tells of one alone.</summary>
    public static (DateTimeOffset Last, bool Idle)? WindowOf(EvidenceRecord? record) =>
        record?.Decision?.Reasons is [.., var last] && Tries().Match(last) is { Success: true } match
        && DateTimeOffset.TryParseExact(match.Groups[1].Value, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? (at, match.Groups[2].Length > 0)
            : null;

    private const string Idle = ": none of them changed anything";

    /// <summary>A list of a record has room for 256.</summary>
    private const int MostReasons = 250;

    [GeneratedRegex("^[0-9]+ tries under one intent, the first at .+Z, the last at ([0-9TZ:-]+)(: none of them changed anything)?$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Tries();
}
