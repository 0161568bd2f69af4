using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Nhi.Azure.Evidence;
using Nhi.Azure.Settings;
using Nhi.Azure.Tables;
using Nhi.Infra.Tests.Compiler;
using Nhi.Evidence.Shards;
using Nhi.Infra.Tests.Plans;
using Nhi.Infra.Tests.Rules;

namespace Nhi.Infra.Tests;

/// <summary>What deployment and code have to agree on.</summary>
public sealed class ContractTests(Bicep bicep)
{
    /// <summary>Settings of the local world and of tests; a deployment never sets them.</summary>
    private static readonly string[] OnlyLocal = ["Nhi__Clock", "Nhi__Operations__LeaseScale", "Nhi__Postgres__Tls"];

    private static readonly JsonSerializerOptions _readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonObject Contract => JsonNode.Parse(Repository.Text("infra", "contract.json"))!.AsObject();

    [Fact]
    public void Every_setting_that_the_template_sets_is_one_that_the_code_reads()
    {
        foreach (var sample in (string[])[SampleDeployments.OneVault, SampleDeployments.ManySubscriptions])
            Assert.DoesNotContain(SampleDeployments.Plan(sample).Settings.Select(one => one.Key), name => name.StartsWith("Nhi__", StringComparison.Ordinal) && !SettingsReference.All.Any(setting => Names(setting, name)));
    }

    [Fact]
    public async Task Every_setting_that_the_code_reads_is_set_by_the_template_or_local()
    {
        // Vaults are looked for in subscriptions or in management groups, never in both.
        var groups = SampleDeployments.Text(SampleDeployments.ManySubscriptions).Replace("subscriptions: ['11111111-1111-1111-1111-111111111111', '44444444-4444-4444-4444-444444444444']", "managementGroups: ['mg-corp']", StringComparison.Ordinal);
        var other = Plans.Plan.Of(await bicep.EvaluateAsync(Repository.File("infra", "main.bicep"), groups + "\nparam year = 2026"));
        var set = SampleDeployments.Plan(SampleDeployments.ManySubscriptions).Settings.Concat(other.Settings).Select(one => one.Key).ToList();
        Assert.Equal(OnlyLocal, SettingsReference.All.Where(setting => !set.Any(name => Names(setting, name))).Select(setting => setting.Name));
    }

