namespace Nhi.Evidence.Signing;

/// <summary>
/// This instance as a producer of records: its identity and what judges everybody's, both had from the key <c>producers</c> at first need and kept.
/// A failure is not kept: the next caller asks again.
/// </summary>
/// <param name="producers">The key that certifies.</param>
/// <param name="description">Who we are.</param>
/// <param name="formerKeys">Public keys (SPKI, DER) that certified producers before this one.</param>
public sealed class Producer(ISigner producers, ProducerDescription description, IReadOnlyList<ReadOnlyMemory<byte>>? formerKeys = null) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private ProducerIdentity? identity;
    private RecordAuthenticity? authenticity;

    /// <summary>Throws <see cref="SigningException"/> when the key cannot certify us.</summary>
    public async ValueTask<ProducerIdentity> IdentityAsync(CancellationToken ct) =>
        Volatile.Read(ref identity) ?? await OnceAsync(async () => identity ??= await ProducerIdentity.CreateAsync(producers, description, ct), ct);

    /// <summary>Throws <see cref="SigningException"/> when the public key cannot be had.</summary>
    public async ValueTask<RecordAuthenticity> AuthenticityAsync(CancellationToken ct) =>
        Volatile.Read(ref authenticity) ?? await OnceAsync(async () => authenticity ??= new RecordAuthenticity([await producers.PublicKeyAsync(ct), .. formerKeys ?? []]), ct);

    public void Dispose()
    {
        identity?.Dispose();
        authenticity?.Dispose();
        gate.Dispose();
    }

    private async Task<T> OnceAsync<T>(Func<Task<T>> make, CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            return await make();
        }
        finally
        {
            gate.Release();
        }
    }
}
