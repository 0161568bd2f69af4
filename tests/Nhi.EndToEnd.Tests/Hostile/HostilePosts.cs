using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Nhi.Local.Delivery;
using Nhi.Local.Emulators;

namespace Nhi.EndToEnd.Tests.Hostile;

/// <summary>
/// Draws what somebody may send who has the webhook's key, or not even that. Post <c>n</c> of a seed is always the same but for the instants, which are those of <paramref name="now"/>.
/// </summary>
/// <param name="seed">Printed by the test, replayed by <c>NHI_EVENT_SEED</c>.</param>
/// <param name="topic">The resource id of a governed vault.</param>
/// <param name="vault">Its name.</param>
/// <param name="secrets">Names of secrets in it about which nothing is due.</param>
/// <param name="now">Governance time.</param>
internal sealed class HostilePosts(int seed, string topic, string vault, IReadOnlyList<string> secrets, DateTimeOffset now)
{
    /// <summary>Stands in many fields, as a secret that somebody pasted; it is no name of anything, and must come back nowhere.</summary>
    public const string Canary = "Zq7~Canary+8fKd0Wm2/hostile==";

    /// <summary>Becomes a token that no JSON writer writes.</summary>
    private const string Raw = "@@raw@@";

    private static readonly string[] Texts =
    [
        "", " ", "/", "\\", "#", "?", "..", "../../evidence", "a/b", "a\\b", "a#b", "a?b", "%2f..%2f", "\0", "\r\nx: y", "\u202e", "\u001b[31m", "\ufeff", "é", "\ud83d\ude00", "' or 1=1 --", "${jndi:ldap://x}",
        "<script>", "null", "kv1", "kv-nhi", "kv-nhi-staging", "Secret", "Key", "Certificate", "1.0", "2.0", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "-9999-01-01T00:00:00Z", "2026-02-30T00:00:00Z",
        "1970-01-01T00:00:00Z", "2026-03-02T25:61:61Z", "https://kv1.vault.azure.net", "https://kv1.vault.azure.net/secrets/", "https://kv1.vault.azure.net/secrets/a/b/c", "https://kv1.vault.azure.net/keys/log/1",
        "https://kv1.vault.azure.net.evil.example/secrets/x/1", "https://kv1.vault.azure.net@evil.example/secrets/x/1", "https://evil.example/secrets/x/1", "https://kv-nhi.vault.azure.net/secrets/nhi-fingerprint-key/1",
        "http://kv1.vault.azure.net/secrets/x/1", "https://kv1.vault.azure.net:444/secrets/x/1", "https://kv1.vault.azure.net/secrets/a%2fb/1", "https://kv1.vault.azure.net/secrets/..%5c/1", "file:///etc/passwd",
        "Microsoft.KeyVault.SecretExpired", "Microsoft.KeyVault.KeyExpired", "Microsoft.Storage.BlobCreated", "/subscriptions/../providers/Microsoft.KeyVault/vaults/kv1", Canary, "Password=" + Canary, "AccountKey=" + Canary,
    ];

    private static readonly string[] Tokens =
        ["1e999999", "-1e999999", "01", "0x10", "NaN", "Infinity", "1.", ".5", "-", "+1", "1e", "tru", "'x'", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u12\"", "\"\\q\"", "\"\t\"", "/* x */ 1", "undefined"];

    private static readonly string[] Members = ["id", "topic", "source", "subject", "eventType", "type", "eventTime", "time", "data", "specversion", "Id", "VaultName", "ObjectType", "ObjectName ", "__proto__", "$type", Canary];

    /// <summary>Post <paramref name="number"/> of this seed.</summary>
    public HostilePost Draw(int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        return random.Next(100) switch
        {
            < 30 => new("changed members", Utf8(Text(Changed(random), random))),
            < 42 => new("other places", Utf8(Elsewhere(random).ToJsonString())),
            < 52 => new("other times", Utf8(AtAnyTime(random).ToJsonString())),
            < 62 => new("broken text", Broken(random)),
            < 70 => new("random JSON", Utf8(Text(Node(random, 0), random))),
            < 74 => new("random bytes", Bytes(random, random.Next(3000))),
            < 82 => new("arrays", Utf8(Many(random))),
            < 85 => new("size and depth", Utf8(Huge(random))),
            < 95 => AtTheDoor(random),
            _ => new("a hint that needs nothing", Utf8(Envelope(Event(random), random).ToJsonString())),
        };
    }

