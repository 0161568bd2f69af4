using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;

namespace Nhi.Local.Hosting;

/// <summary>
/// What the master key opens: <c>POST /admin/functions/X</c> as in the real host (202, then the function runs), and, here only, what the parent process asks that moves the clock:
/// <c>GET /admin/local/idle</c> and <c>POST /admin/local/tick</c>.
/// </summary>
public sealed class AdminEndpoints(FunctionCatalog catalog, FunctionKeys keys, Invocations invocations, FunctionTimers timers)
{
    private const int MaxInput = EventGridWebhook.MaxBytes;

    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/functions/{name}", context => GuardedAsync(context, RunAsync));
        routes.MapGet("/admin/local/idle", context => GuardedAsync(context, IdleAsync));
        routes.MapPost("/admin/local/tick", context => GuardedAsync(context, TickAsync));
    }

    private async Task GuardedAsync(HttpContext context, Func<HttpContext, Task<IResult>> handler)
    {
        var result = keys.Open(context.Request, AuthorizationLevel.Admin) ? await handler(context) : Results.StatusCode(StatusCodes.Status401Unauthorized);
        await result.ExecuteAsync(context);
    }

    private async Task<IResult> RunAsync(HttpContext context)
    {
        if (catalog.Find(context.Request.RouteValues["name"] as string) is not { } function)
            return Results.NotFound();
        if (function.Trigger is HttpFunctionTrigger)
            return Results.BadRequest($"{function.Name} is started by a request: call its route below /api/.");
        ManualRun? run = await ReadAsync(context);
        if (run is null || (function.Trigger is EventGridFunctionTrigger && run.Input is null))
            return Results.BadRequest("""The body is {"input": "…"}, or {} for a timer.""");
        if (invocations.IsDraining)
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        // It counts as under way before the answer is written, so that nobody sees an idle host in between.
        _ = function.Trigger is TimerFunctionTrigger ? timers.RunNowAsync(function) : invocations.InvokeAsync(function, run.Input!);
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }

    private static async Task<ManualRun?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength is null or > MaxInput)
            return null;
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, AdminJson.Default.ManualRun, context.RequestAborted);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private Task<IResult> IdleAsync(HttpContext context)
    {
        int inFlight = invocations.InFlight;
        return Task.FromResult(Results.Json(new HostState(inFlight == 0, inFlight, timers.NextDue), AdminJson.Default.HostState));
    }

    private async Task<IResult> TickAsync(HttpContext context)
    {
        string missed = context.Request.Query["missed"].FirstOrDefault() ?? "once";
        if (missed is not ("once" or "each"))
            return Results.BadRequest("missed is 'once' or 'each'.");
        // Not the request's token: a caller that goes away must not leave half a tick behind.
        var runs = await timers.TickDueAsync(timers.Clock.GetUtcNow(), missed == "each" ? MissedOccurrences.Each : MissedOccurrences.Once, CancellationToken.None);
        return Results.Json(runs, AdminJson.Default.IReadOnlyListTimerRun);
    }
}

/// <summary>The answer of <c>GET /admin/local/idle</c>.</summary>
/// <param name="Idle">Nothing is under way.</param>
/// <param name="InFlight">How many calls of functions are.</param>
/// <param name="NextDue">When the next timer is due by the governance clock; UTC.</param>
public sealed record HostState(bool Idle, int InFlight, DateTimeOffset? NextDue);

/// <summary>The body of <c>POST /admin/functions/X</c>.</summary>
internal sealed record ManualRun(string? Input);

/// <summary>The JSON of the admin endpoints.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ManualRun))]
[JsonSerializable(typeof(HostState))]
[JsonSerializable(typeof(IReadOnlyList<TimerRun>))]
internal sealed partial class AdminJson : JsonSerializerContext;
