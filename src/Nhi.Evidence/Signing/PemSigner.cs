using System.Security.Cryptography;

namespace Nhi.Evidence.Signing;

/// <summary>A signer whose P-256 key lies in this process: for the local world and for tests. In Azure a Key Vault key takes its place.</summary>
public sealed class PemSigner : ISigner, ILogKeys, IDisposable
{
    private readonly ECDsa key;
    private readonly byte[] spki;

    private PemSigner(ECDsa key) => (this.key, spki) = (key, key.ExportSubjectPublicKeyInfo());

    /// <summary>A new key in memory.</summary>
    public static PemSigner Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The key of a PEM file (PKCS#8 or SEC 1); made, readable by its owner alone, when there is none. Throws <see cref="SigningException"/> for a file that holds no P-256 private key.</summary>
    public static PemSigner OfFile(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        if (!File.Exists(file))
            Make(file);
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            // A public key, and one on another curve, are only noticed where it is used.
            using var own = Es256.TryImport(key.ExportSubjectPublicKeyInfo());
            if (own is not null && key.SignHash(new byte[32]).Length == 64)
                return new PemSigner(key);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            key.Dispose();
            throw new SigningException($"The file '{file}' holds no private key in PEM. Remove it, and a new key is made.", e);
        }

        key.Dispose();
        throw new SigningException($"The key in '{file}' is no P-256 key.");
    }

    public ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct) => new(spki);

    public Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct) =>
        Task.FromResult(key.SignHash(digest.ToArray(), DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    /// <summary>As a log key it has one version: this one.</summary>
    public ReadOnlyMemory<byte>? First => null;

    public ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct) => new([this]);

    public void Dispose() => key.Dispose();

    private static void Make(string file)
    {
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        using var writer = new StreamWriter(file, options);
        writer.Write(made.ExportPkcs8PrivateKeyPem());
        writer.Write('\n');
    }
}
