using System.Security.Cryptography;

namespace Nhi.Evidence.Signing;

/// <summary>ECDSA over P-256 and SHA-256 as the log uses it: r‖s signatures, SubjectPublicKeyInfo keys.</summary>
public static class Es256
{
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>The key's id in signed lines: the first four bytes of SHA-256 over its SPKI, lower-case hex (C2SP signed-note, type 0x02).</summary>
    public static string KeyId(ReadOnlySpan<byte> spki) => Convert.ToHexStringLower(SHA256.HashData(spki).AsSpan(0, 4));

    /// <summary>Null when the bytes are no P-256 public key.</summary>
    public static ECDsa? TryImport(ReadOnlySpan<byte> spki)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(spki, out var read);
            if (read == spki.Length && key.KeySize == 256 && key.ExportParameters(false).Curve.Oid.Value == P256)
                return key;
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            // Not a key: says the null.
        }

        key.Dispose();
        return null;
    }

    /// <summary>True when the signature over the text verifies.</summary>
    public static bool Verify(ECDsa key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        return signature.Length == 64 && key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
