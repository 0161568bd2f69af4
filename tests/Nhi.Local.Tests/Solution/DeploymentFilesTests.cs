using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.Configuration;
using Nhi.Azure.Settings;

namespace Nhi.Local.Tests.Solution;

public sealed partial class DeploymentFilesTests
{
    [Fact]
    public void Every_action_of_the_workflows_is_pinned_by_commit()
    {
        string[] uses = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, ".github", "workflows"), "*.yml")
            .SelectMany(File.ReadLines)
            .Where(line => line.Contains("uses:", StringComparison.Ordinal))];
        Assert.NotEmpty(uses);
        Assert.All(uses, line => Assert.Matches(Pinned(), line));
    }

    [Fact]
    public void The_host_file_has_only_sections_that_the_host_knows()
    {
        using var file = JsonDocument.Parse(Read("host.json"));
        string[] known = ["version", "functionTimeout", "logging", "singleton", "concurrency", "healthMonitor"];
        Assert.All(file.RootElement.EnumerateObject(), section => Assert.Contains(section.Name, known));
        Assert.Equal("2.0", file.RootElement.GetProperty("version").GetString());
    }

    /// <summary>
    /// Alerts and workbook ask <c>requests</c> by the function's name and <c>traces</c> by message. The host writes both so in its classic mode, whose default samples them, and drops what it thinks is too much.
    /// The mode OpenTelemetry wants its own packages in the worker, and an error with an exception is then in <c>exceptions</c> alone.
    /// </summary>
    [Fact]
    public void The_host_sends_what_the_alerts_ask_for_and_all_of_it()
    {
        using var file = JsonDocument.Parse(Read("host.json"));
        Assert.False(file.RootElement.TryGetProperty("telemetryMode", out _));
        var logging = file.RootElement.GetProperty("logging");
        Assert.False(logging.GetProperty("applicationInsights").GetProperty("samplingSettings").GetProperty("isEnabled").GetBoolean());
        foreach (string category in new[] { "Function", "Host.Results" })
            Assert.Equal("Information", logging.GetProperty("logLevel").GetProperty(category).GetString());
    }

    [Fact]
    public void The_sample_of_settings_is_flat_holds_no_secret_and_asks_for_identities()
    {
        using var file = JsonDocument.Parse(Read("local.settings.sample.json"));
        var values = file.RootElement.GetProperty("Values").EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString()!);
        foreach (string part in new[] { "AccountKey", "SharedAccess", "sig=", "Password=", "ConnectionString", "UseDevelopmentStorage" })
            Assert.DoesNotContain(values, value => (value.Key + value.Value).Contains(part, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("AzureWebJobsStorage", values.Keys);
        Assert.StartsWith("https://", values["AzureWebJobsStorage__blobServiceUri"], StringComparison.Ordinal);
        Assert.Contains("Nhi__Identities__Watcher", values.Keys);
    }

    /// <summary>A name that begins with _ is not in force; the product starts with the others, and with those too.</summary>
    [Fact]
    public void The_sample_of_settings_shows_every_setting_and_is_one_that_the_product_takes()
    {
        using var file = JsonDocument.Parse(Read("local.settings.sample.json"));
        var values = file.RootElement.GetProperty("Values").EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString()!);
        var all = values.Select(value => KeyValuePair.Create(value.Key.TrimStart('_'), value.Value)).Where(value => value.Key.StartsWith("Nhi__", StringComparison.Ordinal)).ToList();
        Assert.Empty(SettingsReference.All.Select(setting => setting.Name).Except(all.Select(value => EnvironmentPart().Replace(NumberPart().Replace(value.Key, "__n"), "$1__{environment}"))));
        Assert.Equal(2, SettingsReader.Read(Configuration(values.Where(value => value.Key.StartsWith("Nhi__", StringComparison.Ordinal)))).Vaults.Count);
        // Subscriptions or management groups, never both.
        Assert.Equal(2, SettingsReader.Read(Configuration(all.Where(value => !value.Key.Contains("ManagementGroups", StringComparison.Ordinal)))).Webhooks.Count);
    }

    private static IConfiguration Configuration(IEnumerable<KeyValuePair<string, string>> values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Key.Replace("__", ":", StringComparison.Ordinal), (string?)value.Value))).Build();

    [Fact]
    public void The_declared_worker_names_the_versions_that_the_app_is_built_with()
    {
        string shim = Read("src", "Nhi.Local", "Worker", "FunctionsWorker.cs");
        var versions = XDocument.Parse(Read("Directory.Packages.props")).Descendants("PackageVersion")
            .Select(package => (Id: (string)package.Attribute("Include")!, Version: (string)package.Attribute("Version")!))
            .ToDictionary(package => package.Id, package => package.Version);
        foreach (string id in new[] { "Worker", "Worker.Extensions.EventGrid", "Worker.Extensions.Timer", "Worker.Extensions.Http" })
            Assert.Contains($"{id} {versions[$"Microsoft.Azure.Functions.{id}"]}", shim, StringComparison.Ordinal);
    }

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([Repository.Root, .. path]));

    [GeneratedRegex("""^\s*(- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$""")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"__\d+(?=__|$)")]
    private static partial Regex NumberPart();

    [GeneratedRegex(@"\b(Nhi__\w+__(?:Rotators|Owners))__\w+$")]
    private static partial Regex EnvironmentPart();
}