    private WorldEvent Event(Random random, string? name = null, DateTimeOffset? time = null)
    {
        var secret = name ?? Any(random, secrets);
        var version = Convert.ToHexStringLower(Bytes(random, 16));
        return new WorldEvent(new Guid(Bytes(random, 16)).ToString(), topic, secret, Any(random, ["Microsoft.KeyVault.SecretNearExpiry", "Microsoft.KeyVault.SecretNewVersionCreated", "Microsoft.KeyVault.SecretExpired"]), time ?? now, new JsonObject
        {
            ["Id"] = $"https://{vault}.vault.azure.net/secrets/{secret}/{version}", ["VaultName"] = vault, ["ObjectType"] = "Secret", ["ObjectName"] = secret, ["Version"] = version, ["NBF"] = null, ["EXP"] = now.ToUnixTimeSeconds(),
        });
    }

    private static JsonObject Envelope(WorldEvent one, Random random) => random.Next(2) == 0 ? EventEnvelope.CloudEvent(one) : EventEnvelope.EventGridEvent(one);

    private JsonObject Changed(Random random)
    {
        var body = Envelope(Event(random), random);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var target = random.Next(2) == 0 && body["data"] is JsonObject { Count: > 0 } data ? data : body;
            if (target.Count == 0)
                continue;
            var member = Any(random, [.. target.Select(pair => pair.Key)]);
            switch (random.Next(6))
            {
                case 0:
                    target.Remove(member);
                    break;
                case 1:
                    target[Any(random, Members)] = Node(random, 2);
                    break;
                case 2:
                    target[member] = Raw;
                    break;
                default:
                    target[member] = random.Next(3) == 0 ? Node(random, 1) : Any(random, Texts) + (random.Next(3) == 0 ? Canary : "");
                    break;
            }
        }

