using Nhi.Evidence.Records;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>What came into the logs, in the order in which it came there: neither the name of a record nor what it says of its time chooses. Throws <see cref="Credentials.ExternalCallException"/> where a log does not answer.</summary>
public interface IBatchedEvidence
{
    /// <summary>
    /// Hands over, batch by batch, the authentic records that stand in a log for at least <paramref name="wait"/>, each once: what was taken does not come again once <paramref name="take"/> returned.
    /// Where nobody asked before, it begins with what is batched from now on; where its place is lost, with what was batched since <paramref name="waiting"/>: since when something may be in the log that was not taken yet, as evidence says, or null.
    /// <paramref name="now"/>: governance time, UTC.
    /// </summary>
    Task EachAsync(DateTimeOffset now, TimeSpan wait, DateTimeOffset? waiting, Func<IReadOnlyList<EvidenceRecord>, CancellationToken, Task> take, CancellationToken ct);
}
