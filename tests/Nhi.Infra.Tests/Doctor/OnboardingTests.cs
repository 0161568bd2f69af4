using System.Text.Json.Nodes;
using Nhi.Azure.Deployments;
using Nhi.Infra.Tests.Compiler;
using Nhi.Infra.Tests.Plans;

namespace Nhi.Infra.Tests.Doctor;

/// <summary>What <c>nhi onboard</c> writes, says and refuses: the file against the compiler, its list against the template's plan, the checks against the local ARM.</summary>
[Collection(nameof(DeployedWorld))]
public sealed class OnboardingTests(DeployedWorld world, Bicep bicep)
{
    private const string Id = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-new/providers/Microsoft.KeyVault/vaults/kv-new";
    private const string Audit = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-new/providers/Microsoft.Storage/storageAccounts/stnewaudit";

    [Theory, InlineData("infra/estate.bicep"), InlineData("infra/samples/one-vault.bicepparam"), InlineData("infra/samples/many-subscriptions.bicepparam")]
    public async Task The_file_keeps_every_line_and_is_formatted_as_the_compiler_formats(string file)
    {
        var before = Repository.Text(file.Split('/'));
        var after = VaultList.Find(before, file).With(new VaultEntry(Id, "prod") { Location = "westeurope", TopicName = "t-1" });
        Assert.Equal(before.Split('\n'), Without(after, 6));
        Assert.Equal((Id, "prod"), VaultList.Find(after, file).Entries[^1]);
        var folder = Directory.CreateTempSubdirectory("nhi-infra-");
        try
        {
            var there = Path.Combine(folder.FullName, "a" + Path.GetExtension(file));
            await File.WriteAllTextAsync(there, after);
            Assert.Equal(after, (await bicep.FormatAsync(there)).ReplaceLineEndings("\n"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Comments_texts_and_line_ends_stay_as_they_are()
    {
        const string Text = "// param vaults = [ in a comment\r\nvar other = 'param vaults = ['\r\nparam vaults = [ // begins ]\r\n  {\r\n    // id: 'not this'\r\n    id: 'a]'\r\n    environment: 'prod' /* ] */\r\n  }\r\n  // the last word ]\r\n]\r\nparam x = 1\r\n";
        var list = VaultList.Find(Text, "f");
        Assert.Equal([("a]", "prod")], list.Entries);
        Assert.Equal(3, list.Line);
        Assert.Equal(Text.Replace("  // the last word ]\r\n]", $"  // the last word ]\r\n  {{\r\n    id: '{Id}'\r\n    environment: 'prod'\r\n  }}\r\n]", StringComparison.Ordinal), list.With(new VaultEntry(Id, "prod")));
    }

    [Theory]
    [InlineData("param x = 1", "has no line 'param vaults ='", "--parameters")]
    [InlineData("\nparam vaults = estate.vaults\n", "line 2: vaults is not written as a list", "--parameters")]
    [InlineData("param vaults = [\n  {\n", "line 1: the list of vaults does not end", "bicep build-params")]
    [InlineData("param vaults = [for x in y: x]\n", "line 1: what stands there", "by hand")]
    [InlineData("param vaults = [\n  {\n    id: 'a'\n  }\n  ...more\n]\n", "line 5: what stands there", "by hand")]
    public void A_file_whose_list_cannot_be_changed_is_refused_with_line_and_remedy(string text, string says, string remedy)
    {
        var refusal = Assert.Throws<ExpectationException>(() => VaultList.Find(text, "f"));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>One vault more in the large sample, and what the compiler then predicts more.</summary>
    [Fact]
    public async Task What_is_said_to_be_made_is_what_the_template_makes()
    {
        var vault = new VaultEntry(Id, "prod") { Location = "westeurope" };
        var text = SampleDeployments.Text(SampleDeployments.ManySubscriptions);
        var more = await bicep.EvaluateAsync(Repository.File("infra", "main.bicep"), VaultList.Find(text, "f").With(vault) + "\nparam year = 2026");
        var before = SampleDeployments.Plan(SampleDeployments.ManySubscriptions).Resources.Select(one => one.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var made = Plan.Of(more).Resources.Where(one => !before.Contains(one.Id)).ToList();
        var said = VaultPart.Of(vault, "nhi");
        // Three roles are one line, a private endpoint is one with its DNS name; the subscription is the second template's; settings are no resource of their own.
        Assert.Equal(
            said.Select(one => one.Type).Where(type => type is not "Microsoft.Web/sites/config" and not "Microsoft.EventGrid/systemTopics/eventSubscriptions").Order(StringComparer.Ordinal),
            made.Where(one => !one.Type.EndsWith("/privateDnsZoneGroups", StringComparison.Ordinal)).Select(one => one.Type == "Microsoft.Authorization/roleDefinitions" ? "" : one.Type).Where(type => type.Length > 0).Append("Microsoft.Authorization/roleDefinitions").Order(StringComparer.Ordinal));
        foreach (var one in made.Where(one => one.Type is "Microsoft.EventGrid/systemTopics" or "Microsoft.Insights/metricAlerts" or "Microsoft.Network/privateEndpoints"))
            Assert.Contains(said, part => part.Type == one.Type && part.What.Contains(one.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_vault_as_it_should_be_has_no_finding_and_its_region()
    {
        world.DeployAnew().Put(DeployedWorld.Vault(Id));
        var checks = await LookAsync(new VaultEntry(Id, "prod"), "westeurope");
        Assert.Empty(checks.Findings);
        Assert.Equal("westeurope", checks.Entry.Location);
        Assert.Null(checks.Entry.TopicName);
    }

    public static TheoryData<string> Troubles => [.. _troubles.Keys];

    private static readonly Dictionary<string, (Action<JsonObject> Change, bool Stops, string Says)> _troubles = new()
    {
        ["access policies"] = (one => one["properties"]!["enableRbacAuthorization"] = false, true, "takes access policies"),
        ["no soft delete"] = (one => one["properties"]!["enableSoftDelete"] = false, true, "has no soft delete"),
        ["no purge protection"] = (one => one["properties"]!.AsObject().Remove("enablePurgeProtection"), false, "has no purge protection"),
        ["closed"] = (one => one["properties"]!["publicNetworkAccess"] = "Disabled", false, "closed to public networks"),
        ["firewall"] = (one => one["properties"]!["networkAcls"] = new JsonObject { ["defaultAction"] = "Deny" }, false, "closed to public networks"),
        ["the product's own"] = (one => one["tags"] = new JsonObject { ["product"] = "NhiFunctions" }, true, "is the product's own"),
        ["elsewhere"] = (one => one["location"] = "North Europe", true, "is in northeurope, the deployment in westeurope"),
    };

    [Theory, MemberData(nameof(Troubles))]
    public async Task Each_trouble_of_a_vault_is_said(string name)
    {
        var (change, stops, says) = _troubles[name];
        world.DeployAnew().Put(DeployedWorld.Vault(Id));
        world.Deployed.Change(Id, change);
        var finding = Assert.Single((await LookAsync(new VaultEntry(Id, "prod"), "westeurope")).Findings);
        Assert.Equal(stops, finding.Stops);
        Assert.Contains(says, finding.What, StringComparison.Ordinal);
        Assert.NotEmpty(finding.Remedy);
    }

    [Fact]
    public async Task A_vault_that_is_not_there_stops_and_one_that_may_not_be_read_is_said()
    {
        world.DeployAnew();
        Assert.True(Assert.Single((await LookAsync(new VaultEntry(Id, "prod"), null)).Findings).Stops);
        world.Deployed.Refuse(Id, 403, "AuthorizationFailed");
        var unseen = Assert.Single((await LookAsync(new VaultEntry(Id, "prod"), null)).Findings);
        Assert.False(unseen.Stops);
        Assert.Contains("403", unseen.What, StringComparison.Ordinal);
    }

    /// <summary>The list of topics comes in pages: this one is on the second.</summary>
    [Fact]
    public async Task A_system_topic_that_is_there_is_named_in_the_entry_and_one_elsewhere_stops()
    {
        world.DeployAnew().Put(DeployedWorld.Vault(Id));
        Topic("rg-a", "a1", "else"); Topic("rg-a", "a2", "else"); Topic("rg-a", "a3", "else");
        Topic("rg-new", "kv-new-events", Id.ToUpperInvariant());
        Assert.Equal("kv-new-events", (await LookAsync(new VaultEntry(Id, "prod"), null)).Entry.TopicName);
        Assert.Contains("a vault has one", Assert.Single((await LookAsync(new VaultEntry(Id, "prod") { TopicName = "other" }, null)).Findings).What, StringComparison.Ordinal);
        world.DeployAnew().Put(DeployedWorld.Vault(Id));
        Topic("rg-else", "kv-new-events", Id);
        Assert.Contains("in another resource group, rg-else", Assert.Single((await LookAsync(new VaultEntry(Id, "prod"), null)).Findings).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_audit_account_in_another_region_than_the_vault_stops()
    {
        world.DeployAnew().Put(DeployedWorld.Vault(Id));
        world.Deployed.Put(new JsonObject { ["id"] = Audit, ["type"] = "Microsoft.Storage/storageAccounts", ["location"] = "northeurope" });
        Assert.Contains("within a region only", Assert.Single((await LookAsync(new VaultEntry(Id, "prod") { AuditAccountId = Audit }, null)).Findings).What, StringComparison.Ordinal);
    }

    [Theory, InlineData(Id, true), InlineData(Id + "/secrets/a", false), InlineData(Id + "?a=b", false), InlineData(Id + "/../x", false), InlineData("kv-new", false), InlineData("", false), InlineData(null, false), InlineData(Audit, false)]
    public void An_id_is_that_of_a_vault_and_nothing_else(string? id, bool expected) => Assert.Equal(expected, ArmIds.IsVault(id));

    private void Topic(string group, string name, string source) => world.Deployed.Put(new JsonObject
    {
        ["id"] = $"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/{group}/providers/Microsoft.EventGrid/systemTopics/{name}",
        ["type"] = "Microsoft.EventGrid/systemTopics",
        ["identity"] = new JsonObject(),
        ["properties"] = new JsonObject { ["source"] = source },
    });

    private Task<VaultChecks> LookAsync(VaultEntry entry, string? region) => VaultChecks.LookAsync(entry, region, "nhi", world.Reading(), TestContext.Current.CancellationToken);

    /// <summary>The lines but those of the new entry.</summary>
    private static List<string> Without(string text, int added)
    {
        var lines = text.Split('\n').ToList();
        lines.RemoveRange(lines.IndexOf($"    id: '{Id}'") - 1, added);
        return lines;
    }
}
