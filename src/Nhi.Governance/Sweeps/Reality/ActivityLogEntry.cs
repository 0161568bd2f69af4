using System.Text.Json;
using System.Text.RegularExpressions;
using Nhi.Governance.Sweeps.Use;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>
/// One entry of a subscription's Activity Log that succeeded and tells of a change that matters somewhere. Every text of it was checked by its shape. Instants UTC.
/// </summary>
public sealed partial record ActivityLogEntry
{
    public required DateTimeOffset Time { get; init; }
    public required ChangeKind Kind { get; init; }

    /// <summary>As the platform calls it, e.g. <c>Microsoft.Storage/storageAccounts/regenerateKey/action</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The ARM id, lower case, of what it was done to: of a lock, a setting or an assignment the thing that bore it, of a part the whole.</summary>
    public required string Scope { get; init; }
    public string? ObjectId { get; init; }
    public string? AppId { get; init; }
    public string? UserName { get; init; }
    public string? Ip { get; init; }
    public string? Correlation { get; init; }

    /// <summary>As long as a finding's subject may be.</summary>
    private const int LongestScope = 512;

    private static readonly Dictionary<string, ChangeKind> _kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Microsoft.Storage/storageAccounts/regenerateKey/action"] = ChangeKind.Minted,
        ["Microsoft.Insights/diagnosticSettings/delete"] = ChangeKind.Diagnostics,
        ["Microsoft.EventGrid/eventSubscriptions/delete"] = ChangeKind.Subscription,
        ["Microsoft.EventGrid/systemTopics/eventSubscriptions/delete"] = ChangeKind.Subscription,
        ["Microsoft.EventGrid/systemTopics/delete"] = ChangeKind.Subscription,
        // A guard is loosened by a change as well: fewer categories, another filter, days instead of years.
        ["Microsoft.Insights/diagnosticSettings/write"] = ChangeKind.Diagnostics,
        ["Microsoft.EventGrid/eventSubscriptions/write"] = ChangeKind.Subscription,
        ["Microsoft.EventGrid/systemTopics/eventSubscriptions/write"] = ChangeKind.Subscription,
        ["Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/write"] = ChangeKind.Immutability,
        ["Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/delete"] = ChangeKind.Immutability,
        ["Microsoft.Authorization/policyAssignments/delete"] = ChangeKind.Policy,
        ["Microsoft.Authorization/policyExemptions/write"] = ChangeKind.Policy,
        ["Microsoft.Authorization/locks/delete"] = ChangeKind.Lock,
        ["Microsoft.Authorization/roleAssignments/write"] = ChangeKind.Access,
        ["Microsoft.Authorization/roleAssignments/delete"] = ChangeKind.Access,
    };

    /// <summary>Null for what is another operation, did not succeed, or is not readable; <paramref name="junk"/>: it is the last, and might have mattered. Never throws. <paramref name="now"/>: governance time, UTC.</summary>
    public static ActivityLogEntry? Of(JsonElement element, DateTimeOffset now, out bool junk)
    {
        var read = EventMembers.Of(element);
        junk = read is null;
        if (read is not { } one || one.Object("operationName")?.Text("value") is not { } said)
            return null;
        var operation = _kinds.Keys.FirstOrDefault(known => known.Equals(said, StringComparison.OrdinalIgnoreCase));
        if (operation is null || !string.Equals(one.Object("status")?.Text("value"), "Succeeded", StringComparison.OrdinalIgnoreCase))
            return null;
        junk = true;
        if (PlatformTexts.Time(one.Text("eventTimestamp"), now) is not { } time || ScopeOf(one.Text("resourceId")) is not { } scope)
            return null;
        junk = false;
        var caller = CallerClaims.Of(one.Object("claims"));
        return new ActivityLogEntry
        {
            Time = time,
            Kind = _kinds[operation],
            Operation = operation,
            Scope = scope,
            ObjectId = caller.ObjectId ?? PlatformTexts.Id(one.Text("caller")),
            AppId = caller.AppId,
            UserName = caller.UserName,
            Ip = PlatformTexts.Address(one.Object("httpRequest")?.Text("clientIpAddress")),
            Correlation = PlatformTexts.Id(one.Text("correlationId")),
        };
    }

    /// <summary>What lies below a resource's extension is the resource's; a lock, an assignment or a setting of a group or subscription is that one's.</summary>
    private static string? ScopeOf(string? resourceId)
    {
        if (resourceId is null)
            return null;
        var id = resourceId.ToLowerInvariant();
        const string providers = "/providers/";
        if (id.LastIndexOf(providers, StringComparison.Ordinal) is > 0 and var last && (id.IndexOf(providers, StringComparison.Ordinal) < last || IsExtension(id.AsSpan(last + providers.Length))))
            id = id[..last];
        var provider = id.IndexOf(providers, StringComparison.Ordinal);
        var scope = provider < 0 ? id : id[..provider] + providers + string.Join('/', id[(provider + providers.Length)..].Split('/').Take(3));
        // Only here: a lock's own name may hold anything.
        return scope.Length <= LongestScope && IdPattern().IsMatch(scope) ? scope : null;
    }

    private static bool IsExtension(ReadOnlySpan<char> type) => type.StartsWith("microsoft.authorization/") || type.StartsWith("microsoft.insights/diagnosticsettings/");

    [GeneratedRegex(@"\A/subscriptions/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:/[0-9a-z._()~$-]{1,128}){0,24}\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
