using System.Text;

namespace Nhi.Local.Parts;

/// <summary>
/// Azurite 3.37 finds the table of each operation in a transaction by a path with the account in it (<c>/{account}/{table}</c>), even where the account stands in the host name as in Azure:
/// without it, every transaction is a 500. So the addresses inside a <c>$batch</c> get the account put in before it; nothing else changes.
/// </summary>
internal sealed class AzuriteBatchPaths(HttpMessageHandler next) : DelegatingHandler(next)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request is { RequestUri: { } address, Content: { } content } && address.AbsolutePath.EndsWith("/$batch", StringComparison.Ordinal) && address.Host.Split('.') is [var account, "table", ..])
            request.Content = await RewrittenAsync(content, address.Host, account, cancellationToken);
        return await base.SendAsync(request, cancellationToken);
    }

    private static async Task<ByteArrayContent> RewrittenAsync(HttpContent content, string host, string account, CancellationToken cancellation)
    {
        // Latin-1 keeps every byte as it is.
        var body = Encoding.Latin1.GetString(await content.ReadAsByteArrayAsync(cancellation));
        // Only request lines: the same address inside an entity is preceded by no method.
        foreach (var method in (ReadOnlySpan<string>)["POST", "PUT", "PATCH", "MERGE", "DELETE", "GET"])
            body = body.Replace($"\n{method} https://{host}/", $"\n{method} https://{host}/{account}/", StringComparison.Ordinal);
        var rewritten = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        foreach (var (name, values) in content.Headers)
            if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                rewritten.Headers.TryAddWithoutValidation(name, values);
        return rewritten;
    }
}
