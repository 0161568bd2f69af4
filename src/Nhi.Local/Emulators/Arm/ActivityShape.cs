using System.Globalization;
using System.Text.Json.Nodes;

namespace Nhi.Local.Emulators.Arm;

/// <summary>Entries of the Activity Log as ARM lists them.</summary>
internal static class ActivityShape
{
    public static JsonObject Of(string operation, string armId, WorldIdentity by, DateTimeOffset at, string ip, string status) => new()
    {
        ["caller"] = by.ObjectId,
        ["claims"] = new JsonObject
        {
            ["aud"] = "https://management.azure.com/",
            ["appid"] = by.ClientId,
            ["http://schemas.microsoft.com/identity/claims/objectidentifier"] = by.ObjectId,
        },
        ["correlationId"] = WorldNames.NewId(),
        ["eventDataId"] = WorldNames.NewId(),
        ["eventTimestamp"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
        ["httpRequest"] = new JsonObject { ["clientRequestId"] = WorldNames.NewId(), ["clientIpAddress"] = ip, ["method"] = operation.EndsWith("/delete", StringComparison.OrdinalIgnoreCase) ? "DELETE" : "POST" },
        ["operationName"] = new JsonObject { ["value"] = operation, ["localizedValue"] = operation },
        ["resourceId"] = armId,
        ["status"] = new JsonObject { ["value"] = status, ["localizedValue"] = status },
    };

    public static string ResourceOf(JsonNode? entry) => entry is JsonObject one && one["resourceId"] is JsonValue id && id.TryGetValue<string>(out var text) ? text : "";
}
