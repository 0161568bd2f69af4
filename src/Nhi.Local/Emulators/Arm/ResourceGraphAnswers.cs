using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Local.Emulators.KeyVault;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.Arm;

/// <summary>
/// Resource Graph as far as it is asked for vaults, or for vaults and storage accounts by name: rows of those that the caller may read, by subscription or management group, by a tag, sorted, page by page with <c>$skipToken</c>. Any other query is refused.
/// </summary>
internal static partial class ResourceGraphAnswers
{
    /// <summary>The local subscription lies in it.</summary>
    public const string ManagementGroup = "nhi-local";

    public static Answer To(JsonObject? body, IEnumerable<KeyVaultEmulator> readable, IEnumerable<string> accounts)
    {
        if ((string?)body?["query"] is not { } query)
            return Answer.JsonError(400, "BadRequest", "Please provide below info when asking for support: InvalidQuery.");
        if (Named().Match(query) is { Success: true } named)
            return Page(body, NamedRows(named, readable, accounts));
        if (Vaults().Match(query) is not { Success: true } asked)
            return Answer.JsonError(400, "BadRequest", "Please provide below info when asking for support: InvalidQuery.");
        if (body["managementGroups"] is JsonArray groups && !groups.Any(group => string.Equals((string?)group, ManagementGroup, StringComparison.OrdinalIgnoreCase)))
            return Answer.JsonError(400, "BadRequest", "Please provide below info when asking for support: InvalidManagementGroupId.");
        var subscribed = body["subscriptions"] is not JsonArray subscriptions || subscriptions.Any(id => string.Equals((string?)id, WorldNames.Subscription, StringComparison.OrdinalIgnoreCase));
        var rows = subscribed ? readable.Where(vault => HasTag(vault, asked)).OrderBy(vault => vault.ResourceId, StringComparer.Ordinal).Select(Row).ToList() : [];
        return Page(body, rows);
    }

    private static List<JsonObject> NamedRows(Match asked, IEnumerable<KeyVaultEmulator> readable, IEnumerable<string> accounts)
    {
        var names = asked.Groups["name"].Captures.Select(name => name.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var ids = asked.Groups["type"].Value == "microsoft.keyvault/vaults"
            ? readable.Select(vault => vault.ResourceId)
            : accounts.Select(StorageAccount.IdOf);
        return [.. ids.Where(id => names.Contains(id[(id.LastIndexOf('/') + 1)..])).Order(StringComparer.Ordinal).Select(id => new JsonObject { ["id"] = id })];
    }

    private static Answer Page(JsonObject body, List<JsonObject> rows)
    {
        var options = body["options"];
        var top = (int?)options?["$top"] ?? 100;
        if (top is < 1 or > 1000)
            return Answer.JsonError(400, "BadRequest", "Please provide below info when asking for support: InvalidTop.");
        var from = int.TryParse((string?)options?["$skipToken"], NumberStyles.None, CultureInfo.InvariantCulture, out var skip) ? skip : 0;
        var page = rows.Skip(from).Take(top).ToArray();
        var answer = new JsonObject { ["totalRecords"] = rows.Count, ["count"] = page.Length, ["resultTruncated"] = "false", ["facets"] = new JsonArray(), ["data"] = new JsonArray([.. page]) };
        if (from + top < rows.Count) answer["$skipToken"] = (from + top).ToString(CultureInfo.InvariantCulture);
        return Answer.Json(200, answer).With("x-ms-user-quota-remaining", "14").With("x-ms-user-quota-resets-after", "00:00:05");
    }

    private static bool HasTag(KeyVaultEmulator vault, Match asked) =>
        !asked.Groups["tag"].Success
        || (vault.ResourceTags.GetValueOrDefault(asked.Groups["tag"].Value) is { Length: > 0 } value
            && (!asked.Groups["value"].Success || string.Equals(value, asked.Groups["value"].Value, StringComparison.OrdinalIgnoreCase)));

    private static JsonObject Row(KeyVaultEmulator vault) => new()
    {
        ["id"] = vault.ResourceId, ["vaultUri"] = $"{vault.Origin}/", ["environment"] = vault.ResourceTags.GetValueOrDefault("nhi-environment") ?? "",
    };

    [GeneratedRegex(@"\Aresources \| where type =~ '(?<type>microsoft\.keyvault/vaults|microsoft\.storage/storageaccounts)' and name in~ \((?:'(?<name>[0-9a-zA-Z-]+)'(?:, )?)+\) \| project id \| order by id asc\z")]
    private static partial Regex Named();

    [GeneratedRegex(@"\Aresources \| where type =~ 'microsoft\.keyvault/vaults'(?: \| where (?:isnotempty\(tags\['(?<tag>[^']+)'\]\)|tags\['(?<tag>[^']+)'\] =~ '(?<value>[^']+)'))? \| project id, vaultUri = tostring\(properties\.vaultUri\), environment = tostring\(tags\['nhi-environment'\]\) \| order by id asc\z")]
    private static partial Regex Vaults();
}
