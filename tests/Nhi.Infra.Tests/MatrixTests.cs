using System.Text.Json.Nodes;
using Nhi.Infra.Tests.Compiler;
using Nhi.Infra.Tests.Plans;
using Nhi.Infra.Tests.Rules;

namespace Nhi.Infra.Tests;

/// <summary>observe or enforce × public or private × one or many vaults × new or existing workspace × with or without cleanup and curtailer: Matrix/matrix.bicep deploys all 32 at once, each in a subscription of its own.</summary>
public sealed class MatrixTests(Bicep bicep)
{
    internal const int Combinations = 32;

    [Fact]
    public async Task Every_combination_of_parameters_keeps_every_rule()
    {
        var snapshot = await bicep.EvaluateAsync(Repository.File("tests", "Nhi.Infra.Tests", "Matrix", "matrix.bicepparam"));
        var plans = Split(snapshot);
        Assert.Equal(Combinations, plans.Count);
        var faults = plans.SelectMany(plan => AllRules.OfTheDeployment.SelectMany(rule => rule.Faults(plan.Value).Select(fault => $"{Name(plan.Key)}: {rule.Sentence}: {fault}")));
        Assert.Empty(faults);
        Assert.All(plans, plan => Differs(plan.Key, plan.Value));
    }

    [Fact]
    public async Task Retention_that_is_locked_is_not_deployed_again_and_that_of_the_next_year_is()
    {
        var snapshot = await bicep.EvaluateAsync(Repository.File("infra", "main.bicep"), SampleDeployments.Text(SampleDeployments.OneVault) + "\nparam year = 2027\nparam lockedYears = [2026, 2027, 2028]");
        var plan = Plan.Of(snapshot);
        Assert.Equal(["evidence-2027", "evidence-2028", "evidence-2029"], plan.EvidenceContainers.Select(one => one.Name));
        Assert.Contains("/evidence-2029/", Assert.Single(plan.Of("Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies")).Id, StringComparison.Ordinal);
    }

    /// <summary>That the combinations are what they claim: a matrix whose axes do nothing would keep every rule.</summary>
    private static void Differs(int i, Plan plan)
    {
        Assert.Equal(i % 2 == 1, plan.Enforces);
        Assert.Equal(i / 2 % 2 == 1, plan.IsPrivate);
        Assert.Equal(i / 4 % 2 == 1 ? 3 : 1, plan.GovernedVaults.Count);
        Assert.Equal(i / 8 % 2 == 0, plan.Has("Microsoft.OperationalInsights/workspaces"));
        Assert.Equal(i / 16 % 2 == 1, plan.Cleans);
        Assert.Equal(i / 16 % 2 == 1, plan.Curtails);
    }

    /// <summary>By the last two digits of the subscription; a zone's id is an expression that holds it too.</summary>
    private static SortedDictionary<int, Plan> Split(JsonObject snapshot)
    {
        var parts = new SortedDictionary<int, JsonArray>();
        foreach (var resource in snapshot["predictedResources"]!.AsArray().Select(one => one!.AsObject()))
        {
            var id = (string)resource["id"]!;
            var subscription = id.StartsWith("[resourceId('", StringComparison.Ordinal) ? id.Split('\'')[1] : id.Split('/')[2];
            var i = int.Parse(subscription[^2..], System.Globalization.CultureInfo.InvariantCulture);
            if (!parts.TryGetValue(i, out var part))
                parts[i] = part = [];
            part.Add(resource.DeepClone());
        }

        return new(parts.ToDictionary(part => part.Key, part => new Plan(part.Value)));
    }

    private static string Name(int i) => string.Join(", ",
        i % 2 == 0 ? "observe" : "enforce", i / 2 % 2 == 0 ? "public" : "private", i / 4 % 2 == 0 ? "one vault" : "many vaults", i / 8 % 2 == 0 ? "new workspace" : "existing workspace", i / 16 % 2 == 0 ? "no cleanup" : "cleanup, curtailer");
}
