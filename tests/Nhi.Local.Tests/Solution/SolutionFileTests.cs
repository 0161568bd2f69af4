using System.Text.RegularExpressions;

namespace Nhi.Local.Tests.Solution;

public sealed partial class SolutionFileTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "NhiFunctions.sln"));

    [Fact]
    public void The_Functions_app_is_built_in_Release_only_and_all_else_in_both()
    {
        Assert.Contains("NhiFunctions", Projects().Select(project => project.Name));
        foreach (var (name, id) in Projects())
        {
            Assert.True(Builds(id, "Release"), $"{name} is not built in Release.");
            Assert.True(Builds(id, "Debug") == (name != "NhiFunctions"), $"{name} {(name == "NhiFunctions" ? "is" : "is not")} built in Debug.");
        }
    }

    [Fact]
    public void Every_project_of_the_tree_is_in_the_solution()
    {
        string[] files = [.. new[] { "src", "tests" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal)];
        Assert.Equal(files, Projects().Select(project => project.Name).Order(StringComparer.Ordinal));
    }

    private static bool Builds(string id, string configuration)
        => Text.Contains($"{id}.{configuration}|Any CPU.Build.0 = {configuration}|Any CPU", StringComparison.Ordinal);

    private static IEnumerable<(string Name, string Id)> Projects()
        => ProjectLine().Matches(Text).Select(match => (match.Groups["name"].Value, match.Groups["id"].Value));

    [GeneratedRegex("""^Project\("[^"]+"\) = "(?<name>[^"]+)", "[^"]+\.csproj", "(?<id>\{[^"]+\})"\s*$""", RegexOptions.Multiline)]
    private static partial Regex ProjectLine();
}
