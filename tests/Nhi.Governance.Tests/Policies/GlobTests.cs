using System.Text.RegularExpressions;
using CsCheck;
using Nhi.Governance.Policies.Rules;

namespace Nhi.Governance.Tests.Policies;

public sealed class GlobTests
{
    private static readonly Gen<string> _texts = Gen.String[Gen.Char["abA."], 0, 8];
    private static readonly Gen<string> _patterns = Gen.String[Gen.Char["abA.*?"], 0, 6];

    [Fact]
    public void A_glob_is_the_anchored_regular_expression_that_it_looks_like() =>
        Gen.Select(_patterns, _texts, Gen.Bool).Sample((pattern, text, ignoreCase) =>
        {
            var regex = "\\A" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "\\z";
            var expected = Regex.IsMatch(text, regex, RegexOptions.Singleline | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None));
            Assert.Equal(expected, new Glob(pattern, ignoreCase).Matches(text));
        }, iter: 20_000);

    [Fact]
    public void A_star_matches_everything() => Gen.String.Sample(text => new Glob("*", false).Matches(text));

    [Fact]
    public void A_text_without_wildcards_matches_itself_alone() =>
        Gen.Select(_texts, _texts).Sample((a, b) => new Glob(a, false).Literal && new Glob(a, false).Matches(b) == (a == b));

    [Fact]
    public void Two_globs_side_by_side_match_what_they_match_side_by_side() =>
        Gen.Select(_patterns, _patterns, _texts, _texts).Sample((p, q, a, b) =>
            !(new Glob(p, false).Matches(a) && new Glob(q, false).Matches(b)) || new Glob(p + q, false).Matches(a + b), iter: 20_000);

    [Fact]
    public void What_covers_another_matches_all_that_it_matches() =>
        Gen.Select(_patterns, _patterns, _texts).Sample((p, q, text) =>
            !new Glob(p, false).Covers(new Glob(q, false)) || !new Glob(q, false).Matches(text) || new Glob(p, false).Matches(text), iter: 20_000);

    [Fact]
    public void A_hostile_pattern_ends_in_time()
    {
        var pattern = new Glob(string.Concat(Enumerable.Repeat("*a", 128)), true);
        Assert.False(pattern.Matches(new string('a', 127) + new string('b', 60_000)));
    }
}
