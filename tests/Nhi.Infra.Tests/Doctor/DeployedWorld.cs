using System.Text;
using System.Text.Json.Nodes;
using Azure.Core.Pipeline;
using Nhi.Azure.Deployments;
using Nhi.Azure.Identities;
using Nhi.Azure.Rest;
using Nhi.Local;
using Nhi.Local.Emulators.Arm;

namespace Nhi.Infra.Tests.Doctor;

/// <summary>The local ARM with the large sample deployed to it, and the doctor's look at it over HTTPS.</summary>
public sealed class DeployedWorld : IAsyncLifetime
{
    private static readonly string[] _plans = [SampleDeployments.ManySubscriptions, SampleDeployments.Subscriptions];
    private World _world = null!;

    public DeployedResources Deployed => _world.Arm.Deployed;

    public async ValueTask InitializeAsync() => _world = await World.StartAsync(new WorldOptions { Postgres = false });

    /// <summary>As the samples say, whatever an earlier test did to it.</summary>
    public DeployedResources DeployAnew()
    {
        Deployed.Clear();
        foreach (var plan in _plans)
            Deployed.Deploy(Snapshot(plan));
        // What people own beside it, and the template only names.
        foreach (var vault in SampleDeployments.Plan(SampleDeployments.ManySubscriptions).Of("Microsoft.EventGrid/systemTopics").Select(topic => topic.Text("properties.source")!))
            Deployed.Put(Vault(vault));
        Deployed.Put(new JsonObject { ["id"] = OwnerRole, ["type"] = "Microsoft.Authorization/roleDefinitions", ["properties"] = new JsonObject { ["roleName"] = "Owner" } });
        return Deployed;
    }

    /// <summary>One of Azure's own roles, as a person gives it in the portal.</summary>
    public const string OwnerRole = "/subscriptions/33333333-3333-3333-3333-333333333333/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

    public ArmReading Reading() => new(_world.CredentialOf(_world.Identities.Person), AzureCloud.Public, new RestTuning { Transport = Transport, ReadRetries = 1, ReadRetryDelay = TimeSpan.FromMilliseconds(1) });

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
