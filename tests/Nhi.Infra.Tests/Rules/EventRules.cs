using System.Text.Json.Nodes;
using Nhi.Infra.Tests.Plans;

namespace Nhi.Infra.Tests.Rules;

/// <summary>The event subscriptions: a deployment of their own, after the code.</summary>
internal static class EventRules
{
    private const string Events = "Microsoft.EventGrid/systemTopics/eventSubscriptions";
    private const string Keys = "properties.destination.properties.";

    public static readonly IReadOnlyList<Rule> All =
    [
        new("Nothing but subscriptions is deployed after the code", plan => plan.Resources.Where(one => one.Type != Events).Select(one => one.ToString()),
            new Mutation("an app", plan => plan.Add(new JsonObject { ["type"] = "Microsoft.Web/sites", ["name"] = "x", ["id"] = "/subscriptions/x/resourceGroups/y/providers/Microsoft.Web/sites/x" }))),
        Rule.Each("A secret's creation, near expiry and expiry are told of, and nothing else", plan => plan.Of(Events),
            one => one.Texts("properties.filter.includedEventTypes").SequenceEqual(["Microsoft.KeyVault.SecretNewVersionCreated", "Microsoft.KeyVault.SecretNearExpiry", "Microsoft.KeyVault.SecretExpired"]),
            Mutation.Set(Events, "properties.filter.includedEventTypes", new JsonArray("Microsoft.KeyVault.SecretNearExpiry")), Mutation.Set(Events, "properties.filter.includedEventTypes", null)),
        Rule.Each("No secret is left out by its name", plan => plan.Of(Events), one => one.Is("properties.filter.subjectBeginsWith", "") && one.Is("properties.filter.subjectEndsWith", "") && one.At("properties.filter.advancedFilters") is JsonArray { Count: 0 },
            Mutation.Set(Events, "properties.filter.subjectBeginsWith", "prod-"), Mutation.Set(Events, "properties.filter.subjectEndsWith", null), Mutation.Set(Events, "properties.filter.advancedFilters", new JsonArray(new JsonObject()))),
        Rule.Each("No subscription ends", plan => plan.Of(Events), one => one.At("properties.expirationTimeUtc") is null, Mutation.Set(Events, "properties.expirationTimeUtc", "2030-01-01T00:00:00Z")),
        Rule.Each("The function is called as a function, so that no key is handled", plan => plan.Of(Events), one => one.Is("properties.destination.endpointType", "AzureFunction") && one.At("properties.destination.properties.endpointUrl") is null,
            Mutation.Set(Events, "properties.destination.endpointType", "WebHook"), Mutation.Set(Events, Keys + "endpointUrl", "https://x")),
        Rule.Each("An event comes alone: one that fails takes no other with it", plan => plan.Of(Events), one => one.Is(Keys + "maxEventsPerBatch", 1),
            Mutation.Set(Events, Keys + "maxEventsPerBatch", 10)),
        Rule.Each("An event comes again for a day", plan => plan.Of(Events), one => one.Is("properties.retryPolicy.maxDeliveryAttempts", 30) && one.Is("properties.retryPolicy.eventTimeToLiveInMinutes", 1440),
            Mutation.Set(Events, "properties.retryPolicy.maxDeliveryAttempts", 3), Mutation.Set(Events, "properties.retryPolicy.eventTimeToLiveInMinutes", 10)),
        Rule.Each("What cannot be delivered is kept, by the topic's own identity", plan => plan.Of(Events),
            one => one.At("properties.deadLetterDestination") is null && one.Is("properties.deadLetterWithResourceIdentity.identity.type", "SystemAssigned") && one.Is("properties.deadLetterWithResourceIdentity.deadLetterDestination.properties.blobContainerName", "deadletters")
                && one.Text("properties.deadLetterWithResourceIdentity.deadLetterDestination.properties.resourceId")!.Contains("/storageAccounts/", StringComparison.Ordinal),
            Mutation.Set(Events, "properties.deadLetterWithResourceIdentity", null), Mutation.Set(Events, "properties.deadLetterWithResourceIdentity.deadLetterDestination.properties.blobContainerName", "evidence-2026"), Mutation.Set(Events, "properties.deadLetterDestination", new JsonObject())),
        Rule.Each("Events are CloudEvents", plan => plan.Of(Events), one => one.Is("properties.eventDeliverySchema", "CloudEventSchemaV1_0"),
            Mutation.Set(Events, "properties.eventDeliverySchema", "CustomInputSchema")),
    ];
}
