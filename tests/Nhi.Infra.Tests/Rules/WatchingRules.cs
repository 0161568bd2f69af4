using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Infra.Tests.Plans;

namespace Nhi.Infra.Tests.Rules;

/// <summary>Audit logs, topics, alerts.</summary>
internal static partial class WatchingRules
{
    private const string Diagnostics = "Microsoft.Insights/diagnosticSettings";
    private const string Topic = "Microsoft.EventGrid/systemTopics";
    private const string LogAlert = "Microsoft.Insights/scheduledQueryRules";
    private const string ActivityAlert = "Microsoft.Insights/activityLogAlerts";
    private const string MetricAlert = "Microsoft.Insights/metricAlerts";

    /// <summary>What must not happen without somebody being told.</summary>
    private static readonly string[] Alerts =
        ["debts-old", "evidence-broken", "evidence-refused", "functions-failing", "log-endangered", "log-forked", "log-standing-still", "operations-failed", "runs-incomplete", "seals-missed", "sequencer-failing", "sequencer-stalled", "years-running-out"];

    public static readonly IReadOnlyList<Rule> All =
    [
        new("Every governed vault's audit log goes to a workspace and to an account",
            plan => plan.GovernedVaults.Keys.Where(vault => !plan.Of(Diagnostics).Any(one => one.Scope.EndsWith($"/vaults/{vault}", StringComparison.OrdinalIgnoreCase) && IsAudit(one))),
            Mutation.Gone(Diagnostics, one => one.Scope.EndsWith("/kv-payroll", StringComparison.Ordinal)),
            Mutation.Set(Diagnostics, "properties.storageAccountId", null, one => one.Scope.EndsWith("/kv-payroll", StringComparison.Ordinal)),
            Mutation.Set(Diagnostics, "properties.workspaceId", null, one => one.Scope.EndsWith("/kv-payroll", StringComparison.Ordinal)),
            Mutation.Set(Diagnostics, "properties.logs", new JsonArray(new JsonObject { ["category"] = "AuditEvent", ["enabled"] = false }), one => one.Scope.EndsWith("/kv-payroll", StringComparison.Ordinal))),
        new("The product's own vaults are audited too",
            plan => plan.Of("Microsoft.KeyVault/vaults").Where(vault => !plan.Of(Diagnostics).Any(one => one.Scope == vault.Id && IsAudit(one))).Select(one => one.ToString()),
            Mutation.Gone(Diagnostics, one => one.Scope.Contains("-own-", StringComparison.Ordinal)), Mutation.Gone(Diagnostics, one => one.Scope.Contains("-stg-", StringComparison.Ordinal))),
        new("Writes and deletes in every account are logged",
            plan => plan.Of("Microsoft.Storage/storageAccounts").Where(account => !plan.Of(Diagnostics).Any(one => one.Scope == account.Id + "/blobServices/default" && Logs(one, "StorageWrite") && Logs(one, "StorageDelete"))).Select(one => one.ToString()),
            Mutation.Gone(Diagnostics, one => one.Scope.Contains("evid", StringComparison.Ordinal)), Mutation.Set(Diagnostics, "properties.logs", new JsonArray(), one => one.Scope.Contains("evid", StringComparison.Ordinal))),
        new("Every governed vault has one topic, which speaks by an identity of its own",
            plan => plan.GovernedVaults.Keys.Where(vault => plan.Of(Topic).Count(one => one.Text("properties.source")!.EndsWith($"/vaults/{vault}", StringComparison.OrdinalIgnoreCase) && one.Is("properties.topicType", "Microsoft.KeyVault.vaults") && one.Is("identity.type", "SystemAssigned")) != 1),
            Mutation.Gone(Topic), Mutation.Set(Topic, "identity.type", "None"), Mutation.Set(Topic, "properties.topicType", "Microsoft.Storage.StorageAccounts")),
        new("A topic lies in the subscription, group and region of its vault",
            plan => plan.Of(Topic).Where(one => !one.Text("properties.source")!.StartsWith($"/subscriptions/{one.Subscription}/resourceGroups/{one.ResourceGroup}/", StringComparison.OrdinalIgnoreCase) || one.Text("location") is null or "" or "global").Select(one => one.ToString()),
            Mutation.Set(Topic, "location", "global"), Mutation.Set(Topic, "properties.source", "/subscriptions/x/resourceGroups/y/providers/Microsoft.KeyVault/vaults/kv-payroll")),
        new("Every topic may bury what it could not deliver",
            plan => plan.Of(Topic).Where(topic => !plan.Assignments.Any(one => one.Who == $"topic:{topic.Name}" && one.Scope.EndsWith("/containers/deadletters", StringComparison.Ordinal))).Select(one => one.ToString()),
            new Mutation("one may not", plan => plan.Remove("Microsoft.Authorization/roleAssignments", one => one.Id.Contains("/containers/deadletters/", StringComparison.Ordinal)))),
        new("Dead letters of every topic alert",
            plan => plan.Of(Topic).Where(topic => !plan.Of(MetricAlert).Any(one => one.Texts("properties.scopes").Contains(topic.Id) && one.Is("properties.enabled", true) && one.Is("properties.criteria.allOf[0].metricName", "DeadLetteredCount") && one.Is("properties.criteria.allOf[0].threshold", 0))).Select(one => one.ToString()),
            Mutation.Gone(MetricAlert), Mutation.Set(MetricAlert, "properties.enabled", false), Mutation.Set(MetricAlert, "properties.criteria.allOf", new JsonArray())),
        new("Every alert of the list is there",
            plan => Alerts.Where(name => plan.Of(LogAlert).Count(one => one.Name.EndsWith($"-{name}", StringComparison.Ordinal)) != 1), Mutation.Gone(LogAlert, one => one.Name.EndsWith("-debts-old", StringComparison.Ordinal)), Mutation.Gone(LogAlert, one => one.Name.EndsWith("-seals-missed", StringComparison.Ordinal))),
        Rule.Each("Log alerts are on, ask the app's component, and fire at the first row", plan => plan.Of(LogAlert),
            one => one.Is("properties.enabled", true) && one.At("properties.scopes[0]") is not null && one.Text("properties.scopes[0]")!.Contains("/components/", StringComparison.OrdinalIgnoreCase) && one.Is("properties.criteria.allOf[0].operator", "GreaterThan") && one.Is("properties.criteria.allOf[0].threshold", 0),
            Mutation.Set(LogAlert, "properties.enabled", false), Mutation.Set(LogAlert, "properties.scopes", new JsonArray("/x")), Mutation.Set(LogAlert, "properties.criteria.allOf", new JsonArray())),
        Rule.Each("A log that stands still alarms when it is first said, whatever the minutes that the message counts", plan => plan.Of(LogAlert).Where(one => one.Name.EndsWith("-log-standing-still", StringComparison.Ordinal)),
            one => one.Is("properties.evaluationFrequency", "PT1M") && one.Text("properties.criteria.allOf[0].query") is { } query && query.Contains("has stood still for", StringComparison.Ordinal) && !query.Contains("summarize", StringComparison.Ordinal),
            Mutation.Set(LogAlert, "properties.evaluationFrequency", "PT5M", one => one.Name.EndsWith("-log-standing-still", StringComparison.Ordinal)),
            new Mutation("counted by message", plan => Query(plan, "log-standing-still", "| project timestamp, message", "| summarize Times = count() by message | where Times > 3"))),
        Rule.Each("Runs that stop and seals that are missed are looked for every five minutes", plan => plan.Of(LogAlert).Where(one => one.Name.EndsWith("-sequencer-stalled", StringComparison.Ordinal) || one.Name.EndsWith("-seals-missed", StringComparison.Ordinal)),
            one => one.Is("properties.evaluationFrequency", "PT5M"),
            Mutation.Set(LogAlert, "properties.evaluationFrequency", "PT30M", one => one.Name.EndsWith("-seals-missed", StringComparison.Ordinal)), Mutation.Set(LogAlert, "properties.evaluationFrequency", "PT1H", one => one.Name.EndsWith("-sequencer-stalled", StringComparison.Ordinal))),
        // Azure takes no log alert with union or search, and limits make its answer one of chance.
        Rule.Each("Queries of log alerts begin with a table and go on with it", plan => plan.Of(LogAlert),
            one => string.Join('\n', one.Text("properties.criteria.allOf[0].query")!.ReplaceLineEndings("\n").Split('\n').Where(line => !line.StartsWith("//", StringComparison.Ordinal))) is var query && TablePattern().IsMatch(query) && !OperatorPattern().IsMatch(query),
            new Mutation("two tables", plan => Query(plan, "seals-missed", "traces\n", "union traces, requests\n")), new Mutation("all tables", plan => Query(plan, "seals-missed", "traces\n", "search *\n")),
            new Mutation("a few rows", plan => Query(plan, "log-standing-still", "| project", "| take 1 | project"))),
        new("A change of an evidence account is told",
            plan => plan.EvidenceAccounts.Where(account => !plan.Of(ActivityAlert).Any(one => one.Texts("properties.scopes").Contains(account.Id) && one.Is("properties.enabled", true) && one.Is("properties.condition.allOf[1].equals", "Microsoft.Storage/storageAccounts/write") && Told(plan, one.Text("properties.actions.actionGroups[0].actionGroupId")))).Select(one => one.ToString()),
            Mutation.Gone(ActivityAlert), Mutation.Set(ActivityAlert, "properties.enabled", false), Mutation.Set(ActivityAlert, "properties.scopes", new JsonArray()), Mutation.Set(ActivityAlert, "properties.actions.actionGroups", new JsonArray())),
        new("Every alert tells somebody",
            plan => plan.Of(LogAlert).Where(one => !Told(plan, one.Text("properties.actions.actionGroups[0]"))).Concat(plan.Of(MetricAlert).Where(one => !Told(plan, one.Text("properties.actions[0].actionGroupId")))).Select(one => one.ToString()),
            Mutation.Set(LogAlert, "properties.actions.actionGroups", new JsonArray()), Mutation.Set(MetricAlert, "properties.actions", new JsonArray())),
        new("An own action group has addresses",
            plan => plan.Of("Microsoft.Insights/actionGroups").Where(one => one.At("properties.emailReceivers") is not JsonArray { Count: > 0 } || !one.Is("properties.enabled", true)).Select(one => one.ToString()),
            Mutation.Set("Microsoft.Insights/actionGroups", "properties.emailReceivers", new JsonArray()), Mutation.Set("Microsoft.Insights/actionGroups", "properties.enabled", false)),
        new("Somebody is told 60 days before the years run out",
            plan => LastDayPattern().Match(plan.Of(LogAlert).Single(one => one.Name.EndsWith("-years-running-out", StringComparison.Ordinal)).Text("properties.criteria.allOf[0].query")!) is { Success: true } day
                && day.Groups["year"].Value == plan.EvidenceContainers.Max(one => one.Name)!["evidence-".Length..]
                && (new DateOnly(int.Parse(day.Groups["year"].Value, CultureInfo.InvariantCulture) + 1, 1, 1).DayNumber - DateOnly.Parse(day.Groups["day"].Value, CultureInfo.InvariantCulture).DayNumber) == 60 ? [] : ["years-running-out"],
            new Mutation("a year late", plan => Query(plan, "years-running-out", "2028-", "2029-")), new Mutation("a month late", plan => Query(plan, "years-running-out", "-11-02", "-12-02"))),
        new("The workbook asks the app's component, by every query of its folder, and leads to the records",
            plan => Workbook(plan),
            Mutation.Gone("Microsoft.Insights/workbooks"), Mutation.Set("Microsoft.Insights/workbooks", "properties.serializedData", "{"), Mutation.Set("Microsoft.Insights/workbooks", "properties.sourceId", null),
            new Mutation("another account's records", plan => plan.Change("Microsoft.Insights/workbooks", json => json["properties"]!["serializedData"] = ((string)json["properties"]!["serializedData"]!).Replace(plan.Account("evid").Name, plan.Account("state").Name, StringComparison.Ordinal)))),
        new("A topic of records takes Entra tokens only",
            plan => plan.Of("Microsoft.EventGrid/topics").Where(one => !one.Is("properties.disableLocalAuth", true) || !one.Is("properties.inputSchema", "CloudEventSchemaV1_0")).Select(one => one.ToString()),
            Mutation.Set("Microsoft.EventGrid/topics", "properties.disableLocalAuth", false), Mutation.Set("Microsoft.EventGrid/topics", "properties.inputSchema", "EventGridSchema")),
        new("An own workspace takes Entra tokens only and keeps three months",
            plan => plan.Of("Microsoft.OperationalInsights/workspaces").Where(one => !one.Is("properties.features.disableLocalAuth", true) || one.At("properties.retentionInDays")?.GetValue<int>() < 90).Select(one => one.ToString()),
            Mutation.Set("Microsoft.OperationalInsights/workspaces", "properties.features.disableLocalAuth", false), Mutation.Set("Microsoft.OperationalInsights/workspaces", "properties.retentionInDays", 30)),
    ];

