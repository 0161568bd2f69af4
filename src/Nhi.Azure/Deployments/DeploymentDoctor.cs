using System.Collections.Concurrent;
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
    private readonly ArmReading _arm;
    private readonly Remedies _remedies;
    private readonly ConcurrentBag<Difference> _differences = [];
    private readonly ConcurrentBag<Unread> _unread = [];
    private readonly ConcurrentBag<string> _notCompared = [];

    private DeploymentDoctor(ExpectedDeployment expected, ArmReading arm) =>
        (_expected, _arm, _remedies) = (expected, arm, new Remedies(expected.HomeGroup ?? "$AZURE_RESOURCE_GROUP"));

    /// <summary>Never throws for what Azure answers.</summary>
    public static async Task<DeploymentReport> ExamineAsync(ExpectedDeployment expected, ArmReading arm, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(arm);
        var doctor = new DeploymentDoctor(expected, arm);
        await Parallel.ForEachAsync(expected.Resources, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (resource, token) => await doctor.LookAsync(resource, token));
        await Parallel.ForEachAsync(expected.Of("Microsoft.ManagedIdentity/userAssignedIdentities"), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (identity, token) => await doctor.LookForMoreRightsAsync(identity, token));
        return new DeploymentReport(
            expected.Resources.Count,
            [.. doctor._differences.OrderBy(one => one.Resource, StringComparer.OrdinalIgnoreCase).ThenBy(one => one.What, StringComparer.Ordinal)],
            [.. doctor._unread.Distinct().OrderBy(one => one.Resource, StringComparer.OrdinalIgnoreCase)],
            [.. doctor._notCompared.Order(StringComparer.Ordinal)]);
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
            Add(DifferenceKind.Differs, resource.Id, "properties.state", $"the retention of {ArmIds.NameOf(resource.Parent)} is locked, and the parameters don't say so: the next deployment would be refused", $"export NHI_LOCKED_YEARS=… with the year of {ArmIds.NameOf(resource.Parent)} in it");
    }

    private void Compare(ExpectedResource resource, JsonNode? expected, JsonNode? actual, string path, JsonObject whole)
    {
        foreach (var (where, what) in PropertyComparison.Of(expected, actual, path))
            Add(DifferenceKind.Differs, resource.Id, where, $"{resource.Text}: {what}", _remedies.Differs(resource, where, whole));
    }

    /// <summary>Null when it is not there, or could not be read, which is then said.</summary>
    private async Task<JsonObject?> ReadAsync(ExpectedResource resource, CancellationToken ct)
    {
        var answer = await _arm.GetAsync(resource.Id, resource.ApiVersion, ct);
        if (answer.Body is { } body)
            return body;
        if (answer.IsAbsent)
            Add(DifferenceKind.Missing, resource.Id, null, Gone(resource), _remedies.Missing(resource));
        else
            _unread.Add(answer.Unread(resource.Id));
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
                _notCompared.Add($"{resource.Text}: {path.TrimStart('.')}");
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
                Add(DifferenceKind.Missing, resource.Id, null, Gone(resource), _remedies.Missing(resource));
            else
                _unread.Add(answer.Unread(resource.Id));
            return;
        }

        var actual = body["properties"] as JsonObject ?? [];
        var expected = (await KnownAsync(resource, ct))["properties"]!.AsObject();
        foreach (var (name, value) in expected)
            if (!string.Equals(actual[name]?.ToString().TrimEnd('/'), value?.ToString().TrimEnd('/'), StringComparison.Ordinal))
                Add(DifferenceKind.Differs, resource.Id, name, $"the app's setting {name} is {(actual[name] is null ? "not there" : "another")}", _remedies.Deploy);
        // Unknown here is what the template sets and nobody could evaluate.
        foreach (var name in actual.Select(one => one.Key).Where(name => resource.Properties?.ContainsKey(name) == false && IsOurs(name)))
            Add(DifferenceKind.Beyond, resource.Id, name, $"the app has the setting {name}, which the template does not set", _remedies.Deploy);
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
            _unread.Add(answer.Unread(id));
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
            _unread.Add(answer.Unread(id));
            return;
        }

        if (_expected.RetentionDays(container) is not { } days)
            _notCompared.Add($"{container.Text}: how long its retention is");
        else if (Remedies.IsLocked(answer.Body))
            foreach (var (_, what) in PropertyComparison.Of(JsonValue.Create(days), PropertyComparison.Member(answer.Body?["properties"], Remedies.Period), Remedies.Period))
                Add(DifferenceKind.Differs, id, $"properties.{Remedies.Period}", $"{container.Text} is locked, but {what}", Remedies.Extend(container, days));
        if (!Remedies.IsLocked(answer.Body))
            Add(DifferenceKind.Differs, id, "properties.state", $"{container.Text} is to be locked, and is not", Remedies.Lock(container, answer.Body, _expected.RetentionDays(container)));
        else
            foreach (var name in Remedies.Appends.Where(name => PropertyComparison.Member(answer.Body?["properties"], name)?.ToString() == "true"))
                Add(DifferenceKind.Differs, id, $"properties.{name}", $"{container.Text} is locked with {name}", $"# no command mends it: look who could append to {container.Name}");
    }

    /// <summary>By its name, as contract.json has it.</summary>
    private static bool IsEvidence(ExpectedResource container) =>
        container.Name.StartsWith("evidence-", StringComparison.Ordinal) && container.Name.Length == 13 && int.TryParse(container.Name.AsSpan(9), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>What an identity of ours was given beside the template, in every subscription that the deployment touches, at whatever scope.</summary>
    private async Task LookForMoreRightsAsync(ExpectedResource identity, CancellationToken ct)
    {
        if ((await _arm.GetAsync(identity.Id, identity.ApiVersion, ct)).Body?["properties"]?["principalId"] is not JsonValue principal || !Guid.TryParse(principal.ToString(), out var id))
            return;
        var given = _expected.Of("Microsoft.Authorization/roleAssignments").ToList();
        var version = given.Select(one => one.ApiVersion).FirstOrDefault("2022-04-01");
        foreach (var subscription in _expected.Resources.Select(one => one.Subscription).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var scope = $"/subscriptions/{subscription}";
            var (all, last) = await _arm.ListAsync($"{scope}/providers/Microsoft.Authorization/roleAssignments?api-version={version}&$filter=principalId%20eq%20%27{id:D}%27", $"listing the roles of {identity.Name}", ct);
            if (all is null)
            {
                _unread.Add(last.Unread($"{scope}/providers/Microsoft.Authorization/roleAssignments of {identity.Name}"));
                continue;
            }

            foreach (var more in all.Where(one => one["id"] is JsonValue && !given.Any(known => string.Equals(known.Id, one["id"]!.ToString(), StringComparison.OrdinalIgnoreCase))))
                await AddMoreAsync(identity, more, version, ct);
        }
    }

    private async Task AddMoreAsync(ExpectedResource identity, JsonObject assignment, string version, CancellationToken ct)
    {
        var id = assignment["id"]!.ToString();
        var role = assignment["properties"]?["roleDefinitionId"]?.ToString() ?? "";
        var name = role.Length > 0 && role.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '.' or '_') ? (await _arm.GetAsync(role, version, ct)).Body?["properties"]?["roleName"]?.ToString() : null;
        var scope = assignment["properties"]?["scope"]?.ToString() ?? id;
        Add(DifferenceKind.Beyond, id, null, $"{identity.Name} has the role '{name ?? ArmIds.NameOf(role)}' at {ArmIds.Text(scope)}, which the template does not give", Remedies.TakeAway(id));
    }

    private void Add(DifferenceKind kind, string resource, string? property, string what, string remedy) => _differences.Add(new Difference(kind, resource, property, what, remedy));
}
