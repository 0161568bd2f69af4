using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Infra.Tests.Compiler;
using Nhi.Infra.Tests.Doctor;

namespace Nhi.Infra.Tests.Walk;

/// <summary>
/// A checkout in a folder of its own, a PATH that has what infra/README.md says is needed and nothing more, <c>az</c>, <c>azd</c> and <c>dotnet</c> as Recorders/*.sh play them, and the local world for the <c>nhi</c> that they start.
/// </summary>
internal sealed partial class Sandbox : IDisposable
{
    /// <summary>What every POSIX system has.</summary>
    private static readonly string[] _posix = ["sh", "cat", "sed", "date", "mktemp", "rm", "mkdir", "grep", "cut", "tr", "head", "dirname", "mv", "cp", "sleep", "xargs", "touch", "wc"];

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("nhi-walk-");
    private readonly Dictionary<string, string> _environment;

    public Sandbox(DeployedWorld world, CompiledOnce compiled)
    {
        foreach (var folder in (string[])["bin", "walk/made", "walk/deployed", "walk/hooks"])
            Directory.CreateDirectory(In(folder));
        CopyTree(Repository.File("infra"), In("infra"));
        foreach (var file in (string[])["README.md", "azure.yaml", "host.json"])
            File.Copy(Repository.File(file), In(file));
        Directory.CreateSymbolicLink(In("src"), Repository.File("src"));
        foreach (var tool in _posix.Concat(Needed).Where(tool => tool is not ("az" or "azd")))
            if (Find(tool) is { } found)
                File.CreateSymbolicLink(In($"bin/{tool}"), found);
        foreach (var recorder in Directory.EnumerateFiles(Repository.File("tests", "Nhi.Infra.Tests", "Walk", "Recorders"), "*.sh"))
            Install(recorder);
        var azure = Repository.Text("azure.yaml");
        File.WriteAllText(In("walk/hooks/project"), ProjectPattern().Match(azure).Groups[1].Value);
        foreach (var hook in HookPattern().Matches(azure).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["run"].Value))
            File.WriteAllText(In($"walk/hooks/{hook.Key}"), hook.Value);
        File.WriteAllText(In("walk/appsettings.json"), JsonSerializer.Serialize(world.Settings.Where(one => one.Key.StartsWith("Nhi__", StringComparison.Ordinal)).Select(one => new { name = one.Key, value = one.Value })));
        File.WriteAllText(In("walk/tokens.json"), JsonSerializer.Serialize(world.TokensOfAPerson));
        _environment = Environment(world, compiled);
    }

    /// <summary>The programs that "What you need" names.</summary>
    public static IReadOnlyList<string> Needed { get; } = [.. ProgramPattern().Matches(MarkdownPage.Of("infra", "README.md").Section("What you need").Split("\n* ")[1]).Select(match => match.Groups[1].Value)];

    /// <summary>Where a program of this machine is.</summary>
    public static string? Find(string program) => (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>What was asked of az, azd and dotnet, in order: the program, then its words.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Asked => File.Exists(In("walk/log")) ? [.. File.ReadAllLines(In("walk/log")).Select(line => line.TrimEnd('\u001f').Split('\u001f'))] : [];

    /// <summary>What a deployment of that name would have made.</summary>
    public JsonObject Deployed(string name) => JsonNode.Parse(File.ReadAllText(In($"walk/deployed/{name}.json")))!.AsObject();

    /// <summary>As if nothing had been typed yet.</summary>
    public void Forget()
    {
        foreach (var file in (string[])["walk/log", "walk/azd.env", .. Directory.EnumerateFiles(In("walk/made")), .. Directory.EnumerateFiles(In("walk/deployed"))])
            File.Delete(In(file));
    }

    /// <summary>A path in the checkout.</summary>
    public string In(string path) => Path.Combine(_root.FullName, path);

    /// <summary>Types a block into one shell that stops at the first error, and nothing else that this machine has set for the product.</summary>
    public async Task<(int Code, string Output)> TypeAsync(string block, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(In("bin/sh"), ["-eu"]) { WorkingDirectory = _root.FullName, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in _environment.Select(one => (one.Key, one.Value)).Concat(variables))
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(block);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(4), TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        return (process.ExitCode, await output + await errors);
    }

    public void Dispose() => _root.Delete(recursive: true);

    private Dictionary<string, string> Environment(DeployedWorld world, CompiledOnce compiled) => new(world.Settings.Where(one => !one.Key.StartsWith("Nhi__", StringComparison.Ordinal) && !one.Key.StartsWith("IDENTITY_", StringComparison.Ordinal)))
    {
        ["PATH"] = In("bin"),
        ["HOME"] = _root.FullName,
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        ["WALK"] = In("walk"),
        ["WALK_BIN"] = In("bin"),
        ["WALK_PATH"] = System.Environment.GetEnvironmentVariable("PATH")!,
        ["WALK_DOTNET"] = System.Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : Find("dotnet")!,
        ["WALK_NHI"] = Program,
        ["WALK_COMPILED"] = compiled.Folder,
        ["WALK_COMPILER"] = Bicep.Program,
        ["WALK_TENANT"] = "22222222-2222-2222-2222-222222222222",
        ["WALK_SUBSCRIPTION"] = Bicep.Subscription,
    };

    /// <summary>nhi beside its own libraries, as these tests' build made it.</summary>
    private static string Program => Path.Combine(AppContext.BaseDirectory.Replace(Path.Combine("tests", "Nhi.Infra.Tests"), Path.Combine("src", "Nhi.Cli"), StringComparison.Ordinal), "nhi.dll");

    private void Install(string recorder)
    {
        var program = In($"bin/{Path.GetFileNameWithoutExtension(recorder)}");
        File.Delete(program);
        File.WriteAllText(program, File.ReadAllText(recorder).ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void CopyTree(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        // File.Copy keeps the mode: README starts scripts by their names.
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".snapshot.json", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }

    [GeneratedRegex(@"^    project: (\S+)$", RegexOptions.Multiline)]
    private static partial Regex ProjectPattern();

    [GeneratedRegex(@"^  (?<name>\w+):\n    posix:\n      shell: sh\n      run: (?<run>.+)$", RegexOptions.Multiline)]
    private static partial Regex HookPattern();

    [GeneratedRegex("`([a-z]+)`")]
    private static partial Regex ProgramPattern();
}

/// <summary>What the compiler said, kept for all walks: it is asked as a program, which takes seconds.</summary>
public sealed class CompiledOnce : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nhi-compiled-");

    public string Folder => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
