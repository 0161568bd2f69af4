using Azure.Core;
using Azure.Core.Pipeline;

namespace Nhi.Azure.Pipeline;

/// <summary>Counts every request that is answered or lost, retries included. A 401 counts as <c>challenge</c>: the vault's client asks once without a token.</summary>
public sealed class CountingPolicy(CallCounter calls, string service) : HttpPipelinePolicy
{
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        try
        {
            ProcessNext(message, pipeline);
        }
        finally
        {
            Count(message);
        }
    }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        try
        {
            await ProcessNextAsync(message, pipeline);
        }
        finally
        {
            Count(message);
        }
    }

    private void Count(HttpMessage message) =>
        calls.Count(service, message is { HasResponse: true, Response.Status: 401 } ? "challenge" : Kind(message.Request.Method.Method, message.Request.Uri.ToUri()));

    /// <summary>What kind of call a request is, whichever service it goes to.</summary>
    internal static string Kind(string method, Uri uri)
    {
        var path = uri.AbsolutePath;
        if (path.EndsWith("/sign", StringComparison.Ordinal))
            return "sign";
        if (path.EndsWith("/$batch", StringComparison.Ordinal))
            return "batch";
        if (method is "GET" && (uri.Query.Contains("comp=list", StringComparison.Ordinal) || path.EndsWith("/versions", StringComparison.Ordinal) || path is "/secrets" or "/secrets/" || path.EndsWith("()", StringComparison.Ordinal)))
            return "list";
        return method switch
        {
            "GET" or "HEAD" => "get",
            "PUT" or "POST" => "put",
            "PATCH" or "MERGE" => "update",
            "DELETE" => "delete",
            _ => "other",
        };
    }
}
