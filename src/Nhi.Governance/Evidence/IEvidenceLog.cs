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

    /// <summary>The name that a record will have unless it is squatted: a pure function of the record.</summary>
    string PathOf(EvidenceRecord record);

    /// <summary>The outcome that closes this intent, asked of the log itself and not of the index; null when there is none. <c>3-unknown</c> closes nothing.</summary>
    Task<string?> ClosingOfAsync(string intentPath, CancellationToken ct);

    /// <summary>The record at that name, or null when there is none or it is not authentic.</summary>
    Task<ReadRecord?> ReadAsync(string path, CancellationToken ct);

    /// <summary>The newest authentic record of an action by its own time, before that instant (UTC), asked of the containers themselves; null when there is none. For what a lost cursor knew.</summary>
    Task<ReadRecord?> NewestAsync(string action, DateTimeOffset before, CancellationToken ct);

    /// <summary>Records of one resource from the index, newest attempt first (time, then fence, then stage 3 before 2).</summary>
    Task<IReadOnlyList<IndexedRecord>> OfResourceAsync(ResourceId resource, CancellationToken ct);

    /// <summary>Intents in the index that no outcome closes, begun before the instant (UTC).</summary>
    IAsyncEnumerable<IndexedRecord> OpenIntentsAsync(DateTimeOffset before, CancellationToken ct);
}

/// <summary>A record as read, with the lower-case hex SHA-256 of its bytes.</summary>
public sealed record ReadRecord(EvidenceRecord Record, string Sha256);
