using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Nhi.Local.Hosting;

/// <summary>How a <see cref="FunctionHost"/> is made.</summary>
public sealed record FunctionHostOptions
{
    /// <summary>Port on loopback; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>What it runs; the app's own functions unless said.</summary>
    public FunctionCatalog? Functions { get; init; }

    /// <summary>Timers run by themselves; else only by <c>POST /admin/local/tick</c>.</summary>
    public bool Timers { get; init; } = true;

    /// <summary>The time that calls under way get when the host stops, before their token is cancelled.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Writes the log, in place of the console's standard error.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }
}

/// <summary>
/// The Azure Functions host as far as the app needs it, on loopback: functions by reflection, the Event Grid webhook, HTTP routes, timers, keys. Its behaviour follows the real host, as seen on 4.1037.
/// </summary>
public sealed class FunctionHost : IAsyncDisposable
{
    // After the grace, what was cancelled gets this long to end.
    private static readonly TimeSpan Unwinding = TimeSpan.FromSeconds(5);
    private readonly WebApplication app;

    private FunctionHost(WebApplication app) => this.app = app;

    /// <summary>Its address, <c>http://127.0.0.1:PORT</c>; known once it has started.</summary>
    public Uri Address => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>The container, with what was registered.</summary>
    public IServiceProvider Services => app.Services;

    /// <summary>The keys that open it.</summary>
    public FunctionKeys Keys => app.Services.GetRequiredService<FunctionKeys>();

    /// <summary>How many calls of functions are under way.</summary>
    public int InFlight => app.Services.GetRequiredService<Invocations>().InFlight;

    /// <summary>No call is under way.</summary>
    public bool IsIdle => InFlight == 0;

    /// <summary>
    /// Makes a host. <paramref name="register"/> adds what the functions need (in the product: <c>AddNhi</c>), a <see cref="TimeProvider"/> among it if time is not the system's.
    /// Throws <see cref="InvalidOperationException"/> for functions or keys that can't be right.
    /// </summary>
    public static FunctionHost Create(FunctionHostOptions options, IConfiguration settings, Action<IServiceCollection, IConfiguration> register)
    {
        // Empty: nothing is read from files, arguments or ASPNETCORE_ variables.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "nhi-local" });
        builder.Configuration.AddConfiguration(settings);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        AddLogging(builder.Logging, settings, options);
        register(builder.Services, settings);
        AddHost(builder.Services, options, FunctionKeys.From(settings));
        var app = builder.Build();
        Map(app, options);
        return new FunctionHost(app);
    }

    /// <summary>Starts it; <see cref="Address"/> answers when this returns.</summary>
    public Task StartAsync(CancellationToken ct) => app.StartAsync(ct);

    /// <summary>Returns when the host has stopped: by <see cref="StopAsync"/>, a signal, or its own lifetime.</summary>
    public Task WaitForShutdownAsync(CancellationToken ct) => app.WaitForShutdownAsync(ct);

    /// <summary>Takes nothing new, gives what is under way its time, and stops.</summary>
    public Task StopAsync(CancellationToken ct) => app.StopAsync(ct);

    /// <summary>Runs every timer due at or before <paramref name="until"/>, see <see cref="FunctionTimers.TickDueAsync"/>.</summary>
    public Task<IReadOnlyList<TimerRun>> TickDueAsync(DateTimeOffset until, MissedOccurrences missed = MissedOccurrences.Once, CancellationToken ct = default)
        => app.Services.GetRequiredService<FunctionTimers>().TickDueAsync(until, missed, ct);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static void AddLogging(ILoggingBuilder logging, IConfiguration settings, FunctionHostOptions options)
    {
        logging.AddConfiguration(settings.GetSection("Logging"));
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        if (options.Logging is { } custom)
            custom(logging);
        else
            logging.AddSimpleConsole(console => console.SingleLine = true).Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        // ASP.NET Core logs each request with its query, and the query may hold a key. No setting brings that back.
        logging.Services.PostConfigure<LoggerFilterOptions>(filters =>
        {
            foreach (var rule in filters.Rules.Where(rule => rule.CategoryName?.StartsWith(Diagnostics, StringComparison.OrdinalIgnoreCase) == true).ToList())
                filters.Rules.Remove(rule);
            foreach (string? provider in filters.Rules.Select(rule => rule.ProviderName).Append(null).Distinct().ToList())
                filters.Rules.Add(new LoggerFilterRule(provider, Diagnostics, LogLevel.None, null));
        });
    }

    private const string Diagnostics = "Microsoft.AspNetCore.Hosting.Diagnostics";

    private static void AddHost(IServiceCollection services, FunctionHostOptions options, FunctionKeys keys)
    {
        services.AddRouting();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options.Functions ?? FunctionCatalog.OfTheApp());
        services.AddSingleton(keys);
        services.AddSingleton<Invocations>();
        services.AddSingleton<FunctionTimers>();
        services.AddSingleton<EventGridWebhook>();
        services.AddSingleton<HttpRoutes>();
        services.AddSingleton<AdminEndpoints>();
        services.AddHostedService<Draining>();
        if (options.Timers)
            services.AddHostedService<TimerLoop>();
        services.AddSingleton(options);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Grace + Unwinding);
        services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
    }

    private static void Map(WebApplication app, FunctionHostOptions options)
    {
        var webhook = app.Services.GetRequiredService<EventGridWebhook>();
        app.MapMethods(EventGridWebhook.Path, ["POST", "OPTIONS"], webhook.HandleAsync);
        app.Services.GetRequiredService<HttpRoutes>().Map(app);
        app.Services.GetRequiredService<AdminEndpoints>().Map(app);
        // Made now: a schedule starts when the host does, and a function that can't be right is found before the first event.
        app.Services.GetRequiredService<FunctionTimers>();
    }
}
