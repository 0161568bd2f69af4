using System.Text.Json.Nodes;
using Nhi.Infra.Tests.Plans;

namespace Nhi.Infra.Tests.Rules;

/// <summary>Roles and assignments: who may do what where.</summary>
internal static class RightsRules
{
    private const string Role = "Microsoft.Authorization/roleDefinitions";
    private const string Given = "Microsoft.Authorization/roleAssignments";
    private const string BlobOwner = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
    private const string BlobContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    private const string MetricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb";
    private const string AddBlob = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action";
    private const string ReadBlob = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
    private const string Sign = "Microsoft.KeyVault/vaults/keys/sign/action";
    private const string ReadKey = "Microsoft.KeyVault/vaults/keys/read";
    private const string GetSecret = "Microsoft.KeyVault/vaults/secrets/getSecret/action";
    private const string SetSecret = "Microsoft.KeyVault/vaults/secrets/setSecret/action";
    private const string ListSecrets = "Microsoft.KeyVault/vaults/secrets/readMetadata/action";
    private const string DeleteSecret = "Microsoft.KeyVault/vaults/secrets/delete";
    private const string ReadAssignments = "Microsoft.Authorization/roleAssignments/read";
    private const string DeleteAssignments = "Microsoft.Authorization/roleAssignments/delete";
    private const string DeleteRow = "Microsoft.Storage/storageAccounts/tableServices/tables/entities/delete";

    /// <summary>Owner, Contributor, User Access Administrator, Role Based Access Control Administrator.</summary>
    private static readonly string[] Mighty = ["8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "b24988ac-6180-42a0-ab88-20f7382dd24c", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"];

    private static readonly string[] AuditTables =
    [
        "Microsoft.OperationalInsights/workspaces/read", "Microsoft.OperationalInsights/workspaces/query/read",
        "Microsoft.OperationalInsights/workspaces/query/AZKVAuditLogs/read", "Microsoft.OperationalInsights/workspaces/query/AzureDiagnostics/read"
    ];

    private static readonly string[] EvidenceActions =
    [
        ReadBlob, AddBlob, "Microsoft.Storage/storageAccounts/blobServices/containers/read", "Microsoft.Storage/storageAccounts/read", "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/read",
    ];

