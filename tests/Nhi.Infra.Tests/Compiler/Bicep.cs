using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;

namespace Nhi.Infra.Tests.Compiler;

/// <summary>
/// The Bicep compiler as one process for all tests, asked over JSON-RPC: it loads Azure's types once, so that an answer takes a second instead of ten. It reaches no network.
/// One question at a time.
/// </summary>
public sealed class Bicep : IDisposable
{
    /// <summary>Where the home resource group of every evaluated deployment lies.</summary>
    public const string Subscription = "33333333-3333-3333-3333-333333333333";
    public const string Group = "rg-nhi";

    /// <summary>The compiler's program.</summary>
    public static string Program { get; } = typeof(Bicep).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "Bicep").Value! + (OperatingSystem.IsWindows() ? ".exe" : "");

    private readonly SemaphoreSlim _one = new(1);
    private readonly ConcurrentDictionary<string, (IReadOnlyList<string> Diagnostics, string? Template)> _compiled = new(StringComparer.Ordinal);
    private readonly Process _process;
    private int _asked;

    public Bicep()
    {
        _process = Process.Start(new ProcessStartInfo(Program, ["jsonrpc", "--stdio"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            // As these tests' own program (Directory.Build.props).
            Environment = { ["DOTNET_TieredPGO"] = "0", ["DOTNET_gcConcurrent"] = "0" },
        }) ?? throw new InvalidOperationException($"The Bicep compiler {Program} did not start.");
    }

    /// <summary>What compiler and linter say about a .bicep file and the modules that it uses, and the template. Asked once a file.</summary>
    public async Task<(IReadOnlyList<string> Diagnostics, string? Template)> CompileAsync(string file)
    {
        if (_compiled.TryGetValue(file, out var known))
            return known;
        var answer = await AskAsync("bicep/compile", new JsonObject { ["path"] = file });
        return _compiled[file] = (Diagnostics(answer), (string?)answer["contents"]);
    }

    /// <summary>The same for a .bicepparam file.</summary>
    public async Task<IReadOnlyList<string>> CompileParametersAsync(string file) =>
        Diagnostics(await AskAsync("bicep/compileParams", new JsonObject { ["path"] = file, ["parameterOverrides"] = new JsonObject() }));

    public async Task<string> FormatAsync(string file) => (string)(await AskAsync("bicep/format", new JsonObject { ["path"] = file }))["contents"]!;

    /// <summary>The resources that a .bicepparam file would deploy. Throws <see cref="RefusedDeploymentException"/> with the template's own words.</summary>
    public async Task<JsonObject> EvaluateAsync(string file)
    {
        var metadata = new JsonObject
        {
            ["tenantId"] = "22222222-2222-2222-2222-222222222222",
            ["subscriptionId"] = Subscription,
            ["resourceGroup"] = Group,
            ["location"] = "westeurope",
            ["deploymentName"] = "nhi",
        };
        var answer = await AskAsync("bicep/getSnapshot", new JsonObject { ["path"] = file, ["metadata"] = metadata, ["externalInputs"] = new JsonArray() });
        return JsonNode.Parse((string)answer["snapshot"]!)!.AsObject();
    }

    /// <summary>The same for lines of parameters to infra/main.bicep.</summary>
    public async Task<JsonObject> EvaluateAsync(string template, string parameters)
    {
        var folder = Directory.CreateTempSubdirectory("nhi-infra-");
        try
        {
            var file = Path.Combine(folder.FullName, "test.bicepparam");
            var relative = Path.GetRelativePath(folder.FullName, template).Replace('\\', '/');
            await File.WriteAllTextAsync(file, $"using '{relative}'\n{parameters}\n");
            return await EvaluateAsync(file);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<JsonObject> AskAsync(string method, JsonObject parameters)
    {
        await _one.WaitAsync();
        try
        {
            var question = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = ++_asked, ["method"] = method, ["params"] = parameters };
            var bytes = Encoding.UTF8.GetBytes(question.ToJsonString());
            var input = _process.StandardInput.BaseStream;
            await input.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {bytes.Length}\r\n\r\n")));
            await input.WriteAsync(bytes);
            await input.FlushAsync();
            var answer = JsonNode.Parse(await ReadAsync())!.AsObject();
            return answer["result"]?.AsObject() ?? throw new RefusedDeploymentException((string?)answer["error"]?["data"]?["message"] ?? answer.ToJsonString());
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<byte[]> ReadAsync()
    {
        var output = _process.StandardOutput.BaseStream;
        var header = new StringBuilder();
        var one = new byte[1];
        while (!header.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await output.ReadExactlyAsync(one);
            header.Append((char)one[0]);
        }

        var length = header.ToString().Split("\r\n").Single(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        var body = new byte[int.Parse(length.AsSpan(length.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture)];
        await output.ReadExactlyAsync(body);
        return body;
    }

    private static List<string> Diagnostics(JsonObject answer) =>
        [.. answer["diagnostics"]!.AsArray().Select(one => $"{one!["source"]} {one["range"]!["start"]!["line"]!.GetValue<int>() + 1}: {one["level"]} {one["code"]}: {one["message"]}")];

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill();
        _process.Dispose();
        _one.Dispose();
    }
}

/// <summary>The template refused its parameters.</summary>
public sealed class RefusedDeploymentException(string message) : Exception(message);
