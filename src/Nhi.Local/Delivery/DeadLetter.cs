using System.Text.Json.Nodes;

namespace Nhi.Local.Delivery;

/// <summary>An event that was given up.</summary>
/// <param name="Subscription">Whose.</param>
/// <param name="Path">Blob name, as Event Grid makes it: subscription, year, month, day, hour, id.</param>
/// <param name="Body">The event and why: <c>deadletterreason</c>, <c>deliveryattempts</c>, …</param>
public sealed record DeadLetter(string Subscription, string Path, JsonArray Body);
