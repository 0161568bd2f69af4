using System.CommandLine;
using System.Reflection;
using Nhi.Azure.Settings;
using Nhi.Azure.Tables;
using Nhi.Cli;
using Nhi.Cli.Reading;
using Nhi.Cli.Reference;
using Nhi.Cli.Shapes;
using Nhi.Governance.Rotation;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary>README's last section says what the code says.</summary>
public sealed class ReferenceTests
{
    private const string Marker = "<!-- reference -->";

    [Fact]
    public void Every_setting_function_verb_table_kind_and_right_is_in_the_reference()
    {
        var page = ReferencePage.Write();
        Assert.All(SettingsReference.All, setting => Assert.Contains($"| `{setting.Name}` |", page, StringComparison.Ordinal));
        Assert.Equal(StateTables.Names.Order(), ReferencePage.Tables.Select(one => one.Table).Order());
        var verbs = typeof(Verbs).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);
        Assert.Equal(verbs.Order(), ReferencePage.AllVerbs.Select(one => one.Verb).Order());
        Assert.All(KindList.Kinds(), kind => Assert.Contains($"| `{kind.Name}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_functions_are_those_of_the_app_with_their_schedules()
    {
        var files = Directory.GetFiles(Path.Combine(Root(), "src", "NhiFunctions", "Functions"), "*.cs");
        Assert.Equal(files.Select(Path.GetFileNameWithoutExtension).Order(), ReferencePage.Functions.Select(one => one.Name).Order());
        foreach (var (name, trigger, _) in ReferencePage.Functions)
        {
            var code = File.ReadAllText(files.Single(file => Path.GetFileNameWithoutExtension(file) == name));
            var minutes = code.Contains("/15 * * * *", StringComparison.Ordinal) ? "every 15 minutes" : code.Contains("*/5 * * * *", StringComparison.Ordinal) ? "every 5 minutes"
                : System.Text.RegularExpressions.Regex.IsMatch(code, "\"\\d+ \\d+ \\* \\* \\* \\*\"") ? "every hour" : "every minute";
            Assert.Equal(code.Contains("[TimerTrigger", StringComparison.Ordinal) ? minutes : code.Contains("[HttpTrigger", StringComparison.Ordinal) ? "`GET /api/health`" : "Event Grid", trigger);
        }
    }

    [Fact]
    public void Every_tag_of_ours_that_the_code_names_is_in_the_reference()
    {
        var named = Directory.GetFiles(Path.Combine(Root(), "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(File.ReadLines)
            .Select(line => System.Text.RegularExpressions.Regex.Match(line, "const string \\w*(?:Tag|Name) = \"(nhi(?:-[a-z]+)?)\"|const string \\w+Tag = \"([A-Za-z-]+)\""))
            .Where(match => match.Success)
            .Select(match => match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value);
        Assert.Superset(named.ToHashSet(), ReferencePage.Tags.Select(tag => tag.Tag).ToHashSet());
    }

    [Fact]
    public void Every_command_that_answers_has_a_shape_that_is_documented_as_it_is_written()
    {
        Assert.Equal(Answering(CommandTree.All, "").Order(), CommandShapes.All.Select(one => System.Text.RegularExpressions.Regex.Replace(one.Command, " (--.*|[A-Z]+)$", "")).Distinct().Order());
        Assert.All(CommandShapes.All, one => Assert.Equal(
            CliJson.Default.GetTypeInfo(one.Shape)!.Properties.Select(property => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(property.Name)),
            CommandShapes.Members(one.Shape).Select(member => member.Path.Split('.')[0].TrimEnd('[', ']')).Distinct()));
    }

    private static IEnumerable<string> Answering(Command command, string before)
    {
        foreach (var inner in command.Subcommands.Where(inner => !inner.Hidden))
        {
            if (inner.Action is not null)
                yield return before + inner.Name;
            foreach (var name in Answering(inner, $"{before}{inner.Name} "))
                yield return name;
        }
    }

    [Fact]
    public void README_holds_the_reference_as_nhi_reference_prints_it()
    {
        var parts = File.ReadAllText(Path.Combine(Root(), "README.md")).Split(Marker);
        Assert.True(parts.Length == 3, $"README.md has no section between two lines {Marker}.");
        Assert.True(parts[1].Trim() == ReferencePage.Write().Trim(), "README.md's reference is not what the code says: put the output of 'dotnet run --project src/Nhi.Cli -- reference' between its two markers.");
    }

    [Fact]
    public void The_page_of_JSON_holds_every_shape_as_nhi_reference_prints_it() => Assert.True(
        File.ReadAllText(Path.Combine(Root(), "src", "Nhi.Cli", "json.md")) == ReferencePage.WriteJson(),
        "src/Nhi.Cli/json.md is not what the code says: put the output of 'dotnet run --project src/Nhi.Cli -- reference --shapes' there.");

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "NhiFunctions.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run below the repository.");
    }
}
