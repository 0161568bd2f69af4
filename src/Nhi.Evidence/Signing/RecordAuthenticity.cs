using System.Collections.Concurrent;
using System.Security.Cryptography;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Signing;

/// <summary>
/// Judges records by their own bytes: schema, name, <c>log</c>, the producer's signature and its certificate; and, where a version of the key that certifies has an end, by when they were created. The same bytes at the same name are judged the same for ever.
/// Safe for use by many threads; keys that were certified once are remembered.
/// </summary>
public sealed class RecordAuthenticity : IDisposable
{
    private const int MostProducers = 10_000;
    private readonly Lock gate = new();
    private readonly Dictionary<string, Version> versions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ProducerFacts, Certified> certified = new();
    private readonly ConcurrentDictionary<UInt128, (byte[] Json, Certified Producer)> seen = new();
    private bool strangers;

    /// <param name="producers">The public keys that certified producers: SPKI, DER; more than one after a change of that key.</param>
    public RecordAuthenticity(IEnumerable<ReadOnlyMemory<byte>> producers) : this(producers.Select(ProducersKey.FromReadOnlyMemory)) { }

    /// <param name="producers">The versions of the key that certified producers.</param>
    public RecordAuthenticity(IEnumerable<ProducersKey> producers)
    {
        ArgumentNullException.ThrowIfNull(producers);
        Trust(producers);
        if (versions.Count == 0)
            throw new ArgumentException("No key of the producers: nothing could ever be authentic.", nameof(producers));
    }

    /// <summary>How many keys of the producers are trusted: when it grows, what was foreign may be authentic.</summary>
    internal int Keys
    {
        get
        {
            lock (gate)
                return versions.Count;
        }
    }

    /// <summary>True when a version has an end by now.</summary>
    internal bool HasEnds
    {
        get
        {
            lock (gate)
                return versions.Values.Any(version => version.Until is not null);
        }
    }

    /// <summary>Set by a record that no trusted key certified: it is a stranger's, or the key has a version that is not known here.</summary>
    internal bool HasMetStranger
    {
        get => Volatile.Read(ref strangers);
        set => Volatile.Write(ref strangers, value);
    }

    /// <summary>Trusts these too, from the next record on, each until the end that it has now. Never forgets one.</summary>
    internal void Trust(IEnumerable<ProducersKey> keys)
    {
        lock (gate)
        {
            foreach (var (spki, until) in keys)
            {
                var id = Convert.ToBase64String(spki.Span);
                if (!versions.TryGetValue(id, out var version))
                    versions[id] = version = new Version(Es256.TryImport(spki.Span) ?? throw new ArgumentException("A key of the producers is no P-256 public key (SPKI, DER).", nameof(keys)), Convert.ToHexStringLower(SHA256.HashData(spki.Span)), versions.Count);
                version.Until = until;
            }
        }
    }

