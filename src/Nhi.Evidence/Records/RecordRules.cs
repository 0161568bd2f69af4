using System.Buffers;
using System.Text;

namespace Nhi.Evidence.Records;

/// <summary>What a record must be beyond its members' types, on writing and on reading alike.</summary>
internal static class RecordRules
{
    internal static readonly string[] OutcomeResults = ["ok", "RETRY", "BLOCKED", "FAILED", "DENIED", "FINDING", "summary", "seal"];
    internal static readonly string[] ReconciledResults = ["reconciled", "unknown"];
    internal static readonly string[] Results = [.. OutcomeResults, .. ReconciledResults];
    private static readonly SearchValues<char> Crockford = SearchValues.Create(CrockfordBase32.Alphabet);
    private static readonly SearchValues<char> Word = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>Throws <see cref="RecordFormatException"/>.</summary>
    internal static void Check(EvidenceRecord record)
    {
        if (Broken(record) is { } rule)
            throw new RecordFormatException(rule);
    }

    /// <summary>The rule that it breaks, or null.</summary>
    internal static string? Broken(EvidenceRecord record)
    {
        if (Broken(record.Op, record.Action, record.Time, record.Stage, record.Result) is { } broken)
            return broken;
        if (record.Slots.Count > RecordLimits.Slots)
            return $"$.slots: {record.Slots.Count} slots, at most {RecordLimits.Slots}.";
        return record.Shard?.Strays is { Count: > RecordLimits.Strays } strays ? $"$.shard.strays: {strays.Count} records, at most {RecordLimits.Strays}." : null;
    }

    /// <summary>The rule that these members break, or null: what a record without lists can break.</summary>
    internal static string? Broken(ReadOnlySpan<char> op, ReadOnlySpan<char> action, DateTimeOffset time, RecordStage stage, string? result)
    {
        if (op.Length != 26 || op.ContainsAnyExcept(Crockford))
            return "$.op: an attempt is named by 26 characters of lower-case Crockford base32.";
        if (action.IndexOf('.') is var dot && (dot < 0 || !IsWord(action[..dot]) || !IsWord(action[(dot + 1)..])))
            return "$.action: an action reads noun.verb, lower-case letters, digits and dashes.";
        if (time.Ticks % TimeSpan.TicksPerSecond != 0)
            return "$.time: the start of an attempt has whole seconds.";
        var fits = stage switch
        {
            RecordStage.Intent => result is null,
            RecordStage.Outcome => OutcomeResults.Contains(result),
            RecordStage.Reconciled => ReconciledResults.Contains(result),
            _ => false,
        };
        return fits ? null : $"$.result: '{Shown(result)}' is no result of the stage {stage}.";
    }

    /// <summary>A result as it stands in a record, or null for none that there is.</summary>
    internal static string? ResultOf(ReadOnlySpan<byte> text)
    {
        foreach (var result in Results)
        {
            if (Ascii.Equals(text, result))
                return result;
        }

        return null;
    }

    private static bool IsWord(ReadOnlySpan<char> word) => word.Length is > 0 and <= 40 && char.IsAsciiLetterLower(word[0]) && !word.ContainsAnyExcept(Word);

    private static string Shown(string? result) => result is { Length: > 20 } ? $"[{result.Length} characters]" : result ?? "";
}
