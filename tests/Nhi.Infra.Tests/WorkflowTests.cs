using System.Text.RegularExpressions;
using Nhi.Infra.Tests.Walk;

namespace Nhi.Infra.Tests;

/// <summary>The workflows that ask Azure: that they deploy what a person with the same variables would, and that nothing else runs where a token can be had.</summary>
public sealed partial class WorkflowTests
{
    [Theory, InlineData("deploy"), InlineData("what-if")]
    public void A_workflow_hands_on_each_variable_that_the_parameters_read_and_no_other(string workflow)
    {
        // azd's own name of an environment: a tag, with a default.
        var read = VariablePattern().Matches(Repository.Text("infra", "main.bicepparam")).Select(match => match.Groups[1].Value).Distinct().Except(["AZURE_ENV_NAME"]);
        Assert.Equal(read.Append("AZURE_RESOURCE_GROUP").Order(StringComparer.Ordinal), HandedPattern().Matches(Text(workflow)).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal));
        Assert.All(HandedPattern().Matches(Text(workflow)), match => Assert.Equal(match.Groups["name"].Value, match.Groups["of"].Value));
    }

    /// <summary>A stage that is asked for at each run would have a default, and a default takes an enforcing deployment's rights away.</summary>
    [Fact]
    public void The_stage_is_a_variable_of_the_deployment_and_no_question_of_a_run()
    {
        Assert.DoesNotContain("inputs", Text("deploy"), StringComparison.Ordinal);
        foreach (var workflow in (string[])["deploy", "what-if"])
            Assert.Contains("NHI_STAGE: ${{ vars.NHI_STAGE || 'observe' }}\n", Text(workflow), StringComparison.Ordinal);
    }

    [Theory, InlineData("ci", 0), InlineData("deploy", 1), InlineData("what-if", 1)]
    public void Where_a_token_can_be_had_nothing_is_restored_built_or_tested(string workflow, int jobs)
    {
        var text = Text(workflow);
        var parts = text.Split("\njobs:\n");
        var forAll = parts[0].Contains("id-token: write", StringComparison.Ordinal);
        var having = JobPattern().Matches("\n" + parts[1]).Select(match => match.Value).Where(job => forAll || job.Contains("id-token: write", StringComparison.Ordinal)).ToList();
        Assert.Equal(jobs, having.Count);
        Assert.All(having, job => Assert.Empty(ShellCommands.Of(job, "dotnet")));
    }

    /// <summary>The tests that check a log by Go are skipped where its package is not in Debian's place.</summary>
    [Fact]
    public void Go_and_its_package_are_installed_before_the_tests_run()
    {
        var text = Text("ci");
        var tests = text.IndexOf("dotnet test ", StringComparison.Ordinal);
        foreach (var package in (string[])["golang-go", "golang-golang-x-mod-dev"])
            Assert.InRange(text.IndexOf($" {package}", text.IndexOf("run: sudo apt-get ", StringComparison.Ordinal), StringComparison.Ordinal), 0, tests);
    }

    /// <summary>What is played only when somebody thinks of it is played never.</summary>
    [Fact]
    public void Every_longer_run_that_the_tests_page_tells_is_played_each_week()
    {
        var told = RunPattern().Matches(Repository.Text("tests", "README.md")).Select(match => match.Groups[1].Value).ToList();
        Assert.True(told.Count > 10, $"{told.Count} runs");
        Assert.Equal(told, PlayedPattern().Matches(Text("longer")).Select(match => match.Groups[1].Value));
    }

    private static string Text(string workflow) => Repository.Text(".github", "workflows", workflow + ".yml");

    [GeneratedRegex(@"readEnvironmentVariable\('([A-Z_]+)'")]
    private static partial Regex VariablePattern();

    [GeneratedRegex(@"^      (?<name>AZURE_RESOURCE_GROUP|NHI_[A-Z_]+): \$\{\{ vars\.(?<of>[A-Z_]+)[^}]*\}\}$", RegexOptions.Multiline)]
    private static partial Regex HandedPattern();

    /// <summary>The second column of "Longer runs", but for what plays one point again and what writes snapshots.</summary>
    [GeneratedRegex(@"^\|[^|\n]*\| `((?!NHI_RENEW|NHI_POINTS='…')(?:NHI_|tests/mutations)[^`\[]*?)(?: \[[^`]*)?`", RegexOptions.Multiline)]
    private static partial Regex RunPattern();

    [GeneratedRegex(@"^          - ""([^""]+)""$", RegexOptions.Multiline)]
    private static partial Regex PlayedPattern();

    [GeneratedRegex(@"\n  [a-z-]+:\n(?:(?!\n  [a-z-]+:\n)[\s\S])*")]
    private static partial Regex JobPattern();
}
