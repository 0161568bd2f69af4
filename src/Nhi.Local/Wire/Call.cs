using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Nhi.Local.Wire;

/// <summary>A request as the emulators read it.</summary>
internal sealed class Call(HttpContext context)
{
    private const int BodyLimit = 1_500_000;

    public HttpRequest Request => context.Request;

    public string Method => context.Request.Method;

    public string Host => context.Request.Host.Host;

    /// <summary>Path and query as they were sent.</summary>
    public string RawTarget => context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "/";

    /// <summary>The decoded path, cut at its slashes, without empty parts.</summary>
    public string[] Segments { get; } = (context.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);

    public string? Bearer => Header("Authorization") is { } header && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : null;

    public string? Header(string name) => context.Request.Headers[name] is { Count: > 0 } values ? values.ToString() : null;

    public string? Query(string name) => context.Request.Query[name] is { Count: > 0 } values ? values.ToString() : null;

    /// <summary>The body as bytes; null when it is longer than any of these services takes.</summary>
    public async Task<byte[]?> BytesAsync(CancellationToken cancellation)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (memory.Length + read > BodyLimit) return null;
            memory.Write(buffer, 0, read);
        }

        return memory.ToArray();
    }

    /// <summary>All of the request in one line: body first, since messages are cut at their end.</summary>
    public async Task<string> QuoteAsync(CancellationToken cancellation) =>
        $"{Encoding.UTF8.GetString(await BytesAsync(cancellation) ?? [])} {Header("Authorization")} {Method} {RawTarget}";

    /// <summary>The body as a JSON object; null when it is none.</summary>
    public async Task<JsonObject?> JsonAsync(CancellationToken cancellation)
    {
        try
        {
            return await BytesAsync(cancellation) is { Length: > 0 } bytes ? JsonNode.Parse(bytes) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
