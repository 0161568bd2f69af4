using Azure.Core;
using Azure.Core.Pipeline;

namespace Nhi.Azure.Evidence;

/// <summary>
/// The last gate before the network: to an evidence container it lets through one Put Blob with <c>If-None-Match: *</c>, and reads. Whatever code above it does, nothing is overwritten, changed or deleted.
/// In Azure the container's policy and the role say the same; Azurite knows neither.
/// </summary>
/// <param name="container">The container's name. Requests to any other place are not let through either: the client is for this one only.</param>
public sealed class CreateOnlyPolicy(string container) : HttpPipelinePolicy
{
    /// <summary>Headers that make a Put Blob something else: a copy, a lease, a policy, tags that can change.</summary>
    private static readonly string[] NotOurs =
        ["x-ms-copy-source", "x-ms-lease-id", "x-ms-tags", "x-ms-legal-hold", "x-ms-immutability-policy-until-date", "x-ms-immutability-policy-mode", "x-ms-access-tier", "X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override"];

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Check(message.Request);
        ProcessNext(message, pipeline);
    }

    public override ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Check(message.Request);
        return ProcessNextAsync(message, pipeline);
    }

    private void Check(Request request)
    {
        var uri = request.Uri.ToUri();
        if (!IsAllowed(request, uri))
            throw new CreateOnlyException($"A {request.Method} to {uri.Host}{uri.AbsolutePath} was not sent: in the evidence container '{container}' a blob is created once, with If-None-Match: *, and then only read.");
    }

    private bool IsAllowed(Request request, Uri uri)
    {
        var path = uri.AbsolutePath[1..];
        var inside = path.StartsWith(container + "/", StringComparison.Ordinal) && path.Length > container.Length + 1 && !Uri.UnescapeDataString(path).Contains("/../", StringComparison.Ordinal);
        if (NotOurs.Any(header => request.Headers.Contains(header)))
            return false;
        var query = Query(uri);
        if (request.Method == RequestMethod.Put)
            return inside && query.Count == 0 && IsFirstPutBlob(request);
        if (request.Method == RequestMethod.Head || request.Method == RequestMethod.Get)
            return inside ? query.Count == 0 : path == container && IsContainerRead(query);
        return false;
    }

    private static bool IsFirstPutBlob(Request request) =>
        request.Headers.TryGetValue("x-ms-blob-type", out var type) && type == "BlockBlob"
        && request.Headers.TryGetValue("If-None-Match", out var condition) && condition == "*";

    /// <summary>Its properties, or the list of its blobs.</summary>
    private static bool IsContainerRead(Dictionary<string, string> query) =>
        query.GetValueOrDefault("restype") == "container" && query.GetValueOrDefault("comp", "list") == "list";

    private static Dictionary<string, string> Query(Uri uri)
    {
        var query = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = Uri.UnescapeDataString(equals < 0 ? part : part[..equals]);
            // Said twice, a parameter could mean either: neither is ours.
            query[name] = query.ContainsKey(name) ? "?" : equals < 0 ? "" : Uri.UnescapeDataString(part[(equals + 1)..]);
        }

        return query;
    }
}
