using System.Text;
using System.Text.Json.Nodes;
using Nhi.Azure.Deployments;
using Nhi.Infra.Tests.Plans;
using Nhi.Infra.Tests.Walk;
using Nhi.Local.Emulators.Arm;

namespace Nhi.Infra.Tests.Doctor;

/// <summary>What <c>nhi doctor --deployment</c> finds at a deployment that somebody changed, over HTTPS, against the local ARM.</summary>
[Collection(nameof(DeployedWorld))]
public sealed class DeploymentDoctorTests(DeployedWorld world)
{
    private static readonly Plan _plan = SampleDeployments.Plan(SampleDeployments.ManySubscriptions);

    /// <summary>By name: what somebody does, which resource it shows at, what is said of it, and the line that mends it.</summary>
    private static readonly Dictionary<string, Drift> _drifts = new()
    {
        ["role gone"] = new(there => there.Remove(Assignment("writer", "evidence creator")), "a role is gone at containers evidence-2026", "az deployment group create --resource-group rg-nhi --name main "),
        ["role too wide"] = new(there => there.Change(Role("vault watcher"), role => role["properties"]!["permissions"]![0]!["dataActions"]!.AsArray().Add("Microsoft.KeyVault/vaults/secrets/getSecret/action")), "dataActions has also Microsoft.KeyVault/vaults/secrets/getSecret/action", "az deployment group create --resource-group rg-nhi --name main "),
        ["subscription gone"] = new(there => there.Remove(Subscription), "eventSubscriptions nhi-secrets of systemTopics kv-payroll-batch-events is not there", "az deployment group create --resource-group rg-nhi --name nhi-subscriptions "),
        ["diagnostics off"] = new(there => there.Change(Diagnostics, one => one["properties"]!["logs"]![1]!["enabled"] = false), "enabled is false, not true", "az deployment group create --resource-group rg-nhi --name main "),
        ["retention short"] = new(there => there.Change(Retention("evid"), one => one["properties"]!["immutabilityPeriodSinceCreationInDays"] = 30), "the retention is 30 days, not 2557", "az deployment group create --resource-group rg-nhi --name main "),
        ["append allowed"] = new(there => there.Change(Retention("evid2"), one => one["properties"]!["allowProtectedAppendWrites"] = true), "allowProtectedAppendWrites is true, not false", "az deployment group create --resource-group rg-nhi --name main "),
        ["shared key on"] = new(there => there.Change(_plan.Account("state").Id, one => one["properties"]!["allowSharedKeyAccess"] = true), "allowSharedKeyAccess is true, not false", $"az storage account update --ids {_plan.Account("state").Id} --allow-shared-key-access false"),
        ["key with more than sign"] = new(there => there.Change($"{_plan.OwnVault.Id}/keys/log", key => key["properties"]!["keyOps"]!.AsArray().Add("encrypt")), "keyOps has also encrypt", $"az keyvault key set-attributes --vault-name {_plan.OwnVault.Name} --name log --ops sign"),
        ["role given beside the template"] = new(there => there.Put(Owner("writer")), "nhi-id-writer has the role 'Owner' at", $"az role assignment delete --ids {Owner("writer")["id"]}"),
        ["role given above the product"] = new(there => there.Put(Owner("watcher", "/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/rg-dev")), "nhi-id-watcher has the role 'Owner' at", "az role assignment delete --ids /subscriptions/44444444"),
        ["role given where nothing is deployed"] = new(there => there.Put(Owner("watcher", "/subscriptions/55555555-5555-5555-5555-555555555555/resourceGroups/rg-sold")), "nhi-id-watcher has the role 'Owner' at", "az role assignment delete --ids /subscriptions/55555555"),
        ["role given above every subscription"] = new(there => there.Put(Owner("sequencer", "/providers/Microsoft.Management/managementGroups/all")), "nhi-id-sequencer has the role 'Owner' at /providers/Microsoft.Management/managementGroups/all", "az role assignment delete --ids /providers/Microsoft.Management/managementGroups/all/"),
        ["identity of an environment that is gone"] = new(there => there.Put(new JsonObject { ["id"] = Identity("watcher").Replace("watcher", "rotator-old", StringComparison.Ordinal), ["type"] = "Microsoft.ManagedIdentity/userAssignedIdentities" }), "nhi-id-rotator-old is there", "az identity delete --ids "),
        ["identity lent to a pipeline"] = new(there => there.Put(new JsonObject { ["id"] = $"{Identity("writer")}/federatedIdentityCredentials/ci", ["type"] = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials", ["properties"] = new JsonObject { ["issuer"] = "https://token.actions.githubusercontent.com", ["subject"] = "repo:else/where:ref:refs/heads/main" } }), "nhi-id-writer takes the word of https://token.actions.githubusercontent.com for repo:else/where:ref:refs/heads/main", "az identity federated-credential delete --resource-group rg-nhi --identity-name nhi-id-writer --name ci"),
        ["secrets left out by their names"] = new(there => there.Change(SubscriptionAt(1), one => one["properties"]!["filter"]!["subjectBeginsWith"] = "prod-"), "subjectBeginsWith is prod-, not ", "az deployment group create --resource-group rg-nhi --name nhi-subscriptions "),
        ["secrets left out by a filter"] = new(there => there.Change(SubscriptionAt(2), one => one["properties"]!["filter"]!["advancedFilters"]!.AsArray().Add(new JsonObject { ["operatorType"] = "StringNotContains", ["key"] = "subject", ["values"] = new JsonArray("db") })), "advancedFilters has also", "az deployment group create --resource-group rg-nhi --name nhi-subscriptions "),
        ["subscription that ends"] = new(there => there.Change(SubscriptionAt(3), one => one["properties"]!["expirationTimeUtc"] = "2027-01-01T00:00:00Z"), "expirationTimeUtc is 2027-01-01T00:00:00Z, which the template does not set", "az deployment group create --resource-group rg-nhi --name nhi-subscriptions "),
        ["resource let in"] = new(there => there.Change(_plan.Account("evid").Id, one => one["properties"]!["networkAcls"]!["resourceAccessRules"]!.AsArray().Add(new JsonObject { ["tenantId"] = "66666666-6666-6666-6666-666666666666", ["resourceId"] = "/subscriptions/x" })), "resourceAccessRules has also", "az deployment group create --resource-group rg-nhi --name main "),
        ["network open"] = new(there => there.Change(_plan.OwnVault.Id, one => one["properties"]!["networkAcls"]!["defaultAction"] = "Allow"), "defaultAction is Allow, not Deny", "az deployment group create --resource-group rg-nhi --name main "),
        ["address let in"] = new(there => there.Change(_plan.Account("evid").Id, one => one["properties"]!["networkAcls"]!["ipRules"]!.AsArray().Add(new JsonObject { ["value"] = "198.51.100.7", ["action"] = "Allow" })), "ipRules has also {\"value\":\"198.51.100.7\"", "az deployment group create --resource-group rg-nhi --name main "),
        ["app open to the world"] = new(there => there.Change(_plan.Only("Microsoft.Web/sites").Id, one => one["properties"]!["siteConfig"]!["ipSecurityRestrictionsDefaultAction"] = "Allow"), "ipSecurityRestrictionsDefaultAction is Allow, not Deny", "az deployment group create --resource-group rg-nhi --name main "),
        ["identity given to the app"] = new(there => there.Change(_plan.Only("Microsoft.Web/sites").Id, one => one["identity"]!["userAssignedIdentities"]![Identity("cleanup").Replace("-cleanup", "-stranger", StringComparison.Ordinal)] = new JsonObject()), "userAssignedIdentities has also userAssignedIdentities nhi-id-stranger", "az deployment group create --resource-group rg-nhi --name main "),
        ["table gone"] = new(there => there.Remove($"{_plan.Account("state").Id}/tableServices/default/tables/Debts"), "tables Debts of storageAccounts", "nhi rebuild"),
        ["container gone"] = new(there => there.Remove($"{_plan.Account("evid").Id}/blobServices/default/containers/evidence-2028"), "containers evidence-2028", "infra/prepare.sh"),
        ["lock gone"] = new(there => there.Remove($"{_plan.Account("evid").Id}/providers/Microsoft.Authorization/locks/nhi-evidence"), "locks nhi-evidence", "az deployment group create --resource-group rg-nhi --name main "),
        ["setting changed"] = new(there => there.Change(Settings, one => one["properties"]!["Nhi__LogKey"] = "https://else.vault.azure.net/keys/log"), "the app's setting Nhi__LogKey is another", "az deployment group create --resource-group rg-nhi --name main "),
        ["connection string put in"] = new(there => there.Change(Settings, one => one["properties"]!["AzureWebJobsStorage"] = Pasted), "the app has the setting AzureWebJobsStorage", "az deployment group create --resource-group rg-nhi --name main "),
        ["condition taken off"] = new(there => there.Change(Assignment("sequencer", "evidence creator"), one => one["properties"]!.AsObject().Remove("condition")), "condition is not there", "az deployment group create --resource-group rg-nhi --name main "),
    };

    private const string Pasted = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=cGFzdGVkLXBhc3RlZC1wYXN0ZWQtcGFzdGVkLXBhc3RlZA==";

    public static TheoryData<string> Drifts => [.. _drifts.Keys];

    [Fact]
    public async Task A_deployment_as_the_template_says_has_no_difference_and_nothing_unread()
    {
        world.DeployAnew();
        var report = await world.ExamineAsync();
        Assert.Empty(report.Differences.Select(one => one.What));
        Assert.Empty(report.Unread);
        Assert.Equal(SampleDeployments.Plan(SampleDeployments.ManySubscriptions).Resources.Count() + SampleDeployments.Plan(SampleDeployments.Subscriptions).Resources.Count(), report.Resources);
        // The workbook's text is made of what only Azure can put together; everything else was compared.
        Assert.Equal("properties.serializedData", Assert.Single(report.NotCompared).Split(": ")[1]);
    }

    [Theory, MemberData(nameof(Drifts))]
    public async Task Each_drift_alone_is_found_with_the_line_that_mends_it(string name)
    {
        var drift = _drifts[name];
        drift.Plant(world.DeployAnew());
        var report = await world.ExamineAsync();
        var one = Assert.Single(report.Differences);
        Assert.Contains(drift.Says, one.What, StringComparison.Ordinal);
        Assert.Contains(drift.Mends, one.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("cGFzdGVk", one.ToString(), StringComparison.Ordinal);
        Assert.Empty(report.Unread);
    }

    [Fact]
    public async Task All_drifts_at_once_are_found_each()
    {
        var there = world.DeployAnew();
        foreach (var drift in _drifts.Values)
            drift.Plant(there);
        var report = await world.ExamineAsync();
        Assert.Equal(_drifts.Count, report.Differences.Count);
        Assert.All(_drifts.Values, drift => Assert.Single(report.Differences, one => one.What.Contains(drift.Says, StringComparison.Ordinal) && one.Remedy.Contains(drift.Mends, StringComparison.Ordinal)));
        Assert.Empty(report.Differences.SelectMany(one => ShellCommands.Of(one.Remedy, "az")).SelectMany(words => AzGrammar.Faults(words)));
    }

    [Theory, InlineData(403, "AuthorizationFailed", "Ask for the right"), InlineData(429, "SubscriptionRequestsThrottled", "some minutes"), InlineData(500, "InternalServerError", "some minutes"), InlineData(404, "SubscriptionNotFound", "portal")]
    public async Task What_cannot_be_read_is_said_and_stops_no_other(int status, string code, string remedy)
    {
        var there = world.DeployAnew();
        there.Refuse(_plan.Account("state").Id, status, code);
        there.Remove(Subscription);
        var report = await world.ExamineAsync();
        var unread = Assert.Single(report.Unread);
        Assert.Equal(_plan.Account("state").Id, unread.Resource);
        Assert.Contains(code, unread.Why, StringComparison.Ordinal);
        Assert.Contains(remedy, unread.Remedy, StringComparison.Ordinal);
        Assert.Equal(Subscription, Assert.Single(report.Differences).Resource);
    }

    [Fact]
    public async Task Whose_roles_cannot_be_listed_is_said()
    {
        world.DeployAnew().Refuse("/subscriptions/44444444-4444-4444-4444-444444444444/providers/Microsoft.Authorization/roleAssignments", 403, "AuthorizationFailed");
        var report = await world.ExamineAsync();
        Assert.Equal(9, report.Unread.Count);
        Assert.Empty(report.Differences);
    }

    [Theory, InlineData("/subscriptions", "the subscriptions that are not the deployment's"), InlineData(null, "the identities of rg-nhi")]
    public async Task What_cannot_be_listed_is_said_and_the_rest_is_looked_at(string? id, string says)
    {
        var there = world.DeployAnew();
        there.Refuse(id ?? Identity("writer")[..Identity("writer").LastIndexOf('/')], 403, "AuthorizationFailed");
        there.Put(Owner("writer"));
        var report = await world.ExamineAsync();
        Assert.StartsWith(says, Assert.Single(report.Unread).Resource, StringComparison.Ordinal);
        Assert.Contains("nhi-id-writer has the role 'Owner'", Assert.Single(report.Differences).What, StringComparison.Ordinal);
    }

    /// <summary>Deployments take nothing away: what they gave stays when the parameters give it no more.</summary>
    [Fact]
    public async Task Cleanup_taken_back_leaves_an_identity_with_its_roles_which_are_found()
    {
        world.DeployAnew();
        var cleanup = Identity("cleanup");
        var report = await ExamineWithoutAsync(one => (one["properties"]?["principalId"]?.ToString() ?? one.ToJsonString()).Contains(cleanup, StringComparison.OrdinalIgnoreCase));
        Assert.Equal($"az identity delete --ids {cleanup}", Assert.Single(report.Differences, one => one.Resource == cleanup).Remedy);
        var roles = report.Differences.Where(one => one.Resource != cleanup).ToList();
        Assert.Equal(_plan.Assignments.Count(one => one.Who == "cleanup"), roles.Count);
        Assert.All(roles, one => Assert.StartsWith($"az role assignment delete --ids {one.Resource}", one.Remedy, StringComparison.Ordinal));
        Assert.All(roles, one => Assert.StartsWith("nhi-id-cleanup has the role ", one.What, StringComparison.Ordinal));
        Assert.All(report.Differences, one => Assert.Equal(DifferenceKind.Beyond, one.Kind));
    }

    [Fact]
    public async Task The_last_vault_of_a_subscription_taken_out_leaves_roles_there_which_are_found()
    {
        world.DeployAnew();
        const string Gone = "/subscriptions/44444444-4444-4444-4444-444444444444/";
        var report = await ExamineWithoutAsync(one => ((string)one["id"]!).StartsWith(Gone, StringComparison.OrdinalIgnoreCase));
        var ours = _plan.Of("Microsoft.ManagedIdentity/userAssignedIdentities").Select(one => one.Name).ToHashSet();
        var left = _plan.Assignments.Where(one => one.Resource.Id.StartsWith(Gone, StringComparison.OrdinalIgnoreCase) && ours.Contains($"nhi-id-{one.Who}")).Select(one => one.Resource.Id).ToList();
        Assert.NotEmpty(left);
        Assert.Equal(left.Order(StringComparer.Ordinal), report.Differences.Select(one => one.Resource).Order(StringComparer.Ordinal));
    }

    private Task<DeploymentReport> ExamineWithoutAsync(Predicate<JsonNode> gone)
    {
        var snapshot = DeployedWorld.Snapshot(SampleDeployments.ManySubscriptions);
        var predicted = snapshot["predictedResources"]!.AsArray();
        foreach (var one in predicted.Where(one => gone(one!)).ToList())
            predicted.Remove(one);
        return world.ExamineAsync(snapshot);
    }

    [Fact]
    public async Task A_longer_retention_is_no_difference()
    {
        world.DeployAnew().Change(Retention("evid"), one => one["properties"]!["immutabilityPeriodSinceCreationInDays"] = 3650);
        Assert.Empty((await world.ExamineAsync()).Differences);
    }

    [Fact]
    public async Task A_locked_year_that_the_parameters_do_not_name_would_stop_the_next_deployment()
    {
        world.DeployAnew().Change(Retention("evid"), one => one["properties"]!["state"] = "Locked");
        Assert.Contains("NHI_LOCKED_YEARS", Assert.Single((await world.ExamineAsync()).Differences).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_locked_retention_that_is_short_is_extended_and_not_deployed()
    {
        world.DeployAnew().Change(Retention("evid"), one => (one["properties"]!["state"], one["properties"]!["immutabilityPeriodSinceCreationInDays"]) = ("Locked", 30));
        Assert.Contains((await world.ExamineAsync()).Differences, one => one.Remedy.StartsWith("az storage container immutability-policy extend ", StringComparison.Ordinal) && one.Remedy.EndsWith("--period 2557", StringComparison.Ordinal));
    }

    private const string Create = "az storage container immutability-policy create --resource-group rg-nhi --account-name ACCOUNT --container-name evidence-2026 --period 2557 --allow-protected-append-writes false && ";
    private const string Lock = "infra/lock.sh rg-nhi ACCOUNT 2026 2557";

    /// <summary>The template has no retention for a year that its parameters call locked. The whole line: what it locks stays locked.</summary>
    [Theory]
    [InlineData("Unlocked", 2557, false, "is to be locked, and is not", Lock)]
    [InlineData("Unlocked", 3650, false, "is to be locked, and is not", "infra/lock.sh rg-nhi ACCOUNT 2026 3650")]
    [InlineData("Unlocked", 30, false, "is to be locked, and is not", Create + Lock)]
    [InlineData("Unlocked", 2557, true, "is to be locked, and is not", Create + Lock)]
    [InlineData(null, 0, false, "is to be locked, and is not", Create + Lock)]
    [InlineData("Locked", 2557, true, "is locked with allowProtectedAppendWrites", "# no command mends it: look who could append to evidence-2026")]
    [InlineData("Locked", 30, false, "is locked, but the retention is 30 days, not 2557", "az storage container immutability-policy extend --resource-group rg-nhi --account-name ACCOUNT --container-name evidence-2026 --if-match '*' --period 2557")]
    [InlineData("Locked", 2557, false, null, null)]
    [InlineData("Locked", 3650, false, null, null)]
    public async Task A_year_that_is_to_be_locked_is_looked_at(string? state, int days, bool append, string? says, string? mends)
    {
        var there = world.DeployAnew();
        if (state is null)
            there.Remove(Retention("evid"));
        else
            there.Change(Retention("evid"), one => (one["properties"]!["state"], one["properties"]!["immutabilityPeriodSinceCreationInDays"], one["properties"]!["allowProtectedAppendWrites"]) = (state, days, append));
        var report = await ExamineLockedAsync();
        if (says is null)
            Assert.Empty(report.Differences);
        else
        {
            var one = Assert.Single(report.Differences);
            Assert.Contains(says, one.What, StringComparison.Ordinal);
            Assert.Equal(mends!.Replace("ACCOUNT", _plan.Account("evid").Name, StringComparison.Ordinal), one.Remedy);
        }
    }

    [Fact]
    public async Task How_long_a_locked_year_is_kept_is_not_compared_where_the_plan_does_not_say_it()
    {
        world.DeployAnew().Change(Retention("evid"), one => (one["properties"]!["state"], one["properties"]!["immutabilityPeriodSinceCreationInDays"]) = ("Locked", 30));
        var report = await ExamineLockedAsync(account => account["tags"]!.AsObject().Remove("nhi-retention-days"));
        Assert.Empty(report.Differences);
        Assert.Contains(report.NotCompared, one => one.Contains("containers evidence-2026", StringComparison.Ordinal));
    }

    /// <summary>As if the parameters called 2026 locked.</summary>
    private Task<DeploymentReport> ExamineLockedAsync(Action<JsonNode>? change = null)
    {
        var snapshot = DeployedWorld.Snapshot(SampleDeployments.ManySubscriptions);
        var predicted = snapshot["predictedResources"]!.AsArray();
        predicted.Remove(predicted.Single(one => (string)one!["id"]! == Retention("evid")));
        change?.Invoke(predicted.Single(one => (string)one!["id"]! == _plan.Account("evid").Id)!);
        return world.ExamineAsync(snapshot);
    }

    [Theory]
    [InlineData("{", "no JSON object")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{}", "predicts no resource")]
    [InlineData("""{"predictedResources":[{"id":"/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/a/providers/M.A/b/../../c","type":"M.A/b","apiVersion":"2024-01-01"}]}""", "no resource below a resource group")]
    [InlineData("""{"predictedResources":[{"id":"/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/a/providers/M.A/b/c?x=1","type":"M.A/b","apiVersion":"2024-01-01"}]}""", "no resource below a resource group")]
    [InlineData("""{"predictedResources":[{"id":"/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/a/providers/M.A/b/c","type":"M.A/b","apiVersion":"2024-01-01&x=1"}]}""", "no resource below a resource group")]
    [InlineData("""{"predictedResources":[{"a":1}],"diagnostics":["Warning NestedDeploymentShortCircuited: …"]}""", "only a part of the deployment")]
    public void A_file_that_is_no_whole_plan_is_refused_with_what_to_do(string text, string says)
    {
        var refusal = Assert.Throws<ExpectationException>(() => ExpectedDeployment.Read([("main.snapshot.json", Encoding.UTF8.GetBytes(text))]));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("infra/doctor.sh", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_plan_twice_is_refused() => Assert.Throws<ExpectationException>(() =>
        ExpectedDeployment.Read(Enumerable.Repeat(("a", Encoding.UTF8.GetBytes(DeployedWorld.Snapshot(SampleDeployments.Subscriptions).ToJsonString())), 2)));

    private static string Settings => $"{_plan.Only("Microsoft.Web/sites").Id}/config/appsettings";

    private static string Subscription => SubscriptionAt(0);

    private static string SubscriptionAt(int i) => SampleDeployments.Plan(SampleDeployments.Subscriptions).Resources.ElementAt(i).Id;

    private static string Diagnostics => _plan.Of("Microsoft.Insights/diagnosticSettings").First(one => one.Id.Contains("kv-payroll", StringComparison.Ordinal)).Id;

    private static string Identity(string who) => _plan.Of("Microsoft.ManagedIdentity/userAssignedIdentities").Single(one => one.Name == $"nhi-id-{who}").Id;

    private static string Assignment(string who, string role) => _plan.Assignments.First(one => one.Who == who && one.RoleName == role).Resource.Id;

    private static string Role(string key) => _plan.Roles.First(role => Plans.Assignment.KeyOf(role) == key).Id;

    private static string Retention(string account) => $"{_plan.Account(account).Id}/blobServices/default/containers/evidence-2026/immutabilityPolicies/default";

    private static JsonObject Owner(string who, string? scope = null) => new()
    {
        ["id"] = $"{scope ?? _plan.Account("evid").Id}/providers/Microsoft.Authorization/roleAssignments/99999999-9999-4999-8999-999999999999",
        ["type"] = "Microsoft.Authorization/roleAssignments",
        ["properties"] = new JsonObject { ["principalId"] = DeployedResources.PrincipalOf(Identity(who)), ["roleDefinitionId"] = DeployedWorld.OwnerRole },
    };

    private sealed record Drift(Action<DeployedResources> Plant, string Says, string Mends);
}
