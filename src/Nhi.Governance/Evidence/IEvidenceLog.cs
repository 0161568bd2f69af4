using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Evidence;

/// <summary>The evidence log as the engine uses it: create-only writing, reading by name, and the index, which may lag behind and decides nothing by itself.</summary>
public interface IEvidenceLog
{
    /// <summary>
    /// Writes one record and returns its name and hash once it is durable.
    /// A name that something else took gets a random suffix, so the path that comes back is the one that counts.
    /// Throws <see cref="EvidenceRefusedException"/> when nothing durable could be had: fail closed.
    /// </summary>
    Task<RecordReference> WriteAsync(EvidenceRecord record, WriteRules rules, CancellationToken ct);

    /// <summary>The record at that name, or null when there is none or it is not authentic.</summary>
    Task<EvidenceRecord?> ReadAsync(string path, CancellationToken ct);

    /// <summary>Records of one resource from the index, newest attempt first (time, then fence, then stage 3 before 2).</summary>
    Task<IReadOnlyList<IndexedRecord>> OfResourceAsync(ResourceId resource, CancellationToken ct);

    /// <summary>Intents in the index that no outcome closes, begun before the instant (UTC).</summary>
    IAsyncEnumerable<IndexedRecord> OpenIntentsAsync(DateTimeOffset before, CancellationToken ct);
}
