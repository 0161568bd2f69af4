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
    private readonly Lock gate = new();
    private readonly List<ECDsa> producers = [];
    private readonly HashSet<string> trusted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ProducerFacts, Certified> certified = new();
    private readonly ConcurrentDictionary<UInt128, (byte[] Json, Certified Producer)> seen = new();
    private bool strangers;

    /// <param name="producers">The public keys that certified producers: SPKI, DER; more than one after a change of that key.</param>
    public RecordAuthenticity(IEnumerable<ReadOnlyMemory<byte>> producers)
    {
        ArgumentNullException.ThrowIfNull(producers);
        Trust(producers);
        if (this.producers.Count == 0)
            throw new ArgumentException("No key of the producers: nothing could ever be authentic.", nameof(producers));
    }

    /// <summary>How many keys of the producers are trusted: when it grows, what was foreign may be authentic.</summary>
    internal int Keys
    {
        get
        {
            lock (gate)
                return producers.Count;
        }
    }

    /// <summary>Set by a record that no trusted key certified: it is a stranger's, or the key has a version that is not known here.</summary>
    internal bool HasMetStranger
    {
        get => Volatile.Read(ref strangers);
        set => Volatile.Write(ref strangers, value);
    }

    /// <summary>Trusts these too, from the next record on. Never takes trust away.</summary>
    internal void Trust(IEnumerable<ReadOnlyMemory<byte>> spkis)
    {
        lock (gate)
        {
            foreach (var spki in spkis)
            {
                var key = Es256.TryImport(spki.Span) ?? throw new ArgumentException("A key of the producers is no P-256 public key (SPKI, DER).", nameof(spkis));
                if (trusted.Add(Convert.ToBase64String(spki.Span)))
                    producers.Add(key);
                else
                    key.Dispose();
            }
        }
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
        return Judged(bytes, record, signatures);
    }

    /// <summary>Judges as <see cref="Check(ReadOnlySpan{byte}, string, string, bool)"/> does, but makes of most records no more than what they are compared by. <paramref name="name"/>: the name, read back; null: the record is wanted whole.</summary>
    internal (RecordGist? Gist, string? Why) Glance(ReadOnlyMemory<byte> bytes, string path, RecordName? name, string origin, bool signatures = true)
    {
        if (name is not null && RecordGlance.TryRead(bytes, origin, path, name, out var producer) is { } gist)
            return signatures && Signature(bytes.Span, producer) is { } wrong ? (null, wrong) : (gist, null);
        var judgement = Check(bytes.Span, path, origin, signatures);
        return (judgement.Record is { } record ? RecordGist.Of(record) : null, judgement.Why);
    }

    public void Dispose()
    {
        foreach (var key in producers.Concat(certified.Values.SelectMany(known => known.Idle)))
            key.Dispose();
    }

    private RecordJudgement Judged(ReadOnlySpan<byte> bytes, EvidenceRecord record, bool signatures) =>
        signatures && Signature(bytes, record.Producer) is { } wrong ? new RecordJudgement(null, wrong) : new RecordJudgement(record, null);

    /// <summary>By the producer's member as it stands: it is read once, and then known by its bytes.</summary>
    private string? Signature(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> producer)
    {
        if (producer.IsEmpty)
            return Signature(bytes, (ProducerFacts?)null);
        var key = NameKey.Of(producer);
        if (seen.TryGetValue(key, out var known) && producer.SequenceEqual(known.Json))
            return Signature(bytes, known.Producer);
        var facts = RecordGlance.Producer(producer);
        if (Signature(bytes, facts) is { } wrong)
            return wrong;
        if (certified.TryGetValue(facts, out var one))
        {
            if (seen.Count >= MostProducers)
                seen.Clear();
            seen[key] = (producer.ToArray(), one);
        }

        return null;
    }

    private string? Signature(ReadOnlySpan<byte> bytes, ProducerFacts? producer)
    {
        if (producer is null)
            return "$.producer: it names none";
        if (!certified.TryGetValue(producer, out var known))
        {
            if (!IsCertified(producer))
            {
                HasMetStranger = true;
                return "$.producer.cert: no key of the producers signed it";
            }

            if (certified.Count >= MostProducers)
                certified.Clear();
            known = certified.GetOrAdd(producer, _ => new Certified(producer.Key, []));
        }

        return Signature(bytes, known);
    }

    private static string? Signature(ReadOnlySpan<byte> bytes, Certified producer)
    {
        // An ECDsa serves one thread at a time; a bag lends one to each.
        if (!producer.Idle.TryTake(out var key) && (key = Es256.TryImport(Convert.FromBase64String(producer.Key))) is null)
            return "$.producer.key: no P-256 public key";
        try
        {
            Span<byte> signature = stackalloc byte[RecordSerializer.SignatureBytes];
            return RecordSerializer.TrySplit(bytes, signature, out var prefix) && Es256.Verify(key, prefix, signature) ? null : "$.sig: the producer's key did not sign these bytes";
        }
        finally
        {
            producer.Idle.Add(key);
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

        lock (gate)
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

    /// <summary>A producer that a trusted key certified: its public key, and what verifies by it and serves nobody now.</summary>
    private sealed record Certified(string Key, ConcurrentBag<ECDsa> Idle);
}
