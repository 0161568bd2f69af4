using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Nhi.Evidence.Records;

/// <summary>
/// A record's blob name is a pure function of the record (evidence.md 3.1):
/// <c>records/{yyyy/MM/dd/HH}/{HHmmss}Z_{credentialSlug}_{verb}_{stage}_{op}.json</c>, where time is the attempt's start, UTC.
/// </summary>
public static partial class RecordPath
{
    /// <summary>Where all records lie.</summary>
    public const string Root = "records/";

    // 200 characters less time (7), verb (40), stage (12), op (26), squat suffix (17) and separators; the rest is spare.
    private const int SlugLength = 60;
    private const int VerbLength = 40;

    /// <summary>The name that belongs to the record. Throws <see cref="RecordFormatException"/> when op, action or result have no place in a name.</summary>
    public static string Of(EvidenceRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        RecordRules.Check(record);
        var time = record.Time.ToUniversalTime();
        return string.Create(CultureInfo.InvariantCulture,
            $"records/{time:yyyy'/'MM'/'dd'/'HH}/{time:HHmmss}Z_{Slug(NameOf(record.Credential), SlugLength)}_{Slug(record.Verb, VerbLength)}_{StageOf(record)}_{record.Op}.json");
    }

    /// <summary>The stage as the name shows it: <c>1-intent</c>, <c>2-{result}</c>, <c>3-reconciled</c>, <c>3-unknown</c>.</summary>
    public static string StageOf(EvidenceRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.Stage switch
        {
            RecordStage.Intent => "1-intent",
            RecordStage.Outcome => $"2-{record.Result}",
            _ => $"3-{record.Result}",
        };
    }

    /// <summary>The folder of the hour: <c>records/yyyy/MM/dd/HH/</c>, UTC.</summary>
    public static string HourFolder(DateTimeOffset time) => time.ToUniversalTime().ToString("'records/'yyyy'/'MM'/'dd'/'HH'/'", CultureInfo.InvariantCulture);

    /// <summary>The folder of the day: <c>records/yyyy/MM/dd/</c>, UTC.</summary>
    public static string DayFolder(DateTimeOffset time) => time.ToUniversalTime().ToString("'records/'yyyy'/'MM'/'dd'/'", CultureInfo.InvariantCulture);

    /// <summary>The same name with <c>~</c> and 16 random hex characters before <c>.json</c>: for a name that something else took.</summary>
    public static string Beside(string path)
    {
        var plain = Plain(path);
        return $"{plain[..^5]}~{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.json";
    }

    /// <summary>The name without its squat suffix.</summary>
    public static string Plain(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return SuffixPattern().Replace(path, ".json");
    }

    /// <summary>True when a batch may list this name: <c>records/yyyy/MM/dd/HH/[A-Za-z0-9._~-]{1,200}\.json</c>.</summary>
    public static bool IsListable([NotNullWhen(true)] string? path) => path is { Length: <= 260 } && ListablePattern().IsMatch(path);

    /// <summary>True when the name belongs to the record, squat suffix or not.</summary>
    public static bool Fits(string path, EvidenceRecord record) => IsListable(path) && Plain(path) == Of(record);

    /// <summary>Reads a name back; false for one that no record has.</summary>
    public static bool TryParse(string? path, [NotNullWhen(true)] out RecordName? name)
    {
        name = null;
        if (!IsListable(path) || NamePattern().Match(path) is not { Success: true } match)
            return false;
        if (!DateTimeOffset.TryParseExact(match.Groups["time"].Value, "yyyy/MM/dd/HH/HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return false;
        var suffix = match.Groups["suffix"];
        name = new RecordName(time, match.Groups["slug"].Value, match.Groups["verb"].Value, match.Groups["stage"].Value, match.Groups["op"].Value, suffix.Success ? suffix.Value : null);
        return true;
    }

    private static string NameOf(CredentialFacts? credential) => credential switch
    {
        null => "",
        { Name: { } name } => name,
        _ => credential.Id[(credential.Id.LastIndexOf('/') + 1)..],
    };

    private static string Slug(string text, int length)
    {
        var kept = text.Length > length ? text.AsSpan(0, length) : text;
        return string.Create(kept.Length, kept, static (into, from) =>
        {
            for (var i = 0; i < from.Length; i++)
                into[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '-';
        });
    }

    [GeneratedRegex(@"\Arecords/[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{2}/[A-Za-z0-9._~-]{1,200}\.json\z")]
    private static partial Regex ListablePattern();

    [GeneratedRegex(@"\Arecords/(?<time>[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{2}/[0-9]{6}Z)_(?<slug>[A-Za-z0-9-]{0,60})_(?<verb>[A-Za-z0-9-]{1,40})_(?<stage>1-intent|2-[A-Za-z]{1,12}|3-reconciled|3-unknown)_(?<op>[0-9a-hjkmnp-tv-z]{26})(?:~(?<suffix>[0-9a-f]{16}))?\.json\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"~[0-9a-f]{16}\.json\z")]
    private static partial Regex SuffixPattern();
}
