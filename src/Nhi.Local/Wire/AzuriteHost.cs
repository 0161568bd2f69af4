using System.Globalization;
using Microsoft.AspNetCore.Http;
using Nhi.Local.Clock;
using Nhi.Local.Parts;

namespace Nhi.Local.Wire;

/// <summary>Stands before Azurite for one account: counts, fails and holds like any other service, and keeps the WORM promise that Azurite can't.</summary>
internal sealed class AzuriteHost(string service, HttpMessageInvoker azurite, WormRule? worm, WorldClock clock) : IWireHost
{
    /// <summary>How far Azurite's clock is to be ahead of the machine's, milliseconds; azurite-lean.cjs reads it.</summary>
    private const string Ahead = "x-nhi-ahead";

    public string Service => service;

    public async ValueTask<Answer> AnswerAsync(Call call, CancellationToken cancellation)
    {
        var verdict = worm?.Judge(call) ?? WormVerdict.Allowed;
        if (verdict == WormVerdict.Refused) return WormRule.Refusal();

        var address = new Uri($"https://{call.Host}{call.RawTarget}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(call.Method), address) { Version = new Version(1, 1) };
        if (call.Request.ContentLength is > 0 || call.Request.Headers.TransferEncoding.Count > 0)
            request.Content = new StreamContent(call.Request.Body);
        else if (call.Request.ContentLength is 0)
            request.Content = new ByteArrayContent([]);
        foreach (var (name, values) in call.Request.Headers)
        {
            if (name is "Host" or "Connection" or "Transfer-Encoding" or "Expect") continue;
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }

        request.Headers.TryAddWithoutValidation(Ahead, Math.Ceiling(clock.Ahead.TotalMilliseconds).ToString("F0", CultureInfo.InvariantCulture));
        if (verdict == WormVerdict.OnlyIfAbsent) request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        var response = await azurite.SendAsync(request, cancellation);
        if (verdict == WormVerdict.OnlyIfAbsent && (int)response.StatusCode == StatusCodes.Status409Conflict)
        {
            response.Dispose();
            return WormRule.Refusal();
        }

        // Read before it is passed on: a kill between effect and answer must find the effect done.
        await response.Content.LoadIntoBufferAsync(cancellation);
        return Answer.Forwarded(response);
    }

    public Answer Error(int status, string code, string message) => Answer.StorageError(status, code, message);
}
