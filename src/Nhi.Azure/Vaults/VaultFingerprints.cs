using System.Security.Cryptography;
using System.Text;
using Azure;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Vaults;

/// <summary>Fingerprints under the key in the secret <c>nhi-fingerprint-key</c> of the product's own vault, base64 of at least 32 bytes. Read once a process, kept in memory only.</summary>
public sealed class VaultFingerprints(VaultClients clients, NhiSettings settings) : IFingerprints, IDisposable
{
    public const string KeyName = "nhi-fingerprint-key";

    private readonly SemaphoreSlim _one = new(1);
    private byte[]? _key;

    public async ValueTask<string> OfAsync(SecretMaterial value, CancellationToken ct)
    {
        var key = Volatile.Read(ref _key) ?? await LoadAsync(ct);
        return CrockfordBase32.Encode(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(value.Reveal())), 26);
    }

    private async Task<byte[]> LoadAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (_key is null)
                Volatile.Write(ref _key, await ReadAsync(ct));
            return _key!;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<byte[]> ReadAsync(CancellationToken ct)
    {
        var host = settings.ProductVault.Host;
        string text;
        try
        {
            text = (await clients.Own(host, writes: false).GetSecretAsync(KeyName, cancellationToken: ct)).Value.Value;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            throw Unusable($"The vault {host} holds no secret '{KeyName}'.");
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new ExternalCall($"read '{KeyName}' in {host}", Changes: false).Classify(e);
        }

        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length >= 32
            ? key[..length]
            : throw Unusable($"The secret '{KeyName}' in {host} is not base64 of at least 32 bytes.");
    }

    private static ExternalCallException Unusable(string what) => new(
        $"{what} Deployment makes it once; it must never change, since fingerprints in the evidence are made with it. By hand: az keyvault secret set --name {KeyName} --value \"$(openssl rand -base64 32)\".",
        mayHaveHappened: false, transient: false, "NoFingerprintKey");

    public void Dispose() => _one.Dispose();
}
