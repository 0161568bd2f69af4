using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nhi.Evidence.Records;

// The few kinds of value that a record has, each with one strict form. Side by side, since each is a dozen lines of the same shape.

/// <summary>A string, cut to its limit on writing.</summary>
internal sealed class TextConverter(int limit) : JsonConverter<string>
{
    private static readonly SearchValues<char> Unprintable = SearchValues.Create([.. Enumerable.Range(0, 0x100).Select(code => (char)code).Where(IsUnprintable)]);

    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ReadText(ref reader, RecordLimits.Text);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(Cut(value, limit));

    internal static string ReadText(ref Utf8JsonReader reader, int limit)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException("a string is wanted");
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("the string is not valid Unicode", e);
        }

        return text.Length <= limit ? text : throw new JsonException($"a string of {text.Length} characters, at most {limit}");
    }

    /// <summary>Cuts between characters, never inside a surrogate pair, and says so by an ellipsis; other control characters than tab and line feed become spaces.</summary>
    internal static string Cut(string value, int limit)
    {
        var text = value.AsSpan().ContainsAny(Unprintable) ? string.Concat(value.Select(c => IsUnprintable(c) ? ' ' : c)) : value;
        if (text.Length <= limit)
            return text;
        var end = char.IsHighSurrogate(text[limit - 2]) ? limit - 2 : limit - 1;
        return string.Concat(text.AsSpan(0, end), "…");
    }

    private static bool IsUnprintable(char c) => char.IsControl(c) && c is not ('\t' or '\n');
}

/// <summary>An id, path or hash: never cut, refused when too long.</summary>
internal sealed class IdentityConverter : JsonConverter<string>
{
    internal static readonly IdentityConverter Instance = new();

    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TextConverter.ReadText(ref reader, RecordLimits.Identity);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        if (value.Length > RecordLimits.Identity)
            throw new JsonException($"an id, path or hash of {value.Length} characters, at most {RecordLimits.Identity}");
        writer.WriteStringValue(TextConverter.Cut(value, RecordLimits.Identity));
    }
}

/// <summary>A list of strings; what is cut off is counted in its last entry.</summary>
internal sealed class TextListConverter(int text, int entries) : JsonConverter<IReadOnlyList<string>>
{
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("a list is wanted");
        var items = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == RecordLimits.Entries)
                throw new JsonException($"a list of more than {RecordLimits.Entries} entries");
            items.Add(TextConverter.ReadText(ref reader, RecordLimits.Text));
        }

        return items;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        var whole = value.Count <= entries;
        writer.WriteStartArray();
        foreach (var item in value.Take(whole ? entries : entries - 1))
            writer.WriteStringValue(TextConverter.Cut(item, text));
        if (!whole)
            writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"… and {value.Count - entries + 1} more"));
        writer.WriteEndArray();
    }
}

/// <summary>Numbers by name, in ordinal order of the names; what is cut off is summed under <c>…</c>.</summary>
internal sealed class CountsConverter(int text, int entries) : JsonConverter<IReadOnlyDictionary<string, long>>
{
    public override IReadOnlyDictionary<string, long> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("an object of numbers is wanted");
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            if (name.Length > RecordLimits.Text || counts.Count == RecordLimits.Entries)
                throw new JsonException($"counts of more than {RecordLimits.Entries} names, or a name of more than {RecordLimits.Text} characters");
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var count))
                throw new JsonException("a whole number is wanted");
            if (!counts.TryAdd(name, count))
                throw new JsonException("a name stands twice");
        }

        return counts;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, long> value, JsonSerializerOptions options)
    {
        var sorted = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, count) in value.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var key = sorted.Count < entries - 1 ? TextConverter.Cut(name, text) : "…";
            sorted[key] = sorted.GetValueOrDefault(key) + count;
        }

        writer.WriteStartObject();
        foreach (var (name, count) in sorted)
            writer.WriteNumber(name, count);
        writer.WriteEndObject();
    }
}

/// <summary>UTC, <c>yyyy-MM-ddTHH:mm:ssZ</c>, with three more digits when there are milliseconds.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"];

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Span<byte> utf8 = stackalloc byte[RecordInstant.Length];
        return Encoding.UTF8.TryGetBytes(TextConverter.ReadText(ref reader, RecordLimits.Text), utf8, out var length) && RecordInstant.TryParse(utf8[..length], out var instant)
            ? instant : throw new JsonException("an instant reads yyyy-MM-ddTHH:mm:ss[.fff]Z");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        var utc = value.UtcDateTime;
        writer.WriteStringValue(utc.ToString(utc.Millisecond == 0 ? Forms[0] : Forms[1], CultureInfo.InvariantCulture));
    }
}

/// <summary><c>intent</c>, <c>outcome</c>, <c>reconciled</c>.</summary>
internal sealed class StageConverter : JsonConverter<RecordStage>
{
    private const string Wanted = "a stage is intent, outcome or reconciled";

    // By the numbers of the stages, which begin at one.
    private static readonly string[] Names = ["intent", "outcome", "reconciled"];

    public override RecordStage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Of(Array.IndexOf(Names, TextConverter.ReadText(ref reader, RecordLimits.Text))) ?? throw new JsonException(Wanted);

    public override void Write(Utf8JsonWriter writer, RecordStage value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Names.ElementAtOrDefault((int)value - 1) ?? throw new JsonException(Wanted));

    /// <summary>Null for any other text.</summary>
    internal static RecordStage? Of(ReadOnlySpan<byte> text) => text.Length switch
    {
        6 when Ascii.Equals(text, Names[0]) => RecordStage.Intent,
        7 when Ascii.Equals(text, Names[1]) => RecordStage.Outcome,
        10 when Ascii.Equals(text, Names[2]) => RecordStage.Reconciled,
        _ => null,
    };

    private static RecordStage? Of(int name) => name < 0 ? null : (RecordStage)(name + 1);
}
