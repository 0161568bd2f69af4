using Nhi.Evidence.Records;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>The authentic records of attempts, hour by hour, asked of the containers themselves. Throws <see cref="Credentials.ExternalCallException"/> when one does not answer: half of the evidence accuses the wrong ones.</summary>
public interface IEvidenceHours
{
    /// <summary>
    /// Records about credentials whose attempts began in the hours from <paramref name="from"/> to <paramref name="to"/> (UTC, both included), and the closings of those hours of attempts that began in the day before:
    /// one intent may cover the tries of a day.
    /// </summary>
    IAsyncEnumerable<EvidenceRecord> OfAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct);
}
