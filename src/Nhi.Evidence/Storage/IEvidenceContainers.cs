namespace Nhi.Evidence.Storage;

/// <summary>The containers of one evidence account, one per year.</summary>
public interface IEvidenceContainers
{
    /// <summary>The container that is written to at this instant (UTC): that of the year, or the newest one where the year's is missing. Throws <see cref="EvidenceStoreException"/> when there is none.</summary>
    ValueTask<IEvidenceStore> CurrentAsync(DateTimeOffset now, CancellationToken ct);

    /// <summary>Every container, newest year first: where a record may lie. Throws <see cref="EvidenceStoreException"/> when they cannot be named.</summary>
    ValueTask<IReadOnlyList<IEvidenceStore>> AllAsync(CancellationToken ct);
}
