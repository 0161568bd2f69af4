using System.Security.Cryptography;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.History;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Verification.Proofs;

/// <summary>Verifies one record: name, signature, and that a signed checkpoint includes it. A handful of reads where index and tiles help; without them the batch files are read.</summary>
public static class RecordVerifier
{
    /// <summary>
    /// Verifies the record at a name. Throws <see cref="EvidenceStoreException"/> when something cannot be read.
    /// </summary>
    /// <param name="shard">The log.</param>
    /// <param name="path">The record's name.</param>
    /// <param name="batch">The batch that lists it, where something says so (the index): a hint, no more.</param>
    /// <param name="options">Keys. Where there are saved checkpoints of this log, the proof leads to one of them; else to the newest, else to that of the record's own batch.</param>
    /// <param name="ct">Cancels.</param>
    public static Task<RecordVerification> VerifyAsync(LogShard shard, string path, long? batch, VerifyOptions options, CancellationToken ct) => VerifyAsync(shard, null, path, batch, options, ct);

    /// <summary>
    /// The same, where the next year's log is at hand. Throws <see cref="EvidenceStoreException"/> when something cannot be read.
    /// </summary>
    /// <param name="shard">The log.</param>
    /// <param name="next">The next year's log, which lists what came into a closed one; null where there is none.</param>
    /// <param name="path">The record's name.</param>
    /// <param name="batch">The batch that lists it, where something says so: a hint, no more.</param>
    /// <param name="options">Keys, and saved checkpoints.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<RecordVerification> VerifyAsync(LogShard shard, LogShard? next, string path, long? batch, VerifyOptions options, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        var book = new FindingBook(options.MostFindings, options.OnFinding);
        var origin = await LogVerifier.OriginAsync(shard, options, ct) ?? shard.Log.Place;
        using var authenticity = new RecordAuthenticity(options.ProducerKeys);
        using var past = options.PastOf(shard.Log, origin);
        return await new One(shard, next, origin, path, options, authenticity, past, book).RunAsync(batch, ct);
    }

    private sealed class One(LogShard shard, LogShard? next, string origin, string path, VerifyOptions options, RecordAuthenticity authenticity, LogPast past, FindingBook book)
    {
        internal async Task<RecordVerification> RunAsync(long? hint, CancellationToken ct)
        {
            var blob = await shard.Log.ReadAsync(path, RecordLimits.Bytes, ct);
            // What a hint leads to may be no batch of the log: it counts where all is well.
            if (hint is { } number && blob is not null && await HintedAsync(number, ct) is var (hinted, trusted) && await ProveAsync(blob, hinted, trusted, new FindingBook(1, null), ct) is { IsClean: true, Findings.Count: 0 } proven)
                return proven;
            var (batch, keys) = await SearchAsync(ct);
            if (blob is null)
                book.Add(LogFindingKind.RecordMissing, origin, path, batch?.Number, batch is null ? null : IndexOf(batch), found: batch is null ? "there is none, and no batch lists one" : null);
            return blob is null ? new RecordVerification(origin, path, null, null, batch?.Number, 0, book.Kept()) : await ProveAsync(blob, batch, keys, book, ct);
        }

        private async Task<RecordVerification> ProveAsync(LogBlob blob, BatchFile? batch, IReadOnlyList<LogKey> keys, FindingBook into, CancellationToken ct)
        {
            var index = batch is null ? -1 : IndexOf(batch);
            var record = Judge(blob, batch, index, into);
            if (record is not null && batch is null)
                return await UnloggedAsync(record, blob, ct);
            var prover = new RecordProver(shard, origin, path, options, past, into);
            var proof = record is not null ? await prover.ProveAsync(blob.Bytes, batch!, index, keys, ct) : null;
            return new RecordVerification(origin, path, record, proof?.Proof, batch?.Number, prover.TileReads, into.Kept(), proof?.Into);
        }

        /// <summary>An authentic record that no batch lists: the next year's log may, or it is too new; else somebody hides it.</summary>
        private async Task<RecordVerification> UnloggedAsync(EvidenceRecord record, LogBlob blob, CancellationToken ct)
        {
            var listed = next is null ? null : (await StrayLists.ReadAsync(next, origin, options, authenticity, ct)).GetValueOrDefault(path);
            if (listed is not null && listed.Sha256 == Convert.ToHexStringLower(SHA256.HashData(blob.Bytes.Span)))
                return new RecordVerification(origin, path, record, null, null, 0, book.Kept(), StrayIn: listed.Path);
            var made = blob.Created ?? record.Recorded ?? record.Time;
            var isNew = (options.At ?? options.Clock.GetUtcNow()) - made <= options.UnloggedAfter;
            book.Add(isNew ? LogFindingKind.NotYet : LogFindingKind.RecordUnlogged, origin, path, op: record.Op, expected: "a line in a batch", found: $"created {made:yyyy-MM-dd'T'HH:mm:ss'Z'}, in no batch{(isNew ? " yet: look again in a minute" : "")}");
            return new RecordVerification(origin, path, record, null, null, 0, book.Kept());
        }

        private long IndexOf(BatchFile batch) => batch.First + batch.Entries.Index().First(pair => pair.Item.Path == path).Index;

        /// <summary>Null when it is not what was logged; that is named.</summary>
        private EvidenceRecord? Judge(LogBlob blob, BatchFile? batch, long index, FindingBook into)
        {
            var sha = Convert.ToHexStringLower(SHA256.HashData(blob.Bytes.Span));
            var line = batch?.Entries.First(entry => entry.Path == path);
            var judgement = blob.Truncated ? new RecordJudgement(null, blob.WhyTruncated(RecordLimits.Bytes)) : authenticity.Check(blob.Bytes.Span, path, origin, blob.Created);
            if (line is not null && line.Sha256 != sha)
                into.Add(LogFindingKind.RecordAltered, origin, path, batch!.Number, index, expected: line.Sha256, found: sha);
            else if (judgement.Record is null)
                into.Add(line is null ? LogFindingKind.RecordForeign : LogFindingKind.RecordForged, origin, path, batch?.Number, line is null ? null : index, found: judgement.Why);
            return line is null || line.Sha256 == sha ? judgement.Record : null;
        }

        /// <summary>The batch that something says lists it, if it does and a key that was given signed it.</summary>
        private async Task<(BatchFile? Batch, IReadOnlyList<LogKey> Keys)?> HintedAsync(long number, CancellationToken ct)
        {
            if (number < 0 || await shard.Log.ReadAsync(BatchName.Of(number), BatchFile.MostBytes, ct) is not { Truncated: false } blob || !BatchParser.TryParse(blob.Bytes, out var signed, out _))
                return null;
            var batch = signed.Batch;
            if (batch.Log != origin || batch.Number != number || batch.Entries.All(entry => entry.Path != path))
                return null;
            var keys = options.AllLogKeys.Select(spki => new LogKey(Es256.KeyId(spki.Span), spki, 0, long.MaxValue)).ToList();
            return keys.Find(key => key.Id == signed.KeyId) is { } known && signed.IsSignedBy(known.Spki) ? (batch, keys) : null;
        }

        private async Task<(BatchFile? Batch, IReadOnlyList<LogKey> Keys)> SearchAsync(CancellationToken ct)
        {
            using var walk = new BatchWalk(shard.Log, origin, options.LogKeys, new FindingBook(0, null));
            await foreach (var work in walk.ReadAsync(ct))
            {
                if (work is { Role: PlaceRole.Batch, Batch: { } batch } && batch.Entries.Any(entry => entry.Path == path))
                    return (batch, work.Keys);
            }

            return (null, []);
        }
    }
}
