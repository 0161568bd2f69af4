using Nhi.Governance.Policies;
using static Nhi.Governance.Tests.Policies.PolicyTexts;

namespace Nhi.Governance.Tests.Policies;

public sealed class PolicyExplanationTests
{
    private const string Text = """
        version: 1
        caps: { killsPerRun: 7 }
        defaults:
          overlap: P10D
        rules:
          - name: payroll
            match: { name: "pay-*", tag: { team: payroll } }
          - name: databases
            match: { name: "db-*", kind: [postgres-role, sql-login] }
            mode: enforce
            lifetime: P60D
          - name: rest
            match: {}
        """;

    [Fact]
    public void Explain_says_of_every_rule_why_it_matched_or_not()
    {
        var explanation = Load(Text).Explain(Subject(kind: "postgres-role"));
        Assert.Equal(
            [("payroll", 6, false, false, false), ("databases", 8, true, true, true), ("rest", 12, false, true, false)],
            explanation.Rules.Select(rule => (rule.Name, rule.Line, rule.Enforces, rule.Matched, rule.Chosen)));
        Assert.Equal(["name does not match pay-*", "tag team: it has none, and payroll is wanted"], explanation.Rules[0].Selectors.Select(selector => selector.Why));
        Assert.Equal(["name matches db-*", "kind matches postgres-role"], explanation.Rules[1].Selectors.Select(selector => selector.Why));
        Assert.Null(explanation.Tag);
    }

    [Fact]
    public void Explain_says_where_every_value_comes_from()
    {
        var values = Load(Text).Explain(Subject(kind: "sql-login")).Values.ToDictionary(value => value.Key);
        Assert.Equal(new ValueExplanation("lifetime", "P60D", ValueOrigin.Rule, 11), values["lifetime"]);
        Assert.Equal(new ValueExplanation("overlap", "P10D", ValueOrigin.Defaults, 4), values["overlap"]);
        Assert.Equal(new ValueExplanation("slack", "P7D", ValueOrigin.BuiltIn, null), values["slack"]);
        Assert.Equal(new ValueExplanation("killsPerRun", "7", ValueOrigin.Caps, null), values["killsPerRun"]);
        Assert.Equal(new ValueExplanation("mintsPerHour", "20", ValueOrigin.BuiltIn, null), values["mintsPerHour"]);
        Assert.Equal(23, values.Count);
    }

    [Fact]
    public void Explain_and_For_agree_on_what_is_in_force()
    {
        var policy = Load(Text);
        var subject = Subject(tags: (PolicySubject.PolicyTag, "rest"));
        Assert.Equal(policy.For(subject).Rule, policy.Explain(subject).Effective.Rule);
        Assert.Equal(policy.For(subject).Why, policy.Explain(subject).Effective.Why);
    }

    [Fact]
    public void Explain_never_repeats_what_a_tag_says()
    {
        var explanation = Load(Text).Explain(Subject(owner: "hunter2", tags: [("team", "hunter2"), (PolicySubject.PolicyTag, "hunter2")]));
        Assert.Equal("tag nhi-policy names no rule and is ignored", explanation.Tag);
        Assert.DoesNotContain("hunter2", string.Join(' ', explanation.Rules.SelectMany(rule => rule.Selectors).Select(selector => selector.Why).Concat(explanation.Effective.Why)), StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_shows_windows_and_freezes_as_people_read_them()
    {
        var values = Load(Rule("windows: [{ days: [sun, sat], from: 22:00, to: 04:00 }, { from: 01:00, to: 02:00 }]", "freezes: [{ from: 2026-12-20, to: 2026-12-21, reason: rest }]")).Explain(Subject()).Values;
        Assert.Equal("sat,sun 22:00 to 04:00 UTC; every day 01:00 to 02:00 UTC", values.Single(value => value.Key == "windows").Value);
        Assert.Equal("2026-12-20T00:00Z to 2026-12-21T00:00Z (rest)", values.Single(value => value.Key == "freezes").Value);
    }
}
