using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nhi.Local.Emulators.Arm;

/// <summary>
/// What somebody deployed to the local ARM: a compiler's snapshot, turned into what Azure would show of it, and changed by hand as people change things in the portal.
/// Azure shows more than was asked for, spells ids and lists its own way, and puts its own values for what only it knows; so does this.
/// </summary>
public sealed partial class DeployedResources
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, JsonObject> resources = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, (int Status, string Code)> refused = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Ids of everything that is there.</summary>
    public IReadOnlyList<string> Ids
    {
        get
        {
            lock (gate) return [.. resources.Keys];
        }
    }

    /// <summary>Makes the resources of a snapshot (<c>bicep snapshot</c>).</summary>
    public void Deploy(JsonObject snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        foreach (var one in snapshot["predictedResources"]!.AsArray()) Put(one!.AsObject());
    }

    /// <summary>Nothing is deployed, and nothing refused.</summary>
    public void Clear()
    {
        lock (gate)
        {
            resources.Clear();
            refused.Clear();
        }
    }

    /// <summary>Puts one resource there, as a deployment writes it.</summary>
    public void Put(JsonObject resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var shown = Show(resource);
        lock (gate) resources[(string)shown["id"]!] = shown;
    }

    /// <summary>Changes what ARM shows of a resource.</summary>
    public void Change(string id, Action<JsonObject> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (gate) change(resources[id]);
    }

    /// <summary>Takes it away.</summary>
    public void Remove(string id)
    {
        lock (gate)
            if (!resources.Remove(id)) throw new ArgumentException($"There is no '{id}'.", nameof(id));
    }

    /// <summary>From now on reads of it are answered so: 403, 429, 500.</summary>
    public void Refuse(string id, int status, string code)
    {
        lock (gate) refused[id] = (status, code);
    }

    /// <summary>The object id of the identity with that ARM id.</summary>
    public static string PrincipalOf(string identityId) => Id("principal", identityId);

    internal (int Status, string Code)? Refusal(string id)
    {
        lock (gate) return refused.TryGetValue(id, out var one) ? one : null;
    }

    internal JsonObject? Find(string id)
    {
        lock (gate) return resources.GetValueOrDefault(id)?.DeepClone().AsObject();
    }

    internal IReadOnlyList<JsonObject> Where(Func<string, JsonObject, bool> which)
    {
        lock (gate) return [.. resources.Where(one => which(one.Key, one.Value)).Select(one => one.Value.DeepClone().AsObject())];
    }

    private static JsonObject Show(JsonObject resource)
    {
        var shown = Known(resource)!.AsObject();
        shown.Remove("apiVersion");
        var id = (string)shown["id"]!;
        shown["name"] = id.Split('/')[^1];
        var type = (string)shown["type"]!;
        var properties = shown["properties"] as JsonObject ?? [];
        shown["properties"] = properties;
        properties["provisioningState"] = "Succeeded";
        switch (type)
        {
            case "Microsoft.ManagedIdentity/userAssignedIdentities":
                (properties["principalId"], properties["clientId"]) = (PrincipalOf(id), Id("client", id));
                break;
            case "Microsoft.EventGrid/systemTopics":
                shown["identity"]!["principalId"] = PrincipalOf(id);
                break;
            case "Microsoft.Insights/components":
                properties["ConnectionString"] = $"InstrumentationKey={Id("key", id)}";
                break;
            case "Microsoft.OperationalInsights/workspaces":
                properties["customerId"] = Id("workspace", id);
                break;
            case "Microsoft.EventGrid/topics":
                properties["endpoint"] = "https://topic.westeurope-1.eventgrid.azure.net/api/events";
                break;
            case "Microsoft.Authorization/roleAssignments":
                properties["scope"] = id[..id.LastIndexOf("/providers/", StringComparison.Ordinal)];
                properties["createdOn"] = "2026-03-02T08:00:00.0000000Z";
                break;
            case "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies":
                properties["state"] = "Unlocked";
                shown["etag"] = "\"8d59f825b721dd3\"";
                break;
            case "Microsoft.Insights/diagnosticSettings":
                properties["logs"]!.AsArray().Insert(0, new JsonObject { ["category"] = "AzurePolicyEvaluationDetails", ["enabled"] = false });
                break;
            case "Microsoft.Web/sites":
                shown["identity"]!["userAssignedIdentities"] = new JsonObject(shown["identity"]!["userAssignedIdentities"]!.AsObject().Select(one => KeyValuePair.Create(one.Key.Replace("/resourceGroups/", "/resourcegroups/", StringComparison.Ordinal), (JsonNode?)new JsonObject { ["principalId"] = PrincipalOf(one.Key) })));
                break;
        }

        return shown;
    }

    /// <summary>With Azure's own values for what the compiler could not know; without what is null, and lists of words in another order.</summary>
    private static JsonNode? Known(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Where(one => one.Value is not null).Select(one => KeyValuePair.Create(one.Key, one.Key == "location" && one.Value!.ToString() == "westeurope" ? "West Europe" : Known(one.Value)))),
        JsonArray list => new JsonArray([.. (list.All(one => one is JsonValue) ? list.Reverse() : list).Select(Known)]),
        JsonValue value when value.TryGetValue<string>(out var text) && text.StartsWith('[') && text.EndsWith(']') => JsonValue.Create(Evaluate(text)),
        _ => node?.DeepClone(),
    };

    private static string Evaluate(string expression)
    {
        if (expression == "[environment().name]") return "AzureCloud";
        var value = ReferencePattern().Replace(expression, match => "'" + match.Groups["member"].Value switch
        {
            "principalId" or "identity.principalId" => PrincipalOf(match.Groups["id"].Value),
            "clientId" => Id("client", match.Groups["id"].Value),
            "customerId" => Id("workspace", match.Groups["id"].Value),
            "ConnectionString" => $"InstrumentationKey={Id("key", match.Groups["id"].Value)}",
            "endpoint" => "https://topic.westeurope-1.eventgrid.azure.net/api/events",
            var other => throw new NotSupportedException($"The emulator knows no '{other}' of a resource."),
        } + "'");
        value = value.Replace("environment().suffixes.storage", "'core.windows.net'", StringComparison.Ordinal).Replace("environment().suffixes.keyvaultDns", "'.vault.azure.net'", StringComparison.Ordinal);
        value = JoinPattern().Replace(value, match => $"'{string.Join(match.Groups["between"].Value, QuotedPattern().Matches(match.Groups["list"].Value).Select(one => one.Groups[1].Value))}'");
        var parts = QuotedPattern().Matches(value).Select(match => match.Groups[1].Value.Replace("''", "'", StringComparison.Ordinal)).ToArray();
        // The workbook's text is not looked at.
        return value.StartsWith("[string(", StringComparison.Ordinal) ? "{}"
            : value.StartsWith("[format(", StringComparison.Ordinal) ? string.Format(CultureInfo.InvariantCulture, parts[0], [.. parts.Skip(1)]) : parts[0];
    }

    private static string Id(string what, string id) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{what} {id.ToUpperInvariant()}")).AsSpan(0, 16)).ToString();

    [GeneratedRegex(@"reference\('(?<id>[^']+)', '[0-9-]+'(, 'full')?\)\.(?<member>[A-Za-z.]+)")]
    private static partial Regex ReferencePattern();

    [GeneratedRegex(@"join\(createArray\((?<list>[^)]*)\), '(?<between>[^']*)'\)")]
    private static partial Regex JoinPattern();

    [GeneratedRegex("'((?:[^']|'')*)'")]
    private static partial Regex QuotedPattern();
}
