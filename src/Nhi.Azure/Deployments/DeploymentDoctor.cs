using System.Globalization;
using System.Text.Json.Nodes;

namespace Nhi.Azure.Deployments;

/// <summary>
/// Compares what is deployed with what the template says, by reads of Azure Resource Manager alone. Every resource is looked at for itself: one that can't be read is said, and stops no other.
/// </summary>
public sealed class DeploymentDoctor
{
    /// <summary>Reads in flight: ARM allows some 25 a second.</summary>
    private const int AtOnce = 8;
    private readonly ExpectedDeployment _expected;
    private readonly DeploymentReads _arm;
    private readonly Remedies _remedies;
    private readonly DoctorNotes _notes = new();

    private DeploymentDoctor(ExpectedDeployment expected, DeploymentReads arm) =>
        (_expected, _arm, _remedies) = (expected, arm, new Remedies(expected.HomeGroup ?? "$AZURE_RESOURCE_GROUP"));

    /// <summary>Never throws for what Azure answers.</summary>
    public static async Task<DeploymentReport> ExamineAsync(ExpectedDeployment expected, DeploymentReads arm, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(arm);
        var doctor = new DeploymentDoctor(expected, arm);
        await Parallel.ForEachAsync(expected.Resources, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (resource, token) => await doctor.LookAsync(resource, token));
        await new RightsLook(expected, arm, doctor._notes, AtOnce).RunAsync(ct);
        return doctor._notes.Report(expected.Resources.Count);
    }

    private async Task LookAsync(ExpectedResource resource, CancellationToken ct)
    {
        if (resource.Is("Microsoft.Web/sites/config"))
        {
            await LookAtSettingsAsync(resource, ct);
            return;
        }

        if (await ReadAsync(resource, ct) is not { } actual)
            return;
        var expected = await KnownAsync(resource, ct);
        // App Service shows how a site is reached in a child of its own.
        var configuration = resource.Is("Microsoft.Web/sites") && expected["properties"] is JsonObject properties && properties.Remove("siteConfig", out var said) ? said : null;
        foreach (var part in (string[])["location", "kind", "sku", "identity", "properties"])
            Compare(resource, expected[part], PropertyComparison.Member(actual, part), part, actual);
        if (configuration is not null)
            await LookAtSiteAsync(resource, configuration, ct);
        if (resource.Is("Microsoft.Storage/storageAccounts/blobServices/containers"))
            await LookAtLockAsync(resource, ct);
        if (resource.Is("Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies") && Remedies.IsLocked(actual))
            _notes.Differs(resource.Id, "properties.state", $"the retention of {ArmIds.NameOf(resource.Parent)} is locked, and the parameters don't say so: the next deployment would be refused", $"export NHI_LOCKED_YEARS=… with the year of {ArmIds.NameOf(resource.Parent)} in it");
    }

    private void Compare(ExpectedResource resource, JsonNode? expected, JsonNode? actual, string path, JsonObject whole)
    {
        foreach (var (where, what) in PropertyComparison.Of(expected, actual, path))
            _notes.Differs(resource.Id, where, $"{resource.Text}: {what}", _remedies.Differs(resource, where, whole));
    }

    /// <summary>Null when it is not there, or could not be read, which is then said.</summary>
    private async Task<JsonObject?> ReadAsync(ExpectedResource resource, CancellationToken ct)
    {
        var answer = await _arm.GetAsync(resource.Id, resource.ApiVersion, ct);
        if (answer.Body is { } body)
            return body;
        if (answer.IsAbsent)
            _notes.Missing(resource.Id, Gone(resource), _remedies.Missing(resource));
        else
            _notes.Unread(answer.Unread(resource.Id));
        return null;
    }

    private static string Gone(ExpectedResource resource) => resource.Is("Microsoft.Authorization/roleAssignments")
        ? $"a role is gone at {ArmIds.Text(resource.Scope)}: {PropertyComparison.Member(resource.Properties, "description")}"
        : $"{resource.Text} is not there";

    /// <summary>The template's words with the values that only Azure knows; what stays unknown is left out, and said.</summary>
    private async Task<JsonObject> KnownAsync(ExpectedResource resource, CancellationToken ct) => (await KnownAsync(resource.Json, resource, "", new TemplateExpression(_arm, ct)))!.AsObject();

