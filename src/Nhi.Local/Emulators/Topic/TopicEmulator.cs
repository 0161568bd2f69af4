using System.Text.Json;
using System.Text.Json.Nodes;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.Topic;

/// <summary>An Event Grid custom topic: takes the CloudEvents that the product publishes and shows them.</summary>
public sealed class TopicEmulator : IWireHost
{
    /// <summary>Its host name.</summary>
    public const string HostName = "nhi-local.westeurope-1.eventgrid.azure.net";

    private readonly List<JsonObject> received = [];
    private readonly TokenDesk tokens;

    internal TopicEmulator(TokenDesk tokens) => this.tokens = tokens;

    /// <summary>Where the product publishes to.</summary>
    public static Uri Endpoint { get; } = new($"https://{HostName}/api/events");

    string IWireHost.Service => "topic";

    /// <summary>Copies of all events received, in order; a repeated one is there twice.</summary>
    public IReadOnlyList<JsonObject> Received
    {
        get
        {
            lock (received) return [.. received.Select(one => (JsonObject)one.DeepClone())];
        }
    }

    Answer IWireHost.Error(int status, string code, string message) => Answer.JsonError(status, code, message);

    async ValueTask<Answer> IWireHost.AnswerAsync(Call call, CancellationToken cancellation)
    {
        if (tokens.Check(call.Bearer, TokenDesk.EventGrid) is null)
            return Answer.JsonError(401, "Unauthorized", "The request authorization key is not authorized.");
        if (call.Method != "POST" || call.Segments is not ["api", "events"])
            return Answer.JsonError(404, "NotFound", "A topic takes POST /api/events.");
        if (await call.BytesAsync(cancellation) is not { } body)
            return Answer.JsonError(413, "RequestEntityTooLarge", "An array of events is at most 1 MB.");
        if (Events(body) is not { } events)
            return Answer.JsonError(400, "BadRequest", "This is no CloudEvent 1.0 or array of them: each needs id, source, type and specversion.");
        lock (received) received.AddRange(events!);
        return Answer.Empty(200);
    }

    private static List<JsonObject?>? Events(byte[] body)
    {
        try
        {
            var root = JsonNode.Parse(body);
            List<JsonObject?> events = root is JsonArray array ? [.. array.Select(item => (item as JsonObject)?.DeepClone() as JsonObject)] : [root as JsonObject];
            return events.TrueForAll(one => one is not null && (string?)one["specversion"] == "1.0"
                && one["id"] is not null && one["source"] is not null && one["type"] is not null) ? events : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
