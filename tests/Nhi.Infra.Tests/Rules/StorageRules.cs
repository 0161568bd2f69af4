using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Infra.Tests.Plans;

namespace Nhi.Infra.Tests.Rules;

/// <summary>Accounts, containers, tables, retention.</summary>
internal static partial class StorageRules
{
    private const string Account = "Microsoft.Storage/storageAccounts";
    private const string Blobs = "Microsoft.Storage/storageAccounts/blobServices";
    private const string Container = "Microsoft.Storage/storageAccounts/blobServices/containers";
    private const string Retention = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies";
    private const string Lifecycle = "Microsoft.Storage/storageAccounts/managementPolicies";
    private const string Table = "Microsoft.Storage/storageAccounts/tableServices/tables";

    public static readonly IReadOnlyList<Rule> All =
    [
        Rule.Each("No account takes shared keys", plan => plan.Of(Account), one => one.Is("properties.allowSharedKeyAccess", false),
            Mutation.Set(Account, "properties.allowSharedKeyAccess", true), Mutation.Set(Account, "properties.allowSharedKeyAccess", null)),
        Rule.Each("Portals and tools are led to identities", plan => plan.Of(Account), one => one.Is("properties.defaultToOAuthAuthentication", true),
            Mutation.Set(Account, "properties.defaultToOAuthAuthentication", false)),
        Rule.Each("Accounts speak TLS 1.2 at least", plan => plan.Of(Account), one => one.Is("properties.minimumTlsVersion", "TLS1_2"),
            Mutation.Set(Account, "properties.minimumTlsVersion", "TLS1_0")),
        Rule.Each("Accounts speak HTTPS only", plan => plan.Of(Account), one => one.Is("properties.supportsHttpsTrafficOnly", true),
            Mutation.Set(Account, "properties.supportsHttpsTrafficOnly", false)),
        Rule.Each("No account allows public blobs", plan => plan.Of(Account), one => one.Is("properties.allowBlobPublicAccess", false),
            Mutation.Set(Account, "properties.allowBlobPublicAccess", true)),
        Rule.Each("No container is public", plan => plan.Of(Container), one => one.Is("properties.publicAccess", "None"),
            Mutation.Set(Container, "properties.publicAccess", "Blob")),
        Rule.Each("No blob is encrypted with another key than its account's", plan => plan.Of(Container), one => one.Is("properties.denyEncryptionScopeOverride", true) && one.Is("properties.defaultEncryptionScope", "$account-encryption-key"),
            Mutation.Set(Container, "properties.denyEncryptionScopeOverride", false), Mutation.Set(Container, "properties.defaultEncryptionScope", "theirs")),
        Rule.Each("Nothing is replicated to another tenant", plan => plan.Of(Account), one => one.Is("properties.allowCrossTenantReplication", false),
            Mutation.Set(Account, "properties.allowCrossTenantReplication", true)),
        Rule.Each("No account has local users or SFTP", plan => plan.Of(Account), one => one.Is("properties.isLocalUserEnabled", false) && one.Is("properties.isSftpEnabled", false),
            Mutation.Set(Account, "properties.isLocalUserEnabled", true), Mutation.Set(Account, "properties.isSftpEnabled", true)),
        Rule.Each("Accounts encrypt twice", plan => plan.Of(Account), one => one.Is("properties.encryption.requireInfrastructureEncryption", true),
            Mutation.Set(Account, "properties.encryption.requireInfrastructureEncryption", false)),
        Rule.Each("Accounts keep versions", plan => plan.Of(Blobs), one => one.Is("properties.isVersioningEnabled", true),
            Mutation.Set(Blobs, "properties.isVersioningEnabled", false)),
        new("Host, state and evidence are accounts of their own",
            plan => new[] { "host", "state", "evid" }.Where(part => plan.Of(Account).Count(one => PartPattern().Match(one.Name).Groups[1].Value == part) != 1),
            Mutation.Gone(Account, one => one.Name.Contains("host", StringComparison.Ordinal)), Mutation.Gone(Account, one => one.Name.Contains("state", StringComparison.Ordinal))),
        Rule.Each("Evidence is zone redundant, or geo-zone redundant", plan => plan.EvidenceAccounts, one => one.Text("sku.name") is "Standard_ZRS" or "Standard_GZRS",
            Mutation.Set(Account, "sku.name", "Standard_LRS", one => one.Name.Contains("evid", StringComparison.Ordinal))),
        new("Each evidence account has containers of three years in a row, and nothing else",
            plan => plan.EvidenceAccounts.Where(account => !IsYearsInARow(plan, account)).Select(one => one.ToString()),
            Mutation.Gone(Container, one => one.Name == "evidence-2027"),
            new Mutation("a container beside them", plan => plan.Add(Copy(plan.EvidenceContainers.First(), "evidence-2027", "scratch"))),
            new Mutation("a table beside them", plan => plan.Add(new JsonObject { ["type"] = Table, ["name"] = "a/default/Rows", ["id"] = $"{plan.Account("evid").Id}/tableServices/default/tables/Rows" }))),
        new("Each evidence container has retention of its own",
            plan => plan.EvidenceContainers.Where(one => plan.Of(Retention).All(policy => policy.Scope2() != one.Id)).Select(one => one.ToString()),
            Mutation.Gone(Retention)),
        Rule.Each("Records are kept for a year at least", plan => plan.Of(Retention), one => one.At("properties.immutabilityPeriodSinceCreationInDays")?.GetValue<int>() >= 365,
            Mutation.Set(Retention, "properties.immutabilityPeriodSinceCreationInDays", 30)),
        Rule.Each("Nothing can be appended to a record", plan => plan.Of(Retention), one => one.Is("properties.allowProtectedAppendWrites", false) && one.Is("properties.allowProtectedAppendWritesAll", false),
            Mutation.Set(Retention, "properties.allowProtectedAppendWrites", true), Mutation.Set(Retention, "properties.allowProtectedAppendWritesAll", true)),
        new("The evidence accounts cannot be deleted by mistake",
            plan => plan.EvidenceAccounts.Where(account => !plan.Of("Microsoft.Authorization/locks").Any(one => one.Scope == account.Id && one.Is("properties.level", "CanNotDelete"))).Select(one => one.ToString()),
            Mutation.Gone("Microsoft.Authorization/locks"), Mutation.Set("Microsoft.Authorization/locks", "properties.level", "ReadOnly")),
        new("The tables are those that the code knows, in the state account",
            plan => Nhi.Azure.Tables.StateTables.Names.Order(StringComparer.Ordinal).SequenceEqual(plan.Of(Table).Select(one => one.Name).Order(StringComparer.Ordinal)) && plan.Of(Table).All(one => one.Id.StartsWith(plan.Account("state").Id + "/", StringComparison.Ordinal))
                ? [] : ["tables: " + string.Join(", ", plan.Of(Table).Select(one => one.Name))],
            Mutation.Gone(Table), Mutation.Set(Table, "name", "x/default/Scratch")),
        new("Each year of evidence has a container of tiles in the state account",
            plan => plan.EvidenceContainers.Select(one => $"{plan.Account("state").Id}/blobServices/default/containers/{one.Name}{(one.Id.StartsWith(plan.Account("evid").Id + "/", StringComparison.Ordinal) ? "" : "-secondary")}-tiles").Except(plan.Of(Container).Select(one => one.Id)),
            Mutation.Gone(Container, one => one.Name == "evidence-2027-tiles"), Mutation.Gone(Container, one => one.Name == "evidence-2027-secondary-tiles")),
        Rule.Each("What can be overwritten can be recovered", plan => plan.Of(Blobs).Where(one => one.Id.StartsWith(plan.Account("state").Id + "/", StringComparison.Ordinal)),
            one => one.Is("properties.deleteRetentionPolicy.enabled", true) && one.Is("properties.deleteRetentionPolicy.allowPermanentDelete", false),
            Mutation.Set(Blobs, "properties.deleteRetentionPolicy.enabled", false, one => one.Id.Contains("state", StringComparison.Ordinal))),
        new("Dead letters go after 90 days, with their versions, and nothing else is ever deleted by its age",
            plan => Lifecycles(plan).SequenceEqual([$"{plan.Account("host").Id} deadletters/ 90 90"]) ? [] : Lifecycles(plan).DefaultIfEmpty("dead letters stay"),
            Mutation.Gone(Lifecycle), Mutation.Set(Lifecycle, "properties.policy.rules[0].definition.filters.prefixMatch", new JsonArray("")), Mutation.Set(Lifecycle, "properties.policy.rules[0].definition.actions.version", null),
            Mutation.Set(Lifecycle, "properties.policy.rules[0].definition.actions.baseBlob.delete.daysAfterCreationGreaterThan", 7),
            new Mutation("evidence too", plan => plan.Add(new JsonObject { ["type"] = Lifecycle, ["name"] = "a/default", ["id"] = $"{plan.Account("evid").Id}/managementPolicies/default", ["properties"] = plan.Only(Lifecycle).Properties!.DeepClone() }))),
        new("In a private network accounts are closed to the public",
            plan => plan.IsPrivate ? plan.Of(Account).Where(one => !one.Is("properties.publicNetworkAccess", "Disabled") && !one.Is("properties.networkAcls.defaultAction", "Deny")).Select(one => one.ToString()) : [],
            Mutation.Set(Account, "properties.networkAcls.defaultAction", "Allow")),
        new("Azure's own services write to host and state account alone",
            plan => plan.Of(Account).Where(one => one.Is("properties.networkAcls.bypass", "AzureServices") == plan.EvidenceAccounts.Any(evidence => evidence.Id == one.Id)).Select(one => one.ToString()),
            Mutation.Set(Account, "properties.networkAcls.bypass", "AzureServices", one => one.Name.Contains("evid", StringComparison.Ordinal))),
        new("No account lets a network in that was not named, or another resource",
            plan => plan.Of(Account).Where(one => one.At("properties.networkAcls.virtualNetworkRules") is not JsonArray { Count: 0 } || one.At("properties.networkAcls.resourceAccessRules") is not JsonArray { Count: 0 }).Select(one => one.ToString()),
            Mutation.Set(Account, "properties.networkAcls.virtualNetworkRules", new JsonArray(new JsonObject { ["id"] = "/subscriptions/x" })), Mutation.Set(Account, "properties.networkAcls.resourceAccessRules", null)),
    ];

