using System.Buffers;
using System.Text.RegularExpressions;

namespace Nhi.Evidence.Records;

/// <summary>
/// What secrets look like. Known shapes are refused wherever a string stands; long runs without a reading are refused outside members that hold ids and hashes.
/// All patterns run in linear time: the text comes from outside.
/// </summary>
internal static partial class SecretShapes
{
    private const int LongRun = 33;

    // A run of that length may hold as many characters in pieces that are no words: an op, a region's suffix, a date.
    private const int Unreadable = 24;

    private static readonly SearchValues<char> OfRuns = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_~-");

    // Of each shape of Known, what it cannot be without: many are looked for at a time, where the pattern thinks over every character.
    private static readonly SearchValues<string> Marks = SearchValues.Create(
        ["AccountKey", "SharedAccessKey", "SharedAccessSignature", "SharedSecretKey", "Password", "Pwd", "client_secret", "ClientSecret", "ApiKey", "api-key", "api_key", "access-key", "access_key", "refresh_token", "access_token",
        "sig=", "eyJ", "SCRAM-SHA-256$", "-----BEGIN ", "7Q~", "8Q~", "AzFu", "ACDb", "+ASt", "+AMC", "AAAA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "AKIA", "ASIA", "xoxa-", "xoxb-", "xoxr-", "xoxs-", "xoxp-",
        "sk_live_", "sk-", "AIza", "npm_", "oy2", "://", "earer"],
        StringComparison.Ordinal);

    /// <summary>No shorter text is looked at.</summary>
    internal const int Shortest = 8;

    /// <summary>False for most texts, at little cost: they are neither of a known shape nor random.</summary>
    internal static bool MayBe(string text) => text.Length >= Shortest && (text.AsSpan().ContainsAny(Marks) || HasLongRun(text));

    /// <summary>True for a string that holds a secret of a shape that is known.</summary>
    internal static bool IsKnown(string text) => text.Length >= Shortest && text.AsSpan().ContainsAny(Marks) && Known().IsMatch(text);

    /// <summary>True for a string with a run of more than 32 characters that reads like nothing: neither words, nor a GUID, a vault's version id or an attempt's name.</summary>
    internal static bool IsRandom(string text)
    {
        // Without ids runs are no longer than with them.
        if (!HasLongRun(text))
            return false;
        ReadOnlySpan<char> rest = Ids().Replace(text, " ");
        while (TakeLongRun(ref rest, out var run))
        {
            if (UnreadableIn(run) >= Unreadable || IsRestless(run))
                return true;
        }

        return false;
    }

    private static bool HasLongRun(ReadOnlySpan<char> text) => TakeLongRun(ref text, out _);

    /// <summary>The next run of characters that random text is made of, as long as they go on; false when there is none any more.</summary>
    private static bool TakeLongRun(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> run)
    {
        while (rest.Length >= LongRun && rest.IndexOfAny(OfRuns) is >= 0 and var from)
        {
            rest = rest[from..];
            var length = rest.IndexOfAnyExcept(OfRuns);
            run = length < 0 ? rest : rest[..length];
            rest = rest[run.Length..];
            if (run.Length >= LongRun)
                return true;
        }

        run = default;
        return false;
    }

    private static int UnreadableIn(ReadOnlySpan<char> run)
    {
        var sum = 0;
        var start = 0;
        for (var i = 0; i <= run.Length; i++)
        {
            if (i < run.Length && char.IsAsciiLetterOrDigit(run[i]))
                continue;
            var piece = run[start..i];
            if (!IsReadable(piece))
                sum += piece.Length;
            start = i + 1;
        }

        return sum;
    }