    /// <summary>The trusted version with a public key (SPKI, DER) of this SHA-256 in hex, or null.</summary>
    internal Version? VersionOf(string sha256)
    {
        lock (gate)
            return versions.Values.FirstOrDefault(version => version.Sha256 == sha256);
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
    /// <param name="created">When that blob was created, UTC, by the container's clock; null where nobody knows: then no version of the key that certifies has come to its end.</param>
    /// <param name="signatures">False: the signature is not looked at, because something else vouches for the bytes.</param>
    public RecordJudgement Check(ReadOnlySpan<byte> bytes, string path, string origin, DateTimeOffset? created = null, bool signatures = true) => Check(bytes, path, origin, created, signatures, out _);

    private RecordJudgement Check(ReadOnlySpan<byte> bytes, string path, string origin, DateTimeOffset? created, bool signatures, out Version? by)
    {
        ArgumentNullException.ThrowIfNull(path);
        by = null;
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
        return signatures && Signature(bytes, record.Producer, created, out by) is { } wrong ? new RecordJudgement(null, wrong) : new RecordJudgement(record, null);
    }

    /// <summary>Judges as <see cref="Check(ReadOnlySpan{byte}, string, string, DateTimeOffset?, bool)"/> does, but makes of most records no more than what they are compared by. <paramref name="name"/>: the name, read back; null: the record is wanted whole. <c>By</c>: the version that certified its producer; null where no signature was looked at.</summary>
    internal (RecordGist? Gist, Version? By, string? Why) Glance(ReadOnlyMemory<byte> bytes, string path, RecordName? name, string origin, DateTimeOffset? created, bool signatures = true)
    {
        if (name is not null && RecordGlance.TryRead(bytes, origin, path, name, out var producer) is { } gist)
        {
            Version? certifier = null;
            return signatures && Signature(bytes.Span, producer, created, out certifier) is { } wrong ? (null, null, wrong) : (gist, certifier, null);
        }

        var judgement = Check(bytes.Span, path, origin, created, signatures, out var by);
        return judgement.Record is { } record ? (RecordGist.Of(record), by, null) : (null, null, judgement.Why);
    }

    /// <summary>True when a producer whom a trusted key certified signed these bytes, r‖s.</summary>
    internal bool Vouches(ProducerFacts producer, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature) => signature.Length == RecordSerializer.SignatureBytes && Known(producer) is { } known && Verifies(known, text, signature);

    public void Dispose()
    {
        foreach (var version in versions.Values)
            version.Key.Dispose();
        foreach (var known in certified.Values)
        {
            while (known.Idle.TryTake(out var key))
                IdleKeys.Return(Convert.FromBase64String(known.Key), key);
        }
    }

    /// <summary>By the producer's member as it stands: it is read once, and then known by its bytes.</summary>
    private string? Signature(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> producer, DateTimeOffset? created, out Version? by)
    {
        if (producer.IsEmpty)
            return Signature(bytes, (ProducerFacts?)null, created, out by);
        var key = NameKey.Of(producer);
        if (seen.TryGetValue(key, out var known) && producer.SequenceEqual(known.Json))
        {
            by = known.Producer.By;
            return Signature(bytes, known.Producer, created);
        }

        var facts = RecordGlance.Producer(producer);
        if (Signature(bytes, facts, created, out by) is { } wrong)
            return wrong;
        if (certified.TryGetValue(facts, out var one))
        {
            if (seen.Count >= MostProducers)
                seen.Clear();
            seen[key] = (producer.ToArray(), one);
        }

        return null;
    }

    private string? Signature(ReadOnlySpan<byte> bytes, ProducerFacts? producer, DateTimeOffset? created, out Version? by)
    {
        by = null;
        if (producer is null)
            return "$.producer: it names none";
        if (Known(producer) is not { } known)
        {
            HasMetStranger = true;
            return "$.producer.cert: no key of the producers signed it";
        }

        by = known.By;
        return Signature(bytes, known, created);
    }

    /// <summary>Null for one whom no trusted key certified.</summary>
    private Certified? Known(ProducerFacts producer)
    {
        if (certified.TryGetValue(producer, out var known) || CertifiedBy(producer) is not { } version)
            return known;
        if (certified.Count >= MostProducers)
            certified.Clear();
        return certified.GetOrAdd(producer, _ => new Certified(producer.Key, version, []));
    }

    private static string? Signature(ReadOnlySpan<byte> bytes, Certified producer, DateTimeOffset? created)
    {
        if (producer.By.WhyEnded(created) is { } ended)
            return ended;
        Span<byte> signature = stackalloc byte[RecordSerializer.SignatureBytes];
        return RecordSerializer.TrySplit(bytes, signature, out var prefix) && Verifies(producer, prefix, signature) ? null : "$.sig: the producer's key did not sign these bytes";
    }

    private static bool Verifies(Certified producer, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        // An ECDsa serves one thread at a time; a bag lends one to each.
        if (!producer.Idle.TryTake(out var key) && (key = IdleKeys.TryTake(Convert.FromBase64String(producer.Key))) is null)
            return false;
        try
        {
            return Es256.Verify(key, text, signature);
        }
        finally
        {
            producer.Idle.Add(key);
        }
    }

    private Version? CertifiedBy(ProducerFacts producer)
    {
        Span<byte> cert = stackalloc byte[66];
        if (!Convert.TryFromBase64String(producer.Cert, cert, out var length) || length != 64 || !IsBase64(producer.Key))
            return null;
        byte[] text;
        try
        {
            text = ProducerIdentity.CertifiedText(producer);
        }
        catch (RecordFormatException)
        {
            return null;
        }

        lock (gate)
        {
            foreach (var version in versions.Values)
            {
                if (Es256.Verify(version.Key, text, cert[..length]))
                    return version;
            }
        }

        return null;
    }

    private static bool IsBase64(string text) => Convert.TryFromBase64String(text, new byte[RecordLimits.Identity], out _);

    /// <summary>A trusted version of the key that certifies, and its end, which may be set while it is in use.</summary>
    internal sealed class Version(ECDsa key, string sha256, int number)
    {
        private object? until;

        internal ECDsa Key => key;

        /// <summary>Of its public key (SPKI, DER), in lower-case hex.</summary>
        internal string Sha256 => sha256;

        /// <summary>Its place among those that were given.</summary>
        internal int Number => number;

        /// <summary>Read without the gate.</summary>
        internal DateTimeOffset? Until
        {
            get => (DateTimeOffset?)Volatile.Read(ref until);
            set => Volatile.Write(ref until, value);
        }

        /// <summary>Why what it certified does not count in a blob that was created then; null where it does.</summary>
        internal string? WhyEnded(DateTimeOffset? created) =>
            created >= Until ? $"$.producer.cert: the version of the key of the producers that signed it counts for what was created before {Until:yyyy-MM-dd'T'HH:mm:ss'Z'}" : null;
    }

    /// <summary>A producer that a trusted key certified: its public key, who certified it, and what verifies by it and serves nobody now.</summary>
    private sealed record Certified(string Key, Version By, ConcurrentBag<ECDsa> Idle);
}
