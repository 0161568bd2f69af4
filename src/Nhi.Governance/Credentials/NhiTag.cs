using System.Text.Json;
using System.Text.Json.Serialization;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Credentials;

/// <summary>
/// The one tag that our own effects carry on a version: <c>nhi</c>, JSON, at most 256 characters. It is how own versions are known and how a lost table is rebuilt.
/// </summary>
public sealed record NhiTag
{
    /// <summary>The tag's name.</summary>
    public const string Name = "nhi";

    /// <summary>The tag that an emergency leaves on a version that it marks: the record's blob name. It points at evidence and authorises nothing by itself.</summary>
    public const string MarkName = "nhi-mark";

    /// <summary>Key Vault keeps no more tags on one version.</summary>
    public const int Most = 15;

    /// <summary>Whether one more tag of that name finds room among those of a version.</summary>
    public static bool Fits(IReadOnlyDictionary<string, string> tags, string name = Name)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return tags.Count < Most || tags.ContainsKey(name);
    }

    /// <summary>The rotation that made this version; null for a version that others made and we adopted.</summary>
    [JsonPropertyName("r")]
    public string? Rotation { get; init; }

    /// <summary>The attempt that wrote it.</summary>
    [JsonPropertyName("op")]
    public string? Op { get; init; }

    /// <summary>What the provider calls the credential: key id, <c>slot:fingerprint</c>, role.</summary>
    [JsonPropertyName("handle")]
    public string? Handle { get; init; }

    /// <summary>The version that it superseded.</summary>
    [JsonPropertyName("prev")]
    public string? Previous { get; init; }

    /// <summary>Overlap promised to what it superseded, whole seconds. A policy change may lengthen it, never shorten it.</summary>
    [JsonPropertyName("ov")]
    public long? OverlapSeconds { get; init; }

    /// <summary>True when its credential was read back as dead at its provider.</summary>
    [JsonPropertyName("dead")]
    public bool Dead { get; init; }

    /// <summary>True when it republishes an earlier version on request.</summary>
    [JsonPropertyName("rb")]
    public bool Rollback { get; init; }

    /// <summary>Null when the text is no such tag: hostile or foreign text is nobody's tag, and so is one that promises what no policy can.</summary>
    public static NhiTag? TryParse(string? text)
    {
        if (text is null or { Length: > 512 })
            return null;
        try
        {
            return JsonSerializer.Deserialize(text, NhiTagJson.Default.NhiTag) is { } tag && (tag.OverlapSeconds is not { } overlap || (overlap >= 0 && overlap <= Iso8601Duration.Longest.TotalSeconds)) ? tag : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The tag's text.</summary>
    public string ToText() => JsonSerializer.Serialize(this, NhiTagJson.Default.NhiTag);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(NhiTag))]
internal sealed partial class NhiTagJson : JsonSerializerContext;
