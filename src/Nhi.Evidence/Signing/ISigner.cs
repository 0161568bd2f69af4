namespace Nhi.Evidence.Signing;

/// <summary>
/// A P-256 key that signs and never leaves its keeper: a Key Vault key in Azure, a PEM file locally.
/// Two of them exist: the log key (batches, checkpoints) and <c>producers</c> (certifies the keys of instances).
/// </summary>
public interface ISigner
{
    /// <summary>The public key, SubjectPublicKeyInfo, DER. Throws <see cref="SigningException"/> when it cannot be had.</summary>
    ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct);

    /// <summary>ES256 over a SHA-256 digest (32 bytes): r‖s, 64 bytes. Throws <see cref="SigningException"/> when the keeper does not sign.</summary>
    Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct);
}
