using System.Security.Cryptography;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Verification.Proofs;

/// <summary>Verifies one record (evidence.md 3.7): name, signature, and that a signed checkpoint includes it. A handful of reads where index and tiles help; without them the batch files are read.</summary>
public static class RecordVerifier
{
    /// <summary>
    /// Verifies the record at a name. Throws <see cref="EvidenceStoreException"/> when something cannot be read.
    /// </summary>
    /// <param name="shard">The log.</param>
    /// <param name="path">The record's name.</param>
    /// <param name="batch">The batch that lists it, where something says so (the index): a hint, no more.</param>
    /// <param name="options">Keys.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<RecordVerification> VerifyAsync(LogShard shard, string path, long? batch, VerifyOptions options, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        var book = new FindingBook(options.MostFindings, options.OnFinding);
        var origin = await LogVerifier.OriginAsync(shard, options, ct) ?? shard.Log.Place;
        return await new One(shard, origin, path, options, book).RunAsync(batch, ct);
    }

    private sealed class One(LogShard shard, string origin, string path, VerifyOptions options, FindingBook book)
    {
        private int tileReads;

        internal async Task<RecordVerification> RunAsync(long? hint, CancellationToken ct)
        {
            var blob = await shard.Log.ReadAsync(path, RecordLimits.Bytes, ct);
            var found = hint is { } number ? await HintedAsync(number, ct) : null;
            var (batch, keys) = found ?? await SearchAsync(ct);
            var index = batch is null ? -1 : IndexOf(batch);
            if (blob is null)
                book.Add(LogFindingKind.RecordMissing, origin, path, batch?.Number, batch is null ? null : index, found: batch is null ? "there is none, and no batch lists one" : null);
            var record = blob is null ? null : Judge(blob, batch, index);
            var proof = record is not null && batch is not null ? await ProveAsync(blob!.Bytes, batch, index, keys, ct) : null;
            return new RecordVerification(origin, path, record, proof, batch?.Number, tileReads, book.Kept());
        }

        private long IndexOf(BatchFile batch) => batch.First + batch.Entries.Index().First(pair => pair.Item.Path == path).Index;

        /// <summary>Null when it is not what was logged; that is named.</summary>
        private EvidenceRecord? Judge(LogBlob blob, BatchFile? batch, long index)
        {
            using var authenticity = new RecordAuthenticity(options.ProducerKeys);
            var sha = Convert.ToHexStringLower(SHA256.HashData(blob.Bytes.Span));
            var line = batch?.Entries.First(entry => entry.Path == path);
            var judgement = blob.Truncated ? new RecordJudgement(null, $"more than {RecordLimits.Bytes} bytes") : authenticity.Check(blob.Bytes.Span, path, origin);
            if (line is not null && line.Sha256 != sha)
                book.Add(LogFindingKind.RecordAltered, origin, path, batch!.Number, index, expected: line.Sha256, found: sha);
            else if (judgement.Record is null)
                book.Add(line is null ? LogFindingKind.RecordForeign : LogFindingKind.RecordForged, origin, path, batch?.Number, line is null ? null : index, found: judgement.Why);
            else if (line is null)
                book.Add(LogFindingKind.RecordUnlogged, origin, path, op: judgement.Record.Op, found: "no batch lists it (yet)");
            return line is not null && line.Sha256 == sha ? judgement.Record : null;
        }

        /// <summary>The batch that something says lists it, if it does and a key that was given signed it.</summary>
        private async Task<(BatchFile? Batch, IReadOnlyList<LogKey> Keys)?> HintedAsync(long number, CancellationToken ct)
        {
            if (number < 0 || await shard.Log.ReadAsync(BatchName.Of(number), BatchFile.MostBytes, ct) is not { Truncated: false } blob || !BatchParser.TryParse(blob.Bytes, out var signed, out _))
                return null;
            var batch = signed.Batch;
            if (batch.Log != origin || batch.Number != number || batch.Entries.All(entry => entry.Path != path))
                return null;
            var keys = options.LogKeys.Select(spki => new LogKey(Es256.KeyId(spki.Span), spki, 0, long.MaxValue)).ToList();
            using var key = keys.Find(key => key.Id == signed.KeyId) is { } known ? Es256.TryImport(known.Spki.Span) : null;
            return key is not null && Es256.Verify(key, BatchFile.SignedText(signed.SignedText.Span), signed.Signature.Span) ? (batch, keys) : null;
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

        private async Task<TlogProof?> ProveAsync(ReadOnlyMemory<byte> bytes, BatchFile batch, long index, IReadOnlyList<LogKey> keys, CancellationToken ct)
        {
            var place = new LogPlace(batch.Number, BatchName.Of(batch.Number), [], MoreCheckpoints: true);
            var size = batch.First + batch.Entries.Count;
            var checkpoint = (await new CheckpointCheck(shard.Log, origin, book).CheckAsync(new BatchWork(place, PlaceRole.Batch, batch, keys), ct)).FirstOrDefault(one => one.Checkpoint.Size == size);
            if (checkpoint is null)
            {
                book.Add(LogFindingKind.CheckpointMissing, origin, Checkpoints.CheckpointName.Of(batch.Number), batch.Number);
                return null;
            }

            var leaf = TreeHash.Leaf(bytes.Span);
            var hashes = await FromTilesAsync(index, size, ct);
            if (hashes is null || !TreeProof.IsIncluded(leaf, index, size, hashes, checkpoint.Checkpoint.Root))
                hashes = await FromBatchesAsync(index, size, ct);
            if (hashes is not null && TreeProof.IsIncluded(leaf, index, size, hashes, checkpoint.Checkpoint.Root))
                return new TlogProof(index, hashes, System.Text.Encoding.UTF8.GetString(checkpoint.Note.Span));
            book.Add(LogFindingKind.LeafUntrue, origin, path, batch.Number, index, expected: $"a leaf of the tree in '{checkpoint.Path}'", found: "no proof leads there");
            return null;
        }

        /// <summary>Null where there are none, or they are not whole: they are derived.</summary>
        private async Task<IReadOnlyList<TreeHash>?> FromTilesAsync(long index, long size, CancellationToken ct)
        {
            if (shard.Tiles is null)
                return null;
            var reader = new TileReader(shard.Tiles, size);
            try
            {
                return await new TreeProver(reader).InclusionAsync(index, size, ct);
            }
            catch (EvidenceStoreException)
            {
                return null;
            }
            finally
            {
                tileReads += reader.Reads;
            }
        }

        private async Task<IReadOnlyList<TreeHash>?> FromBatchesAsync(long index, long size, CancellationToken ct)
        {
            var nodes = new BatchNodes();
            using var walk = new BatchWalk(shard.Log, origin, options.LogKeys, new FindingBook(0, null));
            await foreach (var work in walk.ReadAsync(ct))
            {
                foreach (var entry in work.Batch?.Entries ?? [])
                    nodes.Append(entry.LeafHash);
                if (nodes.Size >= size)
                    return await new TreeProver(nodes).InclusionAsync(index, size, ct);
            }

            return null;
        }
    }

    /// <summary>All complete subtrees of a log, in memory: 64 bytes a leaf. For logs without tiles.</summary>
    private sealed class BatchNodes : ITreeNodes
    {
        private readonly List<List<TreeHash>> levels = [];
        private readonly CompactRange tree = new();

        internal long Size => tree.Size;

        internal void Append(TreeHash leaf) => tree.Append(leaf, (int level, long _, in TreeHash hash) =>
        {
            if (levels.Count == level)
                levels.Add([]);
            levels[level].Add(hash);
        });

        public ValueTask<TreeHash> NodeAsync(int level, long index, CancellationToken ct) => new(levels[level][(int)index]);
    }
}
