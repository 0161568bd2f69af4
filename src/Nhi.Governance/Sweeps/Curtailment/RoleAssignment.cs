using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>
/// A role assignment as Azure has it. <see cref="Id"/>, <see cref="Role"/> and <see cref="Scope"/> are ARM ids as Azure spells them, <see cref="Principal"/> an object id. Instants UTC.
/// </summary>
public sealed record RoleAssignment
{
    /// <summary>The built-in role Owner.</summary>
    public const string Owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

    /// <summary>The type of a principal that an application or a managed identity is.</summary>
    public const string ServicePrincipal = "ServicePrincipal";

    public required string Id { get; init; }
    public required string Role { get; init; }
    public required string Principal { get; init; }

    /// <summary><see cref="ServicePrincipal"/>, <c>User</c>, <c>Group</c>, as Azure calls it; empty where it does not say.</summary>
    public required string Type { get; init; }
    public required string Scope { get; init; }
    public string? Condition { get; init; }
    public string? ConditionVersion { get; init; }
    public string? Description { get; init; }

    /// <summary>True where it was given through another tenant's managed identity: no command line makes that again.</summary>
    public bool IsDelegated { get; init; }

    /// <summary>When it was made or changed last; null where Azure does not say.</summary>
    public DateTimeOffset? Changed { get; init; }

    /// <summary>When it was made; null where Azure does not say.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The object id of who made it; null where Azure does not say.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>The GUID of the role's definition, lower case.</summary>
    public string RoleId => Role[(Role.LastIndexOf('/') + 1)..].ToLowerInvariant();

    /// <summary>The same for every assignment of that role to that principal at that scope, of which Azure has one at most: 26 characters.</summary>
    public string Key => KeyOf(Principal, RoleId, Scope);

    public static string KeyOf(string principal, string roleId, string scope) => CrockfordBase32.OfSha256($"privilege\n{principal.ToLowerInvariant()}\n{roleId.ToLowerInvariant()}\n{scope.ToLowerInvariant()}");

    /// <summary>All that is needed to make it again.</summary>
    public AssignmentFacts ToFacts() => new(Id, Role, Principal, Type, Scope, Condition, ConditionVersion, Description);
}
