using System.Text.RegularExpressions;

namespace Nhi.Local.Tests.Solution;

/// <summary>tests/README.md names tests that are there, and every switch that tests read.</summary>
public sealed partial class TestsReadmeTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "tests", "README.md"));
    private static readonly Dictionary<string, string> Sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
        .ToDictionary(file => file, File.ReadAllText);

    [Fact]
    public void Each_promise_names_tests_that_are_there()
    {
        string[] rows = [.. Row().Matches(Text[Text.IndexOf("| Property |", StringComparison.Ordinal)..]).Select(match => match.Value).Skip(2)];
        Assert.Equal(23, rows.Length);
        foreach (var row in rows)
        {
            var tests = TestName().Matches(row);
            Assert.True(tests.Count > 0, $"No test holds: {row}");
            Assert.All(tests, test => Assert.True(IsThere(test.Groups["class"].Value, test.Groups["method"].Value), $"There is no test {test.Value}."));
        }
    }

    [Fact]
    public void Each_check_of_the_acceptance_that_is_named_is_there()
    {
        var script = File.ReadAllText(Path.Combine(Repository.Root, "infra", "acceptance.sh")).ReplaceLineEndings("\n");
        var steps = Step().Matches(Text);
        Assert.NotEmpty(steps);
        Assert.All(steps, step => Assert.Contains($"\ncheck {step.Groups["name"].Value}\n", script, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_switch_that_a_test_reads_is_said_and_no_other()
    {
        var read = Sources.Values.SelectMany(source => Switch().Matches(source)).Select(match => match.Groups["name"].Value).ToHashSet();
        var said = SaidSwitch().Matches(Text).Select(match => match.Value).ToHashSet();
        Assert.Equal(read.Order(StringComparer.Ordinal), said.Order(StringComparer.Ordinal));
    }

    private static bool IsThere(string type, string method) =>
        Sources.Any(source => Path.GetFileNameWithoutExtension(source.Key) == type && Regex.IsMatch(source.Value, $@"\[(Fact|Theory)[^\n]*\n[^;{{]* {method}\(", RegexOptions.None, TimeSpan.FromSeconds(5)));

    [GeneratedRegex(@"^\|.*\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(?<class>[A-Za-z]+Tests)\.(?<method>[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"`infra/acceptance\.sh` `(?<name>[a-z-]+)`")]
    private static partial Regex Step();

    [GeneratedRegex("""(?:GetEnvironmentVariable|Setting|Number)\("(?<name>NHI_[A-Z_]+)""")]
    private static partial Regex Switch();

    [GeneratedRegex(@"NHI_[A-Z_]+")]
    private static partial Regex SaidSwitch();
}
