using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Evidence.Records;
using NJsonSchema;

namespace Nhi.EndToEnd.Tests.Demo;

public sealed partial class DemoTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_demo_keeps_what_it_claims_shows_no_secret_and_a_second_run_goes_on_with_its_estate()
    {
        var folder = Directory.CreateTempSubdirectory("nhi-demo-test-").FullName;
        try
        {
            var (state, export) = (Path.Combine(folder, "state"), Path.Combine(folder, "export"));
            var first = await PlayAsync(state, export);
            Assert.Equal(22, (int)first["credentials"]!);
            Assert.Equal(18, (int)first["rotated"]!);
            Assert.Equal(18, (int)first["revoked"]!);
            Assert.True((long)first["duplicatesIgnored"]! >= 9);
            Assert.Equal(7, (long)first["forgedIgnored"]!);
            Assert.Equal(1, (int)first["crashesRecovered"]!);
            Assert.Equal((3, 1, 2), ((int)first["quarantined"]!, (int)first["restored"]!, (int)first["removed"]!));
            Assert.Equal((3, 1), ((int)first["findingsBySignal"]!["never-used"]!, (int)first["findingsBySignal"]!["read-in-quarantine"]!));
            Assert.Equal((2, 1), ((int)first["ungovernedChanges"]!, (int)first["eventsMissed"]!));
            await AssertExportAsync(export, (int)first["records"]!);

            var again = Path.Combine(folder, "again");
            var second = await PlayAsync(state, again);
            Assert.True((int)second["rotated"]! > (int)first["rotated"]!);
            Assert.True((int)second["revoked"]! > (int)first["revoked"]!);
            Assert.True((int)second["records"]! > (int)first["records"]!);
            await AssertExportAsync(again, (int)second["records"]!);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<JsonObject> PlayAsync(string state, string export)
    {
        var started = TimeProvider.System.GetTimestamp();
        await using var demo = DemoProcess.Start("--json", "--state", state, "--export", export);
        var code = await demo.EndAsync();
        output.WriteLine(demo.Errors);
        output.WriteLine($"It took {TimeProvider.System.GetElapsedTime(started).TotalSeconds:F0} s.");
        var summary = JsonNode.Parse(demo.Output)!.AsObject();
        Assert.Equal(0, code);
        Assert.True((bool)summary["ok"]!);
        Assert.Equal(0, (int)summary["intentsWithoutOutcome"]!);
        Assert.Equal(0, (int)summary["consumerFailures"]!);
        Assert.True((int)summary["consumerLogins"]! > 100);
        await AssertNoSecretAsync(state, export, demo);
        return summary;
    }

    /// <summary>Every value that the vaults and providers hold, or held, is looked for in all else that a run leaves: its outputs, its log, the export, the tables and blobs on disk.</summary>
    private static async Task AssertNoSecretAsync(string state, string export, DemoProcess demo)
    {
        var world = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(state, "world.json")))!;
        var secrets = new HashSet<string>();
        Collect(world, secrets);
        Assert.True(secrets.Count > 40);
        var values = SearchValues.Create([.. secrets.SelectMany(secret => (string[])[secret, secret.Replace("+", "\\u002B", StringComparison.Ordinal)])], StringComparison.Ordinal);
        var places = Directory.EnumerateFiles(state, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "world.json")
            .Concat(Directory.EnumerateFiles(export, "*", SearchOption.AllDirectories));
        foreach (var file in places)
            AssertWithout(file, await File.ReadAllTextAsync(file), values);
        AssertWithout("standard output", demo.Output, values);
        AssertWithout("standard error", demo.Errors, values);
    }

    private static void AssertWithout(string place, string text, SearchValues<string> secrets) =>
        // Not the value itself: a failed test must not print it either.
        Assert.True(!text.AsSpan().ContainsAny(secrets), $"A secret value stands in {place}.");

    private static void Collect(JsonNode? node, HashSet<string> into)
    {
        if (node is JsonArray array)
            foreach (var item in array) Collect(item, into);
        if (node is not JsonObject members) return;
        foreach (var (name, value) in members)
        {
            if (name is "Value" or "Secret" or "Pem" && value is JsonValue text && (string?)text is { } secret)
            {
                into.Add(secret);
                if (PasswordPattern().Match(secret) is { Success: true } password) into.Add(password.Groups["value"].Value);
            }

            Collect(value, into);
        }
    }

    private static async Task AssertExportAsync(string export, int records)
    {
        var listed = (await File.ReadAllLinesAsync(Path.Combine(export, "blobs.csv"))).Skip(1).Select(line => line.Split(',')).ToList();
        Assert.All(listed, line => Assert.Equal(new FileInfo(Path.Combine(export, line[0])).Length, long.Parse(line[2], System.Globalization.CultureInfo.InvariantCulture)));
        foreach (var container in listed.GroupBy(line => line[0].Split('/')[0]))
        {
            // Each folder can be taken away alone, with its own listing.
            var own = (await File.ReadAllLinesAsync(Path.Combine(export, container.Key, "blobs.csv"))).Skip(1).Select(line => line.Split(',')[0]);
            Assert.Equal(container.Select(line => line[0][(container.Key.Length + 1)..]), own);
        }

        var good = 0;
        foreach (var batch in Directory.EnumerateFiles(export, "*.batch.txt", SearchOption.AllDirectories))
        {
            // Of both accounts: the secondary one's log is sealed each hour too.
            var container = Path.Combine(export, Path.GetRelativePath(export, batch).Split('/')[0]);
            var start = new ProcessStartInfo("sha256sum", ["-c", batch]) { WorkingDirectory = container, RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            var said = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal(0, process.ExitCode);
            good += said.Split('\n').Count(line => line.EndsWith(": OK", StringComparison.Ordinal));
        }

        Assert.Equal(records, good);
        await AssertRecordsAsync(export);
    }

    /// <summary>Each record is as the shipped schema says, and serves controls that the reference knows.</summary>
    private static async Task AssertRecordsAsync(string export)
    {
        var schema = await JsonSchema.FromJsonAsync(RecordSchema.Text());
        var known = FrameworkControls.All.Select(control => control.Id).ToHashSet();
        foreach (var path in Directory.EnumerateFiles(export, "*.json", SearchOption.AllDirectories).Where(file => file.Contains("/records/", StringComparison.Ordinal)))
        {
            var text = await File.ReadAllTextAsync(path);
            Assert.True(schema.Validate(text).Count == 0, path);
            var controls = JsonNode.Parse(text)!["controls"]!.AsArray().Select(control => (string)control!).ToList();
            Assert.NotEmpty(controls);
            Assert.Subset(known, controls.ToHashSet());
        }
    }

    [GeneratedRegex("Password=(?<value>[^;]{16,})")]
    private static partial Regex PasswordPattern();
}
