namespace Nhi.Local.Clock;

/// <summary>Something that acts when governance time moves: a host's timers, a delivery's retries, a vault's expiries.</summary>
public interface IPlayed
{
    /// <summary>Governance time at which it next acts by itself; null = never.</summary>
    ValueTask<DateTimeOffset?> NextAsync(CancellationToken cancellation);

    /// <summary>Does what is due by now, and answers when nothing of it is in flight any more. True when it did something.</summary>
    ValueTask<bool> SettleAsync(CancellationToken cancellation);
}