    private static IEnumerable<string> Lifecycles(Plan plan) => plan.Of(Lifecycle).SelectMany(one => (one.At("properties.policy.rules") as JsonArray ?? []).Select(rule => new PlannedResource(rule!.AsObject()))
        .Select(rule => $"{one.Id[..one.Id.LastIndexOf("/managementPolicies/", StringComparison.Ordinal)]} {string.Join(',', rule.Texts("definition.filters.prefixMatch"))} {rule.At("definition.actions.baseBlob.delete.daysAfterCreationGreaterThan")} {rule.At("definition.actions.version.delete.daysAfterCreationGreaterThan")}"));

    private static string Scope2(this PlannedResource policy) => policy.Id[..policy.Id.LastIndexOf("/immutabilityPolicies/", StringComparison.Ordinal)];

    private static JsonObject Copy(PlannedResource one, string old, string name) =>
        JsonNode.Parse(one.Json.ToJsonString().Replace(one.Name, name, StringComparison.Ordinal).Replace(old, name, StringComparison.Ordinal))!.AsObject();

    private static bool IsYearsInARow(Plan plan, PlannedResource account)
    {
        var inside = plan.Of(Container).Where(one => one.Id.StartsWith(account.Id + "/", StringComparison.Ordinal)).Select(one => one.Name).ToList();
        var years = inside.Select(name => YearPattern().Match(name)).Where(match => match.Success).Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).Order().ToList();
        return years.Count == 3 && inside.Count == 3 && years[2] == years[0] + 2 && years[1] == years[0] + 1
            && !plan.Of(Table).Any(one => one.Id.StartsWith(account.Id + "/", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^evidence-(\d{4})$")]
    private static partial Regex YearPattern();

    [GeneratedRegex(@"^[a-z0-9]+?(host|state|evid2|evid)[a-z0-9]{10}$")]
    private static partial Regex PartPattern();
}
