using Azure.Core;
using Nhi.Azure.Rest;
using Nhi.Azure.Settings;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Curtailment;
using Assignment = Nhi.Governance.Sweeps.Curtailment.RoleAssignment;

namespace Nhi.Azure.Owners;

/// <summary>Role assignments by the curtailer's identity, which may read and delete them and do nothing else. What Azure answers in another shape than asked for is no assignment that anybody acts on.</summary>
public sealed class RoleAssignments : IRoleAssignments
{
    private const string Version = "api-version=2022-04-01";
    private const int MostPages = 200;
    private readonly AzureRest _rest;
    private readonly CloudHosts _hosts;
    private readonly NhiSettings _settings;
    private readonly PagedReading _lists;

    /// <param name="rest">Asked as the curtailer.</param>
    /// <param name="hosts">Where the cloud answers.</param>
    /// <param name="settings">Whether there is a curtailer.</param>
    public RoleAssignments(AzureRest rest, CloudHosts hosts, NhiSettings settings) =>
        (_rest, _hosts, _settings, _lists) = (rest, hosts, settings, new PagedReading(rest, hosts.Management, MostPages, asCurtailer: true));

    /// <inheritdoc/>
    public bool MayCurtail => _settings.Identities.Curtailer is not null;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Assignment>> OfAsync(string principal, string subscription, CancellationToken ct) =>
        [.. (await ListAsync(subscription, $"principalId eq '{Guid.Parse(principal):D}'", $"Reading the roles of {principal}", ct))
            .Where(one => one.Principal.Equals(principal, StringComparison.OrdinalIgnoreCase) && one.Scope.Equals(subscription, StringComparison.OrdinalIgnoreCase))];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Assignment>> OwnersAsync(string subscription, CancellationToken ct) =>
        [.. (await ListAsync(subscription, "atScope()", $"Reading the Owners of {subscription}", ct)).Where(one => one.RoleId == Assignment.Owner)];

    /// <inheritdoc/>
    public async Task<Assignment?> FindAsync(string id, CancellationToken ct)
    {
        var answer = await _rest.TryReadAsync(Call(RequestMethod.Get, id, "Reading a role assignment"), ct);
        return answer.IsAbsent ? null : Of(answer.OrThrow().As(OwnersJson.Default.RoleAssignment)) ?? throw new ExternalCallException("Reading a role assignment: the answer is none.", mayHaveHappened: false, transient: true, "UnknownShape");
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string id, CancellationToken ct)
    {
        var answer = await _rest.TryChangeAsync(Call(RequestMethod.Delete, id, "Deleting a role assignment"), ct);
        return answer.Status != 204 && !answer.IsAbsent && answer.OrThrow().Succeeded;
    }

    private async Task<IReadOnlyList<Assignment>> ListAsync(string subscription, string filter, string what, CancellationToken ct)
    {
        List<Assignment> found = [];
        await foreach (var page in _lists.PagesAsync($"{Checked(subscription)}/providers/Microsoft.Authorization/roleAssignments?{Version}&$filter={Uri.EscapeDataString(filter)}", what, OwnersJson.Default.RoleAssignmentPage, page => page.NextLink, ct))
            found.AddRange((page.Value ?? []).Select(Of).OfType<Assignment>());
        return found;
    }

    private static Assignment? Of(RoleAssignment said) => said is { Id: { } id, Properties: { RoleDefinitionId: { } role, PrincipalId: { } principal, Scope: { } scope } facts }
        && IsId(id) && IsId(role) && Guid.TryParseExact(role[(role.LastIndexOf('/') + 1)..], "D", out _) && Guid.TryParseExact(principal, "D", out _) && (scope is "/" or "" || IsId(scope))
            ? new Assignment
            {
                Id = id,
                Role = role,
                Principal = principal,
                Type = facts.PrincipalType is { Length: <= 64 } type && type.All(char.IsAsciiLetter) ? type : "",
                Scope = scope,
                Condition = Said(facts.Condition),
                ConditionVersion = Said(facts.ConditionVersion),
                Description = Said(facts.Description),
                IsDelegated = !string.IsNullOrEmpty(facts.DelegatedManagedIdentityResourceId),
                Changed = facts.UpdatedOn > facts.CreatedOn ? facts.UpdatedOn : facts.CreatedOn ?? facts.UpdatedOn,
                Created = facts.CreatedOn,
                CreatedBy = Guid.TryParseExact(facts.CreatedBy, "D", out var by) ? by.ToString("D") : null,
            }
            : null;

    private static string? Said(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private RestCall Call(RequestMethod method, string id, string what) => new("", _hosts.Management, method, $"{Checked(id)}?{Version}", what) { AsCurtailer = true };

    /// <summary>An id goes into a path, and into a command that a person runs.</summary>
    private static string Checked(string id) => IsId(id) ? id : throw new ExternalCallException("Not an ARM id: it asks about nothing.", mayHaveHappened: false, transient: false, "NoArmId");

    private static bool IsId(string id) => id is ['/', _, ..] && id.Length <= 512 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '(' or ')') && !id.Contains("..", StringComparison.Ordinal);
}
