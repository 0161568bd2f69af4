using System.Text.Json;
using System.Text.Json.Serialization;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>
/// The tag <c>nhi-removal</c> on each version that a quarantine disabled, written in the update that disables it: so what has to be enabled again is known exactly, however the attempt ended.
/// JSON, at most 256 characters. A restore takes it away in the update that enables.
/// </summary>
public sealed record RemovalTag
{
    public const string Name = "nhi-removal";

    [JsonPropertyName("s")]
    [JsonConverter(typeof(JsonStringEnumConverter<RemovalStep>))]
    public required RemovalStep Step { get; init; }

    /// <summary>When the step began, Unix seconds.</summary>
    [JsonPropertyName("at")]
    public required long AtSeconds { get; init; }

    /// <summary>When the quarantine began, Unix seconds.</summary>
    [JsonPropertyName("q")]
    public required long QuarantinedSeconds { get; init; }

    /// <summary>The next step not before, as it was promised when this one began, Unix seconds.</summary>
    [JsonPropertyName("nb")]
    public required long NotBeforeSeconds { get; init; }

    /// <summary>The attempt that wrote it.</summary>
    [JsonPropertyName("op")]
    public required string Op { get; init; }

    /// <summary>True where a person asked for the quarantine: no finding has to hold it up, and no timer goes on from it.</summary>
    [JsonPropertyName("p")]
    public bool Person { get; init; }

    [JsonIgnore]
    public DateTimeOffset At => DateTimeOffset.FromUnixTimeSeconds(AtSeconds);

    [JsonIgnore]
    public DateTimeOffset Quarantined => DateTimeOffset.FromUnixTimeSeconds(QuarantinedSeconds);

    [JsonIgnore]
    public DateTimeOffset NotBefore => DateTimeOffset.FromUnixTimeSeconds(NotBeforeSeconds);

    /// <summary>Null where the version has none, or a text that nobody of us wrote.</summary>
    public static RemovalTag? Of(CredentialVersion version)
    {
        if (!version.Tags.TryGetValue(Name, out var text) || text.Length > 512)
            return null;
        try
        {
            var tag = JsonSerializer.Deserialize(text, RemovalTagJson.Default.RemovalTag);
            return tag is { Step: RemovalStep.Quarantined or RemovalStep.Revoking or RemovalStep.Revoked or RemovalStep.Removed } && IsInstant(tag.AtSeconds) && IsInstant(tag.QuarantinedSeconds) && IsInstant(tag.NotBeforeSeconds) ? tag : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>True where a removal gave the version up: no restore enables it again, so nothing lives because of it. One that another hand enabled is in use.</summary>
    public static bool IsOver(CredentialVersion version) => !version.Enabled && Of(version)?.Step is RemovalStep.Revoked or RemovalStep.Removed;

    public string ToText() => JsonSerializer.Serialize(this, RemovalTagJson.Default.RemovalTag);

    /// <summary>A year that a calendar has, with room for any wait.</summary>
    private static bool IsInstant(long seconds) => seconds is >= 0 and < 32_503_680_000;
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(RemovalTag))]
internal sealed partial class RemovalTagJson : JsonSerializerContext;
