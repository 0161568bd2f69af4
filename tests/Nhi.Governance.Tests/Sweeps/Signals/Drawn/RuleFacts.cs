namespace Nhi.Governance.Tests.Sweeps.Signals.Drawn;

/// <summary>The rules of the drawn estate's policy, once as people write them and once as numbers. Days; <paramref name="AttestDays"/> 0: never asked.</summary>
internal sealed record RuleFacts(bool Enforces, int LifeDays, int UnusedDays, int AttestDays = 0, bool Reports = false, Who? Owner = null)
{
    public const string Text = """
        version: 1
        defaults: { lifetime: P100D, unusedAfter: P75D }
        rules:
          - { name: strict, match: { tag: { tier: strict } }, mode: enforce, lifetime: P90D, unusedAfter: P60D }
          - { name: reported, match: { environment: legacy }, mode: enforce, onExpired: report }
          - { name: caught, match: { tag: { tier: caught } }, owner: person@contoso.com }
          - { name: caught-by-one-who-left, match: { tag: { tier: caught-late } }, mode: enforce, owner: disabled@contoso.com }
          - { name: asked, match: { name: "asked-*" }, mode: enforce, lifetime: P90D, unusedAfter: P60D, attestEvery: P30D }
          - { name: often, match: { name: "often-*" }, attestEvery: P10D }
          - { name: watched, match: { name: "w-*" }, mode: observe, lifetime: P120D, unusedAfter: P45D }
        """;

    public static RuleFacts Of(Rule rule) => rule switch
    {
        Rule.Strict => new(true, 90, 60),
        Rule.Watched => new(false, 120, 45),
        Rule.Asked => new(true, 90, 60, AttestDays: 30),
        Rule.Often => new(false, 100, 75, AttestDays: 10),
        Rule.Reported => new(true, 100, 75, Reports: true),
        Rule.Caught => new(false, 100, 75, Owner: Who.Person),
        Rule.CaughtByOneWhoLeft => new(true, 100, 75, Owner: Who.Disabled),
        _ => new(false, 100, 75),
    };

    /// <summary>The tags by which a rule selects.</summary>
    public static IEnumerable<(string Name, string Value)> TagsOf(Rule rule) => rule switch
    {
        Rule.Strict => [("tier", "strict")],
        Rule.Reported => [("nhi-environment", "legacy")],
        Rule.Caught => [("tier", "caught")],
        Rule.CaughtByOneWhoLeft => [("tier", "caught-late")],
        _ => [],
    };
}
