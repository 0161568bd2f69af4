using System.Text.Json.Nodes;
using Nhi.Infra.Tests.Compiler;
using Nhi.Infra.Tests.Plans;

namespace Nhi.Infra.Tests;

/// <summary>The snapshots under Snapshots/: what the samples deploy, as it was last reviewed.</summary>
internal static class SampleDeployments
{
    /// <summary>Everything by default: one vault, observe, public endpoints.</summary>
    public const string OneVault = "one-vault";

    /// <summary>Everything used: several subscriptions and regions, enforce, an existing network and workspace, cleanup, a topic, a second evidence account.</summary>
    public const string ManySubscriptions = "many-subscriptions";

    /// <summary>The subscriptions of the second.</summary>
    public const string Subscriptions = "subscriptions";

    public static readonly IReadOnlyList<string> Names = [OneVault, ManySubscriptions, Subscriptions];

    private static readonly Dictionary<string, JsonObject> _snapshots = Names.ToDictionary(name => name, name => JsonNode.Parse(Repository.Text("tests", "Nhi.Infra.Tests", "Snapshots", name + ".json"))!.AsObject());

    /// <summary>A copy that a test may change.</summary>
    public static Plan Plan(string name) => Plans.Plan.Of(_snapshots[name]);

    public static JsonObject Outputs(string name) => _snapshots[name]["outputs"]!.AsObject();

    public static async Task<JsonObject> EvaluateAsync(Bicep bicep, string name)
    {
        if (name != Subscriptions)
            return await bicep.EvaluateAsync(Repository.File("infra", "main.bicep"), Text(name) + "\nparam year = 2026");
        // The vaults of the sample, and names as its outputs give them.
        var sample = Text(ManySubscriptions);
        var vaults = sample[sample.IndexOf("param vaults", StringComparison.Ordinal)..sample.IndexOf("// A rotator may", StringComparison.Ordinal)];
        return await bicep.EvaluateAsync(Repository.File("infra", "subscriptions.bicep"), vaults + "\nparam appName = 'nhi-func-uh5d422we7'\nparam hostAccountName = 'nhihostuh5d422we7'");
    }

    /// <summary>A sample's parameters.</summary>
    public static string Text(string name) => string.Join('\n', Repository.Text("infra", "samples", name + ".bicepparam").Split('\n').Where(line => !line.StartsWith("using ", StringComparison.Ordinal)));
}