    [Theory, InlineData(SampleDeployments.OneVault), InlineData(SampleDeployments.ManySubscriptions)]
    public void The_code_starts_with_the_settings_of_the_template(string sample)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(SampleDeployments.Plan(sample).Settings
            .Where(one => one.Key.StartsWith("Nhi__", StringComparison.Ordinal))
            .Select(one => KeyValuePair.Create(one.Key.Replace("__", ":", StringComparison.Ordinal), (string?)Known((string)one.Value!)))).Build();
        var settings = SettingsReader.Read(configuration);
        Assert.Equal(SampleDeployments.Plan(sample).GovernedVaults.Count, settings.Vaults.Count);
    }

    [Fact]
    public void Tables_and_containers_are_those_of_the_code()
    {
        Assert.Equal(StateTables.Names.Order(StringComparer.Ordinal), Contract["tables"]!.AsObject().Select(one => (string)one.Value!).Order(StringComparer.Ordinal));
        Assert.Equal(BlobEvidenceStore.ContainerOf(2026), ((string)Contract["containers"]!["evidence"]!).Replace("{0}", "2026", StringComparison.Ordinal));
        Assert.Contains(ShardPreparation.FirstBlob, Contract["evidencePaths"]!["deployment"]!.AsArray().Select(one => (string)one!));
        Assert.Equal(Tiles("one.blob.core.windows.net"), ((string)Contract["containers"]!["tiles"]!).Replace("{0}", "2026", StringComparison.Ordinal));
        Assert.Equal(Tiles("two.blob.core.windows.net"), ((string)Contract["containers"]!["secondaryTiles"]!).Replace("{0}", "2026", StringComparison.Ordinal));
    }

    [Fact]
    public void The_function_of_the_subscriptions_is_one_of_the_app_that_takes_events()
    {
        var taking = typeof(NhiFunctions.OnSecretEvent).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FunctionAttribute>() is not null && method.GetParameters().Any(one => one.GetCustomAttribute<EventGridTriggerAttribute>() is not null))
            .Select(method => method.GetCustomAttribute<FunctionAttribute>()!.Name);
        Assert.Equal([(string)Contract["function"]!], taking);
        Assert.All(SampleDeployments.Plan(SampleDeployments.Subscriptions).Resources, one => Assert.EndsWith($"/functions/{(string)Contract["function"]!}", one.Text("properties.destination.properties.resourceId"), StringComparison.Ordinal));
    }

    [Fact]
    public void The_subscriptions_are_at_the_topics_of_the_deployment_and_bury_in_its_account()
    {
        var main = SampleDeployments.Plan(SampleDeployments.ManySubscriptions);
        var events = SampleDeployments.Plan(SampleDeployments.Subscriptions).Resources.ToList();
        Assert.Equal(main.Of("Microsoft.EventGrid/systemTopics").Select(one => one.Id).Order(StringComparer.Ordinal), events.Select(one => one.Id[..one.Id.LastIndexOf("/eventSubscriptions/", StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
        Assert.All(events, one => Assert.StartsWith(main.Only("Microsoft.Web/sites").Id + "/", one.Text("properties.destination.properties.resourceId"), StringComparison.Ordinal));
        Assert.All(events, one => Assert.Equal(main.Account("host").Id, one.Text("properties.deadLetterWithResourceIdentity.deadLetterDestination.properties.resourceId")));
    }

    /// <summary>Renew with <c>NHI_RENEW=1 dotnet run --project tests/Nhi.Infra.Tests -- --filter-method '*made_of_the_kinds*'</c>.</summary>
    [Fact]
    public void The_rights_of_kinds_are_made_of_the_kinds_of_the_code()
    {
        var now = new JsonObject(Kinds.AzureRights.OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => KeyValuePair.Create(kind.Key, (JsonNode?)new JsonObject
        {
            ["resourceType"] = Kinds.ResourceTypeOf(kind.Key),
            ["actions"] = new JsonArray([.. kind.Value.Select(action => JsonValue.Create(action))]),
        })));
        var text = now.ToJsonString(_readable).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable("NHI_RENEW") == "1")
            File.WriteAllText(Repository.File("infra", "kinds.json"), text);
        Assert.Equal(text, Repository.Text("infra", "kinds.json"));
    }

    [Fact]
    public void Every_type_of_resource_that_a_kind_opens_has_its_assignments()
    {
        var module = Repository.Text("infra", "modules", "kind-rights.bicep");
        Assert.All(Kinds.AzureRights.Keys, kind => Assert.Contains($"if (right.kind == '{kind}')", module, StringComparison.Ordinal));
        Assert.All(Kinds.AzureRights.Keys, kind => Assert.Contains($"'{Kinds.ResourceTypeOf(kind)}@", module, StringComparison.Ordinal));
    }

    [Theory, InlineData(SampleDeployments.OneVault), InlineData(SampleDeployments.ManySubscriptions)]
    public void The_template_counts_its_role_assignments_right(string sample)
    {
        var counted = SampleDeployments.Outputs(sample)["roleAssignments"]!.AsArray().ToDictionary(one => (string)one!["id"]!, one => one!["count"]!.GetValue<int>());
        var made = SampleDeployments.Plan(sample).Assignments.GroupBy(one => one.Resource.Subscription).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(made.OrderBy(one => one.Key, StringComparer.Ordinal), counted.OrderBy(one => one.Key, StringComparer.Ordinal));
    }

    /// <summary>The code's own name of a container of tiles; <c>two</c> is the second evidence account. It is nobody's business but the sequencer's, hence the reflection.</summary>
    private static string Tiles(string host) => (string)typeof(TileContainers).GetMethod("NameOf", BindingFlags.NonPublic | BindingFlags.Static)!
        .Invoke(null, [$"{host}/{BlobEvidenceStore.ContainerOf(2026)}", "two.blob.core.windows.net"])!;

    /// <summary>What Azure would have made of an expression.</summary>
    private static string Known(string value)
    {
        if (value.StartsWith("[reference(", StringComparison.Ordinal))
            return value.Contains(".customerId", StringComparison.Ordinal) ? "00000000-0000-0000-0000-000000000001"
                : value.Contains(".clientId", StringComparison.Ordinal) ? $"00000000-0000-0000-0000-00000000000{(value.Contains("-id-cleanup'", StringComparison.Ordinal) ? 2 : value.Contains("-id-curtailer'", StringComparison.Ordinal) ? 3 : 1)}"
                : "https://topic.westeurope-1.eventgrid.azure.net/api/events";
        if (value == "[environment().name]")
            return "AzureCloud";
        if (!value.StartsWith("[format('", StringComparison.Ordinal))
            return value;
        var parts = value.Split('\'');
        var arguments = value[(value.IndexOf("', ", StringComparison.Ordinal) + 3)..^2].Split(", ").Select(one => one switch
        {
            "environment().suffixes.storage" => "core.windows.net",
            "environment().suffixes.keyvaultDns" => ".vault.azure.net",
            _ => one.Trim('\''),
        }).ToArray<object>();
        return string.Format(System.Globalization.CultureInfo.InvariantCulture, parts[1], arguments);
    }

    private static bool Names(Setting setting, string name)
    {
        var mine = setting.Name.Split("__");
        var theirs = name.Split("__");
        return mine.Length == theirs.Length && mine.Zip(theirs).All(pair => pair.First switch
        {
            "n" => pair.Second.All(char.IsAsciiDigit),
            "{environment}" => EnvironmentName.IsOne(pair.Second),
            _ => pair.First == pair.Second,
        });
    }
}
