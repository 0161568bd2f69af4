namespace Nhi.Governance.Credentials;

/// <summary>
/// Equality that outlives the process: an HMAC-SHA-256 under a key from the product's own vault, 26 characters of lower-case Crockford base32.
/// The same value gives the same fingerprint on every instance; without the key it says nothing.
/// </summary>
public interface IFingerprints
{
    /// <summary>Throws <see cref="ExternalCallException"/> when the key cannot be had.</summary>
    ValueTask<string> OfAsync(SecretMaterial value, CancellationToken ct);
}
