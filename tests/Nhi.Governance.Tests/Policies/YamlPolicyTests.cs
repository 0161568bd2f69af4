using System.Security.Cryptography;
using System.Text;
using Nhi.Governance.Policies;
using static Nhi.Governance.Tests.Policies.PolicyTexts;

namespace Nhi.Governance.Tests.Policies;

public sealed class YamlPolicyTests
{
    private const string TwoRules = """
        version: 1
        caps: { mintsPerHour: 3, killsPerRun: 4 }
        defaults:
          overlap: P10D
          owner: platform
        rules:
          - name: payroll
            match: { vault: KV1.vault.azure.net, tag: { team: "pay*" } }
            mode: enforce
            lifetime: P60D
            rotateBefore: P20D
          - name: rest
            match: {}
        """;

    [Fact]
    public void For_the_first_rule_matches_and_defaults_fill_in()
    {
        var policy = Load(TwoRules).For(Subject(tags: ("team", "payroll")));
        Assert.Equal("payroll", policy.Rule);
        Assert.True(policy.Enforced);
        Assert.Equal(TimeSpan.FromDays(60), policy.Lifetime);
        Assert.Equal(TimeSpan.FromDays(10), policy.Overlap);
        Assert.Equal(TimeSpan.FromDays(7), policy.Slack);
        Assert.Equal("platform", policy.Owner);
        Assert.Equal(3, policy.MintsPerHour);
        Assert.Equal(4, policy.KillsPerRun);
        Assert.Equal(["vault KV1.vault.azure.net", "tag team=pay*"], policy.Why);
    }

    [Fact]
    public void For_without_a_mode_a_rule_observes()
    {
        var policy = Load(TwoRules).For(Subject());
        Assert.Equal("rest", policy.Rule);
        Assert.False(policy.Enforced);
        Assert.Equal(["everything"], policy.Why);
    }

    [Fact]
    public void For_without_a_matching_rule_the_defaults_observe()
    {
        var policy = Load("version: 1\ndefaults: { allowCutover: true }\nrules:\n  - { name: a, match: { name: other }, mode: enforce }\n").For(Subject());
        Assert.Equal("default", policy.Rule);
        Assert.False(policy.Enforced);
        Assert.True(policy.AllowCutover);
    }

