using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Reality;

namespace Nhi.Azure.PlatformLogs;

/// <summary>
/// The Activity Logs of the subscriptions in which something governed or of the product's own lies, read by the watcher (<c>Microsoft.Insights/eventtypes/values/read</c>): regenerated storage keys; deletions of what guards:
/// diagnostic settings, event subscriptions, immutability policies, policy assignments, locks, and changes of the first three; exemptions from policies; and role assignments at a governed resource, or at the group or subscription that holds one. What concerns none of ours is left out.
/// Event subscriptions of a system topic are taken for ours where the topic lies in the resource group of one of ours: the log does not say what a topic is of.
/// </summary>
public sealed class ActivityLogChanges(GovernedScopes scopes, AzureRest rest, CloudHosts hosts) : IChangeSource
{
    private const int MostPages = 200;
    private const string Select = "claims,correlationId,eventTimestamp,httpRequest,operationName,resourceId,status";

    /// <summary>So long a window is asked at once: a busy one that has no end leaves the others readable.</summary>
    private static readonly TimeSpan _slice = TimeSpan.FromHours(6);

    private readonly PagedReading _lists = new(rest, hosts.Management, MostPages);

    public string Name => "activity-log";

    /// <summary>They have logs of their own, and the watcher holds no right there.</summary>
    public string NotLooked => "the Activity Logs of management groups (policies of Azure Policy and roles that are assigned there)";

    /// <summary>Azure says 3 to 20 minutes; an outage is longer.</summary>
    public TimeSpan Lateness => TimeSpan.FromHours(3);

    /// <summary>Of storage accounts alone: their keys are made anew and never removed.</summary>
    public bool TellsOf(ResourceId resource) => resource.Value.Contains("/providers/microsoft.storage/storageaccounts/", StringComparison.OrdinalIgnoreCase);

    public async IAsyncEnumerable<PlatformChange> ChangesAsync(DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
    {
        var known = await scopes.ResourcesAsync(ct);
        List<string> unread = [.. known.Unknown];
        foreach (var subscription in known.Subscriptions)
            for (var begin = from; begin <= to; begin += _slice)
                foreach (var change in await SliceAsync(subscription, begin, begin + _slice < to ? begin + _slice : to, known, unread, ct))
                    yield return change;
        if (unread.Count > 0)
            throw new ExternalCallException($"The Activity Log was not read whole: {string.Join("; ", unread.Distinct(StringComparer.Ordinal).Take(5))}", mayHaveHappened: false, transient: true, code: "Partial");
    }

    /// <summary>What could be read of it. A subscription that does not answer never stops the others.</summary>
    private async Task<IReadOnlyList<PlatformChange>> SliceAsync(string subscription, DateTimeOffset from, DateTimeOffset to, ArmScopes known, List<string> unread, CancellationToken ct)
    {
        var filter = string.Create(CultureInfo.InvariantCulture, $"eventTimestamp ge '{from.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}' and eventTimestamp le '{to.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}'");
        var path = $"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter={Uri.EscapeDataString(filter)}&$select={Uri.EscapeDataString(Select)}";
        List<PlatformChange> changes = [];
        var junk = 0;
        try
        {
            await foreach (var page in _lists.PagesAsync(path, $"Reading the Activity Log of the subscription {subscription}", PlatformLogsJson.Default.ActivityLogPage, page => page.NextLink, ct))
                foreach (var element in page.Value ?? [])
                {
                    if (ActivityLogEntry.Of(element, to, out var unreadable) is { } entry && ChangeOf(entry, known) is { } change)
                        changes.Add(change);
                    junk += unreadable ? 1 : 0;
                }
        }
        catch (ExternalCallException e)
        {
            unread.Add(e.Message);
        }

        if (junk > 0)
            unread.Add(string.Create(CultureInfo.InvariantCulture, $"{junk} entries of the subscription {subscription} have a shape that this product does not know"));
        return changes;
    }

    private static PlatformChange? ChangeOf(ActivityLogEntry entry, ArmScopes known)
    {
        var concerns = entry.Kind switch
        {
            ChangeKind.Minted => known.Is(entry.Scope),
            ChangeKind.Subscription => known.Reaches(entry.Scope) || (entry.Scope.Contains("/providers/microsoft.eventgrid/systemtopics/", StringComparison.Ordinal) && known.IsBeside(entry.Scope)),
            _ => known.Reaches(entry.Scope),
        };
        return !concerns ? null : new PlatformChange
        {
            Time = entry.Time,
            Kind = entry.Kind,
            Operation = entry.Operation,
            Subject = known.Named.GetValueOrDefault(entry.Scope, entry.Scope),
            Resource = known.Resources.Contains(entry.Scope) || entry.Kind == ChangeKind.Minted ? new ResourceId(entry.Scope) : null,
            Principal = entry.ObjectId ?? entry.AppId,
            AppId = entry.AppId,
            UserName = entry.UserName,
            Ip = entry.Ip,
            Correlation = entry.Correlation,
        };
    }
}

/// <summary>A page of the Activity Log; its entries are anybody's text until they were looked at one by one.</summary>
internal sealed record ActivityLogPage(IReadOnlyList<JsonElement>? Value, string? NextLink);

/// <summary>A page of directory audits.</summary>
internal sealed record DirectoryAuditPage(IReadOnlyList<JsonElement>? Value, [property: JsonPropertyName("@odata.nextLink")] string? NextLink);

/// <summary>An application or a service principal: the client id.</summary>
internal sealed record DirectoryApplication(string? AppId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 32)]
[JsonSerializable(typeof(ActivityLogPage))]
[JsonSerializable(typeof(DirectoryAuditPage))]
[JsonSerializable(typeof(DirectoryApplication))]
internal sealed partial class PlatformLogsJson : JsonSerializerContext;
