using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>The identity that a credential opens has a wide role (one that gives rights away, changes everything, or reads all data) at a wide scope (root, management group, subscription).</summary>
public sealed class OverPrivileged : ISignal<ResourceView>
{
    private const int Most = 20;

    /// <summary>Built-in roles by their GUIDs, which are the same in every tenant.</summary>
    private static readonly Dictionary<string, string> _wide = new(StringComparer.OrdinalIgnoreCase)
    {
        ["8e3af657-a8ff-443c-a75c-2fe8c4bcb635"] = "Owner",
        ["b24988ac-6180-42a0-ab88-20f7382dd24c"] = "Contributor",
        ["18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"] = "User Access Administrator",
        ["f58310d9-a9f6-439a-9e8d-f62e7b41a168"] = "Role Based Access Control Administrator",
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Storage Blob Data Owner",
        ["00482a5a-887f-4fb3-b363-3b7fe8e74483"] = "Key Vault Administrator",
        ["b86a8fe4-44ce-4948-aee5-eccb2c155cd7"] = "Key Vault Secrets Officer",
        ["8b54135c-b56d-4d72-a534-26097cfdc8d8"] = "Key Vault Data Access Administrator",
    };

    public string Name => SignalNames.OverPrivileged;

    public SignalVerdict Judge(ResourceView view)
    {
        if (!view.IsIdentity)
            return SignalVerdict.NotSo;
        if (view.Roles is not { } roles)
            return view.Swept.Exists == false ? SignalVerdict.NotSo : SignalVerdict.NotLooked;
        var wide = roles.Grants.Where(IsWide).OrderBy(grant => grant.Scope, StringComparer.Ordinal).ThenBy(grant => grant.RoleId, StringComparer.Ordinal).Distinct().ToList();
        return wide.Count == 0
            ? SignalVerdict.NotSo
            : SignalVerdict.So(
                SignalScore.Of(55, view),
                $"Give it a role for what it does, where it does it, and take these away: az role assignment list --all --assignee {roles.ObjectId}.",
                [.. wide.Take(Most).Select(grant => $"{_wide[grant.RoleId]} at {grant.Scope}."), .. wide.Count > Most ? [$"And {wide.Count - Most} more."] : Array.Empty<string>()]);
    }

    private static bool IsWide(RoleGrant grant) => _wide.ContainsKey(grant.RoleId) && (grant.Scope is "" or "/" || grant.Scope.ToLowerInvariant().Trim('/').Split('/') switch
    {
        ["subscriptions", _] => true,
        ["providers", var provider, "managementgroups", _] => provider == "microsoft.management",
        _ => false,
    });
}
