using System.Text;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;
using Nhi.Azure.Deployments;
using Nhi.Azure.Identities;
using Nhi.Azure.Rest;
using Nhi.Local;
using Nhi.Local.Emulators.Arm;

namespace Nhi.Infra.Tests.Doctor;

/// <summary>The local ARM with the large sample deployed to it, and the doctor's look at it over HTTPS. One for all classes that use it, one after the other.</summary>
[CollectionDefinition(nameof(DeployedWorld))]
public sealed class DeployedWorld : IAsyncLifetime, ICollectionFixture<DeployedWorld>
{
    private static readonly string[] _plans = [SampleDeployments.ManySubscriptions, SampleDeployments.Subscriptions];
    private World _world = null!;

    public DeployedResources Deployed => _world.Arm.Deployed;

    public async ValueTask InitializeAsync() => _world = await World.StartAsync(new WorldOptions { Postgres = false });

    /// <summary>What a process needs to find this world.</summary>
    public IReadOnlyDictionary<string, string> Settings => _world.Settings;

    /// <summary>Of whoever is signed in to the Azure CLI, by the resource that it asks for.</summary>
    public IReadOnlyDictionary<string, string> TokensOfAPerson => new[] { AzureCloud.Public.VaultScope, AzureCloud.Public.StorageScope, AzureCloud.Public.ManagementScope, AzureCloud.Public.GraphScope }
        .ToDictionary(scope => scope[..scope.LastIndexOf('/')], scope => _world.CredentialOf(_world.Identities.Person).GetToken(new TokenRequestContext([scope]), TestContext.Current.CancellationToken).Token);

    /// <summary>An empty subscription, but for what people own.</summary>
    public DeployedResources DeployNothing()
    {
        Deployed.Clear();
        PutWhatPeopleOwn();
        return Deployed;
    }

    /// <summary>As the samples say, whatever an earlier test did to it.</summary>
    public DeployedResources DeployAnew()
    {
        Deployed.Clear();
        foreach (var plan in _plans)
            Deployed.Deploy(Snapshot(plan));
        PutWhatPeopleOwn();
        return Deployed;
    }

    /// <summary>What people own beside it, and the template only names.</summary>
    private void PutWhatPeopleOwn()
    {
        foreach (var vault in SampleDeployments.Plan(SampleDeployments.ManySubscriptions).Of("Microsoft.EventGrid/systemTopics").Select(topic => topic.Text("properties.source")!))
            Deployed.Put(Vault(vault));
        Deployed.Put(new JsonObject { ["id"] = AuditWorkspace, ["type"] = "Microsoft.OperationalInsights/workspaces", ["properties"] = new JsonObject() });
        Deployed.Put(new JsonObject { ["id"] = OwnerRole, ["type"] = "Microsoft.Authorization/roleDefinitions", ["properties"] = new JsonObject { ["roleName"] = "Owner" } });
    }

    private const string AuditWorkspace = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/log-platform";

    /// <summary>One of Azure's own roles, as a person gives it in the portal.</summary>
    public const string OwnerRole = "/subscriptions/33333333-3333-3333-3333-333333333333/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

    public DeploymentReads Reading() => new(_world.CredentialOf(_world.Identities.Person), AzureCloud.Public, new RestTuning { Transport = Transport, ReadRetries = 1, ReadRetryDelay = TimeSpan.FromMilliseconds(1) });

    public Task<DeploymentReport> ExamineAsync() => ExamineAsync(_plans);

    public Task<DeploymentReport> ExamineAsync(params string[] plans) => ExamineAsync([.. plans.Select(Snapshot)]);

    public Task<DeploymentReport> ExamineAsync(params JsonObject[] plans) => DeploymentDoctor.ExamineAsync(
        ExpectedDeployment.Read(plans.Select((plan, i) => ($"plan {i}", Encoding.UTF8.GetBytes(plan.ToJsonString())))), Reading(), TestContext.Current.CancellationToken);

    public static JsonObject Snapshot(string plan) => JsonNode.Parse(Repository.Text("tests", "Nhi.Infra.Tests", "Snapshots", plan + ".json"))!.AsObject();

    public static JsonObject Vault(string id) => new()
    {
        ["id"] = id,
        ["type"] = "Microsoft.KeyVault/vaults",
        ["location"] = "westeurope",
        ["properties"] = new JsonObject { ["enableRbacAuthorization"] = true, ["enableSoftDelete"] = true, ["enablePurgeProtection"] = true, ["publicNetworkAccess"] = "Enabled" },
    };

    private HttpPipelineTransport? _transport;

    private HttpPipelineTransport Transport => _transport ??= _world.CreateTransport();

    public ValueTask DisposeAsync() => _world.DisposeAsync();
}
