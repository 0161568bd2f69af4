using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Nhi.Evidence.Signing;

/// <summary>ECDSA over P-256 and SHA-256 as the log uses it: r‖s signatures, SubjectPublicKeyInfo keys.</summary>
public static class Es256
{
    // Two integers of at most 33 bytes, three headers.
    private const int MostDer = 72;
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>The key's id in signed lines: the first four bytes of SHA-256 over its SPKI, lower-case hex (C2SP signed-note, type 0x02).</summary>
    public static string KeyId(ReadOnlySpan<byte> spki) => Convert.ToHexStringLower(SHA256.HashData(spki).AsSpan(0, 4));

    /// <summary>The same signature in ASN.1 (DER), as signed notes and <c>openssl</c> have it. Throws <see cref="ArgumentException"/> for anything but 64 bytes.</summary>
    public static byte[] ToDer(ReadOnlySpan<byte> signature)
    {
        if (signature.Length != 64)
            throw new ArgumentException($"An ES256 signature has 64 bytes, not {signature.Length}.", nameof(signature));
        var der = new AsnWriter(AsnEncodingRules.DER);
        using (der.PushSequence())
        {
            der.WriteIntegerUnsigned(Trimmed(signature[..32]));
            der.WriteIntegerUnsigned(Trimmed(signature[32..]));
        }

        return der.Encode();
    }

    /// <summary>True when the signature in ASN.1 (DER) over the text verifies.</summary>
    public static bool VerifyDer(ECDsa key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        return signature.Length is > 0 and <= MostDer && key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

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

    /// <summary>Without the zeros in front, of which DER allows none.</summary>
    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> integer)
    {
        var zeros = integer.IndexOfAnyExcept((byte)0);
        return zeros < 0 ? integer[^1..] : integer[zeros..];
    }
}