    /// <summary>Its text is an expression, since the portal's address is Azure's to say: what can be read of it is read.</summary>
    private static IEnumerable<string> Workbook(Plan plan)
    {
        var book = plan.Of("Microsoft.Insights/workbooks").SingleOrDefault();
        if (book?.Text("properties.sourceId") is null)
            yield return "there is none over the component";
        var text = book?.Text("properties.serializedData") ?? "";
        if (!text.Contains("/storagebrowser)", StringComparison.Ordinal) || !text.Contains(plan.Account("evid").Name, StringComparison.Ordinal))
            yield return "it leads to no record";
        foreach (var query in Directory.EnumerateFiles(Repository.File("infra", "workbook"), "*.kql"))
            if (!text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal).Replace("''", "'", StringComparison.Ordinal).Contains(File.ReadAllLines(query)[^1], StringComparison.Ordinal))
                yield return Path.GetFileName(query);
    }

    private static bool IsAudit(PlannedResource one) => Logs(one, "AuditEvent") && one.At("properties.workspaceId") is not null && one.At("properties.storageAccountId") is not null;

    private static bool Logs(PlannedResource one, string category) =>
        one.At("properties.logs") is JsonArray logs && logs.Any(log => (string?)log!["category"] == category && log["enabled"]!.GetValue<bool>());

    private static bool Told(Plan plan, string? group) => group is not null && (plan.Of("Microsoft.Insights/actionGroups").Any(one => one.Id == group) || group.Contains("/actionGroups/", StringComparison.OrdinalIgnoreCase));

    private static void Query(Plan plan, string alert, string old, string now) =>
        plan.Change(LogAlert, json => json["properties"]!["criteria"]!["allOf"]![0]!["query"] = ((string)json["properties"]!["criteria"]!["allOf"]![0]!["query"]!).Replace(old, now, StringComparison.Ordinal), one => one.Name.EndsWith($"-{alert}", StringComparison.Ordinal));

    [GeneratedRegex(@"\A(traces|requests)\n")]
    private static partial Regex TablePattern();

    [GeneratedRegex(@"\b(union|search|take|limit)\b")]
    private static partial Regex OperatorPattern();

    [GeneratedRegex(@"datetime\((?<day>(?<year>\d{4})-\d{2}-\d{2})\)")]
    private static partial Regex LastDayPattern();
}
