namespace Nhi.Governance.Sweeps.Events;

/// <summary>Event Grid's dead-letter container: read, never deleted from. Every method throws <see cref="Credentials.ExternalCallException"/> when it cannot answer.</summary>
public interface IDeadLetters
{
    /// <summary>What was written at or after that instant (by the storage service's own clock), in no order.</summary>
    IAsyncEnumerable<DeadLetterBlob> SinceAsync(DateTimeOffset since, CancellationToken ct);

    /// <summary>The text; null where it is gone, or longer than <paramref name="mostBytes"/>.</summary>
    Task<string?> ReadAsync(string name, int mostBytes, CancellationToken ct);
}

/// <summary>One blob. <paramref name="Written"/>: UTC, by the storage service's clock.</summary>
public sealed record DeadLetterBlob(string Name, DateTimeOffset Written);