    private async Task<JsonNode?> KnownAsync(JsonNode? node, ExpectedResource resource, string path, TemplateExpression expressions)
    {
        switch (node)
        {
            case JsonObject members:
                var known = new JsonObject();
                foreach (var (name, value) in members)
                    if (await KnownAsync(value, resource, $"{path}.{name}", expressions) is { } one)
                        known[name] = one;
                return known;
            case JsonArray list:
                var all = new JsonArray();
                foreach (var item in list)
                    all.Add(await KnownAsync(item, resource, path, expressions));
                return all;
            case JsonValue value when value.TryGetValue<string>(out var text) && TemplateExpression.IsExpression(text):
                if (await expressions.ValueAsync(text) is { } evaluated)
                    return JsonValue.Create(evaluated);
                _notes.NotCompared($"{resource.Text}: {path.TrimStart('.')}");
                return null;
            default:
                return node?.DeepClone();
        }
    }

    /// <summary>Names alone are shown: what somebody put there may be a secret.</summary>
    private async Task LookAtSettingsAsync(ExpectedResource resource, CancellationToken ct)
    {
        var answer = await _arm.PostAsync($"{resource.Id}/list", resource.ApiVersion, ct);
        if (answer.Body is not { } body)
        {
            if (answer.IsAbsent)
                _notes.Missing(resource.Id, Gone(resource), _remedies.Missing(resource));
            else
                _notes.Unread(answer.Unread(resource.Id));
            return;
        }

        var actual = body["properties"] as JsonObject ?? [];
        var expected = (await KnownAsync(resource, ct))["properties"]!.AsObject();
        foreach (var (name, value) in expected)
            if (!string.Equals(actual[name]?.ToString().TrimEnd('/'), value?.ToString().TrimEnd('/'), StringComparison.Ordinal))
                _notes.Differs(resource.Id, name, $"the app's setting {name} is {(actual[name] is null ? "not there" : "another")}", _remedies.Deploy);
        // Unknown here is what the template sets and nobody could evaluate.
        foreach (var name in actual.Select(one => one.Key).Where(name => resource.Properties?.ContainsKey(name) == false && IsOurs(name)))
            _notes.Beyond(resource.Id, name, $"the app has the setting {name}, which the template does not set", _remedies.Deploy);
    }

    /// <summary>The platform's own settings come and go.</summary>
    private static bool IsOurs(string setting) => setting.StartsWith("Nhi__", StringComparison.OrdinalIgnoreCase) || setting.StartsWith("AzureWebJobs", StringComparison.OrdinalIgnoreCase);

    private async Task LookAtSiteAsync(ExpectedResource site, JsonNode expected, CancellationToken ct)
    {
        var id = $"{site.Id}/config/web";
        var answer = await _arm.GetAsync(id, site.ApiVersion, ct);
        if (answer.Body is { } body)
            Compare(site, expected, body["properties"], "properties.siteConfig", body);
        else
            _notes.Unread(answer.Unread(id));
    }

    /// <summary>A container of evidence without a retention in the template is one whose year is locked, by the parameters' word.</summary>
    private async Task LookAtLockAsync(ExpectedResource container, CancellationToken ct)
    {
        var id = $"{container.Id}/immutabilityPolicies/default";
        if (!IsEvidence(container) || _expected.Resources.Any(one => string.Equals(one.Id, id, StringComparison.OrdinalIgnoreCase)))
            return;
        var answer = await _arm.GetAsync(id, container.ApiVersion, ct);
        if (answer.Body is null && !answer.IsAbsent)
        {
            _notes.Unread(answer.Unread(id));
            return;
        }

        if (_expected.RetentionDays(container) is not { } days)
            _notes.NotCompared($"{container.Text}: how long its retention is");
        else if (Remedies.IsLocked(answer.Body))
            foreach (var (_, what) in PropertyComparison.Of(JsonValue.Create(days), PropertyComparison.Member(answer.Body?["properties"], Remedies.Period), Remedies.Period))
                _notes.Differs(id, $"properties.{Remedies.Period}", $"{container.Text} is locked, but {what}", Remedies.Extend(container, days));
        if (!Remedies.IsLocked(answer.Body))
            _notes.Differs(id, "properties.state", $"{container.Text} is to be locked, and is not", Remedies.Lock(container, answer.Body, _expected.RetentionDays(container)));
        else
            foreach (var name in Remedies.Appends.Where(name => PropertyComparison.Member(answer.Body?["properties"], name)?.ToString() == "true"))
                _notes.Differs(id, $"properties.{name}", $"{container.Text} is locked with {name}", $"# no command mends it: look who could append to {container.Name}");
    }

    /// <summary>By its name, as contract.json has it.</summary>
    private static bool IsEvidence(ExpectedResource container) =>
        container.Name.StartsWith("evidence-", StringComparison.Ordinal) && container.Name.Length == 13 && int.TryParse(container.Name.AsSpan(9), NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
