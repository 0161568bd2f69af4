using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using Nhi.Local.Clock;

namespace Nhi.Local.Hosting;

/// <summary>
/// The product in a process of its own: this very program as <c>host</c>, configured by environment variables alone. Its parent moves the clock and asks it to tick; it ends with its parent, or is killed.
/// </summary>
public sealed partial class ChildHost : IPlayed, IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly HttpClient _http;
    private readonly FunctionKeys _keys;
    private readonly Action<string>? _log;

    private ChildHost(Process process, HttpClient http, FunctionKeys keys, Action<string>? log) => (_process, _http, _keys, _log) = (process, http, keys, log);

    public int ProcessId => _process.Id;
    public bool HasExited => _process.HasExited;

    /// <summary>Where Event Grid delivers, key included.</summary>
    public Uri Webhook => new(_http.BaseAddress!, $"/runtime/webhooks/EventGrid?functionName=OnSecretEvent&code={_keys.EventGrid}");

    /// <summary>The same without a key that fits.</summary>
    public Uri WebhookWithoutKey => new(_http.BaseAddress!, "/runtime/webhooks/EventGrid?functionName=OnSecretEvent&code=forged");

    public Uri Health => new(_http.BaseAddress!, "/api/health");

    /// <summary>Starts a child in that world and waits until it answers. Throws <see cref="InvalidOperationException"/> with what it said last when it does not.</summary>
    /// <param name="settings"><see cref="World.Settings"/>, with whatever a test adds.</param>
    /// <param name="log">Gets each line of its log; null = nobody reads it.</param>
    /// <param name="ct">Cancels the wait.</param>
    public static async Task<ChildHost> StartAsync(IReadOnlyDictionary<string, string> settings, Action<string>? log = null, CancellationToken ct = default)
    {
        var keys = FunctionKeys.Generate();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        var program = typeof(ChildHost).Assembly.Location;
        foreach (var argument in new[] { "exec", program, "host", "--port", "0", "--until-stdin-closes" })
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("Nhi__", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in settings.Concat(keys.ToEnvironment()))
            start.Environment[name] = value;
        start.Environment[HostCommand.TimersSetting] = "manual";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        var process = Process.Start(start)!;
        var said = new List<string>();
        void Hear(string? line)
        {
            if (line is null)
                return;
            lock (said)
                said.Add(line);
            log?.Invoke(line);
        }

        var ready = new TaskCompletionSource<Uri?>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
                ready.TrySetResult(null);
            else if (line.Data.StartsWith(HostCommand.Ready, StringComparison.Ordinal))
                ready.TrySetResult(new Uri(line.Data[HostCommand.Ready.Length..]));
            else
                Hear(line.Data);
        };
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            if (await ready.Task.WaitAsync(StartPatience, TimeProvider.System, ct) is { } address)
                return new ChildHost(process, new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) }, keys, log);
        }
        catch (TimeoutException)
        {
            Hear($"It was not ready within {StartPatience}.");
        }

        await EndAsync(process);
        lock (said)
            throw new InvalidOperationException($"The host did not start: {string.Join(Environment.NewLine, said.TakeLast(20))}");
    }

    /// <summary>Runs every timer that is due by the governance clock, in order.</summary>
    public async Task TickAsync(CancellationToken ct = default)
    {
        using var request = Master(HttpMethod.Post, "/admin/local/tick");
        using var answer = await _http.SendAsync(request, ct);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Runs one timer now and waits until nothing is under way.</summary>
    public async Task RunAsync(string function, CancellationToken ct = default)
    {
        using var request = Master(HttpMethod.Post, $"/admin/functions/{function}");
        request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        using var answer = await _http.SendAsync(request, ct);
        answer.EnsureSuccessStatusCode();
        while (!(await StateAsync(ct)).Idle)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
    }

    public async ValueTask<DateTimeOffset?> NextAsync(CancellationToken cancellation) => (await StateAsync(cancellation)).NextDue;

    public async ValueTask<bool> SettleAsync(CancellationToken cancellation)
    {
        var moved = false;
        if ((await StateAsync(cancellation)).NextDue is { } due && due <= Now())
        {
            await TickAsync(cancellation);
            moved = true;
        }

        while (!(await StateAsync(cancellation)).Idle)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellation);
        return moved;
    }

    /// <summary>Governance time by which <see cref="SettleAsync"/> ticks: the world's clock. Set by whoever adds this host to a player.</summary>
    public Func<DateTimeOffset> Now { get; set; } = () => DateTimeOffset.MinValue;

    /// <summary>SIGKILL, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _log?.Invoke(string.Create(CultureInfo.InvariantCulture, $"[host {_process.Id} was killed]"));
    }

    /// <summary>SIGSTOP: it freezes where it stands.</summary>
    public void Freeze() => Signal(19);

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Signal(18);

    public async ValueTask DisposeAsync()
    {
        await EndAsync(_process);
        _http.Dispose();
        _process.Dispose();
    }

    private static async Task EndAsync(Process process)
    {
        if (process.HasExited)
            return;
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(25));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private async Task<State> StateAsync(CancellationToken ct)
    {
        using var request = Master(HttpMethod.Get, "/admin/local/idle");
        using var answer = await _http.SendAsync(request, ct);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync(ChildHostJson.Default.State, ct))!;
    }

    private HttpRequestMessage Master(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add("x-functions-key", _keys.Master);
        return request;
    }

    private void Signal(int signal)
    {
        if (Kill(_process.Id, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} could not be sent to process {_process.Id}.");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    internal sealed record State(bool Idle, int InFlight, DateTimeOffset? NextDue);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ChildHost.State))]
internal sealed partial class ChildHostJson : JsonSerializerContext;
