using System.Text.Json.Nodes;

namespace Nhi.Local.Emulators.Arm;

/// <summary>Some of Azure's built-in roles with their permissions: those that readers of role assignments meet here.</summary>
internal static class BuiltInRoles
{
    /// <summary>A new set, by GUID.</summary>
    public static Dictionary<string, JsonObject> All => new (string Id, string Name, string[] Actions, string[] DataActions)[]
    {
        ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", ["*"], []),
        ("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", ["*"], []),
        ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", ["*/read"], []),
        ("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator", ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"], []),
        ("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User", [], ["Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"]),
        ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor", ["Microsoft.Storage/storageAccounts/blobServices/containers/read"], ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"]),
    }.ToDictionary(role => role.Id, role => Shape(role.Id, role.Name, "BuiltInRole", role.Actions, role.DataActions), StringComparer.OrdinalIgnoreCase);

    public static JsonObject Shape(string id, string name, string type, IEnumerable<string> actions, IEnumerable<string> dataActions) => new()
    {
        ["id"] = $"/subscriptions/{WorldNames.Subscription}/providers/Microsoft.Authorization/roleDefinitions/{id}",
        ["name"] = id,
        ["type"] = "Microsoft.Authorization/roleDefinitions",
        ["properties"] = new JsonObject
        {
            ["roleName"] = name,
            ["type"] = type,
            ["permissions"] = new JsonArray(new JsonObject { ["actions"] = Texts(actions), ["notActions"] = new JsonArray(), ["dataActions"] = Texts(dataActions), ["notDataActions"] = new JsonArray() }),
        },
    };

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode?)text)];
}
