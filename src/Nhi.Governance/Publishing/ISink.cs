namespace Nhi.Governance.Publishing;

/// <summary>
/// Where logged records are published: a topic, notices, tickets. The log is the outbox: each sink has a cursor over log indexes and gets every record at least once, in the log's order.
/// </summary>
public interface ISink
{
    /// <summary>Names its cursor; lower case, never changed.</summary>
    string Name { get; }

    /// <summary>Returns when all of them are handed over; else throws <see cref="Credentials.ExternalCallException"/> and gets them all again. A record may come twice: its <see cref="PublishedRecord.Id"/> is the same.</summary>
    Task SendAsync(IReadOnlyList<PublishedRecord> records, CancellationToken ct);
}
