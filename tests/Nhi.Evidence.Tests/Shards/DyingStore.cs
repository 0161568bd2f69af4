using System.Runtime.CompilerServices;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tests.Shards;

/// <summary>
/// When a process dies: at its <paramref name="at"/>th create or list of any store (0: never), before or after that took effect. A dead one does nothing more.
/// A death at a read is one before the next create: nothing has happened in between.
/// </summary>
internal sealed class Death(int at, bool afterEffect)
{
    private int calls;

    internal bool AfterEffect => afterEffect;
    internal bool IsDead { get; private set; }
    internal int Calls => calls;

    internal void Look()
    {
        if (IsDead)
            throw new CrashException();
    }

    internal bool Strikes()
    {
        Look();
        IsDead = ++calls == at;
        return IsDead;
    }
}

/// <summary>A store as a process sees it that dies.</summary>
internal sealed class DyingStore(IEvidenceStore inner, Death death) : IEvidenceStore
{
    public string Origin => inner.Origin;

    public async Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct)
    {
        var now = death.Strikes();
        if (now && death.AfterEffect)
            await inner.TryCreateAsync(path, bytes, contentType, ct);
        return now ? throw new CrashException() : await inner.TryCreateAsync(path, bytes, contentType, ct);
    }

    public Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        death.Look();
        return inner.ReadAsync(path, maxBytes, ct);
    }

    public async IAsyncEnumerable<ListedBlob> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        if (death.Strikes())
            throw new CrashException();
        await foreach (var blob in inner.ListAsync(prefix, ct))
            yield return blob;
    }
}
