using System.Text.RegularExpressions;

namespace Nhi.Evidence.Records;

/// <summary>What a record must be beyond its members' types, on writing and on reading alike.</summary>
internal static partial class RecordRules
{
    internal static readonly string[] OutcomeResults = ["ok", "RETRY", "BLOCKED", "FAILED", "DENIED", "FINDING", "summary", "seal"];
    internal static readonly string[] ReconciledResults = ["reconciled", "unknown"];

    /// <summary>Throws <see cref="RecordFormatException"/>.</summary>
    internal static void Check(EvidenceRecord record)
    {
        if (Broken(record) is { } rule)
            throw new RecordFormatException(rule);
    }

    /// <summary>The rule that it breaks, or null.</summary>
    internal static string? Broken(EvidenceRecord record)
    {
        if (!OpPattern().IsMatch(record.Op))
            return "$.op: an attempt is named by 26 characters of lower-case Crockford base32.";
        if (!ActionPattern().IsMatch(record.Action))
            return "$.action: an action reads noun.verb, lower-case letters, digits and dashes.";
        if (record.Time.Ticks % TimeSpan.TicksPerSecond != 0)
            return "$.time: the start of an attempt has whole seconds.";
        var fits = record.Stage switch
        {
            RecordStage.Intent => record.Result is null,
            RecordStage.Outcome => OutcomeResults.Contains(record.Result),
            RecordStage.Reconciled => ReconciledResults.Contains(record.Result),
            _ => false,
        };
        if (!fits)
            return $"$.result: '{Shown(record.Result)}' is no result of the stage {record.Stage}.";
        if (record.Slots.Count > RecordLimits.Slots)
            return $"$.slots: {record.Slots.Count} slots, at most {RecordLimits.Slots}.";
        return record.Shard?.Strays is { Count: > RecordLimits.Strays } strays ? $"$.shard.strays: {strays.Count} records, at most {RecordLimits.Strays}." : null;
    }

    private static string Shown(string? result) => result is { Length: > 20 } ? $"[{result.Length} characters]" : result ?? "";

    [GeneratedRegex(@"\A[0-9a-hjkmnp-tv-z]{26}\z")]
    private static partial Regex OpPattern();

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,39}\.[a-z][a-z0-9-]{0,39}\z")]
    private static partial Regex ActionPattern();
}
