using System.Globalization;
using System.Text.Json.Nodes;
using Nhi.Local.Emulators;

namespace Nhi.Local.Delivery;

/// <summary>In which schema a subscription wants its events.</summary>
public enum EventSchema
{
    /// <summary>An array of Event Grid's own envelope.</summary>
    EventGrid,

    /// <summary>A single CloudEvent 1.0.</summary>
    CloudEvents,
}

/// <summary>Puts an event into its envelope.</summary>
internal static class EventEnvelope
{
    public static JsonNode Of(WorldEvent one, EventSchema schema) => schema == EventSchema.CloudEvents ? CloudEvent(one) : new JsonArray(EventGridEvent(one));

    public static JsonObject CloudEvent(WorldEvent one) => new()
    {
        ["id"] = one.Id,
        ["source"] = one.Source,
        ["subject"] = one.Subject,
        ["type"] = one.Type,
        ["time"] = Time(one),
        ["data"] = one.Data.DeepClone(),
        ["specversion"] = "1.0",
    };

    public static JsonObject EventGridEvent(WorldEvent one) => new()
    {
        ["id"] = one.Id,
        ["topic"] = one.Source,
        ["subject"] = one.Subject,
        ["eventType"] = one.Type,
        ["eventTime"] = Time(one),
        ["data"] = one.Data.DeepClone(),
        ["dataVersion"] = "1",
        ["metadataVersion"] = "1",
    };

    private static string Time(WorldEvent one) => one.Time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
