namespace Nhi.Local.Delivery;

/// <summary>Who wants which events.</summary>
public sealed record Subscription
{
    /// <summary>Its name, unique.</summary>
    public required string Name { get; init; }

    /// <summary>The webhook, key included; plain HTTP only to the loopback.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>How the events come.</summary>
    public EventSchema Schema { get; init; } = EventSchema.CloudEvents;

    /// <summary>Types that it wants, as <c>Microsoft.KeyVault.SecretNearExpiry</c>; empty = all.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>Resource ids of the vaults that it is about; empty = all. In Azure a subscription belongs to one of them.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>How often it is tried, at most.</summary>
    public int MaxAttempts { get; init; } = 30;

    /// <summary>How long it is tried, governance time.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromDays(1);
}