        return body;
    }

    /// <summary>As JSON writers write it, or with members twice, space around, and tokens that are none.</summary>
    private static string Text(JsonNode? node, Random random)
    {
        var text = (node?.ToJsonString() ?? "null").Replace($"\"{Raw}\"", random.Next(8) == 0 ? new string('9', random.Next(1, 20_000)) : Any(random, Tokens), StringComparison.Ordinal);
        if (text.Length > 2 && text[0] == '{' && random.Next(5) == 0)
            text = $$"""{"{{Any(random, ["id", "ID", "data", "topic", "specversion"])}}":"{{Canary}}",{{text[1..]}}""";
        return random.Next(6) == 0 ? $" \r\n\t{text} \n" : text;
    }

    private JsonObject Elsewhere(Random random)
    {
        var other = Any(random, ["kv-elsewhere", "kv-nhi", "kv-nhi-staging", "kv2", "KV1x", "-", Canary]);
        var name = Any(random, ["a/b", "a\\b", "a#b", "a?b", "..", "x y", "é", new string('n', 128), new string('n', random.Next(1, 5000)), "entra-app/../generated-app", Canary, Any(random, secrets)]);
        var one = random.Next(2) == 0 ? Event(random) : Event(random, name);
        var body = Envelope(one, random);
        var data = body["data"]!.AsObject();
        var source = body.ContainsKey("topic") ? "topic" : "source";
        if (random.Next(2) == 0)
            body[source] = topic.Replace(vault, other, StringComparison.Ordinal);
        if (random.Next(2) == 0)
            (data["VaultName"], data["Id"]) = (other, $"https://{other}.vault.azure.net/secrets/{name}/1");
        if (random.Next(4) == 0)
            body[source] = Any(random, Texts) + topic;
        return body;
    }

    private JsonObject AtAnyTime(Random random)
    {
        var ticks = random.NextInt64(DateTimeOffset.MinValue.Ticks, DateTimeOffset.MaxValue.Ticks);
        var time = random.Next(3) switch { 0 => new DateTimeOffset(ticks, TimeSpan.Zero), 1 => now.AddHours(random.Next(-100, 100)).AddMinutes(7), _ => now };
        var body = Envelope(Event(random, time: time), random);
        var member = body.ContainsKey("eventTime") ? "eventTime" : "time";
        switch (random.Next(4))
        {
            case 0:
                body[member] = random.NextInt64();
                break;
            case 1:
                body[member] = Any(random, Texts);
                break;
            case 2:
                (body["data"]!["EXP"], body["data"]!["NBF"]) = (random.NextInt64(long.MinValue, long.MaxValue), random.NextDouble() * 1e300);
                break;
        }

        return body;
    }

    private byte[] Broken(Random random)
    {
        var text = Envelope(Event(random), random).ToJsonString();
        var bytes = Encoding.UTF8.GetBytes(text);
        switch (random.Next(8))
        {
            case 0:
                return bytes[..random.Next(bytes.Length)];
            case 1:
                return [.. Encoding.UTF8.Preamble, .. bytes];
            case 2:
                return [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)];
            case 3:
                return Encoding.UTF32.GetBytes(text);
            case 4:
                return [.. bytes, .. bytes];
            case 5:
                return Encoding.Latin1.GetBytes(text.Replace("entra", "éntra", StringComparison.Ordinal));
            default:
                for (var i = random.Next(1, 4); i > 0; i--)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
        }
    }

    private string Many(Random random)
    {
        var count = Any(random, [0, 1, 2, 5, 30]);
        var items = Enumerable.Range(0, count).Select(_ => random.Next(4) switch
        {
            0 => Node(random, 2)?.ToJsonString() ?? "null",
            1 => Elsewhere(random).ToJsonString(),
            2 => $"[{Changed(random).ToJsonString()}]",
            _ => Changed(random).ToJsonString(),
        });
        return $"[{string.Join(',', items)}]";
    }

    private string Huge(Random random)
    {
        var body = Envelope(Event(random), random);
        switch (random.Next(6))
        {
            case 0:
                return new string(random.Next(2) == 0 ? '[' : '{', random.Next(10, 200_000));
            case 1:
                return $"{string.Concat(Enumerable.Repeat("{\"data\":", random.Next(10, 5_000)))}1";
            case 2:
                body["subject"] = new string('x', Any(random, [60_000, 66_000, 1_000_000, 1_600_000]));
                return body.ToJsonString();
            case 3:
                body["data"]!["Id"] = Canary + new string('x', random.Next(70_000));
                return body.ToJsonString();
            case 4:
                for (var i = random.Next(50, 3_000); i > 0; i--)
                    body[string.Create(CultureInfo.InvariantCulture, $"m{i}")] = i;
                return body.ToJsonString();
            default:
                return $"[{string.Join(',', Enumerable.Repeat("{}", random.Next(1, 1_500)))}]";
        }
    }

    private HostilePost AtTheDoor(Random random)
    {
        var body = Utf8(Envelope(Event(random), random).ToJsonString());
        return random.Next(8) switch
        {
            0 => new("no key", body, Query: "?functionName=OnSecretEvent"),
            1 => new("wrong key", body, Query: "?functionName=OnSecretEvent&code=" + Uri.EscapeDataString(Any(random, Texts))),
            2 => new("no such function", body, Query: HostilePost.Key + "&functionName=" + Uri.EscapeDataString(Any(random, [.. Texts, "SweepDue", "Health", "OnSecretEvent,SweepDue"]))),
            3 => new("no event type", body, Bare: true),
            4 => new("other event type", body, EventType: Any(random, ["Subscription", "SubscriptionDeletion", "Notifications", "x", new string('x', 4000)])),
            5 => new("a validation that is none", random.Next(2) == 0 ? body : Utf8(Text(Node(random, 0), random)), EventType: "SubscriptionValidation"),
            6 => new("other method", body, Method: Any(random, ["GET", "PUT", "DELETE", "PATCH", "TRACE", "X"])),
            _ => new("said to be compressed", Bytes(random, 200), Encoding: Any(random, ["gzip", "br", "x"])),
        };
    }

    private static JsonNode? Node(Random random, int depth)
    {
        switch (depth > 5 ? 0 : random.Next(8))
        {
            case 5:
                return new JsonArray([.. Enumerable.Range(0, random.Next(5)).Select(_ => Node(random, depth + 1))]);
            case 6 or 7:
                var map = new JsonObject();
                for (var i = random.Next(8); i > 0; i--)
                    map[Any(random, Members)] = Node(random, depth + 1);
                return map;
            default:
                return random.Next(6) switch
                {
                    0 => null,
                    1 => random.Next(2) == 0,
                    2 => random.NextInt64(long.MinValue, long.MaxValue),
                    3 => Raw,
                    4 => Canary + new string('x', random.Next(2_000)),
                    _ => Any(random, Texts),
                };
        }
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static T Any<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
