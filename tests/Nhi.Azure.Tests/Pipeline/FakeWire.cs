using System.Net;
using System.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Nhi.Azure.Tests.Pipeline;

/// <summary>The network as the SDK's own transport sees it: answers are scripted, and what was sent is kept.</summary>
internal sealed class FakeWire : HttpMessageHandler
{
    public static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private readonly Func<Sent, HttpResponseMessage> _answer;
    private readonly Lock _lock = new();

    public FakeWire(Func<Sent, HttpResponseMessage> answer)
    {
        _answer = answer;
        Transport = new HttpClientTransport(this);
    }

    public HttpClientTransport Transport { get; }

    /// <summary>What was sent with a token; the vault's first request, without one, is answered with a challenge and not kept.</summary>
    public List<Sent> Requests { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        if (request.Headers.Authorization is null)
            return Challenge();
        var sent = new Sent(request.Method.Method, request.RequestUri!, body, request.Headers.ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase));
        lock (_lock)
            Requests.Add(sent);
        var answer = _answer(sent);
        answer.Headers.Date ??= Now;
        return answer;
    }

    private static HttpResponseMessage Challenge()
    {
        var answer = new HttpResponseMessage(HttpStatusCode.Unauthorized);
        answer.Headers.TryAddWithoutValidation("WWW-Authenticate", "Bearer authorization=\"https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222\", resource=\"https://vault.azure.net\"");
        return answer;
    }

    public static HttpResponseMessage Json(int status, string json) => new((HttpStatusCode)status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Error(int status, string code, string message, string? inner = null) =>
        Json(status, JsonSerializer.Serialize(new { error = new { code, message, innererror = inner is null ? null : new { code = inner } } }));

    internal sealed record Sent(string Method, Uri Uri, string Body, IReadOnlyDictionary<string, string> Headers);
}

/// <summary>A token for anybody, that says whose it is.</summary>
internal sealed class FakeToken(string name) : TokenCredential
{
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(name, DateTimeOffset.MaxValue);

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
}
