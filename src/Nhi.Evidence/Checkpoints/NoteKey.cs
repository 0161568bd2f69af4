using System.Security.Cryptography;
using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Checkpoints;

/// <summary>A P-256 key as verifiers of signed notes know it (type 0x02): a name, here the log's origin, and the public key. Serves one thread at a time.</summary>
public sealed class NoteKey : IDisposable
{
    private const byte Ecdsa = 0x02;
    private readonly ECDsa key;
    private readonly byte[] spki;
    private int disposed;

    /// <param name="name">The log's origin.</param>
    /// <param name="spki">The public key, SubjectPublicKeyInfo, DER. Throws <see cref="ArgumentException"/> for one that is not P-256.</param>
    public NoteKey(string name, ReadOnlySpan<byte> spki)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        key = IdleKeys.TryTake(spki) ?? throw new ArgumentException("The key of a note is no P-256 public key (SPKI, DER).", nameof(spki));
        (Name, KeyId, this.spki) = (name, Es256.KeyId(spki), spki.ToArray());
    }

    public string Name { get; }

    /// <summary>The first four bytes of SHA-256 over the SPKI, 8 characters of lower-case hex.</summary>
    public string KeyId { get; }

    /// <summary>The verifier key, <c>name+keyid+base64(0x02 ‖ SPKI)</c>: what Go's <c>sumdb/note</c> and <c>transparency-dev/formats</c> read.</summary>
    public string VerifierText => $"{Name}+{KeyId}+{Convert.ToBase64String([Ecdsa, .. spki])}";

    /// <summary>Reads a verifier key; null for one that is malformed, is not of type 0x02, or whose id is not its key's.</summary>
    public static NoteKey? TryParse(string? text)
    {
        if (text is not { Length: <= 1_024 } || text.Split('+', 3) is not [{ Length: > 0 } name, { Length: 8 } id, var base64])
            return null;
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length) || length < 2 || bytes[0] != Ecdsa || Es256.KeyId(bytes.AsSpan(1, length - 1)) != id)
            return null;
        using var key = Es256.TryImport(bytes.AsSpan(1, length - 1));
        return key is null ? null : new NoteKey(name, bytes.AsSpan(1, length - 1));
    }

    /// <summary>True when this key made the signature over the text.</summary>
    public bool Verify(ReadOnlySpan<byte> text, NoteSignature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        return signature.Name == Name && signature.KeyId == KeyId && Es256.VerifyDer(key, text, signature.Signature.Span);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
            IdleKeys.Return(spki, key);
    }
}
