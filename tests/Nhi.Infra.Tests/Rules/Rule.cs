using Nhi.Infra.Tests.Plans;

namespace Nhi.Infra.Tests.Rules;

/// <summary>A sentence that every deployment keeps. <paramref name="Faults"/> names what breaks it; <paramref name="Mutations"/> are the changes of a plan that it must find: a rule without one proves nothing.</summary>
internal sealed record Rule(string Sentence, Func<Plan, IEnumerable<string>> Faults, params Mutation[] Mutations)
{
    /// <summary>A rule about each of some resources.</summary>
    public static Rule Each(string sentence, Func<Plan, IEnumerable<PlannedResource>> which, Func<PlannedResource, bool> holds, params Mutation[] mutations) =>
        new(sentence, plan => Faulty(which(plan), holds), mutations);

    private static IEnumerable<string> Faulty(IEnumerable<PlannedResource> resources, Func<PlannedResource, bool> holds)
    {
        var all = resources.ToList();
        return all.Count == 0 ? ["there is none at all"] : all.Where(one => !holds(one)).Select(one => one.ToString());
    }

    public override string ToString() => Sentence;
}

/// <summary>A change that breaks a rule.</summary>
internal sealed record Mutation(string What, Action<Plan> Break)
{
    /// <summary>Sets a value of the first resource of a type; the path's parents are there.</summary>
    public static Mutation Set(string type, string path, System.Text.Json.Nodes.JsonNode? value, Func<PlannedResource, bool>? which = null) => new($"{type} {path} = {value?.ToJsonString() ?? "null"}", plan =>
        plan.Change(type, json =>
        {
            var parent = path.Contains('.', StringComparison.Ordinal) ? new PlannedResource(json).At(path[..path.LastIndexOf('.')])! : json;
            parent[path[(path.LastIndexOf('.') + 1)..]] = value?.DeepClone();
        }, which));

    public static Mutation Gone(string type, Func<PlannedResource, bool>? which = null) => new($"{type} gone", plan => plan.Remove(type, which));
}
