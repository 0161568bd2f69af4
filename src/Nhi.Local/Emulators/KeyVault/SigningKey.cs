using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Nhi.Local.Emulators.KeyVault;

/// <summary>A P-256 key of a vault: signs, never leaves.</summary>
internal sealed class SigningKey(string name, string version, ECDsa key, long created) : IDisposable
{
    private readonly Lock signing = new();

    public string Name => name;

    public string Version => version;

    public long Created => created;

    public static SigningKey Create(string name, long created) => new(
        name, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), ECDsa.Create(ECCurve.NamedCurves.nistP256), created);

    public string Export() => key.ExportPkcs8PrivateKeyPem();

    public static SigningKey Import(string name, string version, string pem, long created)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return new SigningKey(name, version, key, created);
    }

    /// <summary>The public key, DER.</summary>
    public byte[] Spki()
    {
        lock (signing) return key.ExportSubjectPublicKeyInfo();
    }

    /// <summary>r and s of an ES256 signature over a digest of 32 bytes.</summary>
    public byte[] Sign(byte[] digest)
    {
        lock (signing) return key.SignHash(digest, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    public JsonObject Bundle(string origin)
    {
        ECParameters point;
        lock (signing) point = key.ExportParameters(false);
        return new JsonObject
        {
            ["key"] = new JsonObject
            {
                ["kid"] = $"{origin}/keys/{name}/{version}",
                ["kty"] = "EC",
                ["crv"] = "P-256",
                ["key_ops"] = new JsonArray("sign", "verify"),
                ["x"] = Base64Url.EncodeToString(point.Q.X),
                ["y"] = Base64Url.EncodeToString(point.Q.Y),
            },
            ["attributes"] = Attributes(),
        };
    }

    /// <summary>As a list of versions shows it.</summary>
    public JsonObject Item(string origin) => new() { ["kid"] = $"{origin}/keys/{name}/{version}", ["attributes"] = Attributes() };

    private JsonObject Attributes() => new()
    {
        ["enabled"] = true, ["created"] = created, ["updated"] = created, ["recoveryLevel"] = "Recoverable+Purgeable", ["recoverableDays"] = VaultJson.RecoverableDays,
    };

    public void Dispose() => key.Dispose();
}
