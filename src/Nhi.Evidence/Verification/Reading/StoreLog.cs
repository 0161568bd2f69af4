using System.Runtime.CompilerServices;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Verification.Reading;

/// <summary>A container, or any other store, as it is now.</summary>
/// <param name="store">The store; only read.</param>
/// <param name="readsAtATime">Requests at a time.</param>
public sealed class StoreLog(IEvidenceStore store, int readsAtATime = 64) : IReadableLog
{
    public string Place => store.Origin;

    public string? Origin => store.Origin;

    public DateTimeOffset? AsOf => null;

    public int ReadsAtATime { get; } = readsAtATime;

    public ExportListing? Listing => null;

    public async Task<LogBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) =>
        await store.ReadAsync(path, maxBytes, ct) is { } blob ? new LogBlob(blob.Bytes, blob.Created, blob.Truncated, blob.IsUnreadable) : null;

    public async IAsyncEnumerable<LogName> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var blob in store.ListAsync(prefix, ct))
            yield return new LogName(blob.Path, blob.Size, blob.Created);
    }
}
