using System.Runtime.CompilerServices;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>When a process dies, and how often it hears nothing: it dies once, whichever store it asks then, and a dead one does nothing more.</summary>
internal sealed class Mortality(Random random, double crash, double lost)
{
    internal bool IsDead { get; private set; }

    internal void Ask()
    {
        if (IsDead)
            throw new CrashException();
        var dice = random.NextDouble();
        IsDead = dice < crash;
        if (IsDead)
            throw new CrashException();
        if (dice < crash + lost)
            throw new EvidenceStoreException("no answer");
    }
}

/// <summary>A store as a process sees it that may die at each call, before or after it took effect. Unlike <see cref="CrashingStore"/> it never yields, so that a seed tells the same story each time.</summary>
internal sealed class MortalStore(IEvidenceStore inner, Mortality life) : IEvidenceStore
{
    public string Origin => inner.Origin;

    public async Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct)
    {
        life.Ask();
        var result = await inner.TryCreateAsync(path, bytes, contentType, ct);
        life.Ask();
        return result;
    }

    public async Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        life.Ask();
        return await inner.ReadAsync(path, maxBytes, ct);
    }

    public async IAsyncEnumerable<ListedBlob> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        life.Ask();
        await foreach (var blob in inner.ListAsync(prefix, ct))
            yield return blob;
    }
}
