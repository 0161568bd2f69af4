using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Infra.Tests.Compiler;

namespace Nhi.Infra.Tests;

/// <summary>Build, lint and format of infra/, and what can be said of the compiled template before any parameter.</summary>
public sealed partial class CompilerTests(Bicep bicep)
{
    public static TheoryData<string> Templates => [.. Files("*.bicep").Where(file => !file.Contains("/modules/", StringComparison.Ordinal))];

    public static TheoryData<string> All => [.. Files("*.bicep"), .. Files("*.bicepparam")];

    public static TheoryData<string> ParameterFiles => [.. Files("*.bicepparam")];

    [Theory, MemberData(nameof(Templates))]
    public async Task Compiler_and_linter_say_nothing(string file) => Assert.Empty((await bicep.CompileAsync(Full(file))).Diagnostics);

    /// <summary>So that the compiler has seen it with the template that uses it.</summary>
    [Fact]
    public void Every_module_is_used()
    {
        var all = Files("*.bicep").Select(file => File.ReadAllText(Full(file))).ToList();
        Assert.All(Files("*.bicep").Where(file => file.Contains("/modules/", StringComparison.Ordinal)), module => Assert.Contains(all, text => ModulePattern(Path.GetFileName(module)).IsMatch(text)));
    }

    [Theory, MemberData(nameof(ParameterFiles))]
    public async Task Parameter_files_build(string file)
    {
        // Names that azd keeps as variables, and that have no default.
        var needed = (await File.ReadAllTextAsync(Full(file))).Contains("'NHI_APP_NAME')", StringComparison.Ordinal);
        if (needed)
        {
            var copy = (await File.ReadAllTextAsync(Full(file))).Replace("readEnvironmentVariable('NHI_APP_NAME')", "'a'", StringComparison.Ordinal).Replace("readEnvironmentVariable('NHI_HOST_ACCOUNT')", "'b'", StringComparison.Ordinal);
            var folder = Directory.CreateTempSubdirectory("nhi-infra-");
            try
            {
                var relative = Path.GetRelativePath(folder.FullName, Path.GetDirectoryName(Full(file))!).Replace('\\', '/');
                var there = Path.Combine(folder.FullName, "copy.bicepparam");
                await File.WriteAllTextAsync(there, ImportPattern().Replace(copy, match => $"'{relative}/{match.Groups[1].Value}'"));
                Assert.Empty(await bicep.CompileParametersAsync(there));
            }
            finally
            {
                folder.Delete(recursive: true);
            }

            return;
        }

        Assert.Empty(await bicep.CompileParametersAsync(Full(file)));
    }

    [Theory, MemberData(nameof(All))]
    public async Task Files_are_formatted_as_the_compiler_formats(string file) => Assert.Equal(Repository.Text(file.Split('/')), (await bicep.FormatAsync(Full(file))).ReplaceLineEndings("\n"));

    [Fact]
    public async Task The_compiled_templates_ask_for_no_key()
    {
        foreach (var template in await CompiledAsync())
            Assert.DoesNotMatch(ListFunctionPattern(), template.ToJsonString());
    }

    [Fact]
    public async Task Every_parameter_and_output_says_what_it_is_and_no_output_is_a_secret()
    {
        foreach (var template in await CompiledAsync())
        {
            var all = template["parameters"]!.AsObject().Concat(template["outputs"]?.AsObject() ?? []).ToList();
            Assert.All(all, one => Assert.False(string.IsNullOrWhiteSpace((string?)one.Value!["metadata"]?["description"]), one.Key));
            Assert.All(template["parameters"]!.AsObject(), one => Assert.Matches("^(Required|Optional|Conditional)\\. ", (string)one.Value!["metadata"]!["description"]!));
            Assert.DoesNotContain(template["outputs"]?.AsObject() ?? [], one => ((string)one.Value!["type"]!).StartsWith("secure", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Templates_name_no_region_and_no_host_of_one_cloud()
    {
        foreach (var template in await CompiledAsync())
        {
            var resources = template["resources"]!.ToJsonString();
            Assert.DoesNotContain("core.windows.net", resources, StringComparison.Ordinal);
            Assert.DoesNotContain("vault.azure.net", resources, StringComparison.Ordinal);
            Assert.DoesNotMatch("\"location\":\"(?!\\[|global)", resources);
        }
    }

    [Fact]
    public void Every_rule_of_the_linter_that_is_named_is_an_error()
    {
        var text = string.Join('\n', Repository.Text("infra", "bicepconfig.json").Split('\n').Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));
        var rules = JsonNode.Parse(text)!["analyzers"]!["core"]!["rules"]!.AsObject();
        Assert.True(rules.Count >= 40);
        Assert.All(rules, rule => Assert.Equal("error", (string)rule.Value!["level"]!));
    }

    private async Task<IReadOnlyList<JsonObject>> CompiledAsync()
    {
        List<JsonObject> all = [];
        foreach (var file in (string[])["main.bicep", "subscriptions.bicep"])
            all.Add(JsonNode.Parse((await bicep.CompileAsync(Repository.File("infra", file))).Template!)!.AsObject());
        return all;
    }

    private static IEnumerable<string> Files(string pattern) => Directory.EnumerateFiles(Repository.File("infra"), pattern, SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal);

    private static Regex ModulePattern(string file) => new($@"^module \w+ '(modules/)?{Regex.Escape(file)}'", RegexOptions.Multiline);

    private static string Full(string file) => Repository.File(file.Split('/'));

    [GeneratedRegex(@"\blist(Keys|AccountSas|ServiceSas|Secrets|ConnectionStrings|Credentials|AdminKeys|QueryKeys)\b\s*\(", RegexOptions.IgnoreCase)]
    private static partial Regex ListFunctionPattern();

    [GeneratedRegex(@"'([a-z]+\.bicep)'")]
    private static partial Regex ImportPattern();
}
