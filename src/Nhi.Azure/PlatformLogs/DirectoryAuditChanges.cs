using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Azure.Core;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Reality;

namespace Nhi.Azure.PlatformLogs;

/// <summary>
/// Entra's directory audits about credentials of governed applications and of their service principals, read by the watcher (Graph <c>AuditLog.Read.All</c>, and <c>Application.Read.All</c> for whose they are).
/// Nothing is asked where no application is governed.
/// </summary>
public sealed class DirectoryAuditChanges(GovernedScopes scopes, AzureRest rest, CloudHosts hosts) : IChangeSource
{
    private const int MostPages = 200;
    private const int MostRemembered = 10_000;
    private readonly PagedReading _lists = new(rest, hosts.Graph, MostPages);

    // Whose object an id is never changes.
    private readonly ConcurrentDictionary<string, string> _applications = new(StringComparer.Ordinal);

    public string Name => "directory-audits";

    /// <summary>Entra says minutes, and now and then an hour or two.</summary>
    public TimeSpan Lateness => TimeSpan.FromHours(3);

    public bool TellsOf(ResourceId resource) => resource.Value.StartsWith("entra:", StringComparison.Ordinal);

    public async IAsyncEnumerable<PlatformChange> ChangesAsync(DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
    {
        var governed = await scopes.ApplicationsAsync(ct);
        if (governed.Count == 0)
            yield break;
        var filter = string.Create(CultureInfo.InvariantCulture, $"activityDateTime ge {from.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} and activityDateTime le {to.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} and category eq 'ApplicationManagement'");
        var junk = 0;
        await foreach (var page in _lists.PagesAsync($"/v1.0/auditLogs/directoryAudits?$filter={Uri.EscapeDataString(filter)}", "Reading the directory audits", PlatformLogsJson.Default.DirectoryAuditPage, page => page.NextLink, ct))
            foreach (var element in page.Value ?? [])
            {
                var audits = DirectoryAudit.Of(element, to, out var unreadable);
                junk += unreadable ? 1 : 0;
                foreach (var audit in audits)
                    if (await ApplicationAsync(audit, ct) is { } application && governed.Contains(application))
                        foreach (var change in ChangesOf(audit, new ResourceId($"entra:{application}")))
                            yield return change;
            }

        if (junk > 0)
            throw new ExternalCallException($"The directory audits were not read whole: {junk} entries have a shape that this product does not know.", mayHaveHappened: false, transient: true, code: "Partial");
    }

    /// <summary>The client id, lower case; null where the directory no longer knows the object: what is gone opens nothing.</summary>
    private async Task<string?> ApplicationAsync(DirectoryAudit audit, CancellationToken ct)
    {
        if (_applications.TryGetValue(audit.Target, out var known))
            return known;
        var collection = audit.OfServicePrincipal ? "servicePrincipals" : "applications";
        var call = new RestCall("", hosts.Graph, RequestMethod.Get, $"/v1.0/{collection}/{audit.Target}?$select=id,appId", $"Looking whose credentials {audit.Target} has") { AsWatcher = true };
        var answer = await rest.TryReadAsync(call, ct);
        if (answer.Status == 404 || !Guid.TryParseExact(answer.OrThrow().As(PlatformLogsJson.Default.DirectoryApplication).AppId, "D", out var id))
            return null;
        if (_applications.Count >= MostRemembered)
            _applications.Clear();
        return _applications[audit.Target] = id.ToString("D");
    }

    /// <summary>One a credential; where the entry does not say which, one that no key id explains.</summary>
    private static IEnumerable<PlatformChange> ChangesOf(DirectoryAudit audit, ResourceId resource) => audit is { Added: { } added, Removed: { } removed }
        ? added.Select(id => Change(audit, resource, ChangeKind.Minted, id)).Concat(removed.Select(id => Change(audit, resource, ChangeKind.Killed, id)))
        : [Change(audit, resource, ChangeKind.Minted, null)];

    private static PlatformChange Change(DirectoryAudit audit, ResourceId resource, ChangeKind kind, string? handle) => new()
    {
        Time = audit.Time,
        Kind = kind,
        Operation = audit.Operation,
        Subject = resource.Value,
        Resource = resource,
        Handle = handle,
        Principal = audit.ObjectId ?? audit.AppId,
        AppId = audit.AppId,
        UserName = audit.UserName,
        Ip = audit.Ip,
        Correlation = audit.Correlation,
    };
}
