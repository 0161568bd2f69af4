namespace Nhi.Evidence.Signing;

/// <summary>
/// A version of the key that certifies producers. <paramref name="Spki"/>: its public key, DER; <paramref name="Until"/>: UTC, what it certified counts only in blobs that were created before, by the container's own clock; null: whenever they were.
/// That is how a version that was stolen ends: what it had certified by then stays authentic.
/// </summary>
public sealed record ProducersKey(ReadOnlyMemory<byte> Spki, DateTimeOffset? Until = null)
{
    /// <summary>One without an end.</summary>
    public static implicit operator ProducersKey(ReadOnlyMemory<byte> spki) => new(spki);

    /// <summary>One without an end.</summary>
    public static ProducersKey FromReadOnlyMemory(ReadOnlyMemory<byte> spki) => new(spki);
}
