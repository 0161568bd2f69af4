using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nhi.Local.Tls;

/// <summary>
/// A certificate authority that lives as long as this world and one leaf with all its names. Clients check certificates as ever:
/// they trust <see cref="AuthorityPem"/> (<c>SSL_CERT_FILE</c> on Linux), and nothing of theirs knows that the names lead to the loopback.
/// </summary>
public sealed class ThrowAwayAuthority : IDisposable
{
    private readonly X509Certificate2 leaf;

    private ThrowAwayAuthority(X509Certificate2 authority, X509Certificate2 leaf, string leafKeyPem)
    {
        Authority = authority;
        this.leaf = leaf;
        AuthorityPem = authority.ExportCertificatePem();
        LeafPem = leaf.ExportCertificatePem() + "\n" + AuthorityPem;
        LeafKeyPem = leafKeyPem;
    }

    /// <summary>The authority's certificate, without its key.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>The leaf with its key, for a listener.</summary>
    public X509Certificate2 Leaf => leaf;

    /// <summary>PEM of the authority: what clients trust.</summary>
    public string AuthorityPem { get; }

    /// <summary>PEM of the leaf and its chain.</summary>
    public string LeafPem { get; }

    /// <summary>PKCS#8 PEM of the leaf's key.</summary>
    public string LeafKeyPem { get; }

    /// <summary>Makes both.</summary>
    /// <param name="time">Real time: certificates are checked by it.</param>
    /// <param name="names">DNS names, wildcards in the first label allowed; the loopback addresses are always there.</param>
    public static ThrowAwayAuthority Create(TimeProvider time, params IEnumerable<string> names)
    {
        var from = time.GetUtcNow().AddDays(-1);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=nhi-local throw-away authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        authorityRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, false));
        using var signing = authorityRequest.CreateSelfSigned(from, from.AddDays(400));

        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leafRequest = LeafRequest(leafKey, signing, names);
        using var signed = leafRequest.Create(signing, from, from.AddDays(399), RandomNumberGenerator.GetBytes(16));
        using var withKey = signed.CopyWithPrivateKey(leafKey);
        // A certificate whose key is ephemeral does not serve TLS on Windows: through PKCS#12 and back it does.
        var usable = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
        return new ThrowAwayAuthority(
            X509CertificateLoader.LoadCertificate(signing.RawData), usable, leafKey.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>What an in-process client asks of a server's certificate beside its name: that it chains to this authority, whatever the machine trusts.</summary>
    public X509ChainPolicy Trusted() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { Authority },
        RevocationMode = X509RevocationMode.NoCheck,
    };

    public void Dispose()
    {
        leaf.Dispose();
        Authority.Dispose();
    }

    private static CertificateRequest LeafRequest(ECDsa key, X509Certificate2 authority, IEnumerable<string> names)
    {
        var request = new CertificateRequest("CN=nhi-local", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names) alternatives.AddDnsName(name);
        alternatives.AddDnsName("localhost");
        alternatives.AddIpAddress(IPAddress.Loopback);
        alternatives.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        return request;
    }
}
