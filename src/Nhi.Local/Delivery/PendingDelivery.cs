using Nhi.Local.Emulators;

namespace Nhi.Local.Delivery;

/// <summary>One event on its way to one subscription.</summary>
/// <param name="Number">Order of raising; a duplicate has its own.</param>
/// <param name="To">The subscription's name: its endpoint is looked up when it is tried, since hosts come and go.</param>
/// <param name="Event">What.</param>
/// <param name="Published">When it was raised, governance time.</param>
/// <param name="Due">When it is tried next, governance time.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="LastOutcome">What came of the last attempt.</param>
internal sealed record PendingDelivery(
    long Number, string To, WorldEvent Event, DateTimeOffset Published, DateTimeOffset Due, int Attempts = 0, string LastOutcome = "");
