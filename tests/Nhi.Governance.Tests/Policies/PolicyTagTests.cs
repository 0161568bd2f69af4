using Nhi.Governance.Policies;
using static Nhi.Governance.Tests.Policies.PolicyTexts;

namespace Nhi.Governance.Tests.Policies;

/// <summary>The tag <c>nhi-policy</c> chooses among rules that match, and never gains an effect.</summary>
public sealed class PolicyTagTests
{
    private static EffectivePolicy Ask(string first, string named, string tag = "named") =>
        Load($"version: 1\nrules:\n  - {{ name: first, match: {{}}, {first} }}\n  - {{ name: named, {named} }}\n").For(Subject(tags: (PolicySubject.PolicyTag, tag)));

    [Fact]
    public void A_tag_chooses_a_later_rule_that_matches_and_allows_no_more()
    {
        var policy = Ask("mode: enforce", "match: {}, mode: enforce, lifetime: P60D");
        Assert.Equal("named", policy.Rule);
        Assert.Equal(["everything", "tag nhi-policy=named chose it over first"], policy.Why);
    }

    [Fact]
    public void A_tag_may_choose_a_rule_that_only_observes() =>
        Assert.False(Ask("mode: enforce", "match: {}, allowCutover: true").Enforced);

    [Fact]
    public void A_tag_never_turns_observing_into_enforcing()
    {
        var policy = Ask("mode: observe", "match: {}, mode: enforce");
        Assert.Equal("first", policy.Rule);
        Assert.False(policy.Enforced);
        Assert.Equal("tag nhi-policy=named is ignored: it would widen mode", policy.Why[^1]);
    }

    [Fact]
    public void A_tag_cannot_choose_a_rule_that_does_not_match() =>
        Assert.Equal("first", Ask("mode: enforce", "match: { name: other }, mode: enforce").Rule);

    [Fact]
    public void A_tag_never_enforces_where_no_rule_matches()
    {
        var policy = Load("version: 1\nrules:\n  - { name: named, match: { name: other }, mode: enforce }\n").For(Subject(tags: (PolicySubject.PolicyTag, "named")));
        Assert.Equal("default", policy.Rule);
        Assert.False(policy.Enforced);
    }

    [Fact]
    public void An_unknown_tag_is_ignored_and_not_repeated()
    {
        var policy = Ask("mode: enforce", "match: {}", "hunter2-hunter2");
        Assert.Equal("first", policy.Rule);
        Assert.DoesNotContain(policy.Why, why => why.Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mode: enforce", "allowCutover: true", "allowCutover")]
    [InlineData("mode: enforce", "endSessions: true", "endSessions")]
    [InlineData("mode: enforce", "disableSuperseded: true", "disableSuperseded")]
    [InlineData("mode: enforce", "onExpired: revoke", "onExpired")]
    [InlineData("mode: enforce", "overlap: P13D", "overlap")]
    [InlineData("mode: enforce", "quietPeriod: PT23H", "quietPeriod")]
    [InlineData("mode: enforce", "removeNeglected: true", "removeNeglected")]
    [InlineData("mode: enforce", "curtailOverPrivileged: true", "curtailOverPrivileged")]
    [InlineData("mode: enforce, curtailOverPrivileged: true", "curtailOverPrivileged: true, quarantineAfter: P13D", "quarantineAfter")]
    [InlineData("mode: enforce, removeNeglected: true", "removeNeglected: true, unusedAfter: P89D", "unusedAfter")]
    [InlineData("mode: enforce, removeNeglected: true", "removeNeglected: true, quarantineAfter: P13D", "quarantineAfter")]
    [InlineData("mode: enforce, removeNeglected: true", "removeNeglected: true, revokeAfter: P29D", "revokeAfter")]
    [InlineData("mode: enforce, removeNeglected: true", "removeNeglected: true, removeAfter: P29D", "removeAfter")]
    [InlineData("mode: enforce", "freeAfter: P100D", "freeAfter")]
    [InlineData("mode: enforce, freeAfter: P100D", "freeAfter: P99D", "freeAfter")]
    [InlineData("mode: enforce, windows: [{ from: 22:00, to: 23:00 }]", "owner: me", "windows")]
    [InlineData("mode: enforce, windows: [{ from: 22:00, to: 23:00 }]", "windows: [{ from: 21:00, to: 23:00 }]", "windows")]
    [InlineData("mode: enforce, freezes: [{ from: 2026-12-20, to: 2026-12-21, reason: a }]", "owner: me", "freezes")]
    public void A_tag_gains_nothing(string first, string named, string widened)
    {
        var policy = Ask(first, $"match: {{}}, mode: enforce, {named}");
        Assert.Equal("first", policy.Rule);
        Assert.Equal($"tag nhi-policy=named is ignored: it would widen {widened}", policy.Why[^1]);
    }

    [Fact]
    public void A_tag_may_choose_longer_overlaps_and_fewer_hours()
    {
        var policy = Ask("mode: enforce, windows: [{ days: [sat, sun], from: 22:00, to: 23:00 }, { from: 01:00, to: 02:00 }]", "match: {}, mode: enforce, overlap: P20D, windows: [{ days: [sun, sat], from: 22:00, to: 23:00 }]");
        Assert.Equal("named", policy.Rule);
    }
}
