using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Nhi.Local.Tests.Delivery;

/// <summary>An endpoint that proves itself and answers as it is told.</summary>
internal sealed class Webhook : IAsyncDisposable
{
    private readonly WebApplication app;

    private Webhook(WebApplication app) => this.app = app;

    public Uri Endpoint { get; private set; } = null!;

    /// <summary>What came, in order, with the header <c>aeg-delivery-count</c>.</summary>
    public ConcurrentQueue<(string Count, JsonNode Body)> Received { get; } = new();

    /// <summary>The status of the next answer, by how many came before it.</summary>
    public Func<int, int> Answer { get; set; } = _ => 200;

    public bool ProvesItself { get; set; } = true;

    public static async Task<Webhook> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var webhook = new Webhook(builder.Build());
        webhook.app.Run(webhook.HandleAsync);
        await webhook.app.StartAsync();
        webhook.Endpoint = new Uri(webhook.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return webhook;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        if (HttpMethods.IsOptions(context.Request.Method))
        {
            if (ProvesItself) context.Response.Headers["WebHook-Allowed-Origin"] = context.Request.Headers["WebHook-Request-Origin"];
            return;
        }

        var body = (await JsonNode.ParseAsync(context.Request.Body))!;
        if (context.Request.Headers["aeg-event-type"] == "SubscriptionValidation")
        {
            var code = ProvesItself ? (string)body[0]!["data"]!["validationCode"]! : "another";
            await context.Response.WriteAsync($$"""{"validationResponse":"{{code}}"}""");
            return;
        }

        context.Response.StatusCode = Answer(Received.Count);
        Received.Enqueue((context.Request.Headers["aeg-delivery-count"].ToString(), body));
    }
}
