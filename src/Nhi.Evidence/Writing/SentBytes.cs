using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Writing;

/// <summary>What this process has sent for which name of which log, so that it knows its own bytes again however late they landed. Forgets after two hours.</summary>
internal sealed class SentBytes(TimeProvider timers)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(2);
    private const int PruneEvery = 1_024;
    private readonly ConcurrentDictionary<(string Log, string Path), Sent> sent = new();
    private int added;

    internal void Add(string log, string path, ReadOnlySpan<byte> bytes, EvidenceRecord record)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var now = timers.GetUtcNow();
        sent.AddOrUpdate((log, path),
            static (_, add) => new Sent(add.now, ImmutableDictionary<string, EvidenceRecord>.Empty.Add(add.hash, add.record)),
            static (_, old, add) => new Sent(add.now, old.Records.SetItem(add.hash, add.record)),
            (now, hash, record));
        if (Interlocked.Increment(ref added) % PruneEvery == 0)
            Prune(now);
    }

    /// <summary>The record whose bytes these are, if this process sent them for that name.</summary>
    internal EvidenceRecord? Find(string log, string path, string hash) =>
        sent.TryGetValue((log, path), out var known) ? known.Records.GetValueOrDefault(hash) : null;

    private void Prune(DateTimeOffset now)
    {
        foreach (var (key, value) in sent)
        {
            if (now - value.Last > Kept)
                sent.TryRemove(key, out _);
        }
    }

    private sealed record Sent(DateTimeOffset Last, ImmutableDictionary<string, EvidenceRecord> Records);
}
