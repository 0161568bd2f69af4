using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure.Core;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Azure.Owners;

/// <summary>Tags, makers and role assignments, as Azure Resource Manager tells them. Reads only.</summary>
internal sealed class OwnerReads(AzureRest rest, CloudHosts hosts)
{
    /// <summary>Of the Activity Log of one resource too, which begins with the newest event, while its creation is the oldest.</summary>
    private const int MostPages = 200;
    private const int LongestName = 120;

    /// <summary>The Activity Log keeps 90 days and refuses to be asked for more.</summary>
    private static readonly TimeSpan _memory = TimeSpan.FromDays(89);

    private readonly PagedReading _lists = new(rest, hosts.Management, MostPages);
    private readonly ConcurrentDictionary<string, (RoleFacts Facts, long Read)> _roles = new(StringComparer.Ordinal);
    private IReadOnlyList<string>? _subscriptions;
    private long _subscriptionsRead;

    /// <summary>How long the list of subscriptions and the definitions of roles are good for.</summary>
    private static readonly TimeSpan _fresh = TimeSpan.FromMinutes(10);

    public async Task<IReadOnlyDictionary<string, string>?> TagsAsync(string armId, CancellationToken ct)
    {
        var answer = await rest.TryReadAsync(Call($"{Path(armId)}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01", $"Reading the tags of {armId}"), ct);
        if (answer.IsAbsent)
            return null;
        var tags = answer.OrThrow().As(OwnersJson.Default.ArmTags).Properties?.Tags ?? new Dictionary<string, JsonElement>();
        return tags.Where(tag => tag.Value.ValueKind == JsonValueKind.String).ToDictionary(tag => tag.Key, tag => tag.Value.GetString()!, StringComparer.OrdinalIgnoreCase);
    }

    public async Task<string?> CreatorAsync(string armId, DateTimeOffset now, CancellationToken ct)
    {
        if (Path(armId).Split('/') is not ["", "subscriptions", var subscription, ..])
            return null;
        var filter = string.Create(CultureInfo.InvariantCulture, $"eventTimestamp ge '{(now - _memory).UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}' and eventTimestamp le '{now.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}' and resourceUri eq '{armId.Replace("'", "''", StringComparison.Ordinal)}'");
        var path = $"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter={Uri.EscapeDataString(filter)}";
        ActivityEvent? made = null;
        await foreach (var page in _lists.PagesAsync(path, $"Reading the Activity Log of {armId}", OwnersJson.Default.ActivityPage, page => page.NextLink, ct))
            foreach (var happened in page.Value ?? [])
                if (IsCreation(happened) && !(made?.EventTimestamp <= happened.EventTimestamp))
                    made = happened;
        return made?.Caller;
    }

    /// <summary>
    /// Of all subscriptions that can be seen: an assignment above a subscription shows in it, and one to a group shows with its members. Definitions are read of those at wide scopes only.
    /// </summary>
    public async Task<IReadOnlyList<RoleGrant>> RolesAsync(string principalId, CancellationToken ct)
    {
        var grants = new HashSet<RoleGrant>();
        foreach (var subscription in await SubscriptionsAsync(ct))
        {
            var path = $"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter={Uri.EscapeDataString($"assignedTo('{principalId}')")}";
            await foreach (var page in _lists.PagesAsync(path, $"Reading the role assignments of {principalId}", OwnersJson.Default.RoleAssignmentPage, page => page.NextLink, ct))
                foreach (var assignment in page.Value ?? [])
                    if (assignment.Properties is { RoleDefinitionId: { } role, Scope: { } scope } && Guid.TryParse(role[(role.LastIndexOf('/') + 1)..], out var id))
                        grants.Add((await GrantAsync(id.ToString("D"), scope.Length == 0 ? "/" : scope.ToLowerInvariant(), subscription, ct)) with { Created = assignment.Properties.CreatedOn?.ToUniversalTime() });
        }

        return [.. grants];
    }

    private async Task<RoleGrant> GrantAsync(string role, string scope, string subscription, CancellationToken ct)
    {
        var grant = new RoleGrant(role, scope);
        return grant.IsWideScope ? grant with { Role = await RoleAsync(role, subscription, ct) } : grant;
    }

    /// <summary>Null where it cannot be read.</summary>
    private async Task<RoleFacts?> RoleAsync(string role, string subscription, CancellationToken ct)
    {
        if (_roles.TryGetValue(role, out var known) && TimeProvider.System.GetElapsedTime(known.Read) < _fresh)
            return known.Facts;
        var answer = await rest.TryReadAsync(
            Call($"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}?api-version=2022-04-01", $"Reading the role {role}"), ct);
        if (answer.Status is 403 or 404)
            return null;
        var definition = answer.OrThrow().As(OwnersJson.Default.RoleDefinition).Properties;
        var permissions = definition?.Permissions ?? [];
        var facts = RoleFacts.Of(
            ServiceText.OneLine(definition?.RoleName ?? role, LongestName), Patterns(permissions.SelectMany(one => one.Actions ?? [])), Patterns(permissions.SelectMany(one => one.DataActions ?? [])));
        _roles[role] = (facts, TimeProvider.System.GetTimestamp());
        return facts;
    }

    /// <summary>A custom role is its makers' text: what is no pattern of an action says nothing.</summary>
    private static List<string> Patterns(IEnumerable<string> said) => [.. said.Where(text => text is { Length: > 0 and <= 256 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or '*' or '-' or '_'))];

    private async Task<IReadOnlyList<string>> SubscriptionsAsync(CancellationToken ct)
    {
        if (_subscriptions is { } known && TimeProvider.System.GetElapsedTime(_subscriptionsRead) < _fresh)
            return known;
        var found = new List<string>();
        await foreach (var page in _lists.PagesAsync("/subscriptions?api-version=2022-12-01", "Listing the subscriptions", OwnersJson.Default.SubscriptionPage, page => page.NextLink, ct))
            found.AddRange((page.Value ?? []).Where(one => one.State is null or "Enabled" or "Warned" or "PastDue").Select(one => Guid.TryParse(one.SubscriptionId, out var id) ? id.ToString("D") : null).OfType<string>());
        (_subscriptions, _subscriptionsRead) = (found, TimeProvider.System.GetTimestamp());
        return found;
    }

    private static bool IsCreation(ActivityEvent happened) =>
        happened.OperationName?.Value?.EndsWith("/write", StringComparison.OrdinalIgnoreCase) == true
        && string.Equals(happened.Status?.Value, "Succeeded", StringComparison.OrdinalIgnoreCase)
        && string.Equals(happened.SubStatus?.Value, "Created", StringComparison.OrdinalIgnoreCase);

    private RestCall Call(string path, string what) => new("", hosts.Management, RequestMethod.Get, path, what) { AsWatcher = true };

    /// <summary>An ARM id as a path: what is no id of anything asks nobody.</summary>
    private static string Path(string armId) =>
        armId.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase) && armId.Length <= 512 && armId.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '(' or ')') && !armId.Contains("..", StringComparison.Ordinal)
            ? armId
            : throw new ExternalCallException("Not an ARM id: it asks about nothing.", mayHaveHappened: false, transient: false, code: "NoArmId");
}
