using System.Collections.Concurrent;
using System.Security.Cryptography;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Signing;

/// <summary>
/// Judges records by their own bytes: schema, name, <c>log</c>, the producer's signature and its certificate. The same bytes at the same name are judged the same for ever.
/// Safe for use by many threads; keys that were certified once are remembered.
/// </summary>
public sealed class RecordAuthenticity : IDisposable
{
    private const int MostProducers = 10_000;
    private readonly ECDsa[] producers;
    private readonly ConcurrentDictionary<ProducerFacts, ConcurrentBag<ECDsa>> certified = new();

    /// <param name="producers">The public keys that certified producers: SPKI, DER; more than one after a change of that key.</param>
    public RecordAuthenticity(IEnumerable<ReadOnlyMemory<byte>> producers)
    {
        ArgumentNullException.ThrowIfNull(producers);
        this.producers = [.. producers.Select(spki => Es256.TryImport(spki.Span) ?? throw new ArgumentException("A key of the producers is no P-256 public key (SPKI, DER).", nameof(producers)))];
        if (this.producers.Length == 0)
            throw new ArgumentException("No key of the producers: nothing could ever be authentic.", nameof(producers));
    }

    /// <summary>Judges once, without a memory.</summary>
    public static RecordJudgement Check(ReadOnlySpan<byte> bytes, string path, string origin, ReadOnlyMemory<byte> producersSpki)
    {
        using var authenticity = new RecordAuthenticity([producersSpki]);
        return authenticity.Check(bytes, path, origin);
    }

    /// <summary>Judges the bytes found at a name of the log <paramref name="origin"/>.</summary>
    /// <param name="bytes">What lies there.</param>
    /// <param name="path">The name.</param>
    /// <param name="origin">The log.</param>
    /// <param name="signatures">False: the signature is not looked at, because something else vouches for the bytes.</param>
    public RecordJudgement Check(ReadOnlySpan<byte> bytes, string path, string origin, bool signatures = true)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!RecordPath.IsListable(path))
            return new RecordJudgement(null, "its name is none that a record may have");
        if (!RecordSerializer.TryRead(bytes, out var record, out var why))
            return new RecordJudgement(null, why);
        if (record.Log != origin)
            return new RecordJudgement(null, "$.log: it was written for another log");
        if (record.Path != path)
            return new RecordJudgement(null, "$.path: it was written for another name");
        if (!RecordPath.Fits(path, record))
            return new RecordJudgement(null, "$.path: its name does not follow from what it says");
        return signatures && Signature(bytes, record) is { } wrong ? new RecordJudgement(null, wrong) : new RecordJudgement(record, null);
    }

    public void Dispose()
    {
        foreach (var key in producers.Concat(certified.Values.SelectMany(keys => keys)))
            key.Dispose();
    }

    private string? Signature(ReadOnlySpan<byte> bytes, EvidenceRecord record)
    {
        if (record.Producer is not { } producer)
            return "$.producer: it names none";
        if (!certified.TryGetValue(producer, out var keys))
        {
            if (!IsCertified(producer))
                return "$.producer.cert: no key of the producers signed it";
            if (certified.Count >= MostProducers)
                certified.Clear();
            keys = certified.GetOrAdd(producer, _ => []);
        }

        // An ECDsa serves one thread at a time; a bag lends one to each.
        if (!keys.TryTake(out var key) && (key = Es256.TryImport(Convert.FromBase64String(producer.Key))) is null)
            return "$.producer.key: no P-256 public key";
        try
        {
            return RecordSerializer.TrySplit(bytes, out var prefix, out var signature) && Es256.Verify(key, prefix, signature) ? null : "$.sig: the producer's key did not sign these bytes";
        }
        finally
        {
            keys.Add(key);
        }
    }

    private bool IsCertified(ProducerFacts producer)
    {
        Span<byte> cert = stackalloc byte[66];
        if (!Convert.TryFromBase64String(producer.Cert, cert, out var length) || length != 64 || !IsBase64(producer.Key))
            return false;
        byte[] text;
        try
        {
            text = ProducerIdentity.CertifiedText(producer);
        }
        catch (RecordFormatException)
        {
            return false;
        }

        lock (producers)
        {
            foreach (var key in producers)
            {
                if (Es256.Verify(key, text, cert[..length]))
                    return true;
            }
        }

        return false;
    }

    private static bool IsBase64(string text) => Convert.TryFromBase64String(text, new byte[RecordLimits.Identity], out _);
}
