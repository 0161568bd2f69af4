using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Core;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Rest;

/// <summary>An operation that ARM accepted and goes on with: polled at the address that it gave, until it says how it ended. Its resource stays held meanwhile.</summary>
internal sealed class LongRunning
{
    private readonly RestCall _call;
    private readonly Response _first;
    private readonly Uri _poll;
    private readonly Uri? _result;
    private readonly bool _says;

    private LongRunning(RestCall call, Response first, Uri poll, Uri? result, bool says) =>
        (_call, _first, _poll, _result, _says) = (call, first, poll, result, says);

    /// <summary>
    /// Null for an answer that is the end already. Throws <see cref="ExternalCallException"/> for an accepted operation whose address is missing
    /// or leads to another host, which would be handed our token.
    /// </summary>
    public static LongRunning? Of(RestCall call, Response first)
    {
        var operation = Address(call, first, "Azure-AsyncOperation");
        var location = Address(call, first, "Location");
        if (first.Status is >= 200 and < 300 && operation is not null)
            return new LongRunning(call, first, operation, location, says: true);
        if (first.Status != 202)
            return null;
        return location is not null
            ? new LongRunning(call, first, location, null, says: false)
            : throw Lost(call, "it was accepted, but no address says how it goes on");
    }

    /// <summary>The last answer: with the result where the operation has one. Throws <see cref="ExternalCallException"/> (may have happened) when it failed or did not end within <paramref name="longest"/> of real time.</summary>
    public async Task<Response> FinishAsync(Func<RestCall, CancellationToken, Task<Response>> get, TimeSpan longest, TimeProvider realTime, CancellationToken ct)
    {
        var began = realTime.GetTimestamp();
        var answer = _first;
        while (true)
        {
            var pause = RetryAfter(answer);
            if (realTime.GetElapsedTime(began) + pause > longest)
                throw Lost(_call, $"it did not end within {longest.TotalMinutes:0.#} minutes");
            await Task.Delay(pause, realTime, ct);
            await StillAsync(ct);
            answer = await PollAsync(get, _poll, ct);
            if (_says ? EndedWell(answer) : answer.Status != 202)
                break;
        }

        return _says && _result is not null ? await PollAsync(get, _result, ct) : answer;
    }

    /// <summary>The change was sent: a row that nobody can renew now is no word about it. One that another instance holds says itself that it is lost.</summary>
    private async Task StillAsync(CancellationToken ct)
    {
        try
        {
            await (_call.Fence?.StillAsync(ct) ?? Task.CompletedTask);
        }
        catch (ExternalCallException)
        {
            throw Lost(_call, "the hold on its resource could not be renewed while it goes on");
        }
    }

    private async Task<Response> PollAsync(Func<RestCall, CancellationToken, Task<Response>> get, Uri address, CancellationToken ct)
    {
        try
        {
            var answer = await get(new RestCall(_call.Environment, _call.Host, RequestMethod.Get, address.PathAndQuery, _call.What), ct);
            return answer.Status is >= 200 and < 300 ? answer : throw Lost(_call, $"asking how it goes on was answered by HTTP {answer.Status}");
        }
        catch (ExternalCallException failure) when (!failure.MayHaveHappened)
        {
            throw Lost(_call, "nobody answers how it goes on");
        }
    }

    private bool EndedWell(Response answer) => Status(answer) switch
    {
        "succeeded" => true,
        "failed" or "canceled" or "cancelled" => throw Lost(_call, "the operation ended as failed"),
        _ => false,
    };

    private static string? Status(Response answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer.Content.ToMemory());
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.String
                ? status.GetString()!.ToLowerInvariant()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Uri? Address(RestCall call, Response answer, string header)
    {
        if (!answer.Headers.TryGetValue(header, out var text))
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && address.Port == 443 && string.Equals(address.Host, call.Host, StringComparison.OrdinalIgnoreCase)
            ? address
            : throw Lost(call, $"its header {header} leads to another host than {call.Host}");
    }

    private static TimeSpan RetryAfter(Response answer) =>
        answer.Headers.TryGetValue("Retry-After", out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 1, 60))
            : TimeSpan.FromSeconds(5);

    private static ExternalCallException Lost(RestCall call, string why) =>
        new($"{call.What}: {why}.", mayHaveHappened: true, transient: true, code: "LongRunning");
}
