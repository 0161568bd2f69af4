using System.Globalization;
using System.Text.Json.Nodes;

namespace Nhi.Local.Emulators.Arm;

/// <summary>One role assignment, as ARM tells it. Instants UTC, governance time.</summary>
public sealed record RoleGiven
{
    /// <summary>An object id.</summary>
    public required string Principal { get; init; }

    /// <summary><c>ServicePrincipal</c>, <c>User</c> or <c>Group</c>.</summary>
    public string Type { get; init; } = "ServicePrincipal";

    /// <summary>The GUID of the role's definition.</summary>
    public required string Role { get; init; }

    /// <summary>An ARM id; <c>/</c> is the root.</summary>
    public required string Scope { get; init; }
    public string? Condition { get; init; }
    public string? Description { get; init; }
    public DateTimeOffset Made { get; init; } = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The object id of who made it.</summary>
    public string By { get; init; } = WorldIdentity.Of("person").ObjectId;

    /// <summary>Its ARM id; one of each principal, role and scope, as in Azure.</summary>
    public string Id => $"{(Scope == "/" ? "" : Scope)}/providers/Microsoft.Authorization/roleAssignments/{WorldIdentity.Of($"{Principal} {Role} {Scope}").ObjectId}";

    internal bool IsAtOrAbove(string scope) => Scope == "/" || Scope.Equals(scope, StringComparison.OrdinalIgnoreCase) || Scope.StartsWith("/providers/Microsoft.Management/", StringComparison.OrdinalIgnoreCase);

    internal JsonObject Shape()
    {
        var made = Made.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["id"] = Id,
            ["name"] = Id[(Id.LastIndexOf('/') + 1)..],
            ["type"] = "Microsoft.Authorization/roleAssignments",
            ["properties"] = new JsonObject
            {
                ["roleDefinitionId"] = $"/subscriptions/{WorldNames.Subscription}/providers/Microsoft.Authorization/roleDefinitions/{Role}",
                ["principalId"] = Principal,
                ["principalType"] = Type,
                ["scope"] = Scope,
                ["condition"] = Condition,
                ["conditionVersion"] = Condition is null ? null : "2.0",
                ["description"] = Description,
                ["createdOn"] = made,
                ["updatedOn"] = made,
                ["createdBy"] = By,
                ["updatedBy"] = By,
                ["delegatedManagedIdentityResourceId"] = null,
            },
        };
    }
}
