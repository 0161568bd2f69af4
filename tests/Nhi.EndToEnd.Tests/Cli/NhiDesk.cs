using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary>
/// <c>nhi</c> for a test that asks it hundreds of times: one process of the program as it was built, with the settings as its environment, whose <c>Main</c> runs once for each command line
/// (<see cref="Serving"/>, by <c>DOTNET_STARTUP_HOOKS</c>). A process of its own for each costs a second of compilation. It ends with its standard input.
/// </summary>
internal sealed class NhiDesk : IAsyncDisposable
{
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly ConcurrentBag<Process> _idle = [];

    /// <param name="settings">The environment of its processes.</param>
    /// <param name="serving"><see cref="Serving.Quiet"/> or <see cref="Serving.Listening"/>.</param>
    public NhiDesk(IReadOnlyDictionary<string, string> settings, string serving = Serving.Quiet) =>
        _settings = new Dictionary<string, string>(settings) { [Serving.Switch] = serving, ["DOTNET_STARTUP_HOOKS"] = typeof(NhiDesk).Assembly.Location };

    /// <summary>As <see cref="NhiRun.StartAsync"/>. Several at once each have a process; it is kept for the next.</summary>
    public async Task<NhiRun> RunAsync(params IReadOnlyList<string> arguments)
    {
        if (!_idle.TryTake(out var process))
            process = NhiRun.Begin(_settings, []);
        try
        {
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(arguments));
            await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            var answer = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(NhiRun.Patience, TestContext.Current.CancellationToken);
            var run = JsonSerializer.Deserialize<string[]>(answer ?? throw new InvalidOperationException($"nhi ended: {await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}"))!;
            _idle.Add(process);
            return new NhiRun(int.Parse(run[0], System.Globalization.CultureInfo.InvariantCulture), run[1], run[2]);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_idle.TryTake(out var process))
        {
            process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }

            process.Dispose();
        }
    }
}
