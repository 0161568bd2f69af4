using System.Net.Http;
using System.Text.Json;
using System.Xml;
using Azure;
using Azure.Identity;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Pipeline;

/// <summary>
/// One call to a service, and what its failure means: refused, to be tried again, or lost. Every error becomes an <see cref="ExternalCallException"/> without a value in it:
/// the SDK's own exceptions quote bodies, so they are never its cause.
/// </summary>
/// <param name="What">What is asked of whom, e.g. <c>set the secret kv:…</c>.</param>
/// <param name="Changes">True when it changes something there: then an answer that is missing may hide a success.</param>
/// <param name="Value">The value that is sent along and must not come back in a message.</param>
internal sealed record ExternalCall(string What, bool Changes, SecretMaterial? Value = null)
{
    private const int LongestMessage = 300;

    /// <summary>Throws <see cref="ExternalCallException"/>; cancellation by <paramref name="ct"/> goes through as it is (the caller decides that a cancelled change is a lost one).</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> call, CancellationToken ct)
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (IsOurs(e, ct))
        {
            throw Classify(e);
        }
    }

    /// <summary>
    /// True for what a call can fail with; false for bugs and for the caller's own cancellation. An answer that is not in the service's own form is one of these: the storage clients throw
    /// <see cref="XmlException"/> for a 503 whose body is empty or a gateway's.
    /// </summary>
    public static bool IsOurs(Exception e, CancellationToken ct) =>
        e is RequestFailedException or AuthenticationFailedException or AggregateException or HttpRequestException or IOException or JsonException or XmlException
        || (e is OperationCanceledException && !ct.IsCancellationRequested);

    public ExternalCallException Classify(Exception e) => e switch
    {
        AggregateException { InnerExceptions: [.., var last] } => Classify(last),
        CredentialUnavailableException => Refused("NoIdentity", "there is no identity to ask with. Check Nhi__Identities and that the identity is assigned to the app", transient: false),
        AuthenticationFailedException auth => Refused("NoToken", $"no token could be had ({Status(auth)})", transient: auth.InnerException is not RequestFailedException { Status: 400 or 401 or 403 }),
        RequestFailedException { Status: 0 } failed => Lost(failed.InnerException),
        RequestFailedException failed => Answered(failed),
        HttpRequestException failed => Lost(failed),
        _ => Lost(e),
    };

    private static string Status(AuthenticationFailedException e) => e.InnerException is RequestFailedException { Status: > 0 } failed ? $"HTTP {failed.Status}" : "no answer";

    /// <summary>No answer. Only where no connection came about is it sure that nothing was sent.</summary>
    private ExternalCallException Lost(Exception? cause)
    {
        var unsent = cause is HttpRequestException
        {
            HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
        };
        var why = cause is OperationCanceledException ? "it took too long" : (cause as HttpRequestException)?.HttpRequestError.ToString() ?? cause?.GetType().Name ?? "no answer";
        return unsent
            ? new($"Could not {What}: not reachable ({why}). Nothing was sent.", mayHaveHappened: false, transient: true, "Unreachable")
            : new($"Could not {What}: {(Changes ? "the answer was lost" : "no answer")} ({why}).", Changes, transient: true, "NoAnswer");
    }

    private ExternalCallException Answered(RequestFailedException e)
    {
        var (code, message) = Read(e);
        var text = $"HTTP {e.Status} {code}{(message is null ? "" : $": {message}")}";
        return e.Status switch
        {
            429 => Refused(code, text, transient: true),
            408 or >= 500 => new($"Could not {What}: {text}.", Changes, transient: true, code),
            409 => Refused(code, text, transient: code is not "ObjectIsDeletedButRecoverable"),
            _ => Refused(code, text, transient: false),
        };
    }

    private ExternalCallException Refused(string code, string text, bool transient) => new($"Could not {What}: {text}.", mayHaveHappened: false, transient, code);

    /// <summary>The innermost code that the answer names, and its message, bounded and without the value.</summary>
    private (string Code, string? Message) Read(RequestFailedException e)
    {
        var code = e.ErrorCode;
        string? message = null;
        if (Body(e) is { } body)
        {
            using (body)
            {
                var error = Member(body.RootElement, "error") ?? Member(body.RootElement, "odata.error");
                code = Text(Member(Member(error, "innererror"), "code")) ?? Text(Member(error, "code")) ?? code;
                message = Text(Member(error, "message")) ?? Text(Member(Member(error, "message"), "value"));
            }
        }

        return (string.IsNullOrWhiteSpace(code) ? e.Status.ToString(System.Globalization.CultureInfo.InvariantCulture) : ServiceText.OneLine(code, 80, Value), message is null ? null : ServiceText.OneLine(message, LongestMessage, Value).TrimEnd('.', ' '));
    }

    private static JsonDocument? Body(RequestFailedException e)
    {
        try
        {
            return e.GetRawResponse()?.Content is { } content && content.ToMemory() is { Length: > 0 and <= 65_536 } bytes ? JsonDocument.Parse(bytes) : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Not JSON (storage answers XML), or never buffered: the code in the header is enough.
            return null;
        }
    }

    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } && element.Value.TryGetProperty(name, out var member) ? member : null;

    private static string? Text(JsonElement? element) => element is { ValueKind: JsonValueKind.String } ? element.Value.GetString() : null;
}
