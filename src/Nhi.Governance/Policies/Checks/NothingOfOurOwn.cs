using Nhi.Governance.Policies.Rules;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Checks;

/// <summary>A rule that names a vault, account or identity of the product by its own name is refused. What a glob takes in besides is left out when it runs.</summary>
internal sealed class NothingOfOurOwn(ProductIdentities own) : IPolicyCheck
{
    public void Check(PolicyDocument document, FaultList faults)
    {
        foreach (var rule in document.Rules)
            foreach (var selector in rule.Match.Where(selector => selector.Subject is not (SelectorSubject.Kind or SelectorSubject.Environment)))
                foreach (var placed in selector.Globs.Where(placed => placed.Glob.Literal))
                    if (own.WhyNamed(placed.Glob.Pattern) is { } why)
                        faults.Add(placed.At, $"The rule '{rule.Name}' selects {why}.", "Take it out: the product never governs what it lives on. Its own keys are renewed by deployment.");
    }
}
