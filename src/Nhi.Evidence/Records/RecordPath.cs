using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Nhi.Evidence.Records;

/// <summary>
/// A record's blob name is a pure function of the record:
/// <c>records/{yyyy/MM/dd/HH}/{HHmmss}Z_{credentialSlug}_{verb}_{stage}_{op}.json</c>, where time is the attempt's start, UTC.
/// </summary>
public static partial class RecordPath
{
    /// <summary>Where all records lie.</summary>
    public const string Root = "records/";

    // 200 characters less time (7), verb (40), stage (12), op (26), squat suffix (17) and separators; the rest is spare.
    private const int SlugLength = 60;
    private const int VerbLength = 40;
    private const int OpLength = 26;
    private const int SuffixLength = 16;

    // Where the file's own name begins, behind the folder of its hour.
    private const int FileAt = 22;
    private const int LongestListable = FileAt + 205;
    private static readonly SearchValues<char> Listable = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-");
    private static readonly SearchValues<char> SlugAndBar = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    private static readonly SearchValues<char> Crockford = SearchValues.Create(CrockfordBase32.Alphabet);
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");
    private static readonly string[] Stages = ["1-intent", "2-ok", "2-seal", "2-summary", "2-FINDING", "3-reconciled", "3-unknown"];

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
    public static bool IsListable([NotNullWhen(true)] string? path) => path is not null && IsListable(path.AsSpan());

    /// <summary>The same of a name as a batch file has it.</summary>
    internal static bool IsListable(ReadOnlySpan<byte> path)
    {
        Span<char> text = stackalloc char[LongestListable];
        return path.Length <= LongestListable && Encoding.Latin1.GetChars(path, text) is var length && IsListable(text[..length]);
    }

    private static bool IsListable(ReadOnlySpan<char> path) =>
        path.Length is > FileAt + 5 and <= LongestListable && HasFolder(path) && path.EndsWith(".json", StringComparison.Ordinal) && !path[FileAt..].ContainsAnyExcept(Listable);

    /// <summary>True when the name belongs to the record, squat suffix or not.</summary>
    public static bool Fits(string path, EvidenceRecord record) => TryParse(path, out var name) && Fits(name, record);

    /// <summary>True when a name that was read back belongs to the record: it is <see cref="Of"/>'s but for a squat suffix, and no name has to be made to see it.</summary>
    internal static bool Fits(RecordName name, EvidenceRecord record) => Fits(name, record.Op, record.Time, record.Stage, record.Result, record.Action, NameOf(record.Credential));

    /// <summary>The same of what a name is made of. <paramref name="credential"/>: the credential's name, else what stands behind the last slash of its id; empty where there is none.</summary>
    internal static bool Fits(RecordName name, string op, DateTimeOffset time, RecordStage stage, string? result, ReadOnlySpan<char> action, ReadOnlySpan<char> credential) =>
        name.Op == op && name.Time == time && IsStage(name.Stage, stage, result) && IsSlug(name.Verb, action[(action.IndexOf('.') + 1)..], VerbLength) && IsSlug(name.Slug, credential, SlugLength);

    private static bool IsStage(string shown, RecordStage stage, string? result) => stage switch
    {
        RecordStage.Intent => shown == "1-intent" && result is null,
        RecordStage.Outcome => shown.StartsWith("2-", StringComparison.Ordinal) && shown.AsSpan(2).SequenceEqual(result),
        _ => shown.StartsWith("3-", StringComparison.Ordinal) && shown.AsSpan(2).SequenceEqual(result),
    };

    /// <summary>What <see cref="Slug"/> would make of the text, without making it.</summary>
    private static bool IsSlug(string slug, ReadOnlySpan<char> text, int length)
    {
        if (slug.Length != Math.Min(text.Length, length))
            return false;
        for (var i = 0; i < slug.Length; i++)
        {
            if (slug[i] != (char.IsAsciiLetterOrDigit(text[i]) ? text[i] : '-'))
                return false;
        }

        return true;
    }

    /// <summary>Reads a name back; false for one that no record has.</summary>
    public static bool TryParse(string? path, [NotNullWhen(true)] out RecordName? name)
    {
        name = null;
        // By hand: each leaf of a log is read so, by whoever counts or verifies.
        if (!IsListable(path) || path.Length < FileAt + 8 + 5 || TimeOf(path) is not { } time || path[FileAt + 7] != '_')
            return false;
        var rest = path.AsSpan(FileAt + 8, path.Length - FileAt - 8 - 5);
        var (slug, verb) = (rest.IndexOf('_'), 0);
        if (slug < 0 || (verb = rest[(slug + 1)..].IndexOf('_')) < 0)
            return false;
        var behind = rest[(slug + verb + 2)..];
        var stage = behind.IndexOf('_');
        if (stage < 0 || slug > SlugLength || verb is 0 or > VerbLength || rest[..(slug + verb + 2)].ContainsAnyExcept(SlugAndBar) || StageOf(behind[..stage]) is not { } known)
            return false;
        var op = behind[(stage + 1)..];
        var suffix = op.Length == OpLength + 1 + SuffixLength && op[OpLength] == '~' && !op[(OpLength + 1)..].ContainsAnyExcept(Hex) ? op[(OpLength + 1)..].ToString() : null;
        if ((suffix is null && op.Length != OpLength) || op[..OpLength].ContainsAnyExcept(Crockford))
            return false;
        name = new RecordName(time, rest[..slug].ToString(), rest.Slice(slug + 1, verb).ToString(), known, op[..OpLength].ToString(), suffix);
        return true;
    }

    /// <summary>The stage as it stands in a name, or null.</summary>
    private static string? StageOf(ReadOnlySpan<char> stage)
    {
        foreach (var one in Stages)
        {
            if (stage.SequenceEqual(one))
                return one;
        }

        return stage.Length is > 2 and <= 14 && stage.StartsWith("2-") && !stage[2..].ContainsAnyExcept(Letters) ? stage.ToString() : null;
    }

    private static bool HasFolder(ReadOnlySpan<char> path)
    {
        // records/yyyy/MM/dd/HH/
        if (!path.StartsWith(Root, StringComparison.Ordinal) || path[12] != '/' || path[15] != '/' || path[18] != '/' || path[21] != '/')
            return false;
        var digits = path.Slice(8, 13);
        return Number(digits[..4]) >= 0 && Number(digits.Slice(5, 2)) >= 0 && Number(digits.Slice(8, 2)) >= 0 && Number(digits.Slice(11, 2)) >= 0;
    }

    private static DateTimeOffset? TimeOf(string path)
    {
        var text = path.AsSpan();
        if (text[FileAt + 6] != 'Z' || !text.Slice(FileAt, 2).SequenceEqual(text.Slice(19, 2)))
            return null;
        var (year, month, day) = (Number(text.Slice(8, 4)), Number(text.Slice(13, 2)), Number(text.Slice(16, 2)));
        var (hour, minute, second) = (Number(text.Slice(FileAt, 2)), Number(text.Slice(FileAt + 2, 2)), Number(text.Slice(FileAt + 4, 2)));
        return year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59
            ? null : new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero);
    }

    private static int Number(ReadOnlySpan<char> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
                return -1;
            number = (number * 10) + digit - '0';
        }

        return number;
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

    [GeneratedRegex(@"~[0-9a-f]{16}\.json\z")]
    private static partial Regex SuffixPattern();
}
