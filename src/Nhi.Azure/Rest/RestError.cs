using System.Text.Json;
using Azure;
using Nhi.Azure.Pipeline;

namespace Nhi.Azure.Rest;

/// <summary>A service's own words for a refusal. <paramref name="Code"/>: e.g. <c>Directory_ConcurrencyViolation</c>, null where it gave none; <paramref name="Says"/>: one line of at most 200 characters.</summary>
internal sealed record RestError(string? Code, string Says)
{
    private const int LongestText = 200;

    /// <summary>Reads <c>{"error":{"code","message"}}</c>; any other body is left unread, since nobody knows what is in it.</summary>
    public static RestError Of(Response response)
    {
        try
        {
            using var json = JsonDocument.Parse(response.Content.ToMemory(), new JsonDocumentOptions { MaxDepth = 16 });
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
                return new RestError(Text(error, "code", 80), Text(error, "message", LongestText) ?? "");
        }
        catch (JsonException)
        {
            // Not JSON: a proxy's or a gateway's page.
        }

        return new RestError(response.Headers.TryGetValue("x-ms-error-code", out var code) ? ServiceText.OneLine(code, 80) : null, "");
    }

    private static string? Text(JsonElement error, string name, int longest) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? ServiceText.OneLine(value.GetString()!, longest) : null;
}
