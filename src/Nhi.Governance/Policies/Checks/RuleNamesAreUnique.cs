using Nhi.Governance.Policies.Rules;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Checks;

/// <summary>Evidence names rules: two of one name could not be told apart.</summary>
internal sealed class RuleNamesAreUnique : IPolicyCheck
{
    public void Check(PolicyDocument document, FaultList faults)
    {
        var first = new Dictionary<string, PolicyRule>(StringComparer.OrdinalIgnoreCase);
        foreach (var rule in document.Rules.Where(rule => rule.Name.Length > 0))
            if (!first.TryAdd(rule.Name, rule))
                faults.Add(rule.At, $"The rule '{rule.Name}' stands here a second time.", $"Rename it: the first is in line {first[rule.Name].At.Line}.");
    }
}
