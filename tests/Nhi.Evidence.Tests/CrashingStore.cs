using System.Runtime.CompilerServices;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tests;

/// <summary>The process dies here.</summary>
internal sealed class CrashException : Exception;

/// <summary>One process's view of a store: each call may be the last thing it does, before or after it took effect, or lose its answer.</summary>
internal sealed class CrashingStore(IEvidenceStore inner, Random random, double crash, double lost) : IEvidenceStore
{
    public string Origin => inner.Origin;

    public async Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct)
    {
        await MaybeAsync();
        var result = await inner.TryCreateAsync(path, bytes, contentType, ct);
        await MaybeAsync();
        return result;
    }

    public async Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        await MaybeAsync();
        return await inner.ReadAsync(path, maxBytes, ct);
    }

    public async IAsyncEnumerable<ListedBlob> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await MaybeAsync();
        await foreach (var blob in inner.ListAsync(prefix, ct))
            yield return blob;
    }

    private async Task MaybeAsync()
    {
        await Task.Yield();
        double dice;
        lock (random)
            dice = random.NextDouble();
        if (dice < crash)
            throw new CrashException();
        if (dice < crash + lost)
            throw new EvidenceStoreException("no answer");
    }
}
