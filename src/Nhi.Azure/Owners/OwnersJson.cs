using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nhi.Azure.Owners;

// What is read of Graph and ARM about who owns what: a few names each, so one file.

/// <summary>Graph's <c>directoryObject</c>, of whatever type.</summary>
internal sealed record GraphObject(
    string? Id, string? DisplayName, string? UserPrincipalName, string? Mail, bool? AccountEnabled, string? AppId, [property: JsonPropertyName("@odata.type")] string? Type);

internal sealed record GraphPage(IReadOnlyList<GraphObject>? Value);

/// <summary>ARM's <c>tags/default</c>. Values of another type than text are left out by whoever reads them.</summary>
internal sealed record ArmTags(ArmTagSet? Properties);

internal sealed record ArmTagSet(IReadOnlyDictionary<string, JsonElement>? Tags);

internal sealed record ArmText(string? Value);

/// <summary>One event of the Activity Log.</summary>
internal sealed record ActivityEvent(string? Caller, DateTimeOffset? EventTimestamp, ArmText? OperationName, ArmText? Status, ArmText? SubStatus);

internal sealed record ActivityPage(IReadOnlyList<ActivityEvent>? Value, string? NextLink);

internal sealed record ArmSubscription(string? SubscriptionId, string? State);

internal sealed record SubscriptionPage(IReadOnlyList<ArmSubscription>? Value, string? NextLink);

internal sealed record RoleAssignment(string? Id, RoleAssignmentFacts? Properties);

internal sealed record RoleAssignmentFacts(
    string? RoleDefinitionId, string? PrincipalId, string? Scope, string? PrincipalType, string? Condition, string? ConditionVersion, string? Description, string? DelegatedManagedIdentityResourceId,
    DateTimeOffset? CreatedOn, DateTimeOffset? UpdatedOn, string? CreatedBy);

internal sealed record RoleAssignmentPage(IReadOnlyList<RoleAssignment>? Value, string? NextLink);

internal sealed record RoleDefinition(RoleDefinitionFacts? Properties);

internal sealed record RoleDefinitionFacts(string? RoleName, IReadOnlyList<RolePermissions>? Permissions);

internal sealed record RolePermissions(IReadOnlyList<string>? Actions, IReadOnlyList<string>? DataActions);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 16)]
[JsonSerializable(typeof(GraphObject))]
[JsonSerializable(typeof(GraphPage))]
[JsonSerializable(typeof(ArmTags))]
[JsonSerializable(typeof(ActivityPage))]
[JsonSerializable(typeof(SubscriptionPage))]
[JsonSerializable(typeof(RoleAssignment))]
[JsonSerializable(typeof(RoleAssignmentPage))]
[JsonSerializable(typeof(RoleDefinition))]
internal sealed partial class OwnersJson : JsonSerializerContext;
