using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Nhi.Local.Wire;

/// <summary>One HTTPS listener for every host name of the local world, the same behind a proxy, and a plain one for the identity endpoint.</summary>
internal sealed class WireListener : IAsyncDisposable
{
    private const long LargestBody = 128L << 20;

    private readonly WebApplication app;
    private readonly Func<string, IWireHost?> hosts;
    private readonly Traffic traffic;
    private readonly TimeProvider time;

    private WireListener(WebApplication app, Func<string, IWireHost?> hosts, Traffic traffic, TimeProvider time)
    {
        this.app = app;
        this.hosts = hosts;
        this.traffic = traffic;
        this.time = time;
    }

    /// <summary>HTTPS, loopback.</summary>
    public int Port { get; private set; }

    /// <summary>The proxy's, loopback.</summary>
    public int ProxyPort { get; private set; }

    /// <summary>Plain HTTP, loopback.</summary>
    public int PlainPort { get; private set; }

    /// <param name="certificate">The leaf with its key.</param>
    /// <param name="hosts">Who answers for a host name; null = nobody.</param>
    /// <param name="plain">Who answers on the plain port.</param>
    /// <param name="proxy">Who meets those that come by the proxy's port.</param>
    /// <param name="traffic">Counts, tap and faults.</param>
    /// <param name="time">Real time, for <c>Date</c>.</param>
    public static async Task<WireListener> StartAsync(
        X509Certificate2 certificate, Func<string, IWireHost?> hosts, IWireHost plain, ConnectProxy proxy, Traffic traffic, TimeProvider time)
    {
        List<ListenOptions> ports = [];
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Listen(IPAddress.Loopback, 0, listen => Kept(listen).UseHttps(certificate));
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                Kept(listen).Use(proxy.MeetAsync);
                listen.UseHttps(certificate);
            });
            kestrel.Listen(IPAddress.Loopback, 0, listen => Kept(listen));
        });
        var listener = new WireListener(builder.Build(), hosts, traffic, time);
        listener.app.Run(context => context.Request.IsHttps
            ? listener.HandleAsync(context)
            : listener.HandlePlainAsync(context, plain));
        await listener.app.StartAsync();
        (listener.Port, listener.ProxyPort, listener.PlainPort) = (ports[0].IPEndPoint!.Port, ports[1].IPEndPoint!.Port, ports[2].IPEndPoint!.Port);
        return listener;

        ListenOptions Kept(ListenOptions listen)
        {
            ports.Add(listen);
            return listen;
        }
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        var call = new Call(context);
        if (hosts(call.Host) is not { } host)
        {
            context.Abort();
            return;
        }

        traffic.Came();
        try
        {
            var request = traffic.Number(host.Service, call.Method, call.Host, call.RawTarget);
            await AnswerAsync(context, call, host, request);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: nobody waits for this answer.
        }
        finally
        {
            traffic.Answered();
        }
    }

    private async Task AnswerAsync(HttpContext context, Call call, IWireHost host, WireRequest request)
    {
        await traffic.BeforeAsync(request, context.RequestAborted);
        var fault = traffic.Faults.Meet(request);
        if (fault is { Breaks: true })
        {
            context.Abort();
            return;
        }

        if (fault is { Delay: var delay } && delay > TimeSpan.Zero) await Task.Delay(delay, time, context.RequestAborted);
        using var answer = fault is { Status: > 0 }
            ? Refusal(host, fault, fault.Echoes ? await call.QuoteAsync(context.RequestAborted) : "Refused by the local world, as a test or a story asked for.")
            // An effect is never half done because its client has gone: the services of Azure go on too.
            : await host.AnswerAsync(call, CancellationToken.None);
        await traffic.AfterAsync(request, context.RequestAborted);
        if (fault is { Lateness: var late } && late > TimeSpan.Zero) await Task.Delay(late, time, context.RequestAborted);
        if (fault is { CutsAnswer: true }) await WriteAsync(context, answer, half: true);
        if (fault is { CutsAnswer: true } or { LosesAnswer: true })
        {
            context.Abort();
            return;
        }

        await WriteAsync(context, answer);
    }

    private async Task HandlePlainAsync(HttpContext context, IWireHost plain)
    {
        using var answer = await plain.AnswerAsync(new Call(context), context.RequestAborted);
        await WriteAsync(context, answer);
    }

    private static Answer Refusal(IWireHost host, Fault fault, string message)
    {
        var answer = host.Error(fault.Status, fault.Code, message);
        return fault.RetryAfter is { } seconds ? answer.With("Retry-After", seconds.ToString(CultureInfo.InvariantCulture)) : answer;
    }

    private Task WriteAsync(HttpContext context, Answer answer, bool half = false)
    {
        // Kestrel's own Date may be a second old: with a moved clock that would be another offset.
        context.Response.Headers.Date = time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        return half ? answer.WriteHalfAsync(context.Response, context.RequestAborted) : answer.WriteAsync(context.Response, context.RequestAborted);
    }
}
