using System.Text;
using Nhi.Governance.Policies;
using static Nhi.Governance.Tests.Policies.PolicyTexts;

namespace Nhi.Governance.Tests.Policies;

/// <summary>What is wrong, where, and what to write instead: whole messages.</summary>
public sealed class PolicyFaultTests
{
    [Theory]
    [InlineData("lifetme: P90D", "policy.yaml(5,5): 'lifetme' is no key of a rule. Did you mean 'lifetime'?")]
    [InlineData("rotate_before: P9D", "policy.yaml(5,5): 'rotate_before' is no key of a rule. Did you mean 'rotateBefore'?")]
    [InlineData("vault: x.y.z", "policy.yaml(5,5): 'vault' is no key of a rule. It stands under 'match'.")]
    [InlineData("xyzzyxyzzy: 1", "policy.yaml(5,5): 'xyzzyxyzzy' is no key of a rule. Its keys are name, match, mode, lifetime, rotateBefore, overlap, slack, quietPeriod, onExpired, allowCutover, freeAfter, disableSuperseded, endSessions, owner, windows, freezes, unusedAfter, attestEvery, removeNeglected, curtailOverPrivileged, quarantineAfter, revokeAfter, removeAfter.")]
    [InlineData("mode: enforced", "policy.yaml(5,11): mode is 'enforced'. Write observe or enforce; did you mean 'enforce'?")]
    [InlineData("onExpired: explode", "policy.yaml(5,16): onExpired is 'explode'. Write rotate or revoke or report.")]
    [InlineData("overlap: P3M", "policy.yaml(5,14): overlap is 'P3M', which is no duration. Months and years have no fixed length: write days, such as P90D or P365D.")]
    [InlineData("overlap: 14d", "policy.yaml(5,14): overlap is '14d', which is no duration. Write an ISO 8601 duration: P14D, PT1H or P1DT12H.")]
    [InlineData("overlap: 14", "policy.yaml(5,14): overlap has to be a text, and this is a number. Put it in quotes: \"14\".")]
    [InlineData("lifetime: PT59M", "policy.yaml(5,15): lifetime is 'PT59M'. Write at least PT1H.")]
    [InlineData("lifetime: P3661D", "policy.yaml(5,15): lifetime is 'P3661D', which is no duration. Write at most P3660D (ten years).")]
    [InlineData("allowCutover: yes", "policy.yaml(5,19): allowCutover has to be true or false, and this is a text. Write true or false, without quotes.")]
    [InlineData("allowCutover: \"true\"", "policy.yaml(5,19): allowCutover has to be true or false, and this is a text. Write true or false, without quotes.")]
    [InlineData("windows: { from: 22:00, to: 23:00 }", "policy.yaml(5,14): windows has to be a list, and this is a map. Write a list: one '- ' for each.")]
    [InlineData("windows: [{ from: 24:00, to: 23:00 }]", "policy.yaml(5,23): from is '24:00', which is no time of day. Write hours and minutes in UTC, from \"00:00\" to \"23:59\"; an end before the start lies on the next day.")]
    [InlineData("windows: [{ from: 22:00 }]", "policy.yaml(5,15): A window has no 'to'. Write 'to: \"22:00\"'.")]
    [InlineData("windows: [{ days: [sunday], from: 22:00, to: 23:00 }]", "policy.yaml(5,24): days is 'sunday'. Write mon or tue or wed or thu or fri or sat or sun.")]
    [InlineData("freezes: [{ from: 2026-12-20, to: 2026-12-20, reason: a }]", "policy.yaml(5,39): The freeze ends before it begins. Write a 'to' behind 'from'; the end itself lies outside.")]
    [InlineData("freezes: [{ from: 2026-12-20, to: 2026-12-21T00:00+01:00, reason: a }]", "policy.yaml(5,39): to is '2026-12-21T00:00+01:00', which is no instant. Write it in UTC: 2026-12-20 or 2026-12-20T18:00Z.")]
    [InlineData("freezes: [{ from: 2026-12-20, to: 2026-12-21 }]", "policy.yaml(5,15): A freeze has no reason. Write 'reason:', so that a decision can say it.")]
    [InlineData("rotateBefore: P90D", "policy.yaml(5,5): The rule 'r' would rotate P90D before the end of a life of P90D. Make lifetime longer, or rotateBefore shorter.")]
    [InlineData("overlap: P53D", "policy.yaml(5,5): The rule 'r' rotates every P60D (lifetime P90D less rotateBefore P30D), which is not longer than overlap P53D and slack P7D. Make lifetime longer, or rotateBefore, overlap or slack shorter.")]
    [InlineData("owner: &a me", "policy.yaml(5,12): There is an anchor (&). Anchors are refused: write the value where it is used, or put it into defaults.")]
    [InlineData("owner: !!str me", "policy.yaml(5,12): There is a YAML tag (!). Tags are refused: leave it out.")]
    [InlineData("name: again", "policy.yaml(5,5): The key 'name' stands here twice. Keep one of the two.")]
    public void A_fault_in_a_rule_says_where_and_what_to_do(string line, string message) => Assert.Equal(message, Refused(Rule(line)).Message);

