using System.Diagnostics;
using System.Globalization;

namespace Nhi.Local.Parts;

/// <summary>A child that ends when this process ends, however it ends: its tether watches our end of a pipe.</summary>
internal sealed class TetheredProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly LastLines lines = new();

    private TetheredProcess(Process process) => this.process = process;

    /// <summary>The tether's process id; the child is its only child.</summary>
    public int ProcessId => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>What it said last, for an error message.</summary>
    public string Said => lines.ToString();

    /// <param name="parts">Where the tether lies.</param>
    /// <param name="endSignal">What ends the child, as <c>SIGTERM</c>.</param>
    /// <param name="user">As whom it runs; null = as we are.</param>
    /// <param name="command">Program and arguments.</param>
    /// <param name="environment">Variables beside ours.</param>
    public static TetheredProcess Start(
        PartsCache parts, string endSignal, UnixUser? user, IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var id = (user?.Uid ?? -1).ToString(CultureInfo.InvariantCulture);
        var group = (user?.Gid ?? -1).ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("node", [parts.TetherScript, endSignal, id, group, .. command])
        {
            WorkingDirectory = parts.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        var tethered = new TetheredProcess(new Process { StartInfo = start });
        tethered.process.OutputDataReceived += (_, line) => tethered.Hear(line.Data);
        tethered.process.ErrorDataReceived += (_, line) => tethered.Hear(line.Data);
        try
        {
            tethered.process.Start();
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new PartsException("'node' is not on the PATH: install Node.js 20 or later.", missing);
        }

        tethered.process.BeginOutputReadLine();
        tethered.process.BeginErrorReadLine();
        return tethered;
    }

    /// <summary>Waits for its end and answers the exit code.</summary>
    public async Task<int> WaitAsync(CancellationToken cancellation)
    {
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is { Length: > 0 }) lines.Add(line);
    }
}
