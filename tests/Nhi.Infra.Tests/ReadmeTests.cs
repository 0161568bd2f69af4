using System.Text.RegularExpressions;

namespace Nhi.Infra.Tests;

/// <summary>What infra/README.md and azure.yaml say, against what is there.</summary>
public sealed partial class ReadmeTests
{
    private const string Begin = "<!-- identities -->\n";
    private const string End = "<!-- /identities -->";

    /// <summary>Renew with <c>NHI_RENEW=1 dotnet run --project tests/Nhi.Infra.Tests -- --filter-method '*table_of_identities*'</c>.</summary>
    [Fact]
    public void The_table_of_identities_is_what_the_template_gives()
    {
        var page = Repository.Text("infra", "README.md");
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf(End, StringComparison.Ordinal));
        Assert.True(begin >= Begin.Length && end >= begin, "infra/README.md has lost its marks around the table.");
        var table = IdentityTable.Write(SampleDeployments.Plan(SampleDeployments.ManySubscriptions));
        if (Environment.GetEnvironmentVariable("NHI_RENEW") == "1")
            File.WriteAllText(Repository.File("infra", "README.md"), page = page[..begin] + table + page[end..]);
        Assert.Equal(table, page[begin..page.IndexOf(End, StringComparison.Ordinal)]);
    }

    [Theory, InlineData("README.md"), InlineData("infra/README.md"), InlineData("infra/operations.md"), InlineData("azure.yaml"), InlineData(".github/workflows/deploy.yml"), InlineData(".github/workflows/what-if.yml")]
    public void Files_that_are_named_are_there(string page)
    {
        var text = Repository.Text(page.Split('/'));
        Assert.All(FilePattern().Matches(text).Select(match => match.Value.TrimEnd('.')).Distinct(), file => Assert.True(File.Exists(Repository.File(file.Split('/'))) || Directory.Exists(Repository.File(file.Split('/'))), $"{page} names {file}"));
    }

    [Fact]
    public void Variables_that_pages_and_scripts_use_are_read_by_the_parameter_files_or_are_outputs()
    {
        var known = VariablePattern().Matches(Repository.Text("infra", "main.bicepparam") + Repository.Text("infra", "main.bicep")).Select(match => match.Value).ToHashSet();
        foreach (var file in (string[])["infra/README.md", "infra/operations.md", "infra/prepare.sh", "infra/lock.sh", "infra/acceptance.sh", "azure.yaml", ".github/workflows/deploy.yml", ".github/workflows/what-if.yml"])
            Assert.All(VariablePattern().Matches(Repository.Text(file.Split('/'))), match => Assert.Contains(match.Value, known));
    }

    [Fact]
    public void Every_script_stops_at_the_first_error()
    {
        var scripts = Directory.EnumerateFiles(Repository.File("infra"), "*.sh").ToList();
        Assert.NotEmpty(scripts);
        Assert.All(scripts, script => Assert.Contains("\nset -eu\n", File.ReadAllText(script).ReplaceLineEndings("\n"), StringComparison.Ordinal));
    }

    [GeneratedRegex(@"(?<![\w/])(infra|src|\.github)/[A-Za-z0-9_./-]*[A-Za-z0-9]")]
    private static partial Regex FilePattern();

    [GeneratedRegex(@"\bNHI_[A-Z_]+\b(?<!NHI_RENEW)")]
    private static partial Regex VariablePattern();
}