    [Theory]
    [InlineData("", "policy.yaml(1,1): The policy is empty. Begin with 'version: 1' and 'rules:', as policy.sample.yaml does.")]
    [InlineData("rules: []", "policy.yaml(1,1): The policy has no version. Write 'version: 1' on its first line.")]
    [InlineData("version: 2\nrules: []", "policy.yaml(1,10): version is '2'. Write a whole number from 1 to 1.")]
    [InlineData("version: 1", "policy.yaml(1,1): The policy has no rules. Write 'rules:' and at least one '- name: …'; 'rules: []' observes everything.")]
    [InlineData("version: 1\nrules:\n\t- name: a", "policy.yaml(3,1): This is not YAML: While scanning a mapping, found invalid tab as indentation. Indent with spaces.")]
    [InlineData("version: 1\nrules:\n  - name: a\n   match: {}", "policy.yaml(4,4): This is not YAML: While parsing a block collection, did not find expected '-' indicator. Check the indentation, and put texts that begin with *, ?, &, !, @, %, [ or { in quotes.")]
    [InlineData("- a", "policy.yaml(1,1): A policy has to be a map, and this is a list. Write 'key: value' lines under it.")]
    [InlineData("version: 1\nrules: []\n---\nversion: 1", "policy.yaml(3,1): There is a second document behind '---'. Keep one document in a file.")]
    [InlineData("version: 1\nrules: []\ncaps: { mintsPerHour: -1 }", "policy.yaml(3,23): mintsPerHour is '-1'. Write a whole number from 0 to 10000.")]
    [InlineData("version: 1\nrules: []\ncaps: { mintsPerHour: 1.5 }", "policy.yaml(3,23): mintsPerHour has to be a whole number, and this is a number. Write a whole number from 0 to 10000, without quotes.")]
    [InlineData("version: 1\nrules: []\ncaps: { mintsPerHour: 0x10 }", "policy.yaml(3,23): mintsPerHour is '0x10'. Write a whole number from 0 to 10000.")]
    [InlineData("version: 1\nrules: []\ndefaults: { mode: enforce }", "policy.yaml(3,13): 'mode' is no key of defaults. Each rule says for itself that it enforces: write 'mode: enforce' there.")]
    [InlineData("version: 1\nrules:\n  - match: {}", "policy.yaml(3,5): The rule has no name. Write 'name:'; decisions and evidence name rules by it.")]
    [InlineData("version: 1\nrules:\n  - name: default\n    match: {}", "policy.yaml(3,11): A rule cannot be called 'default'. That is what is in force where no rule matches: choose another name.")]
    [InlineData("version: 1\nrules:\n  - name: a b\n    match: {}", "policy.yaml(3,11): A rule cannot be called 'a b'. Write 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first.")]
    [InlineData("version: 1\nrules:\n  - name: a", "policy.yaml(3,5): The rule does not say what it matches. Write 'match:' with vault, name, kind, tag, owner or environment; 'match: {}' is everything.")]
    [InlineData("version: 1\nrules:\n  - { name: a, match: { name: x } }\n  - { name: A, match: {} }", "policy.yaml(4,13): The rule 'A' stands here a second time. Rename it: the first is in line 3.")]
    [InlineData("version: 1\nrules:\n  - { name: a, match: { vault: kv1 } }", "policy.yaml(3,32): vault is 'kv1', which is no host. Write the vault's host, such as kv1.vault.azure.net, or a glob, such as \"kv1.*\".")]
    [InlineData("version: 1\nrules:\n  - { name: a, match: { name: *all } }", "policy.yaml(3,31): '*all' is an alias. Aliases are refused. A glob that begins with * stands in quotes: '*'.")]
    [InlineData("version: 1\ndefaults: { overlap: P60D }\nrules:\n  - { name: a, match: {} }", "policy.yaml(2,13): The defaults rotates every", false)]
    public void A_fault_in_a_policy_says_where_and_what_to_do(string text, string message, bool whole = true)
    {
        var fault = Refused(text);
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
        Assert.Single(fault.Faults);
        if (whole)
            Assert.Equal(message, fault.Message);
    }

