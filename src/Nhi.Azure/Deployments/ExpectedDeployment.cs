using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nhi.Azure.Deployments;

/// <summary>
/// What the template makes of one team's parameters: the compiler's own snapshot (<c>bicep snapshot</c>; infra/doctor.sh makes it).
/// Not a second description of the deployment, which would have to be kept equal to the template, but the template, evaluated.
/// </summary>
public sealed class ExpectedDeployment
{
    private const int MostBytes = 16 * 1024 * 1024;

    internal ExpectedDeployment(IReadOnlyList<ExpectedResource> resources) => Resources = resources;

    internal IReadOnlyList<ExpectedResource> Resources { get; }

    internal IEnumerable<ExpectedResource> Of(string type) => Resources.Where(one => one.Is(type));

    /// <summary>The group of the app, which the commands that mend are for; null for a plan without an app.</summary>
    internal string? HomeGroup => Of("Microsoft.Web/sites").FirstOrDefault()?.ResourceGroup;

    /// <summary>For how many days the container's account keeps what is created there, as the template tags it; null where it does not. A container whose retention is locked has none in the plan.</summary>
    internal int? RetentionDays(ExpectedResource container) =>
        Of("Microsoft.Storage/storageAccounts").FirstOrDefault(account => container.Id.StartsWith(account.Id + "/", StringComparison.OrdinalIgnoreCase))?.Json["tags"] is JsonObject tags
        && int.TryParse(Text(tags, "nhi-retention-days"), NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : null;

    /// <summary>Reads snapshots: one of infra/main.bicep, and, once there are any, one of infra/subscriptions.bicep. Throws <see cref="ExpectationException"/>.</summary>
    /// <param name="snapshots">Name of the file, for errors, and its bytes.</param>
    public static ExpectedDeployment Read(IEnumerable<(string Name, byte[] Bytes)> snapshots)
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        List<ExpectedResource> resources = [];
        foreach (var (name, bytes) in snapshots)
            resources.AddRange(Read(name, bytes));
        var twice = resources.GroupBy(one => one.Id, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? new ExpectedDeployment(resources)
            : throw new ExpectationException($"{ArmIds.Text(twice.Key)} is in two of the snapshots. Name one snapshot of infra/main.bicepparam and one of infra/subscriptions.bicepparam.");
    }

    private static List<ExpectedResource> Read(string name, byte[] bytes)
    {
        const string Remedy = "infra/doctor.sh makes the snapshots: run it again.";
        if (bytes.Length > MostBytes)
            throw new ExpectationException($"'{name}' is longer than 16 MiB, which no snapshot of a deployment is. {Remedy}");
        var snapshot = Parse(name, bytes, Remedy);
        if (snapshot["predictedResources"] is not JsonArray predicted || predicted.Count == 0)
            throw new ExpectationException($"'{name}' predicts no resource: it is no snapshot of the Bicep compiler. {Remedy}");
        if (snapshot["diagnostics"] is JsonArray said && said.Any(one => one?.ToString().Contains("NestedDeploymentShortCircuited", StringComparison.Ordinal) == true))
            throw new ExpectationException($"'{name}' is only a part of the deployment: the compiler could not evaluate one of its modules, since a parameter's value is known to Azure alone (the year, unless it is given). {Remedy}");
        return [.. predicted.Select(one => Resource(name, one, Remedy))];
    }

    private static JsonObject Parse(string name, byte[] bytes, string remedy)
    {
        try
        {
            return JsonNode.Parse(bytes, documentOptions: new JsonDocumentOptions { MaxDepth = 128 }) as JsonObject ?? throw new JsonException();
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new ExpectationException($"'{name}' is no JSON object. {remedy}");
        }
    }

    private static ExpectedResource Resource(string name, JsonNode? node, string remedy)
    {
        if (node is JsonObject json && Text(json, "id") is { } id && Text(json, "type") is { } type && Text(json, "apiVersion") is { } version && (ArmIds.IsOne(id) || ArmIds.IsRoleOfSubscription(id)) && ArmIds.IsApiVersion(version))
            return new ExpectedResource(id, type, version, json);
        throw new ExpectationException($"'{name}' predicts something that is no resource below a resource group and no role of a subscription, with an id, a type and a version. {remedy}");
    }

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
