using System.CommandLine;
using System.Runtime.InteropServices;

namespace Nhi.Local.Demo;

/// <summary>The program without a command: the demo, or with <c>--emulators</c> the world alone.</summary>
internal static class DemoCommand
{
    /// <summary>Adds options and action to the root.</summary>
    public static void AddTo(RootCommand root)
    {
        var state = new Option<string?>("--state") { Description = "Keep the estate in this folder; a second run goes on with it.", HelpName = "DIR" };
        var json = new Option<bool>("--json") { Description = "Print the summary alone on standard output; the story goes to standard error." };
        var export = new Option<string?>("--export") { Description = "Write each evidence container as a folder below this one, with blobs.csv.", HelpName = "DIR" };
        var emulators = new Option<bool>("--emulators") { Description = "Start only the world, at real time, print its settings, and wait for Ctrl-C." };
        root.Add(state);
        root.Add(json);
        root.Add(export);
        root.Add(emulators);
        root.SetAction(parsed => WithSignalsAsync(ct => parsed.GetValue(emulators)
            ? EmulatorsRun.RunAsync(parsed.GetValue(state), ct)
            : DemoRun.RunAsync(new DemoOptions(parsed.GetValue(state), parsed.GetValue(json), parsed.GetValue(export)), ct)));
    }

    /// <summary>Ctrl-C, SIGTERM and a terminal that goes away end the story, and the story ends what it started.</summary>
    private static async Task<int> WithSignalsAsync(Func<CancellationToken, Task<int>> run)
    {
        using var ending = new CancellationTokenSource();
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ending.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
        return await run(ending.Token);
    }
}
