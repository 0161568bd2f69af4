using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>The identity that a credential opens has, by itself or through a group, a wide role (<see cref="RoleFacts.Power"/>) at a wide scope (root, management group, subscription).</summary>
public sealed class OverPrivileged : ISignal<ResourceView>
{
    private const int Most = 20;

    public string Name => SignalNames.OverPrivileged;

    /// <summary>How a finding names one wide role, whose definition was read.</summary>
    public static string FactOf(RoleGrant grant) => $"{grant.Role!.Name} at {grant.Scope}: {grant.Role.Power}.";

    private static IEnumerable<string> Facts(RoleGrant grant) => grant.Created is { } given ? [FactOf(grant), $"{grant.Role!.Name} at {grant.Scope} was given {SignalText.At(given)}."] : [FactOf(grant)];

    public SignalVerdict Judge(ResourceView view)
    {
        if (!view.IsIdentity)
            return SignalVerdict.NotSo;
        if (view.Roles is not { } roles)
            return view.Swept.Exists == false ? SignalVerdict.NotSo : SignalVerdict.NotLooked;
        var wide = roles.Grants.Where(grant => grant is { IsWideScope: true, Role.Power: not null }).OrderBy(grant => grant.Scope, StringComparer.Ordinal).ThenBy(grant => grant.RoleId, StringComparer.Ordinal).Distinct().ToList();
        if (wide.Count == 0)
            return roles.Grants.Any(grant => grant is { IsWideScope: true, Role: null }) ? SignalVerdict.NotLooked : SignalVerdict.NotSo;
        return SignalVerdict.So(
            SignalScore.Of(55, view),
            $"Give it a role for what it does, where it does it, and take these away: az role assignment list --all --include-groups --assignee {roles.ObjectId}.",
            [.. wide.Take(Most).SelectMany(Facts), .. wide.Count > Most ? [$"And {wide.Count - Most} more."] : Array.Empty<string>()]);
    }
}
