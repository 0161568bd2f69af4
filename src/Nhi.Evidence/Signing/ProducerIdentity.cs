using System.Security.Cryptography;
using System.Text;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Signing;

/// <summary>
/// The key of one instance: P-256, in memory only, certified once by the key <c>producers</c>. It makes records authentic at the cost of one remote signature per instance.
/// </summary>
public sealed class ProducerIdentity : IDisposable
{
    private readonly ECDsa key;

    private ProducerIdentity(ECDsa key, ProducerFacts facts) => (this.key, Facts) = (key, facts);

    /// <summary>What stands in each record: description, public key and certificate.</summary>
    public ProducerFacts Facts { get; }

    /// <summary>Makes a key and has it certified. Throws <see cref="SigningException"/> when <c>producers</c> cannot sign.</summary>
    public static async Task<ProducerIdentity> CreateAsync(ISigner producers, ProducerDescription description, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(producers);
        ArgumentNullException.ThrowIfNull(description);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            var facts = new ProducerFacts(description.Service, description.Version, description.Instance, Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()), "", description.Commit, description.Region);
            var digest = SHA256.HashData(CertifiedText(facts));
            return new ProducerIdentity(key, facts with { Cert = Convert.ToBase64String(await producers.SignAsync(digest, ct)) });
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>ES256 over the bytes: r‖s.</summary>
    public byte[] Sign(ReadOnlySpan<byte> bytes)
    {
        // An ECDsa serves one thread at a time.
        lock (key)
            return key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    public void Dispose() => key.Dispose();

    /// <summary>What a certificate is signed over: <c>nhi-producer/1</c>, service, version, instance, commit, region (empty where unknown) and the key in base64, each with a line feed.</summary>
    public static byte[] CertifiedText(ProducerFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        string[] lines = ["nhi-producer/1", facts.Service, facts.Version, facts.Instance, facts.Commit ?? "", facts.Region ?? "", facts.Key];
        if (lines.Any(line => line.Contains('\n', StringComparison.Ordinal)))
            throw new RecordFormatException("$.producer: a line feed in what is certified.");
        return Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
    }
}
