using System.Text.RegularExpressions;

namespace Nhi.Azure.Deployments;

/// <summary>ARM ids, as they come from files and arguments: hostile until they have this shape, since they become paths of requests.</summary>
public static partial class ArmIds
{
    private const int Longest = 1024;

    /// <summary>An id below a resource group, of segments that need no escaping.</summary>
    public static bool IsOne(string? id) => id?.Length <= Longest && ResourcePattern().IsMatch(id);

    /// <summary>A role that a subscription defines or gives.</summary>
    public static bool IsRoleOfSubscription(string? id) => id is not null && SubscriptionRolePattern().IsMatch(id);

    /// <summary>A vault's, and nothing below it.</summary>
    public static bool IsVault(string? id) => IsOne(id) && VaultPattern().IsMatch(id!);

    /// <summary>A storage account's, and nothing below it.</summary>
    public static bool IsStorageAccount(string? id) => IsOne(id) && id!.Split('/') is [_, _, _, _, _, _, var provider, var type, _] && string.Equals($"{provider}/{type}", "Microsoft.Storage/storageAccounts", StringComparison.OrdinalIgnoreCase);

    /// <summary>As <c>2025-06-01</c> or <c>2021-05-01-preview</c>.</summary>
    public static bool IsApiVersion(string version) => ApiVersionPattern().IsMatch(version);

    /// <summary>The last part.</summary>
    public static string NameOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id[(id.LastIndexOf('/') + 1)..];
    }

    /// <summary>What a person calls it: <c>containers evidence-2026 of storageAccounts nhievid…</c>.</summary>
    public static string Text(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        var parts = id.Split("/providers/", StringSplitOptions.RemoveEmptyEntries);
        List<string> said = [];
        foreach (var part in parts.Skip(1).Reverse())
        {
            var segments = part.Split('/');
            for (var i = segments.Length - 1; i >= 2; i -= 2)
                if (segments[i] != "default" || i == segments.Length - 1)
                    said.Add($"{segments[i - 1]} {segments[i]}");
        }

        return said.Count == 0 ? id : string.Join(" of ", said);
    }

    [GeneratedRegex(@"^/subscriptions/[0-9a-fA-F-]{36}/resourceGroups/[\w.()-]{1,90}(/providers/[A-Za-z.]+(/[A-Za-z]+/[\w.()-]+)+)+$", RegexOptions.ECMAScript)]
    private static partial Regex ResourcePattern();

    [GeneratedRegex(@"^/subscriptions/[0-9a-fA-F-]{36}/providers/Microsoft\.Authorization/role(Assignments|Definitions)/[0-9a-fA-F-]{36}$", RegexOptions.ECMAScript)]
    private static partial Regex SubscriptionRolePattern();

    [GeneratedRegex(@"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.KeyVault/vaults/[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$", RegexOptions.IgnoreCase)]
    private static partial Regex VaultPattern();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}(-preview)?$", RegexOptions.ECMAScript)]
    private static partial Regex ApiVersionPattern();
}
