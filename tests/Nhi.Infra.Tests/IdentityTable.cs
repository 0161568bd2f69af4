using System.Text.RegularExpressions;
using Nhi.Infra.Tests.Plans;

namespace Nhi.Infra.Tests;

/// <summary>infra/README.md's table: who may do what where, and why, as the sample with everything gives it.</summary>
internal static partial class IdentityTable
{
    private static readonly Dictionary<string, string> _azures = new()
    {
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Storage Blob Data Owner (Azure's)",
        ["ba92f5b4-2d11-453d-a403-e96b0029c9fe"] = "Storage Blob Data Contributor (Azure's)",
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Monitoring Metrics Publisher (Azure's)",
    };

    public static string Write(Plan plan)
    {
        var rows = plan.Assignments
            .Select(one => $"| {Who(one.Who)} | {Scope(plan, one)} | {What(one)} | {Why(one)} |")
            .Distinct().Order(StringComparer.Ordinal);
        return "| identity | scope | may | why |\n| --- | --- | --- | --- |\n" + string.Concat(rows.Select(row => row + "\n"));
    }

    private static string Who(string who) => who.StartsWith("rotator-", StringComparison.Ordinal) ? "`rotator-{environment}` (enforce)"
        : who.StartsWith("topic:", StringComparison.Ordinal) ? "each vault's system topic"
        : who is "keeper" ? "`keeper` (enforce)" : who is "cleanup" ? "`cleanup` (optional; enforce)" : who is "curtailer" ? "`curtailer` (optional; enforce)" : $"`{who}`";

    private static string Scope(Plan plan, Assignment one)
    {
        if (!one.Scope.Contains("/providers/", StringComparison.Ordinal))
            return "each subscription that `curtails` names";
        var name = one.Scope.Split('/')[^1];
        if (one.Scope.Contains("/containers/", StringComparison.Ordinal))
            return $"container `{YearPattern().Replace(name, "evidence-{year}").Replace("-secondary", "", StringComparison.Ordinal)}`";
        if (one.Scope.Contains("/tables/", StringComparison.Ordinal))
            return $"table `{name}`";
        if (one.Scope.Contains("/secrets/", StringComparison.Ordinal))
            return "each secret of the own vault that a webhook names";
        if (one.Scope.Contains("/keys/", StringComparison.Ordinal))
            return $"key `{name}`";
        return one.Scope == plan.OwnVault.Id ? "own vault" : one.Scope == plan.StagingVault.Id ? "staging vault" : one.Scope == plan.Account("host").Id ? "host account" : plan.EvidenceAccounts.Any(account => account.Id == one.Scope) ? "evidence account"
            : one.Scope.Contains("/vaults/", StringComparison.Ordinal) ? one.Who.StartsWith("rotator-", StringComparison.Ordinal) ? "each vault of its environment" : "each governed vault"
            : one.Scope.Contains("/components/", StringComparison.Ordinal) ? "Application Insights" : one.Scope.Contains("/topics/", StringComparison.Ordinal) ? "the topic of records" : one.Scope.Contains("/workspaces/", StringComparison.Ordinal) ? "the workspace of audit logs (optional)" : "each resource of the kind that is named";
    }

    private static string What(Assignment one)
    {
        if (one.Role is null)
            return _azures[one.RoleId];
        var actions = string.Join(", ", one.Actions.Select(action => $"`{ShortPattern().Replace(action, "")}`"));
        var paths = PathPattern().Matches(one.Condition ?? "").Select(match => $"`{match.Groups[1].Value}`").ToList();
        if (one.Who == "curtailer")
            return $"{actions}; of service principals that are none of these identities";
        return paths.Count == 0 ? actions : $"{actions}; adds under {string.Join(", ", paths)} only";
    }

    private static string Why(Assignment one)
    {
        var why = one.Resource.Text("properties.description")!;
        return one.Who.StartsWith("topic:", StringComparison.Ordinal) ? "Event Grid keeps what it could not deliver." : EnvironmentPattern().Replace(why, "Rotates $1.");
    }

    [GeneratedRegex(@"^evidence-\d{4}")]
    private static partial Regex YearPattern();

    [GeneratedRegex(@"^Microsoft\.(Storage/storageAccounts/(blobServices/|tableServices/)?|KeyVault/vaults/|EventGrid/|Authorization/|OperationalInsights/)")]
    private static partial Regex ShortPattern();

    [GeneratedRegex("StringLike '([^']+)'")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"^Rotates (secrets|[a-z-]+) of [a-z0-9]+\.$")]
    private static partial Regex EnvironmentPattern();
}
