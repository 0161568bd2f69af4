using System.Collections.Concurrent;

namespace Nhi.Evidence.Writing;

/// <summary>The work list in memory.</summary>
public sealed class MemoryPendingRecords : IPendingRecords
{
    private readonly ConcurrentDictionary<PendingRecord, byte> rows = new();

    public Task AddAsync(string op, string stage, string path, CancellationToken ct)
    {
        rows[new PendingRecord(op, stage, path)] = 0;
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<PendingRecord> ListAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        foreach (var row in rows.Keys.OrderBy(row => row.Path, StringComparer.Ordinal))
        {
            ct.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    public Task RemoveAsync(PendingRecord pending, CancellationToken ct)
    {
        rows.TryRemove(pending, out _);
        return Task.CompletedTask;
    }
}
