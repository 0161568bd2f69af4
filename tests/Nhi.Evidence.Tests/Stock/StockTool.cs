using System.ComponentModel;
using System.Diagnostics;

namespace Nhi.Evidence.Tests.Stock;

/// <summary>A program of the machine, none of ours: how it ended and what it said.</summary>
internal sealed record StockTool(int Exit, string Said)
{
    /// <summary>Runs it to its end in a folder. Skips the test where the machine does not have it.</summary>
    internal static async Task<StockTool> RunAsync(string folder, IReadOnlyDictionary<string, string>? environment, string program, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return new StockTool(process.ExitCode, await output + await errors);
        }
        catch (Win32Exception)
        {
            Assert.Skip($"This machine has no {program}.");
            throw;
        }
    }
}
