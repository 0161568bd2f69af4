using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Nhi.Governance.Policies;
using static Nhi.Governance.Tests.Policies.PolicyTexts;

namespace Nhi.Governance.Tests.Policies;

public sealed class PolicyPropertyTests
{
    private static readonly string[] _globs = ["*", "a*", "*b", "a?", "ab", "b", "?"];
    private static readonly string[] _words = ["a", "b", "ab", "aa", "bab"];

    // Name, kind (or none), tag t (or none): an index into the globs, −1 for no selector.
    private static readonly Gen<(int Name, int Kind, int Tag)[]> _rules = Gen.Select(Gen.Int[-1, 6], Gen.Int[-1, 6], Gen.Int[-1, 6]).Array[0, 6];
    private static readonly Gen<(int Name, int Kind, int Tag)> _subjects = Gen.Select(Gen.Int[0, 4], Gen.Int[-1, 4], Gen.Int[-1, 4]);

    [Fact]
    public void The_first_match_wins_whatever_the_rules() =>
        Gen.Select(_rules, _subjects).Sample((rules, subject) =>
        {
            var expected = rules.TakeWhile(rule => !Fits(rule, subject)).Count();
            var found = Load(Text(rules)).For(SubjectOf(subject));
            Assert.Equal(expected == rules.Length ? "default" : $"r{expected}", found.Rule);
            Assert.Equal(expected != rules.Length && expected % 2 == 0, found.Enforced);
        }, iter: 2_000);

    [Fact]
    public void A_rule_behind_the_match_changes_nothing() =>
        Gen.Select(_rules, _subjects, _rules).Where((rules, subject, _) => rules.Any(rule => Fits(rule, subject))).Sample((rules, subject, more) =>
            Load(Text(rules)).For(SubjectOf(subject)).Rule == Load(Text([.. rules, .. more])).For(SubjectOf(subject)).Rule, iter: 500);

    [Fact]
    public void A_tag_never_enforces_what_would_only_be_observed() =>
        Gen.Select(_rules, _subjects, Gen.Int[0, 6]).Sample((rules, subject, named) =>
        {
            var policy = Load(Text(rules));
            var plain = policy.For(SubjectOf(subject));
            var tagged = policy.For(SubjectOf(subject, ("nhi-policy", $"r{named}")));
            Assert.True(plain.Enforced || !tagged.Enforced);
            Assert.True(tagged.Rule == plain.Rule || (tagged.Rule == $"r{named}" && Fits(rules[named], subject)));
        }, iter: 2_000);

    [Fact]
    public void A_warned_of_rule_never_matches_first() =>
        Gen.Select(_rules, _subjects).Sample((rules, subject) =>
        {
            var policy = Load(Text(rules));
            var warned = policy.Warnings.Select(warning => Regex.Match(warning.What, "^The rule '(.+?)' never").Groups[1].Value).ToHashSet();
            Assert.DoesNotContain(policy.For(SubjectOf(subject)).Rule, warned);
        }, iter: 2_000);

    [Fact]
    public void No_text_makes_the_loader_throw_anything_but_a_policy_exception()
    {
        Gen.String.Sample(text => Harmless(Encoding.UTF8.GetBytes(text)));
        Gen.Byte.Array[0, 300].Sample(Harmless);
        Gen.String[Gen.Char["ab:- \n\t{}[],#&*!|>'\"%@`?~012.<=\\\0\u0085\u2028"], 0, 120].Sample(text => Harmless(Encoding.UTF8.GetBytes(text)), iter: 20_000);
    }

    [Fact]
    public void No_change_to_the_sample_makes_the_loader_throw_anything_but_a_policy_exception()
    {
        var sample = PolicyFiles.Sample.ToArray();
        Gen.Select(Gen.Int[0, sample.Length - 1], Gen.Int[0, 60], Gen.String[Gen.Char["ab:- \n\t{}[],#&*!|>'\"%?~01"], 0, 12]).Sample((at, drop, insert) =>
            Harmless([.. sample[..at], .. Encoding.UTF8.GetBytes(insert), .. sample[Math.Min(sample.Length, at + drop)..]]), iter: 2_000);
        for (var length = 0; length < sample.Length; length += 3)
            Harmless(sample[..length]);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("a: ")]
    [InlineData("{a: ")]
    [InlineData("!!a ")]
    [InlineData("&a ")]
    [InlineData("*a ")]
    [InlineData("\"")]
    [InlineData("---\n")]
    [InlineData("%A\n")]
    [InlineData("\t")]
    [InlineData("|\n")]
    public void A_token_repeated_to_the_limit_is_refused_in_time(string token) =>
        Assert.Throws<PolicyException>(() => Load(string.Concat(Enumerable.Repeat(token, 200_000 / token.Length))));

    private static void Harmless(byte[] bytes)
    {
        try
        {
            YamlPolicy.Load(bytes, "p", ProductIdentities.None);
        }
        catch (PolicyException fault)
        {
            Assert.NotEmpty(fault.Faults);
            Assert.All(fault.Faults, found => Assert.True(found is { Line: > 0, Column: > 0, What.Length: > 0, Remedy.Length: > 0 }));
        }
    }

    private static string Text((int Name, int Kind, int Tag)[] rules)
    {
        var text = new StringBuilder("version: 1\nrules:").Append(rules.Length == 0 ? " []\n" : "\n");
        foreach (var (rule, index) in rules.Select((rule, index) => (rule, index)))
        {
            string[] selectors = [.. Selector("name", rule.Name), .. Selector("kind", rule.Kind), .. rule.Tag < 0 ? [] : new[] { $"tag: {{ t: \"{_globs[rule.Tag]}\" }}" }];
            text.Append($"  - {{ name: r{index}, mode: {(index % 2 == 0 ? "enforce" : "observe")}, match: {{ {string.Join(", ", selectors)} }} }}\n");
        }

        return text.ToString();

        static string[] Selector(string key, int glob) => glob < 0 ? [] : [$"{key}: \"{_globs[glob]}\""];
    }

    private static PolicySubject SubjectOf((int Name, int Kind, int Tag) subject, params (string, string)[] tags) =>
        Subject(name: _words[subject.Name], kind: subject.Kind < 0 ? null : _words[subject.Kind], tags: subject.Tag < 0 ? tags : [.. tags, ("t", _words[subject.Tag])]);

    // Told by regular expressions, apart from the product's own matching.
    private static bool Fits((int Name, int Kind, int Tag) rule, (int Name, int Kind, int Tag) subject) =>
        One(rule.Name, subject.Name) && One(rule.Kind, subject.Kind) && One(rule.Tag, subject.Tag);

    private static bool One(int glob, int word) =>
        glob < 0 || (word >= 0 && Regex.IsMatch(_words[word], "\\A" + Regex.Escape(_globs[glob]).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "\\z"));
}
