using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Azure.Core;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Evidence.Signing;

namespace Nhi.Azure.Evidence;

/// <summary>
/// A P-256 key in Key Vault, by REST on Azure.Core's pipeline. The version that is current when it is first asked stays in use for the life of the process:
/// a rotated log key announces itself in the log first. Every signature is checked before it is handed out.
/// </summary>
public sealed class KeyVaultSigner : ISigner, IDisposable
{
    private readonly Uri _key;
    private readonly KeyVaultKeys _keys;
    private readonly SemaphoreSlim _one = new(1);
    private PublicKey? _public;

    /// <param name="key">Key id, <c>https://{vault}/keys/{name}</c> with or without a version.</param>
    /// <param name="credential">Whoever may sign with it.</param>
    /// <param name="cloud">For the token's scope.</param>
    /// <param name="equipment">What every client has.</param>
    public KeyVaultSigner(Uri key, TokenCredential credential, AzureCloud cloud, ClientEquipment equipment) : this(key, new KeyVaultKeys(key, credential, cloud, equipment)) { }

    internal KeyVaultSigner(Uri key, KeyVaultKeys keys) => (_key, _keys) = (key, keys);

    public async ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct) => (await LoadedAsync(ct)).Spki;

    public async Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(digest.Length, 32);
        var key = await LoadedAsync(ct);
        var body = JsonSerializer.SerializeToUtf8Bytes(new SignRequest("ES256", Base64Url.EncodeToString(digest.Span)), KeyJson.Default.SignRequest);
        var answer = await _keys.SendAsync(RequestMethod.Post, $"{key.Path}/sign", body, KeyJson.Default.SignAnswer, "sign with", ct);
        var signature = Decode(answer.Value);
        return signature.Length == 64 && key.Verifier.VerifyHash(digest.Span, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
            ? signature
            : throw new SigningException($"The key {_key} answered with a signature that does not verify with its own public key.");
    }

    private async ValueTask<PublicKey> LoadedAsync(CancellationToken ct)
    {
        if (Volatile.Read(ref _public) is { } known)
            return known;
        await _one.WaitAsync(ct);
        try
        {
            return _public ??= await LoadAsync(ct);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<PublicKey> LoadAsync(CancellationToken ct)
    {
        var key = (await _keys.SendAsync(RequestMethod.Get, _key.AbsolutePath, null, KeyJson.Default.KeyAnswer, "read", ct)).Key;
        var (x, y) = (Decode(key?.X), Decode(key?.Y));
        if (key is not { Kty: "EC" or "EC-HSM", Crv: "P-256" } || x.Length is 0 or > 32 || y.Length is 0 or > 32)
            throw new SigningException($"The key {_key} is no P-256 key (EC or EC-HSM). Make one: az keyvault key create --kty EC --curve P-256 --ops sign.");
        // Only its version is taken from the answer: digests go to the vault of the settings, whatever a key id says.
        if (!Uri.TryCreate(key.Kid, UriKind.Absolute, out var kid) || kid.Segments is not ["/", "keys/", var name, var version] || !name.Equals(_key.Segments[2].TrimEnd('/') + "/", StringComparison.OrdinalIgnoreCase))
            throw new SigningException($"The key {_key} came back with a key id that is not its own.");
        var verifier = ECDsa.Create();
        try
        {
            verifier.ImportParameters(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Padded(x), Y = Padded(y) } });
        }
        catch (CryptographicException e)
        {
            verifier.Dispose();
            throw new SigningException($"The key {_key} has a public key that is no point of P-256.", e);
        }

        return new PublicKey($"/keys/{name}{version}", verifier.ExportSubjectPublicKeyInfo(), verifier);
    }

    private static byte[] Decode(string? text)
    {
        var bytes = new byte[text?.Length ?? 0];
        return text is not null && Base64Url.TryDecodeFromChars(text, bytes, out var length) ? bytes[..length] : [];
    }

    private static byte[] Padded(byte[] coordinate) => [.. new byte[32 - coordinate.Length], .. coordinate];

    public void Dispose()
    {
        _public?.Verifier.Dispose();
        _one.Dispose();
    }

    /// <param name="Path">Its versioned path in the vault.</param>
    /// <param name="Spki">DER.</param>
    /// <param name="Verifier">Checks what comes back.</param>
    private sealed record PublicKey(string Path, byte[] Spki, ECDsa Verifier);
}
