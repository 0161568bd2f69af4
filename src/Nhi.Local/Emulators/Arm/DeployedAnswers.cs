using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.Arm;

/// <summary>What ARM answers about <see cref="DeployedResources"/>: a resource by its id, an app's settings and its configuration, the subscriptions, the roles of a principal, the identities of a group and whom they are lent to, the system topics of a subscription, the diagnostic settings of a resource.</summary>
internal sealed partial class DeployedAnswers(DeployedResources deployed)
{
    private const int PageSize = 3;

    /// <summary>Null for what is none of them.</summary>
    public Answer? Answer(Call call)
    {
        var id = "/" + string.Join('/', call.Segments);
        if (deployed.Refusal(id) is var (status, code))
            return Wire.Answer.JsonError(status, code, "It is not for you now.");
        if (call.Method == "POST")
            return id.EndsWith("/config/appsettings/list", StringComparison.OrdinalIgnoreCase) && deployed.Find(id[..^"/list".Length]) is { } settings ? Wire.Answer.Json(200, settings) : null;
        if (call.Method != "GET") return null;
        if (AssignmentsPattern().Match(id) is { Success: true } assignments)
            return PrincipalPattern().Match(call.Query("$filter") ?? "") is { Success: true } principal
                ? Page(call, deployed.Where((key, one) => Type(one) == "Microsoft.Authorization/roleAssignments" && IsSeenFrom(assignments.Groups["scope"].Value, key) && (string?)one["properties"]!["principalId"] == principal.Groups["id"].Value))
                : Wire.Answer.JsonError(400, "UnsupportedFilter", "The filter is not supported.");
        if (id.Equals("/subscriptions", StringComparison.OrdinalIgnoreCase))
            return Page(call, [.. deployed.Ids.Where(one => one.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase)).Select(one => one.Split('/')[2]).Distinct().Select(one => new JsonObject { ["id"] = $"/subscriptions/{one}", ["subscriptionId"] = one, ["state"] = "Enabled" })]);
        if (id.EndsWith("/providers/Microsoft.ManagedIdentity/userAssignedIdentities", StringComparison.OrdinalIgnoreCase))
            return Page(call, deployed.Where((key, one) => Type(one) == "Microsoft.ManagedIdentity/userAssignedIdentities" && key.StartsWith(id + "/", StringComparison.OrdinalIgnoreCase)));
        if (TopicsPattern().Match(id) is { Success: true } topics)
            return Page(call, deployed.Where((key, one) => Type(one) == "Microsoft.EventGrid/systemTopics" && key.StartsWith(topics.Groups["scope"].Value + "/", StringComparison.OrdinalIgnoreCase)));
        if (id.EndsWith("/providers/Microsoft.Insights/diagnosticSettings", StringComparison.OrdinalIgnoreCase) || id.EndsWith("/federatedIdentityCredentials", StringComparison.OrdinalIgnoreCase))
            return Page(call, deployed.Where((key, one) => key.StartsWith(id + "/", StringComparison.OrdinalIgnoreCase)));
        return id.EndsWith("/config/web", StringComparison.OrdinalIgnoreCase) ? Site(id[..^"/config/web".Length])
            // Azure shows an app's settings to a POST alone.
            : id.EndsWith("/config/appsettings", StringComparison.OrdinalIgnoreCase) ? null
            : deployed.Find(id) is { } one ? Wire.Answer.Json(200, Without(one))
            : call.Segments is [_, var subscription, ..] && deployed.Ids.Any(other => other.StartsWith($"/subscriptions/{subscription}/", StringComparison.OrdinalIgnoreCase)) ? Wire.Answer.JsonError(404, "ResourceNotFound", "The Resource was not found.")
            : null;
    }

    /// <summary>An app itself shows no configuration; its child does, with Azure's own last word behind what was allowed.</summary>
    private Answer? Site(string id)
    {
        if (deployed.Find(id)?["properties"]?["siteConfig"] is not JsonObject configuration) return null;
        configuration["ipSecurityRestrictions"]!.AsArray().Add(new JsonObject { ["ipAddress"] = "Any", ["action"] = "Deny", ["priority"] = 2147483647, ["name"] = "Deny all" });
        return Wire.Answer.Json(200, new JsonObject { ["id"] = $"{id}/config/web", ["properties"] = configuration.DeepClone() });
    }

    private static JsonObject Without(JsonObject resource)
    {
        if (Type(resource) == "Microsoft.Web/sites") resource["properties"]!.AsObject().Remove("siteConfig");
        return resource;
    }

    /// <summary>In pages, so that who reads one page only misses something.</summary>
    private static Answer Page(Call call, IReadOnlyList<JsonObject> all)
    {
        var from = int.TryParse(call.Query("$skiptoken"), out var skip) ? skip : 0;
        var page = new JsonObject { ["value"] = new JsonArray([.. all.Skip(from).Take(PageSize)]) };
        var next = from + PageSize;
        if (next < all.Count)
            page["nextLink"] = $"https://{call.Host}{call.RawTarget.Split("&$skiptoken=")[0]}&$skiptoken={next}";
        return Wire.Answer.Json(200, page);
    }

    /// <summary>A subscription's list has what was given below it, and above it.</summary>
    private static bool IsSeenFrom(string subscription, string id) =>
        id.StartsWith(subscription + "/", StringComparison.OrdinalIgnoreCase) || id.StartsWith("/providers/Microsoft.Management/managementGroups/", StringComparison.OrdinalIgnoreCase);

    private static string? Type(JsonObject one) => (string?)one["type"];

    [GeneratedRegex("^(?<scope>/subscriptions/[^/]+)/providers/Microsoft.Authorization/roleAssignments$", RegexOptions.IgnoreCase)]
    private static partial Regex AssignmentsPattern();

    [GeneratedRegex("^(?<scope>/subscriptions/[^/]+)/providers/Microsoft.EventGrid/systemTopics$", RegexOptions.IgnoreCase)]
    private static partial Regex TopicsPattern();

    [GeneratedRegex("^principalId eq '(?<id>[0-9a-f-]{36})'$")]
    private static partial Regex PrincipalPattern();
}
