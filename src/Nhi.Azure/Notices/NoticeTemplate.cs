using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;
using Nhi.Governance.Publishing.Notices;

namespace Nhi.Azure.Notices;

/// <summary>
/// A Handlebars template that renders a digest as JSON. Whatever a digest holds is other people's text: it is escaped as the inside of a JSON string and bounded, and what was rendered has to parse.
/// A member that does not exist is an error, not nothing.
/// </summary>
public sealed class NoticeTemplate
{
    /// <summary>UTF-16 characters of one text.</summary>
    private const int LongestText = 600;

    /// <summary>What a chat's card shows: Teams takes 28 KB, Slack 50 blocks.</summary>
    private const int MostOnACard = 8;
    private const int LongestOnACard = 250;

    /// <summary>Bytes of a template's file, and of what it renders.</summary>
    private const int MostBytes = 256 * 1024;

    private readonly HandlebarsTemplate<object, object> _render;

    private NoticeTemplate(string name, string text) => (Name, _render) = (name, Compile(name, text));

    /// <summary>Those that need no file.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = ["digest", "teams", "slack", "ticket"];

    public string Name { get; }

    public static bool Exists(string name) => BuiltIn.Contains(name) || File.Exists(name);

    /// <summary>Throws <see cref="InvalidOperationException"/> for one that is not there, cannot be read, is too long, or no template.</summary>
    public static NoticeTemplate Load(string name)
    {
        if (!BuiltIn.Contains(name))
            return new NoticeTemplate(name, ReadFile(name));
        using var reader = new StreamReader(typeof(NoticeTemplate).Assembly.GetManifestResourceStream($"{name}.hbs")!);
        return new NoticeTemplate(name, reader.ReadToEnd());
    }

    private static string ReadFile(string name)
    {
        try
        {
            if (new FileInfo(name) is { Exists: true, Length: <= MostBytes })
                return File.ReadAllText(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"The template {name} cannot be read: {e.Message}", e);
        }

        throw new InvalidOperationException($"The template {name} is not there, or longer than {MostBytes / 1024} KB.");
    }

    /// <summary>UTF-8 JSON. Throws <see cref="InvalidOperationException"/> when the template does not make JSON of this digest, <see cref="DigestRefusedException"/> when it makes too much of it.</summary>
    public byte[] Render(Digest digest)
    {
        byte[] body;
        try
        {
            body = Encoding.UTF8.GetBytes(_render(Of(digest)));
            using var _ = JsonDocument.Parse(body);
        }
        catch (Exception e) when (e is HandlebarsException or HandlebarsUndefinedBindingException or JsonException)
        {
            throw new InvalidOperationException($"The template {Name} makes no JSON of a digest. Correct it: every text stands between quotation marks, lists are parted by {{{{#unless @last}}}},{{{{/unless}}}}.", e);
        }

        return body.Length <= MostBytes ? body : throw new DigestRefusedException($"The template {Name} makes {body.Length} bytes of a digest, at most {MostBytes}.");
    }

    private static HandlebarsTemplate<object, object> Compile(string name, string text)
    {
        try
        {
            return Handlebars.Create(new HandlebarsConfiguration { TextEncoder = new JsonText(), ThrowOnUnresolvedBindingExpression = true, FormatProvider = CultureInfo.InvariantCulture }).Compile(text);
        }
        catch (HandlebarsException e)
        {
            throw new InvalidOperationException($"The template {name} is no Handlebars template: {e.Message}", e);
        }
    }

    /// <summary>What a template can name. Every member is there, empty where nothing is known.</summary>
    private static Dictionary<string, object> Of(Digest digest) => new()
    {
        ["id"] = digest.Id,
        ["log"] = digest.Log,
        ["owner"] = Bounded(digest.Owner),
        ["ownerOrNobody"] = digest.Owner is { Length: > 0 } owner ? Bounded(owner) : "nobody",
        ["from"] = Instant(digest.From),
        ["until"] = Instant(digest.Until),
        ["severity"] = digest.Severity,
        ["isCritical"] = digest.Severity == "critical",
        ["isWarning"] = digest.Severity == "warning",
        ["count"] = digest.Items.Count + digest.More,
        ["more"] = digest.More,
        ["items"] = digest.Items.Select(item => Of(item, LongestText)).ToList(),
        ["top"] = digest.Items.OrderByDescending(item => News.Rank(item.Severity)).ThenByDescending(News.IsTold).Take(MostOnACard).Select(item => Of(item, LongestOnACard)).ToList(),
        ["moreThanTop"] = Math.Max(0, digest.Items.Count + digest.More - MostOnACard),
    };

    private static Dictionary<string, object> Of(DigestItem item, int longest) => new()
    {
        ["at"] = Instant(item.At),
        ["action"] = item.Action,
        ["result"] = item.Result,
        ["severity"] = item.Severity,
        ["summary"] = Bounded(item.Summary, longest),
        ["credential"] = Bounded(item.Credential, longest),
        ["signal"] = Bounded(item.Signal, longest),
        ["remedy"] = Bounded(item.Remedy, longest),
        ["path"] = item.Path,
        ["url"] = item.Url,
        ["sha256"] = item.Sha256,
    };

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Bounded(string? text, int longest = LongestText) => text is null ? "" : text.Length > longest ? text[..longest] + "…" : text;

    /// <summary>Escapes as the inside of a JSON string, quotation marks, controls and everything that HTML minds included.</summary>
    private sealed class JsonText : ITextEncoder
    {
        private static readonly JavaScriptEncoder _escapes = JavaScriptEncoder.Create(UnicodeRanges.All);

        public void Encode(StringBuilder text, TextWriter target) => Encode(text.ToString(), target);

        public void Encode(string text, TextWriter target)
        {
            if (!string.IsNullOrEmpty(text))
                _escapes.Encode(target, text);
        }

        public void Encode<T>(T text, TextWriter target) where T : IEnumerator<char>
        {
            var whole = new StringBuilder();
            while (text.MoveNext())
                whole.Append(text.Current);
            Encode(whole, target);
        }
    }
}