    [Fact]
    public void The_hash_is_that_of_the_text()
    {
        var bytes = Encoding.UTF8.GetBytes(TwoRules);
        var policy = YamlPolicy.Load(bytes, "p", ProductIdentities.None);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), policy.Sha256);
        Assert.Equal(policy.Sha256, policy.For(Subject()).Sha256);
        Assert.True(policy.Text.Span.SequenceEqual(bytes));
        bytes[0] = (byte)'#';
        Assert.NotEqual(bytes[0], policy.Text.Span[0]);
    }

    [Fact]
    public void Every_setting_reaches_the_effective_policy()
    {
        var policy = Load(Rule("mode: enforce", "lifetime: P100D", "rotateBefore: P1D", "overlap: PT36H", "slack: P2D", "quietPeriod: PT2H", "onExpired: revoke", "allowCutover: true", "freeAfter: P2W",
            "unusedAfter: P91D", "attestEvery: P180D", "removeNeglected: true", "curtailOverPrivileged: true", "quarantineAfter: P10D", "revokeAfter: P11D", "removeAfter: P12D",
            "disableSuperseded: true", "endSessions: true", "owner: me", "windows: [{ days: [sat], from: 22:00, to: 04:00 }]", "freezes: [{ from: 2026-12-20, to: 2026-12-21T06:30Z, reason: rest }]")).For(Subject());
        Assert.Equal(new EffectivePolicy
        {
            Rule = "r",
            Sha256 = policy.Sha256,
            Why = policy.Why,
            Enforced = true,
            Lifetime = TimeSpan.FromDays(100),
            RotateBefore = TimeSpan.FromDays(1),
            Overlap = TimeSpan.FromHours(36),
            Slack = TimeSpan.FromDays(2),
            QuietPeriod = TimeSpan.FromHours(2),
            OnExpired = ExpiredAction.Revoke,
            AllowCutover = true,
            FreeAfter = TimeSpan.FromDays(14),
            DisableSuperseded = true,
            EndSessions = true,
            Owner = "me",
            UnusedAfter = TimeSpan.FromDays(91),
            AttestEvery = TimeSpan.FromDays(180),
            RemoveNeglected = true,
            CurtailOverPrivileged = true,
            QuarantineAfter = TimeSpan.FromDays(10),
            RevokeAfter = TimeSpan.FromDays(11),
            RemoveAfter = TimeSpan.FromDays(12),
            Windows = policy.Windows,
            Freezes = policy.Freezes,
        }, policy);
        var window = Assert.Single(policy.Windows);
        Assert.Equal([DayOfWeek.Saturday], window.Days);
        Assert.Equal((new TimeOnly(22, 0), new TimeOnly(4, 0)), (window.From, window.To));
        Assert.Equal(new Freeze(new(2026, 12, 20, 0, 0, 0, TimeSpan.Zero), new(2026, 12, 21, 6, 30, 0, TimeSpan.Zero), "rest"), Assert.Single(policy.Freezes));
    }

    [Fact]
    public void A_list_of_a_rule_replaces_that_of_the_defaults()
    {
        var policy = Load("version: 1\ndefaults:\n  freezes: [{ from: 2026-12-20, to: 2026-12-21, reason: rest }]\nrules:\n  - { name: a, match: { name: a }, freezes: [] }\n  - { name: b, match: {} }\n");
        Assert.Empty(policy.For(Subject(name: "a")).Freezes);
        Assert.Single(policy.For(Subject(name: "b")).Freezes);
    }

    [Theory]
    [InlineData("vault: \"*.vault.azure.net\"", true)]
    [InlineData("vault: kv2.vault.azure.net", false)]
    [InlineData("vault: [kv2.vault.azure.net, \"kv?.*\"]", true)]
    [InlineData("name: DB-PASSWORD", true)]
    [InlineData("name: db", false)]
    [InlineData("kind: postgres-role", true)]
    [InlineData("kind: Postgres-Role", false)]
    [InlineData("owner: \"*@x\"", true)]
    [InlineData("environment: prod", true)]
    [InlineData("environment: [dev, test]", false)]
    [InlineData("tag: { a: b }", true)]
    [InlineData("tag: { a: b, c: d }", false)]
    [InlineData("tag: { a: [x, b] }", true)]
    [InlineData("tag: { A: b }", false)]
    [InlineData("name: db-*, owner: nobody", false)]
    public void A_rule_fits_when_all_its_selectors_do(string match, bool fits)
    {
        var policy = Load($"version: 1\nrules:\n  - {{ name: r, match: {{ {match} }} }}\n").For(Subject(kind: "postgres-role", owner: "me@x", tags: ("a", "b")));
        Assert.Equal(fits ? "r" : "default", policy.Rule);
    }

    [Theory]
    [InlineData("kind")]
    [InlineData("owner")]
    public void What_a_credential_does_not_have_matches_no_glob(string selector) =>
        Assert.Equal("default", Load($"version: 1\nrules:\n  - {{ name: r, match: {{ {selector}: \"*\" }} }}\n").For(Subject()).Rule);

    [Fact]
    public void The_embedded_policy_observes_everything()
    {
        var policy = YamlPolicy.Load(PolicyFiles.ObserveAll, PolicyFiles.ObserveAllName, ProductIdentities.None);
        Assert.False(policy.Enforces);
        Assert.Equal("observe-everything", policy.For(Subject()).Rule);
        Assert.Empty(policy.Warnings);
    }

    [Fact]
    public void The_sample_loads_without_a_warning_and_says_the_built_in_values()
    {
        var policy = YamlPolicy.Load(PolicyFiles.Sample, "policy.sample.yaml", Own);
        Assert.Empty(policy.Warnings);
        var rest = policy.For(Subject(environment: "test"));
        var builtIn = new EffectivePolicy { Rule = rest.Rule, Sha256 = rest.Sha256, Why = rest.Why, Windows = rest.Windows, Freezes = rest.Freezes };
        Assert.Equal("the-rest", rest.Rule);
        Assert.Equal(builtIn, rest);
        Assert.Equal("payroll", policy.For(Subject(tags: ("team", "payroll-eu"))).Rule);
    }
}
