using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Nhi.Governance.Credentials;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Tests.Triggers;

/// <summary>Whoever has the function's key can send anything: nothing is thrown, nothing is taken that should not be, and no text of theirs is repeated.</summary>
public sealed class HostileEventsTests
{
    private const string Canary = "Zq7Canary";

    private static readonly Gen<JsonNode?> _leaves = Gen.OneOf<JsonNode?>(
        Gen.Const((JsonNode?)null),
        Gen.Bool.Select(value => (JsonNode?)JsonValue.Create(value)),
        Gen.Double[-1e9, 1e9].Select(value => (JsonNode?)JsonValue.Create(value)),
        Gen.Long.Select(value => (JsonNode?)JsonValue.Create(value)),
        Gen.String.Select(value => (JsonNode?)JsonValue.Create(Canary + value)),
        AnyOf("/", "\\", "#", "?", "..", "%2f", "\0", "\n", "\u202e", "kv2", "kv1", "db-password", "Secret", Events.Topic, "https://kv2.vault.azure.net/secrets/x/1", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "")
            .Select(value => (JsonNode?)JsonValue.Create(value + Canary)),
        Gen.Int[0, 3000].Select(length => (JsonNode?)JsonValue.Create(Canary + new string('x', length))));

    private static readonly Gen<JsonNode?> _nodes = Gen.Recursive<JsonNode?>((depth, inner) => depth > 4
        ? _leaves
        : Gen.Frequency(
            (4, _leaves),
            (1, inner.Array[0, 4].Select(items => (JsonNode?)new JsonArray([.. items.Select(Copy)]))),
            (1, Gen.Select(AnyOf("id", "topic", "source", "type", "eventType", "data", "Id", "VaultName", "ObjectName ", "specversion", Canary), inner).Array[0, 6].Select(entries => (JsonNode?)Map(entries)))));

    [Fact]
    public void Random_texts_are_never_taken_and_never_throw() =>
        Gen.String.Sample(text => NothingTaken(SecretEvents.Parse(text, Events.Now, Events.Vaults), text));

    [Fact]
    public void Random_bytes_and_lone_surrogates_never_throw()
    {
        Gen.Byte.Array[0, 400].Sample(bytes => NothingTaken(SecretEvents.Parse(Encoding.Latin1.GetString(bytes), Events.Now, Events.Vaults), null));
        Gen.Char.Array[0, 200].Sample(chars => NothingTaken(SecretEvents.Parse($"{{\"id\":\"{new string(chars)}\"}}", Events.Now, Events.Vaults), null));
    }

    [Fact]
    public void Random_json_is_never_taken_and_its_text_is_never_repeated() =>
        _nodes.Sample(node => NothingTaken(SecretEvents.Parse(node?.ToJsonString() ?? "null", Events.Now, Events.Vaults), null), iter: 3_000);

    [Fact]
    public void An_event_with_one_member_replaced_is_either_what_it_was_or_rejected() =>
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Int[0, 12], _nodes).Sample((cloud, inData, index, value) =>
        {
            var body = cloud ? Events.Cloud() : Events.EventGrid();
            var target = inData ? body["data"]!.AsObject() : body;
            var member = target.ElementAt(index % target.Count).Key;
            target[member] = Copy(value);
            var reading = SecretEvents.Parse(body.ToJsonString(), Events.Now, Events.Vaults);
            Assert.Equal(1, reading.Accepted.Count + reading.Rejected.Count);
            Assert.DoesNotContain(Canary, Said(reading), StringComparison.Ordinal);
            foreach (var trigger in reading.Accepted)
            {
                Assert.Equal(CredentialId.Of("kv1.vault.azure.net", "db-password"), trigger.Credential);
                Assert.Equal(Events.Topic, trigger.Source);
                Assert.Equal("Microsoft.KeyVault.SecretNearExpiry", trigger.Type);
                Assert.DoesNotMatch(@"[^0-9A-Za-z._\[\], -]", trigger.Id);
                Assert.True(trigger.Time is null || trigger.Time == new DateTimeOffset(2026, 3, 2, 7, 55, 0, TimeSpan.Zero).AddTicks(1_234_567));
            }
        }, iter: 5_000);

    [Fact]
    public void A_body_that_is_cut_anywhere_or_has_a_byte_changed_never_throws()
    {
        var body = Encoding.UTF8.GetBytes(Events.EventGrid().ToJsonString());
        for (var length = 0; length < body.Length; length++)
            Assert.Empty(SecretEvents.Parse(Encoding.UTF8.GetString(body.AsSpan(0, length)), Events.Now, Events.Vaults).Accepted);
        Gen.Select(Gen.Int[0, body.Length - 1], Gen.Byte).Sample((at, value) =>
        {
            var changed = body.ToArray();
            changed[at] = value;
            var accepted = SecretEvents.Parse(Encoding.Latin1.GetString(changed), Events.Now, Events.Vaults).Accepted;
            Assert.True(accepted.Count == 0 || accepted[0].Credential == CredentialId.Of("kv1.vault.azure.net", "db-password"));
        }, iter: 3_000);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(60_000)]
    public void Deep_nesting_is_rejected(int depth) =>
        Assert.Equal(RejectionReason.NotJson, Assert.Single(SecretEvents.Parse(new string('[', depth), Events.Now, Events.Vaults).Rejected).Reason);

    private static void NothingTaken(SecretEventReading reading, string? text)
    {
        Assert.Empty(reading.Accepted);
        Assert.NotEmpty(reading.Rejected);
        Assert.DoesNotContain(Canary, Said(reading), StringComparison.Ordinal);
        if (text is { Length: > 12 })
            Assert.DoesNotContain(text, Said(reading), StringComparison.Ordinal);
    }

    private static string Said(SecretEventReading reading) =>
        string.Join('\n', reading.Rejected.Concat(reading.Doubts).SelectMany(rejection => rejection.Facts).Concat(reading.Accepted.Select(trigger => trigger.ToString())));

    private static JsonObject Map((string Key, JsonNode? Value)[] entries)
    {
        var map = new JsonObject();
        foreach (var (key, value) in entries)
            map[key] = Copy(value);
        return map;
    }

    private static Gen<string> AnyOf(params string[] items) => Gen.Int[0, items.Length - 1].Select(index => items[index]);

    // A node has one parent: what a generator gives out is copied before it is put anywhere.
    private static JsonNode? Copy(JsonNode? node) => node?.DeepClone();
}