    /// <summary>Digits, small and capital letters in turns: of random characters nearly every second one begins another kind, of words hardly one in ten.</summary>
    private static bool IsRestless(ReadOnlySpan<char> run)
    {
        var (turns, characters) = (0, 0);
        for (var i = 0; i < run.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(run[i]))
                continue;
            characters++;
            // A capital that begins a word is no turn.
            if (i > 0 && char.IsAsciiLetterOrDigit(run[i - 1]) && KindOf(run[i]) != KindOf(run[i - 1]) && !(char.IsAsciiLetterUpper(run[i - 1]) && char.IsAsciiLetterLower(run[i])))
                turns++;
        }

        return turns >= 8 && turns >= 0.22 * characters;
    }

    private static int KindOf(char c) => char.IsAsciiDigit(c) ? 0 : char.IsAsciiLetterUpper(c) ? 1 : 2;

    /// <summary>Words as people write them: one case or camel case, with digits at the end; or a number.</summary>
    private static bool IsReadable(ReadOnlySpan<char> piece)
    {
        if (piece.Length <= 3)
            return true;
        var letters = piece.TrimEnd("0123456789");
        if (letters.Length == 0)
            return piece.Length <= 20;
        if (letters.ContainsAnyInRange('0', '9'))
            return false;
        var capitals = 0;
        foreach (var c in letters)
            capitals += char.IsAsciiLetterUpper(c) ? 1 : 0;
        // Words in camel case are long, and have vowels; a random piece is neither for long.
        return capitals == letters.Length || capitals <= 1 ? letters.Length <= 24
            : letters.Length <= 6 || ((double)letters.Length / capitals >= 4.5 && Vowels(letters) * 4 >= letters.Length);
    }

    private static int Vowels(ReadOnlySpan<char> letters)
    {
        var vowels = 0;
        foreach (var c in letters)
            vowels += "aeiouyAEIOUY".Contains(c, StringComparison.Ordinal) ? 1 : 0;
        return vowels;
    }

    // GUIDs, Key Vault version ids (32 hex), names of attempts and rotations (26 characters of Crockford base32), what stands beside a squatted name.
    [GeneratedRegex(@"(?:(?<![A-Za-z0-9])(?:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-f]{32}|[0-9a-hjkmnp-tv-z]{26})|~[0-9a-f]{16}\.json)(?![A-Za-z0-9])")]
    private static partial Regex Ids();

    // What stands here has its mark in Marks.
    [GeneratedRegex(
        @"(?:AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecretKey|Password|Pwd|client_secret|ClientSecret|ApiKey|api[-_]key|access[-_]key|refresh_token|access_token)\s*[=:]\s*[^\s;,&""'\[]{6}" + // settings and connection strings
        @"|[?&;]sig=[A-Za-z0-9%+/]{16}" + // shared access signatures
        @"|\bsig=[A-Za-z0-9%+/]{40}" +
        @"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*" + // JSON web tokens
        @"|SCRAM-SHA-256\$[0-9]" + // what PostgreSQL keeps of a password
        @"|-----BEGIN [A-Z0-9 ]*PRIVATE KEY" + // PEM
        @"|[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}" + // Entra client secrets
        @"|[A-Za-z0-9+/]{30,}(?:AzFu|ACDb|\+ASt|\+AMC|AAAA)[A-Za-z0-9+/]{3,}=" + // Azure keys that carry their provider's mark
        @"|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22}" + // GitHub
        @"|glpat-[A-Za-z0-9_-]{20}" + // GitLab
        @"|(?:AKIA|ASIA)[0-9A-Z]{16}" + // AWS key ids: they go with a secret
        @"|xox[abprs]-[A-Za-z0-9-]{10}" + // Slack
        @"|sk_live_[A-Za-z0-9]{16}|sk-[A-Za-z0-9_-]{32}" + // Stripe, OpenAI
        @"|AIza[A-Za-z0-9_-]{35}" + // Google
        @"|npm_[A-Za-z0-9]{36}|oy2[a-z0-9]{43}" + // npm, NuGet
        @"|[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@]{1,100}:[^\s/@]{3,200}@" + // user and password in an address
        @"|[Bb]earer\s+[A-Za-z0-9._~+/-]{20}",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Known();
}
