using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nhi.Local.Emulators;

namespace Nhi.Local.Delivery;

/// <summary>Asks an endpoint whether it wants events, before it gets any.</summary>
internal static class Handshake
{
    private const string Origin = "eventgrid.azure.net";

    public static Task RunAsync(HttpClient client, Subscription subscription, DateTimeOffset now, CancellationToken cancellation) =>
        subscription.Schema == EventSchema.CloudEvents
            ? OptionsAsync(client, subscription, cancellation)
            : ValidationAsync(client, subscription, now, cancellation);

    private static async Task OptionsAsync(HttpClient client, Subscription subscription, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, subscription.Endpoint);
        request.Headers.Add("WebHook-Request-Origin", Origin);
        using var response = await client.SendAsync(request, cancellation);
        var allowed = response.Headers.TryGetValues("WebHook-Allowed-Origin", out var values) ? values.FirstOrDefault() : null;
        if (!response.IsSuccessStatusCode || allowed is not (Origin or "*")) throw Refused(subscription, (int)response.StatusCode);
    }

    private static async Task ValidationAsync(HttpClient client, Subscription subscription, DateTimeOffset now, CancellationToken cancellation)
    {
        var code = WorldNames.NewId();
        var validation = new WorldEvent(
            WorldNames.NewId(), $"/subscriptions/{WorldNames.Subscription}", "", "Microsoft.EventGrid.SubscriptionValidationEvent", now,
            new JsonObject { ["validationCode"] = code });
        using var request = new HttpRequestMessage(HttpMethod.Post, subscription.Endpoint)
        {
            Content = new StringContent(EventEnvelope.Of(validation, EventSchema.EventGrid).ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("aeg-event-type", "SubscriptionValidation");
        using var response = await client.SendAsync(request, cancellation);
        var answer = response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(cancellation) : "";
        if (CodeIn(answer) != code) throw Refused(subscription, (int)response.StatusCode);
    }

    private static string? CodeIn(string answer)
    {
        try
        {
            return (string?)(JsonNode.Parse(answer) as JsonObject)?["validationResponse"];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static HttpRequestException Refused(Subscription subscription, int status) =>
        // Never the endpoint: its query holds the key.
        new($"The endpoint of the event subscription '{subscription.Name}' did not pass the handshake (status {status}): is the function's name and key right, and the host running?");
}
