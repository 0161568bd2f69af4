using System.Security.Cryptography;
using Nhi.Evidence.Records;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Verification.History;

/// <summary>What the next year's log says of records that came into a closed one: its records <c>shard.stray</c>, found by their names in its batches.</summary>
internal static class StrayLists
{
    private static readonly string Verb = ShardRecords.Stray[(ShardRecords.Stray.IndexOf('.', StringComparison.Ordinal) + 1)..];

    /// <summary>SHA-256 by name of the records of <paramref name="closed"/> that it lists, and the name of the record that says so. Throws <see cref="Storage.EvidenceStoreException"/>.</summary>
    internal static async Task<Dictionary<string, RecordReference>> ReadAsync(LogShard next, string closed, VerifyOptions options, RecordAuthenticity authenticity, CancellationToken ct)
    {
        var listed = new Dictionary<string, RecordReference>(StringComparer.Ordinal);
        if (await LogVerifier.OriginAsync(next, options, ct) is not { } origin)
            return listed;
        using var walk = new BatchWalk(next.Log, origin, options.LogKeys, new FindingBook(0, null));
        await foreach (var work in walk.ReadAsync(ct))
        {
            foreach (var entry in work.Batch?.Entries ?? [])
            {
                if (!RecordPath.TryParse(entry.Path, out var name) || name.Verb != Verb || await next.Log.ReadAsync(entry.Path, RecordLimits.Bytes, ct) is not { Truncated: false } blob || Convert.ToHexStringLower(SHA256.HashData(blob.Bytes.Span)) != entry.Sha256)
                    continue;
                if (authenticity.Check(blob.Bytes.Span, entry.Path, origin, blob.Created).Record is { Action: ShardRecords.Stray, Shard: { } facts } && facts.Log == closed)
                {
                    foreach (var stray in facts.Strays ?? [])
                        listed[stray.Path] = new RecordReference(entry.Path, stray.Sha256);
                }
            }
        }

        return listed;
    }
}
