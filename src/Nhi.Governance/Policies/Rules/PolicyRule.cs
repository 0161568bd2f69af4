using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Rules;

/// <summary>One rule of the list: whom it selects (all selectors have to match; none = everything) and what it says of them.</summary>
internal sealed record PolicyRule(string Name, bool Enforce, IReadOnlyList<Selector> Match, RuleSettings Settings, PolicyNode At)
{
    public bool Fits(PolicySubject subject) => Match.All(selector => selector.Match(subject) is not null);

    /// <summary>What made it fit, in the policy's own words.</summary>
    public IReadOnlyList<string> Why(PolicySubject subject)
    {
        if (Match.Count == 0)
            return ["everything"];
        return [.. Match.Select(selector => Selector.Reason(selector, selector.Match(subject)!))];
    }

    /// <summary>True only when whatever fits <paramref name="other"/> fits this rule, too.</summary>
    public bool Covers(PolicyRule other) => Match.All(ours => ours.FitsAll || other.Match.Any(ours.Covers));
}
