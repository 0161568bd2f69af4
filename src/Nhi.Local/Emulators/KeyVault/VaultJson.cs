using System.Text.Json.Nodes;

namespace Nhi.Local.Emulators.KeyVault;

/// <summary>The shapes of Key Vault's REST answers.</summary>
internal static class VaultJson
{
    public const int RecoverableDays = 90;

    public static JsonObject Bundle(string origin, StoredSecret secret, StoredVersion version)
    {
        var node = Metadata($"{origin}/secrets/{secret.Name}/{version.Id}", version);
        node["value"] = version.Value;
        return node;
    }

    public static JsonObject Item(string origin, StoredSecret secret, StoredVersion version, bool withVersion) =>
        Metadata(withVersion ? $"{origin}/secrets/{secret.Name}/{version.Id}" : $"{origin}/secrets/{secret.Name}", version);

    public static JsonObject Deleted(string origin, StoredSecret secret, bool withVersion)
    {
        var node = Item(origin, secret, secret.Current, withVersion);
        node["recoveryId"] = $"{origin}/deletedsecrets/{secret.Name}";
        node["deletedDate"] = secret.Deleted;
        node["scheduledPurgeDate"] = secret.Deleted + (RecoverableDays * 86_400L);
        return node;
    }

    public static JsonObject Page(IEnumerable<JsonObject> items, string? nextLink) => new()
    {
        ["value"] = new JsonArray([.. items]),
        ["nextLink"] = nextLink,
    };

    private static JsonObject Metadata(string id, StoredVersion version)
    {
        var attributes = new JsonObject { ["enabled"] = version.Enabled };
        if (version.NotBefore is { } from) attributes["nbf"] = from;
        if (version.Expires is { } until) attributes["exp"] = until;
        attributes["created"] = version.Created;
        attributes["updated"] = version.Updated;
        attributes["recoveryLevel"] = "Recoverable+Purgeable";
        attributes["recoverableDays"] = RecoverableDays;
        var node = new JsonObject { ["id"] = id, ["attributes"] = attributes };
        if (version.Managed) node["managed"] = true;
        if (version.ContentType is { } type) node["contentType"] = type;
        if (version.Tags is { Count: > 0 } tags)
            node["tags"] = new JsonObject([.. tags.Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value))]);
        return node;
    }
}
