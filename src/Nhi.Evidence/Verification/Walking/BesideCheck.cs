using System.Security.Cryptography;
using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>What lies in a container beside records and log: README, copies of keys, policies. Whatever else is there is foreign.</summary>
internal sealed class BesideCheck(IReadableLog log, string origin, IEnumerable<ReadOnlyMemory<byte>> logKeys, IEnumerable<ReadOnlyMemory<byte>> producerKeys, FindingBook book)
{
    private const int MostKeyBytes = 4_096;
    private const int MostBytes = 4 * 1024 * 1024;
    private const int MostTextBytes = 64 * 1024;
    private const string Readme = "README.txt";
    private const string Policies = "policies/";
    private const string Keys = "keys/";
    private const string LogKeys = "keys/log-";
    private const string ProducerKeys = "keys/producers";
    private const string Pem = ".pub.pem";
    private const string VerifierKey = ".vkey";
    private readonly Dictionary<string, string> ofLog = TextsOf(origin, logKeys);
    private readonly Dictionary<string, string> ofProducers = TextsOf(origin, producerKeys);

    /// <summary>False for a name that nothing of ours has; it is named.</summary>
    internal bool NeedsReading(string path)
    {
        if (path.StartsWith(Policies, StringComparison.Ordinal) || path.StartsWith(Keys, StringComparison.Ordinal) || path is ShardPreparation.FirstBlob or Readme)
            return true;
        book.Add(LogFindingKind.BlobForeign, origin, path);
        return false;
    }

    internal async Task<bool> JudgeAsync(string path, CancellationToken ct)
    {
        if (path.StartsWith(Policies, StringComparison.Ordinal))
            return await PolicyAsync(path, ct);
        if (path.StartsWith(Keys, StringComparison.Ordinal))
            return await KeyAsync(path, ct);
        if (path == Readme)
            return await ReadmeAsync(path, ct);
        return await TextAsync(path, origin + "\n", LogFindingKind.BlobAltered, ct);
    }

    private async Task<bool> ReadmeAsync(string path, CancellationToken ct)
    {
        if (await log.ReadAsync(path, MostTextBytes, ct) is not { } blob || (!blob.Truncated && AuditorReadme.IsOne(Encoding.UTF8.GetString(blob.Bytes.Span), origin)))
            return true;
        book.Add(LogFindingKind.ReadmeDiffers, origin, path, bytes: blob.Truncated ? null : RecordCheck.Difference(Encoding.UTF8.GetBytes(AuditorReadme.Of(origin)), blob.Bytes.Span), found: blob.Truncated ? blob.WhyTruncated(MostTextBytes) : "another text");
        return true;
    }

    private async Task<bool> TextAsync(string path, string text, LogFindingKind kind, CancellationToken ct)
    {
        if (await log.ReadAsync(path, MostTextBytes, ct) is { } blob && (blob.Truncated || !blob.Bytes.Span.SequenceEqual(Encoding.UTF8.GetBytes(text))))
            book.Add(kind, origin, path, bytes: blob.Truncated ? null : RecordCheck.Difference(Encoding.UTF8.GetBytes(text), blob.Bytes.Span), found: blob.Truncated ? blob.WhyTruncated(MostTextBytes) : "another text");
        return true;
    }

    private async Task<bool> PolicyAsync(string path, CancellationToken ct)
    {
        var file = path[Policies.Length..];
        var wanted = file.Split(['.', '~'], 2)[0];
        if (wanted.Length != 64 || !file.EndsWith(".yaml", StringComparison.Ordinal) || await log.ReadAsync(path, MostBytes, ct) is not { } blob)
        {
            book.Add(LogFindingKind.BlobForeign, origin, path);
            return true;
        }

        var sha = Convert.ToHexStringLower(SHA256.HashData(blob.Bytes.Span));
        if (blob.Truncated || sha != wanted)
            book.Add(LogFindingKind.BlobAltered, origin, path, expected: wanted, found: blob.Truncated ? blob.WhyTruncated(MostBytes) : sha);
        return true;
    }

    /// <summary>A copy of a key, as PEM or as a verifier key, for convenience: it must be one of those that its name says, and both copies under one number the same.</summary>
    private async Task<bool> KeyAsync(string path, CancellationToken ct)
    {
        var known = path.StartsWith(LogKeys, StringComparison.Ordinal) ? ofLog : path.StartsWith(ProducerKeys, StringComparison.Ordinal) ? ofProducers : [];
        var key = await KeyOfAsync(path, known, ct);
        var twin = path.EndsWith(Pem, StringComparison.Ordinal) ? path[..^Pem.Length] + VerifierKey : path.EndsWith(VerifierKey, StringComparison.Ordinal) ? path[..^VerifierKey.Length] + Pem : null;
        if (key is null)
            book.Add(LogFindingKind.BlobAltered, origin, path, expected: "a key that this log goes by", found: "another text");
        else if (twin is not null && await KeyOfAsync(twin, known, ct) is { } other && other != key)
            book.Add(LogFindingKind.BlobAltered, origin, path, expected: $"the key in '{twin}'", found: "another key of this log");
        return true;
    }

    /// <summary>The id of the key that stands there; null for none, and for anything else.</summary>
    private async Task<string?> KeyOfAsync(string path, Dictionary<string, string> known, CancellationToken ct) =>
        await log.ReadAsync(path, MostKeyBytes, ct) is { Truncated: false } blob ? known.GetValueOrDefault(Encoding.Latin1.GetString(blob.Bytes.Span)) : null;

    /// <summary>Every text that a copy of one of these keys may be, and the key's id.</summary>
    private static Dictionary<string, string> TextsOf(string origin, IEnumerable<ReadOnlyMemory<byte>> keys)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var spki in keys)
        {
            using var key = new NoteKey(origin, spki.Span);
            texts[PemEncoding.WriteString("PUBLIC KEY", spki.Span) + "\n"] = key.KeyId;
            texts[key.VerifierText + "\n"] = key.KeyId;
        }

        return texts;
    }
}
