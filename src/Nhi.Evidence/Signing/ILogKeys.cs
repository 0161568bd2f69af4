namespace Nhi.Evidence.Signing;

/// <summary>A key in all its versions, as whoever signs with it has them: the log key, and <c>producers</c>.</summary>
public interface ILogKeys
{
    /// <summary>The public key (SPKI, DER) that the log began with, where that is set; null: the one of the versions that signed its first batch.</summary>
    ReadOnlyMemory<byte>? First { get; }

    /// <summary>
    /// Every version, oldest first; the last is the one to sign with from now on, and of the log key the log says so itself before it does. A former one may refuse to sign.
    /// Throws <see cref="SigningException"/> when they cannot be had.
    /// </summary>
    /// <param name="fresh">True: ask the keeper again, whatever is remembered.</param>
    /// <param name="ct">Cancels.</param>
    ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct);

    /// <summary>
    /// The public keys (SPKI, DER) of every version that the keeper has, as it was asked the last time: those of <see cref="AllAsync"/>, and those that it was told to leave out. What says of a key that it is a stranger's asks this.
    /// Throws <see cref="SigningException"/> when they cannot be had.
    /// </summary>
    async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> KnownAsync(CancellationToken ct) => await (await AllAsync(fresh: false, ct)).PublicKeysAsync(ct);

    /// <summary>Every version that its keeper has, with the end that he set to it: of the key that certifies producers. Throws <see cref="SigningException"/> when they cannot be had.</summary>
    async ValueTask<IReadOnlyList<ProducersKey>> EndingAsync(CancellationToken ct) => [.. await KnownAsync(ct)];
}

/// <summary>What follows from the versions of a key.</summary>
public static class LogKeyVersions
{
    /// <summary>The public keys (SPKI, DER) that a log may have begun with: what <see cref="Sequencing.BatchChain"/> is made with. Throws <see cref="SigningException"/> when they cannot be had.</summary>
    public static async Task<IReadOnlyList<ReadOnlyMemory<byte>>> FirstKeysAsync(this ILogKeys keys, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.First is { } first)
            return [first];
        return await PublicKeysAsync(await keys.AllAsync(fresh: false, ct), ct);
    }

    /// <summary>Their public keys (SPKI, DER), in the same order. Throws <see cref="SigningException"/> when one cannot be had.</summary>
    public static async Task<IReadOnlyList<ReadOnlyMemory<byte>>> PublicKeysAsync(this IReadOnlyList<ISigner> versions, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(versions);
        List<ReadOnlyMemory<byte>> all = [];
        foreach (var version in versions)
            all.Add(await version.PublicKeyAsync(ct));
        return all;
    }
}
