using Nhi.Infra.Tests.Plans;
using Nhi.Infra.Tests.Rules;

namespace Nhi.Infra.Tests;

/// <summary>Every rule over what the samples deploy, and every rule against changes that break it.</summary>
public sealed class RuleTests
{
    private static readonly Dictionary<string, Rule> _deployment = AllRules.OfTheDeployment.ToDictionary(rule => rule.Sentence);
    private static readonly Dictionary<string, Rule> _events = EventRules.All.ToDictionary(rule => rule.Sentence);

    public static TheoryData<string> Sentences => [.. _deployment.Keys];

    public static TheoryData<string> EventSentences => [.. _events.Keys];

    [Theory, MemberData(nameof(Sentences))]
    public void Both_samples_keep_the_rule(string sentence)
    {
        foreach (var name in (string[])[SampleDeployments.OneVault, SampleDeployments.ManySubscriptions])
            Assert.Empty(_deployment[sentence].Faults(SampleDeployments.Plan(name)));
    }

    [Theory, MemberData(nameof(EventSentences))]
    public void The_subscriptions_keep_the_rule(string sentence) => Assert.Empty(_events[sentence].Faults(SampleDeployments.Plan(SampleDeployments.Subscriptions)));

    [Theory, MemberData(nameof(Sentences))]
    public void The_rule_finds_every_change_that_breaks_it(string sentence) =>
        Finds(_deployment[sentence], SampleDeployments.OneVault, SampleDeployments.ManySubscriptions);

    [Theory, MemberData(nameof(EventSentences))]
    public void The_rule_about_subscriptions_finds_every_change_that_breaks_it(string sentence) => Finds(_events[sentence], SampleDeployments.Subscriptions);

    [Fact]
    public void There_are_as_many_rules_as_the_pages_say_and_none_says_the_same_as_another()
    {
        var sentences = AllRules.OfTheDeployment.Concat(EventRules.All).Select(rule => rule.Sentence).ToList();
        Assert.True(sentences.Count > 100);
        foreach (var page in (string[])["infra/README.md", "tests/README.md"])
            Assert.Contains("more than a hundred rules", Repository.Text(page.Split('/')), StringComparison.Ordinal);
        Assert.Contains($"{MatrixTests.Combinations} combinations of parameters", Repository.Text("infra", "README.md"), StringComparison.Ordinal);
        Assert.Equal(sentences.Count, sentences.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    private static void Finds(Rule rule, params string[] samples)
    {
        Assert.NotEmpty(rule.Mutations);
        foreach (var mutation in rule.Mutations)
            Assert.True(samples.Any(name => IsFound(rule, mutation, SampleDeployments.Plan(name))), $"'{rule.Sentence}' does not notice: {mutation.What}");
    }

    private static bool IsFound(Rule rule, Mutation mutation, Plan plan)
    {
        try
        {
            mutation.Break(plan);
        }
        catch (InvalidOperationException)
        {
            // The sample has nothing that could be broken so.
            return false;
        }

        return rule.Faults(plan).Any();
    }
}
