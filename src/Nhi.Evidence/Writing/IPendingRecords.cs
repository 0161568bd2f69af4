namespace Nhi.Evidence.Writing;

/// <summary>A record that somebody says was written: a hint that speeds sequencing up, and decides nothing.</summary>
public sealed record PendingRecord(string Op, string Stage, string Path);

/// <summary>The work list of the sequencer (table <c>EvidencePending</c>): untrusted, and nothing is lost with it.</summary>
public interface IPendingRecords
{
    /// <summary>Adds a hint. <paramref name="stage"/> as in the name: <c>1-intent</c>, <c>2-ok</c>, …</summary>
    Task AddAsync(string op, string stage, string path, CancellationToken ct);

    /// <summary>Every hint.</summary>
    IAsyncEnumerable<PendingRecord> ListAsync(CancellationToken ct);

    /// <summary>Drops a hint, if it is there.</summary>
    Task RemoveAsync(PendingRecord pending, CancellationToken ct);
}
