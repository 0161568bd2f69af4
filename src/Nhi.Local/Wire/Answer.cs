using System.Security;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Nhi.Local.Wire;

/// <summary>An answer that is complete before its first byte leaves.</summary>
internal sealed class Answer : IDisposable
{
    private static readonly HashSet<string> OfTheConnection = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Transfer-Encoding", "Date", "Server",
    };

    private readonly byte[] body;
    private readonly HttpResponseMessage? forwarded;

    private Answer(int status, byte[] body, string? contentType, HttpResponseMessage? forwarded = null)
    {
        Status = status;
        this.body = body;
        this.forwarded = forwarded;
        if (contentType is not null) Headers["Content-Type"] = contentType;
    }

    public int Status { get; }

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public static Answer Empty(int status) => new(status, [], null);

    public static Answer Json(int status, JsonNode node) => new(status, Encoding.UTF8.GetBytes(node.ToJsonString()), "application/json; charset=utf-8");

    public static Answer Xml(int status, string xml) => new(status, Encoding.UTF8.GetBytes(xml), "application/xml");

    public static Answer Forwarded(HttpResponseMessage response) => new((int)response.StatusCode, [], null, response);

    /// <summary>Microsoft's usual <c>{"error":{"code","message"}}</c>.</summary>
    public static Answer JsonError(int status, string code, string message, string? inner = null)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message };
        if (inner is not null) error["innererror"] = new JsonObject { ["code"] = inner };
        return Json(status, new JsonObject { ["error"] = error });
    }

    /// <summary>As the storage services put it.</summary>
    public static Answer StorageError(int status, string code, string message)
    {
        var answer = Xml(status, $"<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{SecurityElement.Escape(message)}</Message></Error>");
        answer.Headers["x-ms-error-code"] = code;
        return answer;
    }

    public Answer With(string header, string value)
    {
        Headers[header] = value;
        return this;
    }

    /// <summary>Promises all of the body and sends half of it; nothing at all where there is none.</summary>
    public async Task WriteHalfAsync(HttpResponse response, CancellationToken cancellation)
    {
        var all = forwarded is null ? body : await forwarded.Content.ReadAsByteArrayAsync(cancellation);
        if (all.Length == 0 || HttpMethods.IsHead(response.HttpContext.Request.Method)) return;
        WriteHead(response);
        response.ContentLength = all.Length;
        await response.Body.WriteAsync(all.AsMemory(0, all.Length / 2), cancellation);
        await response.Body.FlushAsync(cancellation);
    }

    public async Task WriteAsync(HttpResponse response, CancellationToken cancellation)
    {
        WriteHead(response);
        if (forwarded is null)
        {
            response.ContentLength = Status is 204 or 304 ? null : body.Length;
            if (body.Length > 0 && !HttpMethods.IsHead(response.HttpContext.Request.Method)) await response.Body.WriteAsync(body, cancellation);
            return;
        }

        if (Status is 204 or 304)
        {
            // No body, not even of no bytes: Kestrel would throw after the headers have left, and close the connection under the client's next request.
            response.ContentLength = null;
            return;
        }

        if (!HttpMethods.IsHead(response.HttpContext.Request.Method)) await forwarded.Content.CopyToAsync(response.Body, cancellation);
    }

    private void WriteHead(HttpResponse response)
    {
        response.StatusCode = Status;
        foreach (var (name, value) in Headers) response.Headers[name] = value;
        if (forwarded is null) return;
        foreach (var (name, values) in forwarded.Headers.Concat(forwarded.Content.Headers))
            if (!OfTheConnection.Contains(name)) response.Headers[name] = values.ToArray();
    }

    public void Dispose() => forwarded?.Dispose();
}
