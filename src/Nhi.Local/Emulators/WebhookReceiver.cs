using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators;

/// <summary>Somebody's webhook: takes what is signed with its key (Standard Webhooks), no older than five minutes, and shows it. Written out of the specification, as a receiver would be.</summary>
public sealed class WebhookReceiver : IWireHost
{
    public const string HostName = "hooks.contoso.example";

    /// <summary>The secret of the product vault that holds its key.</summary>
    public const string KeyName = "nhi-webhook-key";

    private static readonly TimeSpan OldestMessage = TimeSpan.FromMinutes(5);

    private readonly TimeProvider time;
    private readonly List<(string Id, JsonObject Body)> received = [];
    private byte[] key = [];

    internal WebhookReceiver(TimeProvider time) => this.time = time;

    /// <summary>Its address.</summary>
    public static Uri Endpoint { get; } = new($"https://{HostName}/nhi");

    string IWireHost.Service => "webhook";

    /// <summary>The settings of a host that tells it what is news.</summary>
    public static IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string> { ["Nhi__Webhooks__0__Uri"] = Endpoint.AbsoluteUri, ["Nhi__Webhooks__0__SecretName"] = KeyName };

    /// <summary>All that was taken, in order; a repeated one is there twice.</summary>
    public IReadOnlyList<(string Id, JsonObject Body)> Received
    {
        get
        {
            lock (received) return [.. received.Select(one => (one.Id, (JsonObject)one.Body.DeepClone()))];
        }
    }

    /// <summary><c>whsec_</c> and base64, as the secret holds it.</summary>
    internal void Expect(string secret) => key = Convert.FromBase64String(secret["whsec_".Length..]);

    Answer IWireHost.Error(int status, string code, string message) => Answer.JsonError(status, code, message);

    async ValueTask<Answer> IWireHost.AnswerAsync(Call call, CancellationToken cancellation)
    {
        if (call.Method != "POST" || call.Segments is not ["nhi"])
            return Answer.JsonError(404, "NotFound", "This webhook takes POST /nhi.");
        if (await call.BytesAsync(cancellation) is not { } body)
            return Answer.JsonError(413, "TooLarge", "Too large.");
        if (call.Header("webhook-id") is not { } id || !IsSigned(id, call.Header("webhook-timestamp"), call.Header("webhook-signature"), body))
            return Answer.JsonError(401, "Unsigned", "The signature does not fit.");
        if (Parse(body) is not { } parsed)
            return Answer.JsonError(400, "BadRequest", "This is no JSON object.");
        lock (received) received.Add((id, parsed));
        return Answer.Empty(204);
    }

    private bool IsSigned(string id, string? timestamp, string? signatures, byte[] body)
    {
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || (time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > OldestMessage)
            return false;
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
        return (signatures ?? "").Split(' ').Any(one => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(one), Encoding.ASCII.GetBytes(expected)));
    }

    private static JsonObject? Parse(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
