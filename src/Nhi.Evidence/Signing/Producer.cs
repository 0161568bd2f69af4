namespace Nhi.Evidence.Signing;

/// <summary>
/// This instance as a producer of records: its identity, had from the key <c>producers</c> at first need and kept, and what judges everybody's, by every version of that key.
/// Instances that started after the key was rotated are certified by its new version: where one is met that no known version certified, the versions are asked for again.
/// A failure is not kept: the next caller asks again.
/// </summary>
/// <param name="producers">The key that certifies.</param>
/// <param name="description">Who we are.</param>
/// <param name="versions">The same key in all its versions; null: there is no other than <paramref name="producers"/>.</param>
/// <param name="timers">Real time; the system's unless said.</param>
public sealed class Producer(ISigner producers, ProducerDescription description, ILogKeys? versions = null, TimeProvider? timers = null) : IDisposable
{
    /// <summary>Whoever writes strange records makes us ask no more often than this, and a keeper that is down is left alone as long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>So long before the version that certified us ends another one certifies us: what is written by then has been stored.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(15);

    private readonly TimeProvider timers = timers ?? TimeProvider.System;
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly List<ProducerIdentity> former = [];
    private ProducerIdentity? identity;
    private ReadOnlyMemory<byte> certifier;
    private volatile IReadOnlyList<ProducersKey> ends = [];
    private RecordAuthenticity? authenticity;
    private IReadOnlyList<ISigner>? known;
    private long? asked;
    private long? failed;

    /// <summary>Always the same one, unless the version of the key that certified it comes to its end. Throws <see cref="SigningException"/> when the key cannot certify us.</summary>
    public async ValueTask<ProducerIdentity> IdentityAsync(CancellationToken ct)
    {
        var mine = Volatile.Read(ref identity) ?? await OnceAsync(async () => identity ??= await CertifiedAsync(producers, ct), ct);
        if (versions is null)
            return mine;
        if (Volatile.Read(ref authenticity) is { } judge)
            await RenewAsync(judge, versions, ct);
        return IsEnding(certifier) ? await OnceAsync(async () => IsEnding(certifier) ? await AgainAsync(mine, versions, ct) : identity!, ct) : mine;
    }

    /// <summary>Always the same one; it may trust more keys than before. Throws <see cref="SigningException"/> when the public keys cannot be had at first; later they stay as they are.</summary>
    public async ValueTask<RecordAuthenticity> AuthenticityAsync(CancellationToken ct)
    {
        var judge = Volatile.Read(ref authenticity) ?? await OnceAsync(async () => authenticity ??= await FirstAsync(ct), ct);
        if (versions is not null)
            await RenewAsync(judge, versions, ct);
        return judge;
    }

    /// <summary>
    /// The versions that have come to their end and that this instance may tell of: those older than the one that certified it, since nobody believes a version's word of itself or of a newer one.
    /// Throws <see cref="SigningException"/> when the key's versions cannot be had at first.
    /// </summary>
    public async ValueTask<IReadOnlyList<ProducersKey>> EndedAsync(CancellationToken ct)
    {
        await AuthenticityAsync(ct);
        await IdentityAsync(ct);
        var (all, mine) = (ends, certifier);
        var older = all.TakeWhile(key => !key.Spki.Span.SequenceEqual(mine.Span)).ToArray();
        return older.Length == all.Count ? [] : [.. older.Where(key => key.Until <= timers.GetUtcNow())];
    }

    public void Dispose()
    {
        identity?.Dispose();
        former.ForEach(one => one.Dispose());
        authenticity?.Dispose();
        gate.Dispose();
    }

    private async Task<RecordAuthenticity> FirstAsync(CancellationToken ct)
    {
        List<ReadOnlyMemory<byte>> keys = [await producers.PublicKeyAsync(ct)];
        if (versions is not null)
        {
            var all = await versions.AllAsync(fresh: false, ct);
            ends = await versions.EndingAsync(ct);
            known = all;
        }

        var judge = new RecordAuthenticity(keys);
        judge.Trust(ends);
        return judge;
    }

    private async Task<ProducerIdentity> CertifiedAsync(ISigner by, CancellationToken ct)
    {
        var spki = await by.PublicKeyAsync(ct);
        var made = await ProducerIdentity.CreateAsync(by, description, ct);
        certifier = spki;
        return made;
    }

    /// <summary>By the newest version that goes on. Where there is none, or it does not sign, what we have serves as long as it counts.</summary>
    private async Task<ProducerIdentity> AgainAsync(ProducerIdentity mine, ILogKeys keys, CancellationToken ct)
    {
        if (Within(failed))
            return mine;
        foreach (var signer in (await keys.AllAsync(fresh: false, ct)).Reverse())
        {
            try
            {
                if (IsEnding(await signer.PublicKeyAsync(ct)))
                    continue;
                var next = await CertifiedAsync(signer, ct);
                former.Add(mine);
                Volatile.Write(ref identity, next);
                return next;
            }
            catch (SigningException)
            {
                // It is disabled, or its keeper is down: asked again in a minute.
                failed = timers.GetTimestamp();
            }
        }

        return mine;
    }

    private bool IsEnding(ReadOnlyMemory<byte> spki) => ends.FirstOrDefault(key => key.Spki.Span.SequenceEqual(spki.Span))?.Until - Ahead <= timers.GetUtcNow();

    /// <summary>One caller at a time looks for new versions, and none for a minute after a keeper that did not answer: the others go on with what is known.</summary>
    private async Task RenewAsync(RecordAuthenticity judge, ILogKeys keys, CancellationToken ct)
    {
        if (Within(failed) || !await gate.WaitAsync(TimeSpan.Zero, ct))
            return;
        try
        {
            var fresh = judge.HasMetStranger && !Within(asked);
            if (fresh)
            {
                judge.HasMetStranger = false;
                asked = timers.GetTimestamp();
            }

            var all = await keys.AllAsync(fresh, ct);
            if (!ReferenceEquals(all, known))
                judge.Trust(ends = await keys.EndingAsync(ct));
            known = all;
        }
        catch (SigningException)
        {
            failed = timers.GetTimestamp();
        }
        finally
        {
            gate.Release();
        }
    }

    private bool Within(long? moment) => moment is { } at && timers.GetElapsedTime(at) < Patience;

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
