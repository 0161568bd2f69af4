using System.Runtime.CompilerServices;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>A container whose policy is not locked yet: who has the control plane takes the policy away, and then changes and deletes what is there, under the hands of those who work with it.</summary>
internal sealed class UnlockedStore(IEvidenceStore inner, TimeProvider clock) : IEvidenceStore
{
    /// <summary>What stands at a name now instead; null: nothing.</summary>
    private readonly SortedDictionary<string, StoredBlob?> changed = new(StringComparer.Ordinal);

    public string Origin => inner.Origin;

    internal bool IsChanged(string path) => changed.ContainsKey(path);

    internal void Delete(string path) => changed[path] = null;

    internal async Task FlipAsync(string path, int at)
    {
        var blob = (await inner.ReadAsync(path, int.MaxValue, default))!;
        var bytes = blob.Bytes.ToArray();
        bytes[at % bytes.Length] ^= 1;
        changed[path] = blob with { Bytes = bytes };
    }

    public Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct)
    {
        if (!changed.TryGetValue(path, out var there))
            return inner.TryCreateAsync(path, bytes, contentType, ct);
        if (there is null)
            changed[path] = new StoredBlob(bytes.ToArray(), clock.GetUtcNow());
        return Task.FromResult(new CreateResult(there is null ? CreateAnswer.Created : CreateAnswer.Refused, clock.GetUtcNow()));
    }

    public async Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) =>
        !changed.TryGetValue(path, out var blob) ? await inner.ReadAsync(path, maxBytes, ct)
        : blob is null || blob.Bytes.Length <= maxBytes ? blob : blob with { Bytes = blob.Bytes[..maxBytes], Truncated = true };

    public async IAsyncEnumerable<ListedBlob> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var blob in inner.ListAsync(prefix, ct))
        {
            if (!changed.TryGetValue(blob.Path, out var instead))
                yield return blob;
            else if (instead is not null)
                yield return new ListedBlob(blob.Path, instead.Bytes.Length, instead.Created);
        }
    }
}