    public static readonly IReadOnlyList<Rule> All =
    [
        new("No role has a wildcard",
            plan => plan.Roles.Where(role => Assignment.ActionsOf(role).Any(action => action.Contains('*', StringComparison.Ordinal))).Select(one => one.ToString()),
            Action("evidence creator", "Microsoft.Storage/*/read"), Action("key signer", "*")),
        new("Nobody is Owner, Contributor or may give rights",
            plan => plan.Assignments.Where(one => Mighty.Contains(one.RoleId)).Select(one => one.ToString())
                .Concat(plan.Roles.Where(role => Assignment.ActionsOf(role).Any(action => action.StartsWith("Microsoft.Authorization/", StringComparison.OrdinalIgnoreCase) && !(Assignment.KeyOf(role) == "curtailer" && action is ReadAssignments or DeleteAssignments))).Select(one => one.ToString())),
            Become("watcher", Mighty[0]), Become("writer", Mighty[1]), Action("blob reader", "Microsoft.Authorization/roleAssignments/write"), Action("blob reader", DeleteAssignments), Action("curtailer", "Microsoft.Authorization/roleAssignments/write")),
        new("Azure's own roles are three exceptions, each at its one place",
            plan => plan.Assignments.Where(one => one.Role is null && !IsException(plan, one)).Select(one => one.ToString()),
            Become("watcher", "4633458b-17de-408a-b874-0445c86b69e6"), Become("writer", BlobOwner),
            new Mutation("the host owns the evidence account's blobs", plan => Move(plan, one => one.Who == "host" && one.RoleId == BlobOwner, plan.Account("evid").Id)),
            new Mutation("a topic writes to all of the host account", plan => Move(plan, one => one.RoleId == BlobContributor, plan.Account("host").Id))),
        new("Nothing deletes but the sequencer its pending rows, and cleanup and curtailer where they are wanted",
            plan => plan.Roles.Where(role => Assignment.ActionsOf(role).Any(IsDelete) && !IsAllowedDelete(plan, role)).Select(one => one.ToString()),
            Action("vault rotator", DeleteSecret), Action("evidence creator", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete"), Action("row keeper", DeleteRow),
            Action("vault cleaner", "Microsoft.KeyVault/vaults/secrets/purge/action"), Action("blob keeper", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/permanentDelete/action")),
        new("Pending rows are deleted by the sequencer alone, and only those",
            plan => plan.WhoMay(DeleteRow).Where(one => one.Who != "sequencer" || !one.Scope.EndsWith("/tables/EvidencePending", StringComparison.Ordinal)).Select(one => one.ToString()),
            Action("row adder", DeleteRow), new Mutation("all rows", plan => Move(plan, one => one.RoleName == "pending worker", plan.Account("state").Id))),
        new("Every assignment has a principal that this deployment knows, and says what it is",
            plan => plan.Assignments.Where(one => one.Who.Length == 0 || one.Who.Contains('[', StringComparison.Ordinal) || one.Resource.Text("properties.principalType") is not ("ServicePrincipal" or "Group" or "User") || !IsKnown(plan, one.Who)).Select(one => one.ToString()),
            Mutation.Set(Given, "properties.principalId", null), Mutation.Set(Given, "properties.principalType", null), Mutation.Set(Given, "properties.principalId", "99999999-0000-0000-0000-000000000000")),
        new("Every assignment says why", plan => plan.Assignments.Where(one => string.IsNullOrEmpty(one.Resource.Text("properties.description"))).Select(one => one.ToString()),
            Mutation.Set(Given, "properties.description", null)),
        new("Every assignment but the curtailer's is at one thing, never at a resource group or subscription",
            plan => plan.Assignments.Where(one => one.Who != "curtailer" && !one.Scope.Contains("/providers/", StringComparison.Ordinal)).Select(one => one.Resource.ToString()),
            new Mutation("at the group", plan => Move(plan, one => one.Who == "watcher", $"/subscriptions/{Compiler.Bicep.Subscription}/resourceGroups/rg-nhi"))),
        new("Every role that is given is one of this deployment or an exception",
            plan => plan.Assignments.Where(one => one.Role is null && one.RoleId is not (BlobOwner or BlobContributor or MetricsPublisher)).Select(one => one.ToString()),
            Mutation.Gone(Role, role => Assignment.KeyOf(role) == "key signer")),
        new("Own roles can be given in their resource group only",
            plan => plan.Roles.Where(role => !role.Texts("properties.assignableScopes").SequenceEqual([role.Scope])).Select(one => one.ToString()),
            Mutation.Set(Role, "properties.assignableScopes", new JsonArray($"/subscriptions/{Compiler.Bicep.Subscription}"))),
        new("Names of roles are unique", plan => Twice(plan.Roles.Select(role => role.Text("properties.roleName")!)),
            new Mutation("twice", plan => plan.Of(Role).Skip(1).First().Properties!["roleName"] = plan.Of(Role).First().Text("properties.roleName"))),
        new("Names of assignments are unique", plan => Twice(plan.Assignments.Select(one => one.Resource.Id)),
            new Mutation("twice", plan => plan.Add(plan.Of(Given).First().Json.DeepClone().AsObject()))),

        // Evidence.
        new("Whoever creates evidence does so under its own paths only",
            plan => plan.WhoMay(AddBlob).Where(one => IsEvidence(plan, one) && !IsBound(one)).Select(one => one.ToString()),
            Mutation.Set(Given, "properties.condition", null, one => one.At("properties.condition") is not null),
            Mutation.Set(Given, "properties.conditionVersion", "1.0", one => one.At("properties.condition") is not null),
            new Mutation("the writer in log/", plan => Condition(plan, "writer", "'records/*'", "'log/*'")), new Mutation("the sequencer everywhere", plan => Condition(plan, "sequencer", "'log/*'", "'*'"))),
        new("Evidence is created by writer, sequencer and deployers, read by them and auditors, and touched by nobody else",
            plan => plan.Assignments.Where(one => IsEvidence(plan, one) && !IsEvidenceRight(one)).Select(one => one.ToString()),
            new Mutation("the watcher reads evidence", plan => Move(plan, one => one.Who == "watcher" && one.RoleName == "blob reader", plan.EvidenceContainers.First().Id)),
            Action("evidence auditor", AddBlob), Action("protection reader", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read")),
        new("How each evidence account is protected is seen by whoever verifies, the watcher and auditors",
            plan => plan.EvidenceAccounts.SelectMany(account => Verifiers(plan).Where(who => !plan.Assignments.Any(one => one.Scope == account.Id && one.Who == who && one.RoleName == "protection reader"))),
            new Mutation("not the watcher", plan => plan.Remove(Given, one => plan.Assignments.Single(given => given.Resource.Id == one.Id) is { Who: "watcher", RoleName: "protection reader" })),
            new Mutation("not auditors", plan => plan.Remove(Given, one => plan.Assignments.Single(given => given.Resource.Id == one.Id) is { Who: "auditors", RoleName: "protection reader" }))),
        new("Auditors get both public keys from the vault itself, and nothing else there",
            plan => plan.Assignments.Any(one => one.Who == "auditors")
                ? plan.Assignments.Where(one => one.Who == "auditors" && one.Scope.StartsWith(plan.OwnVault.Id, StringComparison.Ordinal)).Select(one => $"{one.Scope[plan.OwnVault.Id.Length..]} {string.Join(' ', one.Actions)}").Order(StringComparer.Ordinal) is var has && has.SequenceEqual([$"/keys/log {ReadKey}", $"/keys/producers {ReadKey}"]) ? [] : ["auditors: " + string.Join(", ", has)]
                : [],
            new Mutation("one key", plan => plan.Remove(Given, one => plan.Assignments.Single(given => given.Resource.Id == one.Id) is { Who: "auditors", RoleName: "key reader" })), Action("key reader", GetSecret),
            new Mutation("the vault", plan => Move(plan, one => one is { Who: "auditors", RoleName: "key reader" }, plan.OwnVault.Id))),
        new("Whoever writes evidence may not overwrite it",
            plan => plan.Assignments.Where(one => IsEvidence(plan, one) && one.Actions.Except(EvidenceActions).Any()).Select(one => one.ToString()),
            Action("evidence creator", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"), Action("evidence creator", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/immutableStorage/runAsSuperUser/action")),
        new("Each container of evidence has its writer and its sequencer",
            plan => plan.EvidenceContainers.Where(one => !new[] { "writer", "sequencer" }.All(who => plan.WhoMay(AddBlob).Any(given => given.Who == who && given.Scope == one.Id))).Select(one => one.ToString()),
            new Mutation("a year without its writer", plan => plan.Remove(Given, one => plan.Assignments.Single(given => given.Resource.Id == one.Id) is { Who: "writer" } given && IsEvidence(plan, given)))),
        new("The sequencer alone signs with the log's key, the writer alone with the producers'",
            plan => plan.WhoMay(Sign).Where(one => (one.Scope.Split('/')[^1], one.Who) is not (("log", "sequencer") or ("producers", "writer"))).Select(one => one.ToString())
                .Concat(plan.WhoMay(Sign).Count() == 2 ? [] : ["two may sign, " + plan.WhoMay(Sign).Count() + " do"]),
            Action("key reader", Sign), new Mutation("the writer signs the log", plan => Move(plan, one => one.Who == "writer" && one.RoleName == "key signer", plan.OwnVault.Id + "/keys/log")), new Mutation("nobody signs", plan => plan.Remove(Given, one => plan.Assignments.Single(given => given.Resource.Id == one.Id) is { RoleName: "key signer", Who: "sequencer" }))),
        new("The policy is written by deployers alone",
            plan => plan.WhoMay(AddBlob).Where(one => one.Scope.EndsWith("/containers/policy", StringComparison.Ordinal) && one.Who != "deployers").Select(one => one.ToString()),
            Action("blob reader", AddBlob)),
        new("No role lists keys or regenerates them but those of the kinds",
            plan => plan.Roles.Where(role => !Assignment.KeyOf(role).StartsWith("rotator ", StringComparison.Ordinal) && Assignment.ActionsOf(role).Any(action => action.Contains("key", StringComparison.OrdinalIgnoreCase) && !action.StartsWith("Microsoft.KeyVault/", StringComparison.Ordinal))).Select(one => one.ToString()),
            Action("row reader", "Microsoft.Storage/storageAccounts/listkeys/action")),

        // Governed vaults.
        new("The watcher lists secrets of every governed vault and does nothing else there",
            plan => plan.GovernedVaults.Keys.Where(vault => At(plan, vault, "watcher").ToList() is not [{ } only] || !only.Actions.SequenceEqual([ListSecrets])),
            Action("vault watcher", GetSecret), new Mutation("not of one", plan => plan.Remove(Given, one => plan.Assignments.Single(given => given.Resource.Id == one.Id) is { Who: "watcher", RoleName: "vault watcher" }))),
        new("No other identity but rotators and cleanup has a right at a governed vault",
            plan => plan.GovernedVaults.Keys.SelectMany(vault => plan.Assignments.Where(one => IsAt(one, vault) && one.Who is not ("watcher" or "cleanup") && !one.Who.StartsWith("rotator-", StringComparison.Ordinal))).Select(one => one.ToString()),
            new Mutation("the keeper at a governed vault", plan => Move(plan, one => one.Who == "keeper", $"/subscriptions/x/resourceGroups/y/providers/Microsoft.KeyVault/vaults/{plan.GovernedVaults.Keys.First()}"))),
        new("A rotator works in the vaults of its environment, and only while the deployment enforces",
            plan => plan.GovernedVaults.SelectMany(vault => Rotators(plan, vault.Key).Except(plan.Enforces ? [$"rotator-{vault.Value}"] : []).Concat((plan.Enforces ? [$"rotator-{vault.Value}"] : Array.Empty<string>()).Except(Rotators(plan, vault.Key)))),
            new Mutation("prod's rotator at dev", plan => Move(plan, one => one.Who == "rotator-prod" && one.RoleName == "vault rotator", plan.Assignments.First(one => one.Who == "rotator-dev").Scope)),
            new Mutation("none", plan => plan.Remove(Given, one => plan.Assignments.Single(given => given.Resource.Id == one.Id) is { RoleName: "vault rotator" })),
            new Mutation("an observer's", plan => plan.Add(Rotator(plan)))),
        new("A rotator reads, sets and disables secrets, and no more",
            plan => plan.Roles.Where(role => Assignment.KeyOf(role) == "vault rotator" && Assignment.ActionsOf(role).Except([ListSecrets, GetSecret, SetSecret, "Microsoft.KeyVault/vaults/secrets/update/action"]).Any()).Select(one => one.ToString()),
            Action("vault rotator", "Microsoft.KeyVault/vaults/secrets/backup/action"), Action("vault rotator", "Microsoft.KeyVault/vaults/keys/sign/action")),
        new("In the stage observe no role reads a value, but webhooks' own, or regenerates a key, given or not: going back takes rights away",
            plan => plan.Enforces ? [] : plan.Roles.Where(role => Assignment.ActionsOf(role).Any(action => (action is GetSecret && Assignment.KeyOf(role) != "webhook reader") || (action is SetSecret && Assignment.KeyOf(role) != "secret preparer") || action.EndsWith("key/action", StringComparison.OrdinalIgnoreCase) || action.EndsWith("keys/action", StringComparison.OrdinalIgnoreCase))).Select(one => one.ToString()),
            Observing("vault rotator", GetSecret), Observing("secret reader", GetSecret), Observing("secret keeper", SetSecret), Observing("rotator storage-account-key", "Microsoft.Storage/storageAccounts/regeneratekey/action")),
        new("In the stage observe keeper and rotators have no right at all",
            plan => plan.Enforces ? [] : plan.Assignments.Where(one => one.Who == "keeper" || one.Who.StartsWith("rotator-", StringComparison.Ordinal)).Select(one => one.ToString()),
            new Mutation("an observer's", plan => plan.Add(Rotator(plan)))),
        new("A kind's rights are those that the kind says, at each resource of the kind",
            plan => plan.Roles.Where(role => Assignment.KeyOf(role).StartsWith("rotator ", StringComparison.Ordinal) && plan.Enforces && !Assignment.ActionsOf(role).ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(Kinds.RightsOf(Assignment.KeyOf(role)["rotator ".Length..]))).Select(one => one.ToString())
                .Concat(plan.Assignments.Where(one => one.RoleName.StartsWith("rotator ", StringComparison.Ordinal) && !one.Scope.Contains($"/providers/{Kinds.ResourceTypeOf(one.RoleName["rotator ".Length..])}/", StringComparison.OrdinalIgnoreCase)).Select(one => one.ToString())),
            Action("rotator storage-account-key", "Microsoft.Storage/storageAccounts/write"), new Mutation("at a vault", plan => Move(plan, one => one.RoleName.StartsWith("rotator ", StringComparison.Ordinal), plan.StagingVault.Id))),
        new("No rotator has a right at what the product lives on",
            plan => plan.Assignments.Where(one => one.Who.StartsWith("rotator-", StringComparison.Ordinal) && (plan.Of("Microsoft.Storage/storageAccounts").Concat(plan.Of("Microsoft.KeyVault/vaults"))).Any(own => one.Scope.StartsWith(own.Id, StringComparison.OrdinalIgnoreCase))).Select(one => one.ToString()),
            new Mutation("at the state account", plan => Move(plan, one => one.RoleName.StartsWith("rotator ", StringComparison.Ordinal), plan.Account("state").Id))),
        new("A workspace is asked by the watcher, for what vaults logged and for nothing else",
            plan => plan.Assignments.Where(one => one.Scope.Contains("/Microsoft.OperationalInsights/", StringComparison.OrdinalIgnoreCase) && (one.Who != "watcher" || one.Actions.Except(AuditTables).Any())).Select(one => one.ToString())
                .Concat(plan.Assignments.Where(one => one.RoleName == "audit log reader" && !one.Scope.Split("/providers/")[^1].StartsWith("Microsoft.OperationalInsights/workspaces/", StringComparison.OrdinalIgnoreCase)).Select(one => one.ToString())),
            Action("audit log reader", "Microsoft.OperationalInsights/workspaces/query/SigninLogs/read"),
            new Mutation("the writer asks", plan => Take(plan, "audit log reader", "writer")),
            new Mutation("at the app", plan => Move(plan, one => one.RoleName == "audit log reader", plan.Only("Microsoft.Web/sites").Id))),
        new("Staged values are the keeper's alone",
            plan => plan.Assignments.Where(one => one.Scope == plan.StagingVault.Id && one.Who != "keeper").Select(one => one.ToString()),
            new Mutation("the writer's too", plan => Move(plan, one => one.Who == "writer", plan.StagingVault.Id))),
        new("The fingerprint key is read by the keeper alone",
            plan => plan.WhoMay(GetSecret).Where(one => (one.Scope == plan.OwnVault.Id || one.Scope.EndsWith("/secrets/nhi-fingerprint-key", StringComparison.OrdinalIgnoreCase)) && one.Who != "keeper").Select(one => one.ToString()),
            Action("secret preparer", GetSecret), new Mutation("a webhook signs with it", plan => Move(plan, one => one.RoleName == "webhook reader", plan.OwnVault.Id + "/secrets/nhi-fingerprint-key"))),
        new("The watcher may read each secret that a webhook names, at the secret itself, and no other",
            plan => plan.WebhookSecrets.Where(secret => !WebhookRights(plan).Any(one => one.Who == "watcher" && one.Scope == $"{plan.OwnVault.Id}/secrets/{secret}" && one.Actions.SequenceEqual([GetSecret])))
                .Concat(plan.Assignments.Where(one => (one.RoleName == "webhook reader" || one.Scope.Contains("/secrets/", StringComparison.OrdinalIgnoreCase)) && !(one.Who == "watcher" && plan.WebhookSecrets.Any(secret => one.Scope == $"{plan.OwnVault.Id}/secrets/{secret}"))).Select(one => one.ToString())),
            new Mutation("not one of them", plan => plan.Remove(Given, one => one.Id == WebhookRights(plan).First().Resource.Id)),
            new Mutation("all of the vault", plan => Move(plan, one => one.RoleName == "webhook reader", plan.OwnVault.Id)),
            new Mutation("another secret", plan => Move(plan, one => one.RoleName == "webhook reader", plan.OwnVault.Id + "/secrets/other")),
            new Mutation("a webhook less", plan => plan.Settings.Remove("Nhi__Webhooks__0__SecretName")),
            Action("webhook reader", SetSecret)),
        new("Where no webhook names a secret, the role for it reads none: what was given before ends",
            plan => plan.WebhookSecrets.Any() ? [] : plan.Roles.Where(role => Assignment.KeyOf(role) == "webhook reader" && Assignment.ActionsOf(role).Any(action => action != ListSecrets)).Select(one => one.ToString()),
            Action("webhook reader", GetSecret)),
        new("Cleanup may delete secrets of governed vaults, recoverably, and nothing anywhere else",
            plan => plan.Assignments.Where(one => one.Who == "cleanup" && (one.Actions.Except([DeleteSecret]).Any() || !plan.GovernedVaults.Keys.Any(vault => IsAt(one, vault)))).Select(one => one.ToString()),
            Action("vault cleaner", SetSecret), new Mutation("in the own vault", plan => Move(plan, one => one.Who == "cleanup", plan.OwnVault.Id))),
        new("In the stage observe nobody may delete a secret",
            plan => plan.Enforces ? [] : plan.WhoMay(DeleteSecret).Select(one => one.ToString()).Concat(plan.Roles.Where(role => Assignment.ActionsOf(role).Contains(DeleteSecret)).Select(one => one.ToString())),
            Observing("vault cleaner", DeleteSecret)),
        new("Where it enforces, cleanup may delete in every governed vault",
            plan => plan.Cleans && plan.Enforces ? plan.GovernedVaults.Keys.Where(vault => !At(plan, vault, "cleanup").Any(one => one.Actions.Contains(DeleteSecret))) : [],
            new Mutation("not in one", plan => plan.Remove(Given, one => plan.Assignments.Single(given => given.Resource.Id == one.Id) is { Who: "cleanup" }))),
        new("Without cleanup no role deletes secrets, and nobody is cleanup",
            plan => plan.Cleans ? [] : plan.Roles.Where(role => Assignment.ActionsOf(role).Contains(DeleteSecret)).Select(one => one.ToString()).Concat(plan.Assignments.Where(one => one.Who == "cleanup").Select(one => one.ToString())),
            new Mutation("it stays", plan =>
            {
                if (plan.Cleans) throw new InvalidOperationException();
                Actions(plan, "vault cleaner").Add(DeleteSecret);
            })),
        new("The curtailer may read and delete role assignments of whole subscriptions, and nothing else anywhere",
            plan => plan.Assignments.Where(one => one.Who == "curtailer" && (!one.Actions.SequenceEqual([ReadAssignments, DeleteAssignments]) || !one.Scope.StartsWith("/subscriptions/", StringComparison.Ordinal) || one.Scope.Split('/').Length != 3)).Select(one => one.ToString())
                .Concat(plan.WhoMay(DeleteAssignments).Where(one => one.Who != "curtailer").Select(one => one.ToString())),
            Action("curtailer", SetSecret), new Mutation("at a vault", plan => Move(plan, one => one.Who == "curtailer", plan.OwnVault.Id)), new Mutation("the watcher too", plan => Take(plan, "curtailer", "watcher"))),
        new("Out of the curtailer's reach are roles of people, and of this deployment's own identities",
            plan => plan.Assignments.Where(one => one.Who == "curtailer" && !IsBoundToOthers(plan, one)).Select(one => one.ToString()),
            Mutation.Set(Given, "properties.condition", null, one => one.Text("properties.condition")?.Contains("PrincipalType", StringComparison.Ordinal) == true),
            Mutation.Set(Given, "properties.conditionVersion", "1.0", one => one.Text("properties.condition")?.Contains("PrincipalType", StringComparison.Ordinal) == true),
            new Mutation("people's", plan => Condition(plan, "curtailer", "ServicePrincipal", "User")), new Mutation("any but these", plan => Condition(plan, "curtailer", "ForAnyOfAllValues:GuidNotEquals", "ForAnyOfAnyValues:GuidEquals")),
            new Mutation("its own", plan => Condition(plan, "curtailer", "-id-curtailer", "-id-x")), new Mutation("the watcher's", plan => Condition(plan, "curtailer", "-id-watcher", "-id-x")), new Mutation("a rotator's", plan => Condition(plan, "curtailer", "-id-rotator-prod", "-id-x"))),
        new("While it observes, and where nobody asked for a curtailer, nobody may delete role assignments",
            plan => plan.Curtails && plan.Enforces ? [] : plan.WhoMay(DeleteAssignments).Select(one => one.ToString()).Concat(plan.Roles.Where(role => Assignment.ActionsOf(role).Contains(DeleteAssignments)).Select(one => one.ToString())).Concat(plan.Assignments.Where(one => one.Who == "curtailer").Select(one => one.ToString())),
            Observing("vault cleaner", DeleteAssignments)),
        new("Where it enforces, a curtailer that was asked for has its right",
            plan => plan.Curtails && plan.Enforces && !plan.WhoMay(DeleteAssignments).Any(one => one.Who == "curtailer") ? ["curtailer"] : [],
            new Mutation("nowhere", plan =>
            {
                if (!plan.Curtails) throw new InvalidOperationException();
                foreach (var one in plan.Assignments.Where(one => one.Who == "curtailer").ToList())
                    plan.Remove(Given, given => given.Id == one.Resource.Id);
            })),
        new("The table of each row is written by its one identity",
            plan => plan.Assignments.Where(one => one.Scope.Contains("/tableServices/", StringComparison.Ordinal) && !IsTableRight(one)).Select(one => one.ToString()),
            new Mutation("the writer in Operations", plan => Move(plan, one => one.Who == "writer" && one.RoleName == "row adder", plan.Account("state").Id + "/tableServices/default/tables/Operations")), Action("row reader", "Microsoft.Storage/storageAccounts/tableServices/tables/entities/add/action")),
    ];

    private static bool IsException(Plan plan, Assignment one) => (one.RoleId, one.Who) switch
    {
        (BlobOwner, "host") => one.Scope == plan.Account("host").Id,
        (MetricsPublisher, "host") => one.Scope == plan.Only("Microsoft.Insights/components").Id,
        (BlobContributor, _) => one.Who.StartsWith("topic:", StringComparison.Ordinal) && one.Scope == plan.Account("host").Id + "/blobServices/default/containers/deadletters",
        _ => false,
    };

    private static bool IsDelete(string action) => action.Contains("delete", StringComparison.OrdinalIgnoreCase) || action.Contains("purge", StringComparison.OrdinalIgnoreCase);

    private static bool IsAllowedDelete(Plan plan, PlannedResource role) => (Assignment.KeyOf(role), Assignment.ActionsOf(role).Where(IsDelete).ToList()) switch
    {
        ("pending worker", [DeleteRow]) => true,
        ("vault cleaner", [DeleteSecret]) => plan.Cleans && plan.Enforces,
        ("curtailer", [DeleteAssignments]) => plan.Curtails && plan.Enforces,
        _ => false,
    };

    private static bool IsKnown(Plan plan, string who) => who is "deployers" or "auditors" || (who.StartsWith("topic:", StringComparison.Ordinal)
        ? plan.Of("Microsoft.EventGrid/systemTopics").Any(one => one.Name == who[6..])
        : plan.Of("Microsoft.ManagedIdentity/userAssignedIdentities").Any(one => one.Name.EndsWith($"-id-{who}", StringComparison.Ordinal)));

    private static bool IsEvidence(Plan plan, Assignment one) => plan.EvidenceAccounts.Any(account => one.Scope == account.Id || one.Scope.StartsWith(account.Id + "/", StringComparison.Ordinal));

    private static IEnumerable<string> Verifiers(Plan plan) => plan.Assignments.Select(one => one.Who).Where(who => who == "auditors").Append("watcher").Distinct();

    private static bool IsEvidenceRight(Assignment one) => (one.Who, one.RoleName) switch
    {
        ("writer" or "sequencer" or "deployers", "evidence creator") => true,
        ("auditors", "evidence auditor") => !one.Actions.Contains(AddBlob),
        ("watcher" or "auditors", "protection reader") => !one.Actions.Any(action => action.Contains("/blobs/", StringComparison.Ordinal)),
        _ => false,
    };

    private static bool IsBound(Assignment one)
    {
        string[] paths = one.Who switch
        {
            "writer" => ["records/*", "policies/*"],
            "sequencer" => ["log/*"],
            "deployers" => ["README.txt", "keys/*", "policies/*", "shard.first"],
            _ => [],
        };
        var allowed = string.Join(" OR ", paths.Select(path => $"@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike '{path}'"));
        return one.Condition == $"((!(ActionMatches{{'{AddBlob}'}})) OR ({allowed}))" && one.Resource.Is("properties.conditionVersion", "2.0");
    }

    private static bool IsBoundToOthers(Plan plan, Assignment one) =>
        one.Resource.Is("properties.conditionVersion", "2.0") && one.Condition is { } condition
        && condition.Contains("PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {", StringComparison.Ordinal) && condition.Contains("ServicePrincipal", StringComparison.Ordinal)
        && condition.Contains("PrincipalId] ForAnyOfAllValues:GuidNotEquals {", StringComparison.Ordinal)
        && plan.Of("Microsoft.ManagedIdentity/userAssignedIdentities").All(identity => condition.Contains($"/userAssignedIdentities/{identity.Name}'", StringComparison.Ordinal));

    private static bool IsTableRight(Assignment one) => (one.Who, one.Scope.Split('/')[^1]) switch
    {
        ("watcher", "EvidenceIndex") => one.Actions.All(action => action.EndsWith("/read", StringComparison.Ordinal)),
        ("watcher", "Operations" or "Debts" or "Inventory" or "Findings" or "Use" or "Removals" or "Cursors") => true,
        ("writer", "EvidencePending") => true,
        ("sequencer", "EvidencePending" or "EvidenceIndex") => true,
        ("deployers", "Operations") => !one.Actions.Any(IsDelete),
        _ => false,
    };

    private static bool IsAt(Assignment one, string vault) => one.Scope.EndsWith($"/providers/Microsoft.KeyVault/vaults/{vault}", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Assignment> At(Plan plan, string vault, string who) => plan.Assignments.Where(one => one.Who == who && IsAt(one, vault));

    private static IEnumerable<string> Rotators(Plan plan, string vault) => plan.Assignments.Where(one => IsAt(one, vault) && one.Who.StartsWith("rotator-", StringComparison.Ordinal)).Select(one => one.Who);

    private static IEnumerable<Assignment> WebhookRights(Plan plan) => plan.Assignments.Where(one => one.RoleName == "webhook reader");

    private static IEnumerable<string> Twice(IEnumerable<string> names) => names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1).Select(group => group.Key);

    private static JsonArray Actions(Plan plan, string role) => plan.Roles.First(one => Assignment.KeyOf(one) == role).At("properties.permissions[0].dataActions")!.AsArray();

    private static Mutation Action(string role, string action) => new($"{role} may {action}", plan => Actions(plan, role).Add(action));

    private static Mutation Observing(string role, string action) => new($"{role} may {action} while observing", plan =>
    {
        if (plan.Enforces) throw new InvalidOperationException();
        Actions(plan, role).Add(action);
    });

    private static Mutation Become(string who, string roleId) => new($"{who} is {roleId}", plan =>
        plan.Assignments.First(one => one.Who == who).Resource.Properties!["roleDefinitionId"] = $"/subscriptions/{Compiler.Bicep.Subscription}/providers/Microsoft.Authorization/roleDefinitions/{roleId}");

    private static void Move(Plan plan, Func<Assignment, bool> which, string scope)
    {
        var one = plan.Assignments.First(which).Resource;
        one.Json["id"] = $"{scope}/providers/{Given}/{one.Name}";
    }

    private static void Take(Plan plan, string role, string who) =>
        plan.Assignments.First(one => one.RoleName == role).Resource.Properties!["principalId"] = plan.Assignments.First(one => one.Who == who).Resource.Text("properties.principalId");

    private static void Condition(Plan plan, string who, string old, string now)
    {
        var one = plan.Assignments.First(given => given.Who == who && given.Condition is not null).Resource;
        one.Properties!["condition"] = one.Text("properties.condition")!.Replace(old, now, StringComparison.Ordinal);
    }

    /// <summary>What an enforcing deployment would have given and a later observing one must not.</summary>
    private static JsonObject Rotator(Plan plan)
    {
        if (plan.Enforces) throw new InvalidOperationException();
        var given = plan.Assignments.First(one => one.RoleName == "vault watcher").Resource.Json.DeepClone().AsObject();
        given["id"] += "2";
        given["properties"]!["principalId"] = ((string)given["properties"]!["principalId"]!).Replace("-id-watcher", "-id-rotator-prod", StringComparison.Ordinal);
        return given;
    }
}
