using System.Net;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Nhi.Governance.Triggers;
using Nhi.Local.Hosting;

namespace Nhi.Local.Tests.Host;

/// <summary>A host on a free port, with a fake domain, a fake clock at 2026-03-02T08:00Z and a client.</summary>
public sealed class StartedHost : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private StartedHost(FunctionHost host, FakeGovernance governance, FakeTimeProvider clock)
    {
        Host = host;
        Governance = governance;
        Clock = clock;
        Client = new HttpClient { BaseAddress = host.Address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public FunctionHost Host { get; }

    public FakeGovernance Governance { get; }

    public FakeTimeProvider Clock { get; }

    public HttpClient Client { get; }

    public static async Task<StartedHost> StartAsync(
        FunctionCatalog? functions = null, bool timers = false, TimeSpan? grace = null, Action<ILoggingBuilder>? logging = null, Dictionary<string, string?>? settings = null)
    {
        var governance = new FakeGovernance();
        var clock = new FakeTimeProvider(Start);
        var options = new FunctionHostOptions { Functions = functions, Timers = timers, Logging = logging ?? (_ => { }), Grace = grace ?? TimeSpan.FromSeconds(20) };
        var host = FunctionHost.Create(options, new ConfigurationBuilder().AddInMemoryCollection(settings ?? []).Build(), (services, _) =>
        {
            services.AddSingleton<IGovernance>(governance);
            services.AddSingleton<TimeProvider>(clock);
        });
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new StartedHost(host, governance, clock);
    }

    /// <summary>Posts to the webhook of a function; a null key or type sends none.</summary>
    public Task<HttpResponseMessage> DeliverAsync(string body, string function = "OnSecretEvent", string? type = "Notification", string? key = "eventgrid")
    {
        string code = key is null ? "" : $"&code={(key == "eventgrid" ? Host.Keys.EventGrid : key)}";
        var request = new HttpRequestMessage(HttpMethod.Post, $"/runtime/webhooks/EventGrid?functionName={function}{code}") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (type is not null)
            request.Headers.Add("aeg-event-type", type);
        return Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async Task<HttpStatusCode> StatusAsync(Task<HttpResponseMessage> sending)
    {
        using var response = await sending;
        return response.StatusCode;
    }

    /// <summary>Calls an admin endpoint with the master key, or another one.</summary>
    public async Task<(HttpStatusCode Status, string Body)> AdminAsync(HttpMethod method, string path, string? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("x-functions-key", key ?? Host.Keys.Master);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
    }
}
