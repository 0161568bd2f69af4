using Nhi.Governance.Policies.Rules;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Checks;

/// <summary>
/// What lies between two rotations (lifetime less rotate-before) is longer than overlap and slack:
/// otherwise the second rotation comes before the first one's predecessor is dead.
/// </summary>
internal sealed class LifeHasRoomForOverlap : IPolicyCheck
{
    private static readonly string[] _keys = [PolicyKeys.Lifetime, PolicyKeys.RotateBefore, PolicyKeys.Overlap, PolicyKeys.Slack];
    private static readonly EffectivePolicy _builtIn = new() { Rule = "", Sha256 = "" };

    public void Check(PolicyDocument document, FaultList faults)
    {
        Check("The defaults", document.Defaults, document.Defaults, faults);
        foreach (var rule in document.Rules)
            Check($"The rule '{rule.Name}'", rule.Settings, rule.Settings.Over(document.Defaults), faults);
    }

    // Whoever says none of the four inherits the fault; it is told once, where it stands.
    private static void Check(string who, RuleSettings own, RuleSettings merged, FaultList faults)
    {
        if (_keys.Select(own.Places.GetValueOrDefault).FirstOrDefault(place => place is not null) is not { } at)
            return;
        var policy = merged.Apply(_builtIn);
        if (policy.RotateBefore >= policy.Lifetime)
        {
            faults.Add(own.Places.GetValueOrDefault(PolicyKeys.RotateBefore) ?? at,
                $"{who} would rotate {Iso8601Duration.Format(policy.RotateBefore)} before the end of a life of {Iso8601Duration.Format(policy.Lifetime)}.", "Make lifetime longer, or rotateBefore shorter.");
            return;
        }

        var room = policy.Lifetime - policy.RotateBefore;
        var needed = policy.Overlap + policy.Slack;
        if (room > needed)
            return;
        faults.Add(own.Places.GetValueOrDefault(PolicyKeys.Overlap) ?? own.Places.GetValueOrDefault(PolicyKeys.Lifetime) ?? at,
            $"{who} rotates every {Iso8601Duration.Format(room)} (lifetime {Iso8601Duration.Format(policy.Lifetime)} less rotateBefore {Iso8601Duration.Format(policy.RotateBefore)}), which is not longer than overlap {Iso8601Duration.Format(policy.Overlap)} and slack {Iso8601Duration.Format(policy.Slack)}.",
            "Make lifetime longer, or rotateBefore, overlap or slack shorter.");
    }
}
