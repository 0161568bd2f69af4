using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Rest;

/// <summary>What a service answered. The body stays inside: it may hold values.</summary>
internal sealed class RestAnswer(RestCall call, Response response, bool change)
{
    /// <summary>404s that say nothing of what was asked for: Azure shows the asker no such subscription (it moved to another tenant, or ended), or the path leads to no sort of thing.</summary>
    private static readonly string[] _unseen = ["SubscriptionNotFound", "InvalidSubscriptionId", "MissingSubscription", "InvalidResourceNamespace", "InvalidResourceType"];

    private RestError? _error;

    public int Status => response.Status;

    public bool Succeeded => Status is >= 200 and < 300;

    /// <summary>It is not there, in the service's own words: a page of something between, without a code, says nothing.</summary>
    public bool IsAbsent => Status == 404 && Error.Code is { } code && !_unseen.Contains(code, StringComparer.OrdinalIgnoreCase);

    /// <summary>What the service says about its refusal: its code and a shortened sentence.</summary>
    public RestError Error => _error ??= RestError.Of(response);

    /// <summary>Throws <see cref="ExternalCallException"/> unless the status is a success.</summary>
    public RestAnswer OrThrow() => Succeeded ? this : throw ToException();

    public ExternalCallException ToException() => RestRules.Judge(call.What, Status, Error, change, call.Asker);

    /// <summary>The body in its shape. Throws <see cref="ExternalCallException"/> when it has another one; the change, if it was one, may then have happened.</summary>
    public T As<T>(JsonTypeInfo<T> shape)
    {
        try
        {
            var body = response.Content.ToMemory();
            if (body.Length > 0 && body.Length <= call.LongestAnswer && JsonSerializer.Deserialize(body.Span, shape) is { } value)
                return value;
        }
        catch (JsonException)
        {
            // The exception is not passed on: its message may quote the body.
        }

        throw new ExternalCallException($"{call.What}: the answer (HTTP {Status}) is not in the shape that this product knows.", mayHaveHappened: change, transient: true, code: "UnknownShape");
    }
}
