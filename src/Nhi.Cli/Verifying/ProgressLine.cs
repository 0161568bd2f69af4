using Nhi.Evidence.Verification;
using Spectre.Console;

namespace Nhi.Cli.Verifying;

/// <summary>Shows on standard error how far a verification is; nothing where nobody watches.</summary>
internal static class ProgressLine
{
    public static async Task<T> ShowAsync<T>(Func<IProgress<VerifyProgress>?, Task<T>> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (Console.IsErrorRedirected || !console.Profile.Capabilities.Interactive)
            return await work(null);
        return await console.Progress().AutoClear(true).HideCompleted(true).StartAsync(context => work(new Bars(context)));
    }

    private sealed class Bars(ProgressContext context) : IProgress<VerifyProgress>
    {
        private readonly Dictionary<(string, string), ProgressTask> bars = [];

        public void Report(VerifyProgress value)
        {
            lock (bars)
            {
                if (!bars.TryGetValue((value.Log, value.Stage), out var bar))
                    bars.Add((value.Log, value.Stage), bar = context.AddTask(Markup.Escape($"{value.Log}: {value.Stage}")));
                bar.IsIndeterminate = value.Total is null;
                bar.MaxValue = Math.Max(value.Total ?? value.Done + 1, 1);
                bar.Value = value.Done;
            }
        }
    }
}
