using System.IO.Enumeration;

namespace Nhi.Governance.Sweeps.Owners;

/// <summary>
/// One role at one scope. <paramref name="RoleId"/>: the GUID of the role's definition, lower case; <paramref name="Scope"/>: an ARM id, lower case; <c>/</c> is the root;
/// <paramref name="Role"/>: what its definition says, null where that was not read (it is read at wide scopes only); <paramref name="Created"/>: when it was given (UTC), null where that is not said.
/// </summary>
public sealed record RoleGrant(string RoleId, string Scope, RoleFacts? Role = null, DateTimeOffset? Created = null)
{
    /// <summary>At the root, a management group or a whole subscription.</summary>
    public bool IsWideScope => Scope is "" or "/" || Scope.ToLowerInvariant().Trim('/').Split('/') switch
    {
        ["subscriptions", _] => true,
        ["providers", "microsoft.management", "managementgroups", _] => true,
        _ => false,
    };
}

/// <summary><paramref name="Name"/>: as its definition calls it; <paramref name="Power"/>: the worst that it lets its bearer do, null where that is nothing out of the ordinary.</summary>
public sealed record RoleFacts(string Name, string? Power)
{
    /// <summary>
    /// What its permissions come down to: a wide role gives rights away, changes everything, reads every secret, or holds all data of a service. What it takes away again (<c>notActions</c>) narrows
    /// none of these enough to be asked for. Patterns as ARM writes them: one <c>*</c> stands for any text.
    /// </summary>
    public static RoleFacts Of(string name, IReadOnlyCollection<string> actions, IReadOnlyCollection<string> dataActions) => new(name, Worst(actions, dataActions));

    private static string? Worst(IReadOnlyCollection<string> actions, IReadOnlyCollection<string> dataActions) =>
        actions.Any(action => action is "*" or "*/write" or "*/action") ? "may change everything"
        : actions.Any(action => Covers(action, "Microsoft.Authorization/roleAssignments/write")) ? "may give rights away"
        : dataActions.Any(action => Covers(action, "Microsoft.KeyVault/vaults/secrets/getSecret/action")) ? "may read every secret"
        : dataActions.FirstOrDefault(action => action.EndsWith('*')) is { } all ? $"may do {all}"
        : null;

    private static bool Covers(string pattern, string action) => FileSystemName.MatchesSimpleExpression(pattern, action, ignoreCase: true);
}
