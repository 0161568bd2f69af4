using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Nhi.EndToEnd.Tests.Demo;

/// <summary>How the program ends before its story does. A class of its own, so that it runs beside the story.</summary>
public sealed partial class DemoEndTests
{
    [Fact]
    public async Task An_interrupted_demo_ends_what_it_started()
    {
        await using var demo = DemoProcess.Start("--json");
        var line = await demo.LineAsync(said => said.Contains("starts as process", StringComparison.Ordinal));
        var host = int.Parse(HostPattern().Match(line).Groups["pid"].Value, System.Globalization.CultureInfo.InvariantCulture);
        using var child = Process.GetProcessById(host);
        demo.Interrupt();
        Assert.Equal(3, await demo.EndAsync());
        await child.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("", demo.Output);
        Assert.Contains("Interrupted", demo.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_emulators_alone_leave_their_settings_and_end_with_their_input()
    {
        var state = Directory.CreateTempSubdirectory("nhi-emulators-test-").FullName;
        try
        {
            await using var demo = DemoProcess.Start("--emulators", "--state", state);
            await demo.LineAsync(said => said.StartsWith("# the world runs", StringComparison.Ordinal));
            var settings = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(state, "settings.json")))!;
            Assert.Equal("https://kv-payments.vault.azure.net", settings["Nhi__Vaults__0__Uri"]);
            Assert.All(settings, setting => Assert.Contains($"export {setting.Key}='{setting.Value}'", demo.Output, StringComparison.Ordinal));
            demo.CloseInput();
            Assert.Equal(0, await demo.EndAsync());
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    [GeneratedRegex("starts as process (?<pid>[0-9]+)")]
    private static partial Regex HostPattern();
}
