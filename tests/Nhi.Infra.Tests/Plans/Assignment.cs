using System.Text.RegularExpressions;

namespace Nhi.Infra.Tests.Plans;

/// <summary>
/// Who may do what where. <paramref name="Who"/>: <c>watcher</c>, <c>writer</c>, <c>rotator-prod</c>…, <c>topic:NAME</c>, <c>deployers</c>, <c>auditors</c>;
/// <paramref name="Role"/>: the deployment's own role, null for one of Azure's, whose GUID is <paramref name="RoleId"/>.
/// </summary>
internal sealed partial record Assignment(PlannedResource Resource, string Who, string RoleId, PlannedResource? Role)
{
    public string Scope => Resource.Scope;

    public string? Condition => Resource.Text("properties.condition");

    /// <summary>The role's key, without the names that make it unique in the tenant.</summary>
    public string RoleName => Role is null ? RoleId : KeyOf(Role);

    public IEnumerable<string> Actions => Role is null ? [] : ActionsOf(Role);

    /// <summary>Control and data actions.</summary>
    public static IEnumerable<string> ActionsOf(PlannedResource role) =>
        role.Properties!["permissions"]!.AsArray().SelectMany(one => one!["actions"]!.AsArray().Concat(one["dataActions"]!.AsArray())).Select(one => one!.GetValue<string>());

    public static string KeyOf(PlannedResource role) => RolePattern().Match(role.Text("properties.roleName") ?? "").Groups["key"].Value;

    /// <summary>The principal behind an object id or an expression.</summary>
    public static string Principal(string? principalId) => principalId switch
    {
        null => "",
        "00000000-0000-0000-0000-00000000d000" => "deployers",
        "00000000-0000-0000-0000-00000000a000" => "auditors",
        _ when IdentityPattern().Match(principalId) is { Success: true } identity => identity.Groups["name"].Value,
        _ when TopicPattern().Match(principalId) is { Success: true } topic => $"topic:{topic.Groups["name"].Value}",
        _ => principalId,
    };

    public override string ToString() => $"{Who} has '{RoleName}' at {Scope[(Scope.IndexOf("/providers/", StringComparison.Ordinal) + 11)..]}";

    [GeneratedRegex(@"^\[reference\('[^']*/userAssignedIdentities/[a-z0-9]+-id-(?<name>[a-z0-9-]+)', '[0-9-]+'\)\.principalId\]$")]
    private static partial Regex IdentityPattern();

    [GeneratedRegex(@"^\[reference\('[^']*/systemTopics/(?<name>[^']+)', '[0-9-]+', 'full'\)\.identity\.principalId\]$")]
    private static partial Regex TopicPattern();

    [GeneratedRegex(@"^NHI (?<key>.+) \([a-z0-9 ]+\)$")]
    private static partial Regex RolePattern();
}
