using System.Text.Json.Nodes;

namespace Nhi.Local.Emulators;

/// <summary>An event as a service raises it, before it takes the shape of a subscription's schema.</summary>
/// <param name="Id">Unique per event; its deliveries share it.</param>
/// <param name="Source">The resource id of who raised it.</param>
/// <param name="Subject">As the secret's name.</param>
/// <param name="Type">As <c>Microsoft.KeyVault.SecretNearExpiry</c>.</param>
/// <param name="Time">Governance time.</param>
/// <param name="Data">The service's data.</param>
public sealed record WorldEvent(string Id, string Source, string Subject, string Type, DateTimeOffset Time, JsonObject Data);
