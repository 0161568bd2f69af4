using System.Diagnostics;
using Nhi.Local;

namespace Nhi.EndToEnd.Tests.Demo;

/// <summary>The program as a user starts it, in a process of its own.</summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly List<string> output = [];
    private readonly List<string> errors = [];
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource<string> Found)> watches = [];

    private DemoProcess(Process process) => this.process = process;

    public int ProcessId => process.Id;

    public string Output
    {
        get
        {
            lock (output) return string.Join('\n', output);
        }
    }

    public string Errors
    {
        get
        {
            lock (output) return string.Join('\n', errors);
        }
    }

    public static DemoProcess Start(params IEnumerable<string> arguments)
    {
        string[] program = ["dotnet", "exec", typeof(World).Assembly.Location, .. arguments];
        // A shell that starts this test run in the background without job control leaves SIGINT ignored, and every child inherits that.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", .. program] : program;
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var demo = new DemoProcess(new Process { StartInfo = start });
        demo.process.OutputDataReceived += (_, line) => demo.Hear(demo.output, line.Data);
        demo.process.ErrorDataReceived += (_, line) => demo.Hear(demo.errors, line.Data);
        demo.process.Start();
        demo.process.BeginOutputReadLine();
        demo.process.BeginErrorReadLine();
        return demo;
    }

    /// <summary>Answers the first line, said already or to come, on either output.</summary>
    public Task<string> LineAsync(Func<string, bool> wanted)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (output)
        {
            if (output.Concat(errors).FirstOrDefault(wanted) is { } said) found.SetResult(said);
            else watches.Add((wanted, found));
        }

        return found.Task.WaitAsync(TimeSpan.FromMinutes(4), TestContext.Current.CancellationToken);
    }

    public void CloseInput() => process.StandardInput.Close();

    public async Task<int> EndAsync()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(12));
        return process.ExitCode;
    }

    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private void Hear(List<string> into, string? line)
    {
        if (line is null) return;
        lock (output)
        {
            into.Add(line);
            foreach (var (wanted, found) in watches)
                if (wanted(line)) found.TrySetResult(line);
        }
    }
}
