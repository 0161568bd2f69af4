using System.Net;
using System.Text;
using Azure.Core.Pipeline;
using Nhi.Azure.Rest;

namespace Nhi.Azure.Tests.Rotators;

/// <summary>A small Azure behind the pipelines: it answers by host, counts what it was asked, and can be down or lose answers.</summary>
internal sealed class FakeAzure : HttpMessageHandler
{
    private readonly Dictionary<string, Func<HttpRequestMessage, string, HttpResponseMessage>> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _gate = new();

    public enum Weather
    {
        Fine,

        /// <summary>Nobody listens.</summary>
        Down,

        /// <summary>Everything is done, no answer comes.</summary>
        AnswersLost,

        /// <summary>503, from before or behind the effect: nobody can tell.</summary>
        Unavailable,

        /// <summary>429.</summary>
        Throttled,
    }

    public Weather Now { get; set; }

    /// <summary>Verb and path, in order.</summary>
    public List<string> Asked { get; } = [];

    public FakeCredentials Credentials { get; } = new();

    public void Serve(string host, Func<HttpRequestMessage, string, HttpResponseMessage> answer) => _hosts[host] = answer;

    public AzureRest Rest(TimeProvider? time = null) => new(Credentials, time ?? TimeProvider.System, Tuning());

    public RestTuning Tuning() => new()
    {
        ReadRetryDelay = TimeSpan.FromMilliseconds(1),
        Transport = new HttpClientTransport(new HttpClient(this, disposeHandler: false)),
    };

    public static HttpResponseMessage Json(HttpStatusCode status, string body) => new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Error(HttpStatusCode status, string code, string message) =>
        Json(status, $$$"""{"error":{"code":"{{{code}}}","message":"{{{message}}}"}}""");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        lock (_gate)
        {
            Asked.Add($"{request.Method} {request.RequestUri!.AbsolutePath}");
            switch (Now)
            {
                case Weather.Down:
                    throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
                case Weather.Unavailable:
                    return Error(HttpStatusCode.ServiceUnavailable, "ServiceUnavailable", "Try again later.");
                case Weather.Throttled:
                    return Error(HttpStatusCode.TooManyRequests, "TooManyRequests", "Slow down.");
            }

            var answer = _hosts.TryGetValue(request.RequestUri.Host, out var serve) ? serve(request, body) : new HttpResponseMessage(HttpStatusCode.NotFound);
            return Now == Weather.AnswersLost ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "the connection was closed") : answer;
        }
    }
}
