using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;

namespace Nhi.Local.Hosting;

/// <summary>
/// <c>/runtime/webhooks/EventGrid?functionName=X&amp;code=KEY</c> as the real host (4.1037) answers it: 401 without the key, 404 for a function that isn't there or takes no events,
/// the handshakes of both schemas, 400 without <c>aeg-event-type</c> or with one that it doesn't know, one call for each event of an array, all at once, then 202, or 500 if any threw.
/// One difference: what is not JSON is 400 here and 500 there. Event Grid never sends it.
/// </summary>
public sealed class EventGridWebhook(FunctionCatalog catalog, FunctionKeys keys, Invocations invocations)
{
    /// <summary>The most bytes that it reads: Event Grid delivers 1 MB at most.</summary>
    public const int MaxBytes = 1_500_000;

    /// <summary>Its path, which ignores case.</summary>
    public const string Path = "/runtime/webhooks/EventGrid";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        if (!keys.Open(request, AuthorizationLevel.System))
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        else if (catalog.Find<EventGridFunctionTrigger>(request.Query["functionName"]) is not { } function)
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (HttpMethods.IsOptions(request.Method))
            AllowOrigin(context);
        else if (await ReadAsync(context) is { } body)
            await ReceiveAsync(context, function, body);
    }

    private static void AllowOrigin(HttpContext context)
    {
        string? origin = context.Request.Headers["WebHook-Request-Origin"];
        context.Response.StatusCode = origin is null ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK;
        if (origin is not null)
            context.Response.Headers["WebHook-Allowed-Origin"] = origin;
    }

    /// <summary>The body, or null after the answer was given.</summary>
    private static async Task<string?> ReadAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxBytes;
        try
        {
            using var bytes = new MemoryStream();
            await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
            return Strict.GetString(bytes.GetBuffer(), 0, (int)bytes.Length).TrimStart('\uFEFF');
        }
        catch (BadHttpRequestException e)
        {
            context.Response.StatusCode = e.StatusCode;
        }
        catch (DecoderFallbackException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }

        return null;
    }

    private async Task ReceiveAsync(HttpContext context, HostedFunction function, string body)
    {
        string type = context.Request.Headers["aeg-event-type"].ToString();
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using (document)
        {
            if (type.Equals("SubscriptionValidation", StringComparison.OrdinalIgnoreCase))
                await ValidateAsync(context, document.RootElement);
            else if (type.Equals("Notification", StringComparison.OrdinalIgnoreCase) && Events(document.RootElement) is { } events)
                context.Response.StatusCode = await DeliverAsync(function, events);
            else
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
    }

    private static IReadOnlyList<string>? Events(JsonElement root) => root.ValueKind switch
    {
        JsonValueKind.Object => [root.GetRawText()],
        JsonValueKind.Array when root.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object) => [.. root.EnumerateArray().Select(item => item.GetRawText())],
        _ => null,
    };

    private static async Task ValidateAsync(HttpContext context, JsonElement root)
    {
        if (root is { ValueKind: JsonValueKind.Array } && root.GetArrayLength() > 0
            && root[0] is { ValueKind: JsonValueKind.Object } first
            && first.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
            && data.TryGetProperty("validationCode", out var code) && code.ValueKind == JsonValueKind.String)
            await Results.Json(new Dictionary<string, string?> { ["validationResponse"] = code.GetString() }).ExecuteAsync(context);
        else
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
    }

    private async Task<int> DeliverAsync(HostedFunction function, IReadOnlyList<string> events)
    {
        // Task.Run: also functions that never yield run side by side, as they do in the real host.
        var results = await Task.WhenAll(events.Select(one => Task.Run(() => invocations.InvokeAsync(function, one))));
        return results.Contains(InvocationResult.Refused) ? StatusCodes.Status503ServiceUnavailable
            : results.Contains(InvocationResult.Threw) ? StatusCodes.Status500InternalServerError
            : StatusCodes.Status202Accepted;
    }
}