    [Fact]
    public void All_faults_are_found_at_once_in_the_order_of_the_text()
    {
        var faults = Refused("version: 1\ndefaults: { slack: P1Y }\nrules:\n  - name: a\n    mode: no\n    match: { vualt: x }\n  - name: a\n    match: {}\n    windows: 3\n").Faults;
        Assert.Equal([(2, 20), (5, 11), (6, 14), (7, 11), (9, 14)], faults.Select(fault => (fault.Line, fault.Column)));
        Assert.All(faults, fault => Assert.NotEmpty(fault.Remedy));
    }

    [Theory]
    [InlineData("vault: nhi-own.vault.azure.net", "the product's own vault nhi-own.vault.azure.net")]
    [InlineData("vault: [kv1.vault.azure.net, NHI-OWN.vault.azure.net]", "the product's own vault nhi-own.vault.azure.net")]
    [InlineData("tag: { nhi-resource: /subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/nhievidence }", "the product's own storage account nhievidence.blob.core.windows.net")]
    [InlineData("tag: { ProviderAddress: /subscriptions/s/resourceGroups/nhi/providers/Microsoft.Web/sites/nhi-app/config/x }", "the product's own resource /subscriptions/s/resourceGroups/nhi/providers/Microsoft.Web/sites/nhi-app")]
    [InlineData("tag: { nhi-resource: 11111111-2222-3333-4444-555555555555 }", "the product's own identity 11111111-2222-3333-4444-555555555555")]
    public void A_rule_that_names_the_product_s_own_is_refused(string match, string what)
    {
        var fault = Assert.Single(Refused($"version: 1\nrules:\n  - {{ name: a, match: {{ {match} }} }}").Faults);
        Assert.Equal($"The rule 'a' selects {what}.", fault.What);
    }

    [Fact]
    public void A_glob_may_take_in_the_product_s_own_since_running_leaves_it_out() => Load("version: 1\nrules:\n  - { name: a, match: { vault: \"nhi-*\" } }");

    [Theory]
    [InlineData("{}", "{ name: x }", "matches everything")]
    [InlineData("{ name: \"*\" }", "{ kind: x }", "matches all that it does")]
    [InlineData("{ name: \"db-*\" }", "{ name: [db-1, db-2], kind: x }", "matches all that it does")]
    [InlineData("{ tag: { a: \"*\" } }", "{ tag: { a: b, c: d } }", "matches all that it does")]
    public void A_rule_that_an_earlier_one_leaves_nothing_is_warned_of(string earlier, string later, string why)
    {
        var warning = Assert.Single(Load($"version: 1\nrules:\n  - {{ name: a, match: {earlier} }}\n  - {{ name: b, match: {later} }}").Warnings);
        Assert.Equal(new PolicyFault(4, 13, $"The rule 'b' never matches first: 'a' in line 3 {why}.", "Move it up, or remove it; only a tag nhi-policy can choose it where it stands."), warning);
    }

    [Theory]
    [InlineData("{ kind: \"*\" }", "{}")]
    [InlineData("{ name: \"db-*\" }", "{ name: [db-1, x] }")]
    [InlineData("{ name: a, kind: b }", "{ name: a }")]
    [InlineData("{ tag: { a: \"*\" } }", "{ tag: { b: c } }")]
    public void A_rule_that_can_match_is_not_warned_of(string earlier, string later) =>
        Assert.Empty(Load($"version: 1\nrules:\n  - {{ name: a, match: {earlier} }}\n  - {{ name: b, match: {later} }}").Warnings);

    [Fact]
    public void A_cutover_at_any_hour_is_warned_of() =>
        Assert.Equal((6, 5), Assert.Single(Load(Rule("mode: enforce", "allowCutover: true")).Warnings) is var warning ? (warning.Line, warning.Column) : default);

    [Fact]
    public void A_text_that_is_too_large_or_too_deep_or_not_utf8_is_refused()
    {
        Assert.Contains("bytes", Refused("version: 1 #" + new string('x', 256 * 1024)).Message, StringComparison.Ordinal);
        Assert.Contains("nested", Refused("version: " + new string('[', 5000)).Message, StringComparison.Ordinal);
        Assert.Equal("The policy is not UTF-8.", Assert.Single(Assert.Throws<PolicyException>(() => YamlPolicy.Load(new byte[] { 0xff, 0xfe, 0x41 }, "p", Own)).Faults).What);
    }

    [Fact]
    public void A_byte_order_mark_is_no_fault() => YamlPolicy.Load(Encoding.UTF8.Preamble.ToArray().Concat(Encoding.UTF8.GetBytes(Rule())).ToArray(), "p", Own);
}
