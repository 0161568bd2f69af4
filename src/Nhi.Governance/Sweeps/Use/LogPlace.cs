using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>
/// How far one vault's log was read: an offset for each part that may still grow, and the stretches that were heard. A lost one costs reading some days again, and nothing is counted twice for it.
/// </summary>
public sealed class LogPlace
{
    /// <summary>A part of an hour that is longer ago is not asked for again: nothing comes that late.</summary>
    public static readonly TimeSpan Lateness = TimeSpan.FromHours(24);

    /// <summary>Where nothing was read yet, reading begins this long ago.</summary>
    public static readonly TimeSpan FirstReach = TimeSpan.FromDays(7);

    private readonly Dictionary<string, long> _offsets;

    private LogPlace(LogSpans spans, Dictionary<string, long> offsets) => (Spans, _offsets) = (spans, offsets);

    public LogSpans Spans { get; }

    /// <summary>From which hour on parts are asked for.</summary>
    public DateTimeOffset From(DateTimeOffset now) => Spans.End is { } end && end - Lateness > now - FirstReach ? end - Lateness : now - FirstReach;

    public long OffsetOf(LogPart part) => _offsets.GetValueOrDefault(Key(part));

    public void Read(LogPart part, long offset) => _offsets[Key(part)] = offset;

    /// <summary>What is rubbish is as if it were lost.</summary>
    public static LogPlace Parse(string? text)
    {
        if (text is not null)
        {
            try
            {
                if (JsonSerializer.Deserialize(text, LogPlaceJson.Default.Kept) is { Spans: { } spans, Offsets: { } offsets })
                    return new LogPlace(new LogSpans(spans), offsets);
            }
            catch (JsonException)
            {
            }
        }

        return new LogPlace(new LogSpans([]), []);
    }

    /// <summary>The cursor's text, well below its 30,000 characters: offsets of parts that can no longer grow are left out.</summary>
    public string ToText(DateTimeOffset now)
    {
        var oldest = Hour(From(now) - TimeSpan.FromHours(1));
        return JsonSerializer.Serialize(new Kept(Spans.All, _offsets.Where(pair => string.CompareOrdinal(pair.Key, oldest) >= 0).OrderByDescending(pair => pair.Key, StringComparer.Ordinal).Take(400).ToDictionary()), LogPlaceJson.Default.Kept);
    }

    // A vault that was moved has two parts for an hour.
    private static string Key(LogPart part) => $"{Hour(part.Hour)}-{CrockfordBase32.OfSha256(part.Name)[..6]}";

    private static string Hour(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMddHH", CultureInfo.InvariantCulture);

    internal sealed record Kept(IReadOnlyList<LogSpan> Spans, Dictionary<string, long> Offsets);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LogPlace.Kept))]
internal sealed partial class LogPlaceJson : JsonSerializerContext;
