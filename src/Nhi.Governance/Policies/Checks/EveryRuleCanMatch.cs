using Nhi.Governance.Policies.Rules;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Checks;

/// <summary>Warns of a rule that an earlier one leaves nothing to: the first match wins.</summary>
internal sealed class EveryRuleCanMatch : IPolicyCheck
{
    public void Check(PolicyDocument document, FaultList faults)
    {
        for (var i = 1; i < document.Rules.Count; i++)
        {
            var rule = document.Rules[i];
            if (document.Rules.Take(i).FirstOrDefault(earlier => earlier.Covers(rule)) is { } cover)
                faults.Warn(rule.At, $"The rule '{rule.Name}' never matches first: '{cover.Name}' in line {cover.At.Line} matches {(cover.Match.Count == 0 ? "everything" : "all that it does")}.", "Move it up, or remove it; only a tag nhi-policy can choose it where it stands.");
        }
    }
}
