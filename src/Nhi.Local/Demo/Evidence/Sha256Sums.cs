using System.ComponentModel;
using System.Diagnostics;

namespace Nhi.Local.Demo.Evidence;

/// <summary>Runs the system's own <c>sha256sum -c</c> (or <c>shasum -a 256 -c</c>): an auditor needs no tool of ours.</summary>
internal static class Sha256Sums
{
    /// <summary>How many files of one batch it found to be as listed, and whether all were. Null: this machine has no such tool.</summary>
    public static async Task<(int Files, bool AllAsListed)?> CheckAsync(string containerFolder, string batch, CancellationToken ct)
    {
        foreach (var command in (string[][])[["sha256sum", "-c", batch], ["shasum", "-a", "256", "-c", batch]])
        {
            var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = containerFolder, RedirectStandardOutput = true, RedirectStandardError = true };
            try
            {
                using var process = Process.Start(start)!;
                var said = process.StandardOutput.ReadToEndAsync(ct);
                var wrong = process.StandardError.ReadToEndAsync(ct);
                await process.WaitForExitAsync(ct);
                await wrong;
                return ((await said).Split('\n').Count(line => line.EndsWith(": OK", StringComparison.Ordinal)), process.ExitCode == 0);
            }
            catch (Win32Exception)
            {
                // Not on this machine: the other one.
            }
        }

        return null;
    }
}
