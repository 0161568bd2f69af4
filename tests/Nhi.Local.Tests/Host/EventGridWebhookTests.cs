using System.Net;
using System.Text;
using CsCheck;
using Nhi.Local.Hosting;

namespace Nhi.Local.Tests.Host;

public sealed class EventGridWebhookTests
{
    private const string Event = """{"id":"1","topic":"/subscriptions/x","subject":"db","eventType":"Microsoft.KeyVault.SecretNearExpiry","eventTime":"2026-03-02T08:00:00Z","data":{},"dataVersion":"1"}""";

    [Fact]
    public async Task A_delivery_is_202_and_the_function_gets_the_event_as_it_came()
    {
        await using var host = await StartedHost.StartAsync();
        Assert.Equal(HttpStatusCode.Accepted, await host.StatusAsync(host.DeliverAsync(Event)));
        Assert.Equal([Event], host.Governance.Events);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    [InlineData("")]
    public async Task Without_the_right_key_it_is_401_and_nothing_runs(string? key)
    {
        await using var host = await StartedHost.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await host.StatusAsync(host.DeliverAsync(Event, key: key)));
        Assert.Equal(HttpStatusCode.Unauthorized, await host.StatusAsync(host.DeliverAsync(Event, key: host.Host.Keys.Default)));
        Assert.Empty(host.Governance.Calls);
    }

    [Fact]
    public async Task The_key_may_come_in_the_header_and_the_master_key_opens_too()
    {
        await using var host = await StartedHost.StartAsync();
        foreach (string key in new[] { host.Host.Keys.EventGrid, host.Host.Keys.Master })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/runtime/webhooks/eventgrid?functionName=onsecretevent") { Content = new StringContent(Event) };
            request.Headers.Add("x-functions-key", key);
            request.Headers.Add("aeg-event-type", "Notification");
            Assert.Equal(HttpStatusCode.Accepted, await host.StatusAsync(host.Client.SendAsync(request)));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("SomethingElse")]
    [InlineData("")]
    public async Task Without_a_known_event_type_header_it_is_400(string? type)
    {
        await using var host = await StartedHost.StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, await host.StatusAsync(host.DeliverAsync(Event, type: type)));
        Assert.Empty(host.Governance.Calls);
    }

    [Theory]
    [InlineData("Nobody")]
    [InlineData("")]
    [InlineData("SweepDue")]
    public async Task A_function_that_takes_no_events_is_404(string function)
    {
        await using var host = await StartedHost.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, await host.StatusAsync(host.DeliverAsync(Event, function)));
        Assert.Empty(host.Governance.Calls);
    }

    [Fact]
    public async Task The_handshake_of_the_Event_Grid_schema_echoes_the_code_and_runs_nothing()
    {
        await using var host = await StartedHost.StartAsync();
        using var response = await host.DeliverAsync("""[{"id":"2","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6","validationUrl":"https://x"}}]""", type: "SubscriptionValidation");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"validationResponse":"512d38b6"}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Empty(host.Governance.Calls);
    }

    [Fact]
    public async Task The_handshake_of_CloudEvents_allows_the_origin_that_asks()
    {
        await using var host = await StartedHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Options, $"/runtime/webhooks/EventGrid?functionName=OnSecretEvent&code={host.Host.Keys.EventGrid}");
        request.Headers.Add("WebHook-Request-Origin", "eventgrid.azure.net");
        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["eventgrid.azure.net"], response.Headers.GetValues("WebHook-Allowed-Origin"));
    }

    [Fact]
    public async Task The_events_of_an_array_run_side_by_side_one_call_each()
    {
        await using var host = await StartedHost.StartAsync();
        using var all = new CountdownEvent(3);
        var met = new TaskCompletionSource();
        host.Governance.Does = (_, _) =>
        {
            if (all.Signal())
                met.SetResult();
            return met.Task.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None);
        };
        Assert.Equal(HttpStatusCode.Accepted, await host.StatusAsync(host.DeliverAsync($$"""[{"id":"a"},{"id":"b"},{"id":"c"}]""")));
        Assert.Equal(["""{"id":"a"}""", """{"id":"b"}""", """{"id":"c"}"""], host.Governance.Events.Order());
        Assert.Equal(3, host.Governance.MostAtOnce);
    }

    [Fact]
    public async Task One_event_that_throws_makes_the_whole_delivery_500_and_stops_no_other()
    {
        await using var host = await StartedHost.StartAsync();
        int calls = 0;
        host.Governance.Does = (_, _) => Interlocked.Increment(ref calls) == 1 ? throw new InvalidOperationException("row held") : Task.CompletedTask;
        Assert.Equal(HttpStatusCode.InternalServerError, await host.StatusAsync(host.DeliverAsync("""[{"id":"a"},{"id":"b"}]""")));
        Assert.Equal(2, calls);
        Assert.True(host.Host.IsIdle);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("[[]]")]
    public async Task A_body_that_holds_no_events_is_400(string body)
    {
        await using var host = await StartedHost.StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, await host.StatusAsync(host.DeliverAsync(body)));
        Assert.Equal(HttpStatusCode.BadRequest, await host.StatusAsync(host.DeliverAsync(body, type: "SubscriptionValidation")));
        Assert.Empty(host.Governance.Calls);
    }

    [Fact]
    public async Task A_body_larger_than_any_delivery_is_413()
    {
        await using var host = await StartedHost.StartAsync();
        // The client waits for the verdict before it sends the body: else the refusal may reach it as a broken connection.
        using var patient = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) }) { BaseAddress = host.Host.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/runtime/webhooks/EventGrid?functionName=OnSecretEvent&code={host.Host.Keys.EventGrid}") { Content = new ByteArrayContent(new byte[EventGridWebhook.MaxBytes + 1]) };
        request.Headers.ExpectContinue = true;
        request.Headers.Add("aeg-event-type", "Notification");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await host.StatusAsync(patient.SendAsync(request)));
        Assert.Empty(host.Governance.Calls);
    }

    [Fact]
    public async Task Bytes_of_any_kind_get_an_answer_below_500_and_never_end_the_host()
    {
        await using var host = await StartedHost.StartAsync();
        byte[] seed = Encoding.UTF8.GetBytes(Event);
        var gen = Gen.Select(Gen.Int[0, seed.Length - 1], Gen.Byte, Gen.Byte.Array[0, 40]);
        await gen.SampleAsync(
            async change =>
            {
                byte[] bytes = [.. seed[..change.Item1], change.Item2, .. change.Item3, .. seed[change.Item1..]];
                using var request = new HttpRequestMessage(HttpMethod.Post, $"/runtime/webhooks/EventGrid?functionName=OnSecretEvent&code={host.Host.Keys.EventGrid}") { Content = new ByteArrayContent(bytes) };
                request.Headers.Add("aeg-event-type", "Notification");
                return (int)await host.StatusAsync(host.Client.SendAsync(request)) is 202 or 400;
            },
            iter: 200,
            threads: 1);
        Assert.Equal(HttpStatusCode.Accepted, await host.StatusAsync(host.DeliverAsync(Event)));
    }
}
