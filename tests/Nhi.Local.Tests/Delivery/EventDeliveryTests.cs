using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Nhi.Local.Clock;
using Nhi.Local.Delivery;
using Nhi.Local.Emulators;

namespace Nhi.Local.Tests.Delivery;

public sealed class EventDeliveryTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("nhi-delivery-").FullName;
    private readonly ConcurrentQueue<DeadLetter> buried = new();
    private WorldClock clock = null!;
    private EventDelivery delivery = null!;
    private Player player = null!;
    private Webhook webhook = null!;

    public async ValueTask InitializeAsync()
    {
        clock = WorldClock.Open(Path.Combine(folder, "clock"), WorldClock.FreshStart, TimeProvider.System);
        delivery = new EventDelivery(clock, (letter, _) =>
        {
            buried.Enqueue(letter);
            return Task.CompletedTask;
        });
        player = new Player(clock, [delivery]);
        webhook = await Webhook.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await delivery.DisposeAsync();
        await webhook.DisposeAsync();
        clock.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(EventSchema.CloudEvents)]
    [InlineData(EventSchema.EventGrid)]
    public async Task An_event_comes_in_the_schema_that_was_asked_for_after_the_handshake(EventSchema schema)
    {
        await delivery.SubscribeAsync(new Subscription { Name = "s", Endpoint = webhook.Endpoint, Schema = schema });
        delivery.Raise(Event(1));
        await player.SettleAsync();

        var body = Assert.Single(webhook.Received).Body;
        var one = schema == EventSchema.EventGrid ? Assert.IsType<JsonArray>(body)[0]! : body;
        Assert.Equal("id-1", (string?)one["id"]);
        Assert.Equal("Microsoft.KeyVault.SecretNearExpiry", (string?)(schema == EventSchema.EventGrid ? one["eventType"] : one["type"]));
        Assert.Equal("1.0", schema == EventSchema.EventGrid ? "1.0" : (string?)one["specversion"]);
        Assert.Equal("v", (string?)one["data"]!["Version"]);
        Assert.True(delivery.IsIdle);
    }

    [Theory]
    [InlineData(EventSchema.CloudEvents)]
    [InlineData(EventSchema.EventGrid)]
    public async Task An_endpoint_that_does_not_prove_itself_gets_nothing(EventSchema schema)
    {
        webhook.ProvesItself = false;
        var endpoint = new Uri(webhook.Endpoint, "/?code=the-key");

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => delivery.SubscribeAsync(new Subscription { Name = "s", Endpoint = endpoint, Schema = schema }));
        delivery.Raise(Event(1));
        await player.SettleAsync();

        Assert.DoesNotContain("the-key", refused.Message, StringComparison.Ordinal);
        Assert.Empty(webhook.Received);
    }

    [Fact]
    public async Task A_failing_endpoint_is_tried_again_on_the_documented_schedule_of_governance_time()
    {
        List<TimeSpan> at = [];
        webhook.Answer = before =>
        {
            at.Add(clock.GetUtcNow() - WorldClock.FreshStart);
            return before < 3 ? 500 : 202;
        };
        await delivery.SubscribeAsync(new Subscription { Name = "s", Endpoint = webhook.Endpoint });
        delivery.Raise(Event(1));

        await player.AdvanceToAsync(WorldClock.FreshStart.AddHours(1));

        Assert.Equal(["0", "1", "2", "3"], webhook.Received.Select(one => one.Count));
        // 10 s, 30 s and 1 min after each other, and a little real time.
        Assert.InRange((at[1] - at[0]).TotalSeconds, 9.5, 14);
        Assert.InRange((at[2] - at[1]).TotalSeconds, 29.5, 34);
        Assert.InRange((at[3] - at[2]).TotalSeconds, 59.5, 64);
        Assert.Equal(1, delivery.Delivered);
        Assert.Empty(buried);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(413)]
    public async Task An_endpoint_that_refuses_for_good_is_not_asked_again_and_the_event_is_buried(int status)
    {
        webhook.Answer = _ => status;
        await delivery.SubscribeAsync(new Subscription { Name = "s", Endpoint = webhook.Endpoint });
        delivery.Raise(Event(1));
        await player.SettleAsync();

        Assert.Single(webhook.Received);
        var letter = Assert.Single(buried);
        Assert.Equal("UndeliverableDueToHttpStatusCode", (string?)letter.Body[0]!["deadletterreason"]);
        Assert.Equal(0, delivery.Waiting);
    }

    [Fact]
    public async Task After_its_attempts_an_event_is_buried_with_the_reason()
    {
        webhook.Answer = _ => 500;
        await delivery.SubscribeAsync(new Subscription { Name = "s", Endpoint = webhook.Endpoint, MaxAttempts = 2, Schema = EventSchema.EventGrid });
        delivery.Raise(Event(1));
        await player.AdvanceToAsync(WorldClock.FreshStart.AddMinutes(5));

        Assert.Equal(2, webhook.Received.Count);
        var letter = Assert.Single(buried).Body[0]!;
        Assert.Equal(("MaxDeliveryAttemptsExceeded", 2), ((string?)letter["deadLetterReason"], (int)letter["deliveryAttempts"]!));
    }

    [Fact]
    public async Task What_gets_lost_on_the_way_never_comes_and_is_counted()
    {
        await delivery.SubscribeAsync(new Subscription { Name = "s", Endpoint = webhook.Endpoint, Schema = EventSchema.EventGrid });
        delivery.Misbehaviour = new Misbehaviour { Loses = one => one.Id == "id-2" };
        for (var i = 1; i <= 3; i++) delivery.Raise(Event(i));
        await player.AdvanceToAsync(WorldClock.FreshStart.AddDays(2));

        Assert.Equal(["id-1", "id-3"], webhook.Received.Select(one => (string?)one.Body[0]!["id"]).Order());
        Assert.Equal((1L, 2L, 0), (delivery.Lost, delivery.Delivered, delivery.Waiting));
        Assert.Empty(buried);
    }

    [Fact]
    public async Task Misbehaviour_repeats_and_reorders_and_never_loses_and_its_seed_says_how()
    {
        delivery.Misbehaviour = new Misbehaviour { Seed = 7, Duplicates = 0.3, Delays = 0.5, LostAcknowledgements = 0.2, LongestDelay = TimeSpan.FromMinutes(2) };
        await delivery.SubscribeAsync(new Subscription { Name = "s", Endpoint = webhook.Endpoint });
        // Within some seconds of governance time there are few instants to stop at.
        for (var i = 0; i < 8; i++) delivery.Raise(Event(i));
        await player.AdvanceToAsync(WorldClock.FreshStart.AddMinutes(10));

        var order = webhook.Received.Select(one => (string?)one.Body["id"]).ToList();
        var expected = Enumerable.Range(0, 8).Select(i => $"id-{i}").ToList();
        Assert.Equal(expected, order.Distinct().Order(StringComparer.Ordinal));
        Assert.True(order.Count > 8, string.Join(' ', order));
        Assert.NotEqual(expected, order.Distinct());
        Assert.Equal(new Misbehaviour { Seed = 7 }.Draw(3, "delay"), new Misbehaviour { Seed = 7 }.Draw(3, "delay"));
        Assert.NotEqual(new Misbehaviour { Seed = 8 }.Draw(3, "delay"), new Misbehaviour { Seed = 7 }.Draw(3, "delay"));
    }

    private WorldEvent Event(int number) => new(
        $"id-{number}", "/vaults/kv1", "secret", "Microsoft.KeyVault.SecretNearExpiry", clock.GetUtcNow(), new JsonObject { ["Version"] = "v" });
}
