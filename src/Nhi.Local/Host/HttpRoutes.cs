using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Nhi.Local.Hosting;

/// <summary>The HTTP functions below <c>/api/</c>: 401 without a key that opens the function's level, 500 if it throws, else what it returns.</summary>
public sealed class HttpRoutes(FunctionCatalog catalog, FunctionKeys keys, Invocations invocations)
{
    /// <summary>Adds a route for each.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var function in catalog.All)
        {
            if (function.Trigger is not HttpFunctionTrigger trigger)
                continue;
            string pattern = $"/api/{trigger.Route.TrimStart('/')}";
            if (trigger.Methods.Count == 0)
                routes.Map(pattern, context => HandleAsync(context, function, trigger));
            else
                routes.MapMethods(pattern, trigger.Methods, context => HandleAsync(context, function, trigger));
        }
    }

    private async Task HandleAsync(HttpContext context, HostedFunction function, HttpFunctionTrigger trigger)
    {
        if (!keys.Open(context.Request, trigger.Level))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var result = await invocations.InvokeAsync(function, context.Request, returned => ((IResult)returned!).ExecuteAsync(context));
        if (result != InvocationResult.Done && !context.Response.HasStarted)
            context.Response.StatusCode = result == InvocationResult.Refused ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError;
    }
}
