using System.Diagnostics;
using System.Text.Json;
using Nhi.Cli.Reference;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary><c>nhi</c> as a person starts it: a process of its own, its environment, its exit code and what it said.</summary>
internal sealed record NhiRun(int Exit, string Output, string Errors)
{
    /// <summary>The program beside its own libraries: the tests' folder lacks those that ASP.NET Core brings.</summary>
    private static readonly string Program = Path.Combine(
        AppContext.BaseDirectory.Replace(Path.Combine("tests", "Nhi.EndToEnd.Tests"), Path.Combine("src", "Nhi.Cli"), StringComparison.Ordinal), Path.GetFileName(typeof(ReferencePage).Assembly.Location));

    /// <summary>How long one run may take.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>All of standard output as one JSON document.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Runs to its end. <paramref name="settings"/> become its environment; settings of the product that this process has do not.</summary>
    public static async Task<NhiRun> StartAsync(IReadOnlyDictionary<string, string> settings, params IReadOnlyList<string> arguments)
    {
        using var process = Begin(settings, arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }

        return new NhiRun(process.ExitCode, await output, await errors);
    }

    /// <summary>Starts it.</summary>
    internal static Process Begin(IReadOnlyDictionary<string, string> settings, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Program, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("Nhi__", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>The exit code was this one; a failure says all that the command said.</summary>
    public NhiRun Exits(int expected)
    {
        Assert.True(Exit == expected, $"exit {Exit}, not {expected}\n{Output}\n{Errors}");
        return this;
    }
}
