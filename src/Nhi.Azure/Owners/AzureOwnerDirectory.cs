using System.Text.Json.Serialization.Metadata;
using Azure.Core;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Azure.Owners;

/// <summary>
/// Owners as Microsoft Graph and Azure Resource Manager know them. Needs, for the identity that asks: Graph <c>User.Read.All</c>, <c>Group.Read.All</c>, <c>Application.Read.All</c> (or <c>Directory.Read.All</c>),
/// and Reader on the subscriptions. Without one of them the sources behind it are "not asked".
/// </summary>
public sealed class AzureOwnerDirectory : IOwnerDirectory
{
    private const string OfUser = "$select=id,accountEnabled,userPrincipalName,mail,displayName";
    private const int LongestName = 120;
    private readonly AzureRest _rest;
    private readonly CloudHosts _hosts;
    private readonly ProductIdentities _own;
    private readonly OwnerReads _arm;

    /// <param name="rest">Asked as the watcher, whose rights are to read.</param>
    /// <param name="hosts">Where the cloud answers.</param>
    /// <param name="own">Whose ownership says nothing: the product's rotators own what they work on.</param>
    public AzureOwnerDirectory(AzureRest rest, CloudHosts hosts, ProductIdentities own) =>
        (_rest, _hosts, _own, _arm) = (rest, hosts, own, new OwnerReads(rest, hosts));

    /// <inheritdoc/>
    public Task<Principal> FindAsync(string principal, CancellationToken ct) =>
        Guid.TryParseExact(principal, "D", out var id) ? ByIdAsync(id.ToString("D"), ct) : ByAddressAsync(principal, ct);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ApplicationOwnersAsync(string applicationId, CancellationToken ct)
    {
        var what = $"Reading the owners of the application {applicationId}";
        var page = await FindAsync($"applications(appId='{Quoted(applicationId)}')/owners?$top=100", what, OwnersJson.Default.GraphPage, ct);
        return [.. (page?.Value ?? []).Where(owner => owner.AppId is null || !_own.ClientIds.Contains(owner.AppId, StringComparer.OrdinalIgnoreCase)).Select(owner => IdOf(owner)).OfType<string>()];
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, string>?> TagsAsync(string armId, CancellationToken ct) => _arm.TagsAsync(armId, ct);

    /// <inheritdoc/>
    public Task<string?> CreatorAsync(string armId, DateTimeOffset now, CancellationToken ct) => _arm.CreatorAsync(armId, now, ct);

    /// <inheritdoc/>
    public async Task<PrincipalState> WorkloadAsync(string workload, CancellationToken ct)
    {
        if (!Guid.TryParseExact(workload, "D", out var id))
            return await _arm.TagsAsync(workload, ct) is null ? PrincipalState.Deleted : PrincipalState.Active;
        var what = $"Looking for the workload {id:D}";
        var found = await FindAsync($"servicePrincipals/{id:D}?$select=id,accountEnabled", what, OwnersJson.Default.GraphObject, ct)
            ?? await FindAsync($"servicePrincipals(appId='{id:D}')?$select=id,accountEnabled", what, OwnersJson.Default.GraphObject, ct);
        return found is null ? PrincipalState.Deleted : StateOf(found);
    }

    /// <inheritdoc/>
    public async Task<IdentityRoles> RolesAsync(string applicationId, CancellationToken ct)
    {
        var found = await FindAsync($"servicePrincipals(appId='{Quoted(applicationId)}')?$select=id", $"Looking for the service principal of {applicationId}", OwnersJson.Default.GraphObject, ct);
        return found is not null && IdOf(found) is { } id ? new IdentityRoles(id, await _arm.RolesAsync(id, ct)) : new IdentityRoles(applicationId, []);
    }

    /// <summary>An object id that neither the directory nor its recycle bin knows is one that it forgot.</summary>
    private async Task<Principal> ByIdAsync(string id, CancellationToken ct)
    {
        var what = $"Looking for the principal {id}";
        if (await FindAsync($"users/{id}?{OfUser}", what, OwnersJson.Default.GraphObject, ct) is { } user)
            return Of(user, PrincipalType.User, StateOf(user), id);
        if (await FindAsync($"directoryObjects/{id}", what, OwnersJson.Default.GraphObject, ct) is { } other)
            return Of(other, TypeOf(other), StateOf(other), id);
        return await FindAsync($"directory/deletedItems/{id}", what, OwnersJson.Default.GraphObject, ct) is { } deleted
            ? Of(deleted, TypeOf(deleted), PrincipalState.Deleted, id)
            : new Principal(id, PrincipalType.User, PrincipalState.Deleted);
    }

    /// <summary>A sign-in name, else the mail address of a group or user, else of a deleted user; whose else it may be, nobody knows.</summary>
    private async Task<Principal> ByAddressAsync(string address, CancellationToken ct)
    {
        const string what = "Looking for an owner by address";
        if (await FindAsync($"users/{Uri.EscapeDataString(address)}?{OfUser}", what, OwnersJson.Default.GraphObject, ct) is { } user)
            return Of(user, PrincipalType.User, StateOf(user), address);
        var byMail = $"$filter={Uri.EscapeDataString($"mail eq '{Quoted(address)}'")}";
        if (await OneAsync($"groups?{byMail}&$select=id,mail,displayName", what, ct) is { } group)
            return Of(group, PrincipalType.Group, PrincipalState.Active, address);
        if (await OneAsync($"users?{byMail}&{OfUser}", what, ct) is { } namesake)
            return Of(namesake, PrincipalType.User, StateOf(namesake), address);
        return await OneAsync($"directory/deletedItems/microsoft.graph.user?{byMail}&{OfUser}", what, ct) is { } deleted
            ? Of(deleted, PrincipalType.User, PrincipalState.Deleted, address)
            : new Principal(address, PrincipalType.User, PrincipalState.Unknown);
    }

    private async Task<GraphObject?> OneAsync(string path, string what, CancellationToken ct) =>
        (await FindAsync(path, what, OwnersJson.Default.GraphPage, ct))?.Value is [var first, ..] ? first : null;

    /// <summary>Null where there is no such thing.</summary>
    private async Task<T?> FindAsync<T>(string path, string what, JsonTypeInfo<T> shape, CancellationToken ct) where T : class
    {
        var answer = await _rest.TryReadAsync(new RestCall("", _hosts.Graph, RequestMethod.Get, $"/v1.0/{path}", what) { AsWatcher = true }, ct);
        return answer.IsAbsent ? null : answer.OrThrow().As(shape);
    }

    private static Principal Of(GraphObject found, PrincipalType type, PrincipalState state, string asked) =>
        new(IdOf(found) ?? asked, type, state, (found.Mail ?? found.UserPrincipalName ?? found.DisplayName) is { Length: > 0 } name ? ServiceText.OneLine(name, LongestName) : null);

    private static PrincipalState StateOf(GraphObject found) => found.AccountEnabled == false ? PrincipalState.Disabled : PrincipalState.Active;

    private static PrincipalType TypeOf(GraphObject found) => found.Type switch
    {
        "#microsoft.graph.group" => PrincipalType.Group,
        "#microsoft.graph.servicePrincipal" or "#microsoft.graph.application" => PrincipalType.Service,
        _ => PrincipalType.User,
    };

    private static string? IdOf(GraphObject found) => Guid.TryParse(found.Id, out var id) ? id.ToString("D") : null;

    private static string Quoted(string text) => text.Replace("'", "''", StringComparison.Ordinal);
}
