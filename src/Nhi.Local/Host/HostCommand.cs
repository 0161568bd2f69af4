using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Nhi.Local.Hosting;

/// <summary>
/// <c>nhi-local host</c>: the app's functions in a process of their own, configured by environment variables alone. Prints <c>ready http://127.0.0.1:PORT</c> on standard output, all else on standard error;
/// ends with 0 on SIGTERM, SIGINT, or, if asked, when its standard input closes.
/// </summary>
public static class HostCommand
{
    /// <summary>What the one line on standard output starts with; the address follows.</summary>
    public const string Ready = "ready ";

    /// <summary>Setting that leaves the timers to <c>POST /admin/local/tick</c>: <c>manual</c>; they run by themselves unless said.</summary>
    public const string TimersSetting = "NhiLocal__Timers";

    /// <summary>
    /// The command for the command line. <paramref name="register"/> is the product's <c>AddNhi</c>. The invoker must leave signals to the host
    /// (<c>InvocationConfiguration.ProcessTerminationTimeout = null</c>): what is under way gets 20 s.
    /// </summary>
    public static Command Create(Action<IServiceCollection, IConfiguration> register)
    {
        var port = new Option<int>("--port") { Description = "Port on loopback; 0 takes a free one." };
        var untilClosed = new Option<bool>("--until-stdin-closes") { Description = "End when standard input closes, so that a child never outlives its parent." };
        var command = new Command("host", "Run the functions; configured by environment variables alone.") { port, untilClosed };
        command.SetAction((parsed, ct) => RunAsync(
            parsed.GetValue(port),
            parsed.GetValue(untilClosed) ? Console.OpenStandardInput() : null,
            Console.Out,
            new ConfigurationBuilder().AddEnvironmentVariables().Build(),
            register,
            ct));
        return command;
    }

    /// <summary>Runs a host until it is told to end; 0. With <paramref name="input"/> it also ends when that does.</summary>
    public static async Task<int> RunAsync(
        int port, Stream? input, TextWriter output, IConfiguration settings, Action<IServiceCollection, IConfiguration> register, CancellationToken ct)
    {
        bool manual = string.Equals(settings["NhiLocal:Timers"], "manual", StringComparison.OrdinalIgnoreCase);
        await using var host = FunctionHost.Create(new FunctionHostOptions { Port = port, Timers = !manual }, settings, register);
        await host.StartAsync(ct);
        await output.WriteLineAsync($"{Ready}{host.Address.GetLeftPart(UriPartial.Authority)}");
        await output.FlushAsync(ct);
        if (input is not null)
            _ = StopWithAsync(input, host.Services.GetRequiredService<IHostApplicationLifetime>());
        await host.WaitForShutdownAsync(ct);
        return 0;
    }

    private static async Task StopWithAsync(Stream input, IHostApplicationLifetime lifetime)
    {
        byte[] ignored = new byte[256];
        try
        {
            // Reading blocks a thread on a console, so it takes one of its own.
            while (await Task.Run(() => input.Read(ignored)) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A broken pipe is a closed one.
        }

        lifetime.StopApplication();
    }
}
