using System.Text.RegularExpressions;

namespace Nhi.Infra.Tests.Walk;

/// <summary>Every <c>az</c> that pages, scripts, workflows and remedies tell: command and options are ones that exist, and what only Azure can tell of the pages' lines has its check.</summary>
public sealed partial class AzureCommandTests
{
    public static TheoryData<string> Scripts =>
    [
        .. Directory.EnumerateFiles(Repository.File("infra"), "*.sh").Select(file => "infra/" + Path.GetFileName(file)).Order(StringComparer.Ordinal),
        "azure.yaml", ".github/workflows/deploy.yml", ".github/workflows/what-if.yml",
    ];

    [Theory, MemberData(nameof(Scripts))]
    public void Scripts_and_workflows_use_commands_and_options_that_there_are(string file)
    {
        var found = ShellCommands.Of(Repository.Text(file.Split('/')), "az").ToList();
        // None was lost in reading.
        if (file == "infra/lock.sh")
            Assert.Equal(8, found.Count);
        Assert.Empty(found.SelectMany(words => AzGrammar.Faults(words)));
    }

    [Theory, InlineData("infra/README.md"), InlineData("infra/operations.md"), InlineData("README.md")]
    public void Blocks_and_sentences_of_pages_do_too(string page)
    {
        var text = Repository.Text(page.Split('/'));
        Assert.Empty(new MarkdownPage(text).Fences.Where(fence => !fence.IsTranscript).SelectMany(fence => ShellCommands.Of(fence.Text, "az")).SelectMany(words => AzGrammar.Faults(words)));
        Assert.Empty(Mentioned(text, "az").SelectMany(words => AzGrammar.Faults(words, mentioned: true)));
    }

    [Theory]
    [InlineData("az deployments group create --resource-group a", "there is no 'az deployments group create'")]
    [InlineData("az deployment group create --resource-group a --name b --parameter c", "takes no --parameter")]
    [InlineData("az deployment group create --resource-group a --parameters c", "needs --name")]
    [InlineData("x=$(az group create --name a --name b --location c)", "--name twice")]
    [InlineData("echo \"a $(az account show --query 'a | b' --colour) b\" # az nonsense", "takes no --colour")]
    [InlineData("for i in 1; do\n  az group show \\\n    --names a; done", "takes no --names")]
    public void A_wrong_command_is_found_wherever_it_stands(string script, string says) =>
        Assert.Contains(ShellCommands.Of(script, "az").SelectMany(words => AzGrammar.Faults(words)), fault => fault.Contains(says, StringComparison.Ordinal));

    /// <summary>README's table against what its pages tell to type, and against the script.</summary>
    [Fact]
    public void What_only_Azure_can_tell_of_each_line_has_its_check_in_the_acceptance_script()
    {
        var pages = (string[])["infra/README.md", "infra/operations.md"];
        var typed = pages.SelectMany(page => MarkdownPage.Of(page.Split('/')).Fences.Where(fence => !fence.IsTranscript))
            .SelectMany(fence => new[] { "az", "azd" }.SelectMany(program => ShellCommands.Of(fence.Text, program).Select(words => $"{program} {Verb(program, words)}"))).Distinct().ToList();
        Assert.Contains("azd up", typed);
        var rows = RowPattern().Matches(MarkdownPage.Of("infra", "README.md").Section("What only Azure can tell")).ToList();
        var told = rows.SelectMany(row => CodePattern().Matches(row.Groups["line"].Value)).Select(code => code.Groups[1].Value).Where(code => code.StartsWith("az", StringComparison.Ordinal)).Distinct();
        Assert.Equal(typed.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Matches(CodePattern(), row.Groups["checks"].Value));
        var checks = rows.SelectMany(row => CodePattern().Matches(row.Groups["checks"].Value)).Select(code => code.Groups[1].Value);
        Assert.Equal(checks.Order(StringComparer.Ordinal), Checks.Order(StringComparer.Ordinal));
    }

    /// <summary>The open points of the facts about Azure, each where it is looked at.</summary>
    [Theory, InlineData("create-only", "an existing name answers"), InlineData("audit-log", "insights-logs-auditevent"), InlineData("event", "OnSecretEvent"), InlineData("api-versions", "apiVersions"), InlineData("scale", "maximumInstanceCount"), InlineData("inbound", "time_total")]
    public void Open_points_about_Azure_are_looked_at(string check, string by) => Assert.Contains(by, PartOf(check), StringComparison.Ordinal);

    [Fact]
    public void Both_pages_say_that_nobody_has_run_it_and_the_script_says_so_itself()
    {
        foreach (var page in (string[])["README.md", "infra/README.md"])
            Assert.Matches(NotRunPattern(), Repository.Text(page.Split('/')).Replace("*", "", StringComparison.Ordinal));
        Assert.Contains("NOBODY HAS RUN IT YET", Repository.Text("infra", "acceptance.sh"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_doctor_is_its_last_step() => Assert.Equal("doctor", Checks[^1]);

    private static IReadOnlyList<string> Checks => [.. CheckPattern().Matches(Repository.Text("infra", "acceptance.sh")).Select(match => match.Groups[1].Value)];

    private static string PartOf(string check)
    {
        var text = Repository.Text("infra", "acceptance.sh");
        var begin = text.IndexOf($"\ncheck {check}\n", StringComparison.Ordinal);
        Assert.True(begin >= 0, $"acceptance.sh has no check {check}");
        var end = text.IndexOf("\ncheck ", begin + 1, StringComparison.Ordinal);
        return end < 0 ? text[begin..] : text[begin..end];
    }

    /// <summary>azd takes words of its own behind the command: names and values.</summary>
    private static string Verb(string program, IReadOnlyList<string> words) => program == "az"
        ? string.Join(' ', words.TakeWhile(word => !word.StartsWith('-')))
        : words[0] == "env" ? $"env {words[1]}" : string.Join(' ', words);

    private static IEnumerable<IReadOnlyList<string>> Mentioned(string text, string program) =>
        CodePattern().Matches(text).Select(match => match.Groups[1].Value).Where(code => code.StartsWith(program + " ", StringComparison.Ordinal)).SelectMany(code => ShellCommands.Of(code, program));

    [GeneratedRegex(@"^\| (?<line>(?!line|---).+?) \| .+ \| (?<checks>.+?) \|$", RegexOptions.Multiline)]
    private static partial Regex RowPattern();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"^check ([a-z-]+)$", RegexOptions.Multiline)]
    private static partial Regex CheckPattern();

    [GeneratedRegex(@"infra/acceptance\.sh`, which has not been run on a live subscription")]
    private static partial Regex NotRunPattern();
}
