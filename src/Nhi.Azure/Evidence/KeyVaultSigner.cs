using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
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
    private const string ApiVersion = "7.4";
    private readonly Uri _key;
    private readonly HttpPipeline _pipeline;
    private readonly SemaphoreSlim _one = new(1);
    private PublicKey? _public;

    /// <param name="key">Key id, <c>https://{vault}/keys/{name}</c> with or without a version.</param>
    /// <param name="credential">Whoever may sign with it.</param>
    /// <param name="cloud">For the token's scope.</param>
    /// <param name="equipment">What every client has.</param>
    public KeyVaultSigner(Uri key, TokenCredential credential, AzureCloud cloud, ClientEquipment equipment)
    {
        _key = key;
        // A signature that is asked for twice does no harm.
        _pipeline = HttpPipelineBuilder.Build(equipment.Equip(new Options(), "key", resend: true), new BearerTokenAuthenticationPolicy(credential, cloud.VaultScope));
    }

    public async ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct) => (await LoadedAsync(ct)).Spki;

    public async Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(digest.Length, 32);
        var key = await LoadedAsync(ct);
        var body = JsonSerializer.SerializeToUtf8Bytes(new SignRequest("ES256", Base64Url.EncodeToString(digest.Span)), KeyJson.Default.SignRequest);
        var answer = await SendAsync(RequestMethod.Post, $"{key.Path}/sign", body, KeyJson.Default.SignAnswer, "sign with", ct);
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
        var key = (await SendAsync(RequestMethod.Get, _key.AbsolutePath, null, KeyJson.Default.KeyAnswer, "read", ct)).Key;
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

    private async Task<T> SendAsync<T>(RequestMethod method, string path, byte[]? body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> shape, string verb, CancellationToken ct)
    {
        try
        {
            using var request = _pipeline.CreateRequest();
            request.Method = method;
            request.Uri.Reset(new Uri(_key, $"{path}?api-version={ApiVersion}"));
            request.Headers.Add(HttpHeader.Names.Accept, "application/json");
            if (body is not null)
            {
                request.Headers.Add(HttpHeader.Names.ContentType, "application/json");
                request.Content = RequestContent.Create(body);
            }

            using var answer = await _pipeline.SendRequestAsync(request, ct);
            if (answer.Status != 200)
                throw new RequestFailedException(answer);
            return JsonSerializer.Deserialize(answer.Content.ToMemory().Span, shape) ?? throw new JsonException("null");
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new SigningException(new ExternalCall($"{verb} the key {_key}", Changes: false).Classify(e).Message);
        }
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

    private sealed class Options : ClientOptions;

    /// <param name="Path">Its versioned path in the vault.</param>
    /// <param name="Spki">DER.</param>
    /// <param name="Verifier">Checks what comes back.</param>
    private sealed record PublicKey(string Path, byte[] Spki, ECDsa Verifier);
}

internal sealed record SignRequest(string Alg, string Value);

internal sealed record SignAnswer(string? Value);

internal sealed record KeyAnswer(JsonWebKey? Key);

internal sealed record JsonWebKey(string? Kid, string? Kty, string? Crv, string? X, string? Y);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SignRequest))]
[JsonSerializable(typeof(SignAnswer))]
[JsonSerializable(typeof(KeyAnswer))]
internal sealed partial class KeyJson : JsonSerializerContext;
