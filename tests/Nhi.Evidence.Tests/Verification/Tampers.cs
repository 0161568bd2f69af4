using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification;
using static Nhi.Evidence.Verification.Findings.LogFindingKind;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>What must be found: a kind, and the blob or batch by name.</summary>
internal sealed record Expected(Nhi.Evidence.Verification.Findings.LogFindingKind Kind, string? Path = null, long? Batch = null);

/// <summary>The tamper matrix: each change, and how it must be named.</summary>
internal static class Tampers
{
    private static readonly byte[] Junk = "junk"u8.ToArray();

    internal static readonly SortedDictionary<string, Func<TamperBench, Task<Expected[]>>> All = new(StringComparer.Ordinal)
    {
        ["a byte of a record changed"] = bench =>
        {
            bench.Copy.Flip(bench.Records[3], 400);
            return Named(new Expected(RecordAltered, bench.Records[3]));
        },
        ["a record deleted"] = bench =>
        {
            var path = bench.Records[5];
            bench.Copy.Blobs.Remove(path);
            return Named(new Expected(RecordMissing, path));
        },
        ["a record renamed"] = bench =>
        {
            var (path, other) = (bench.Records[5], RecordPath.Beside(bench.Records[5]));
            bench.Copy.Put(other, bench.Copy.Blobs[path].Bytes);
            bench.Copy.Blobs.Remove(path);
            return Named(new Expected(RecordMissing, path), new Expected(RecordForeign, other));
        },
        ["two records swapped"] = bench =>
        {
            var (left, right) = (bench.Records[4], bench.Records[9]);
            (bench.Copy.Blobs[left], bench.Copy.Blobs[right]) = (bench.Copy.Blobs[right], bench.Copy.Blobs[left]);
            return Named(new Expected(RecordAltered, left), new Expected(RecordAltered, right));
        },
        ["a record forged, in no batch"] = async bench =>
        {
            var (path, bytes) = await TamperBench.ForgedAsync(Samples.Intent(901));
            bench.Copy.Put(path, bytes);
            return [new Expected(RecordForeign, path)];
        },
        ["a record forged, and sequenced by the stolen log key"] = async bench =>
        {
            var forged = await TamperBench.ForgedAsync(Samples.Intent(902));
            await bench.LogAsync(forged);
            return [new Expected(RecordForged, forged.Path)];
        },
        ["a batch removed"] = bench =>
        {
            bench.Copy.Blobs.Remove(BatchName.Of(1));
            return Named(new Expected(BatchMissing, BatchName.Of(1), 1));
        },
        ["the last batch removed, its checkpoint left"] = bench =>
        {
            var path = BatchName.Of(bench.LastBatch);
            bench.Copy.Blobs.Remove(path);
            return Named(new Expected(BatchMissing, path));
        },
        ["lines of a batch swapped"] = bench =>
        {
            var path = BatchName.Of(1);
            var lines = bench.Copy.Text(path).Split('\n');
            (lines[4], lines[5], lines[6], lines[7]) = (lines[6], lines[7], lines[4], lines[5]);
            bench.Copy.Put(path, Encoding.UTF8.GetBytes(string.Join('\n', lines)));
            return Named(new Expected(BatchAltered, path, 1));
        },
        ["a byte of a batch changed"] = bench =>
        {
            bench.Copy.Flip(BatchName.Of(2), 30);
            return Named(new Expected(BatchAltered, BatchName.Of(2), 2));
        },
        ["the tail cut off, with a saved checkpoint"] = bench =>
        {
            bench.Save();
            var last = bench.LastBatch;
            foreach (var entry in bench.Batch(last).Entries)
                bench.Copy.Blobs.Remove(entry.Path);
            bench.Copy.Blobs.Remove(BatchName.Of(last));
            bench.Copy.Blobs.Remove(CheckpointName.Of(last));
            return Named(new Expected(LogTruncated, BatchName.Of(last), last));
        },
        ["history rebuilt without a record and signed again, with a saved checkpoint"] = async bench =>
        {
            bench.Save();
            var path = bench.Records[5];
            var batch = bench.LastBatch;
            // One more batch, so that it is not shorter either.
            var more = await bench.AuthenticAsync(Samples.Intent(903) with { Time = bench.Log.Bench.Clock.GetUtcNow() });
            bench.Copy.Put(more.Path, more.Bytes);
            await bench.RebuildAsync(file => [.. file.Entries.Where(entry => entry.Path != path)], [LeafHash.EntryOf(more.Path, more.Bytes)]);
            bench.Copy.Blobs.Remove(path);
            return [new Expected(HistoryRewritten, CheckpointName.Of(batch), batch)];
        },
        ["the sequencer hides a record"] = async bench =>
        {
            var (path, bytes) = await bench.AuthenticAsync(Samples.Intent(904));
            bench.Copy.Put(path, bytes, Samples.Start);
            return [new Expected(RecordUnlogged, path)];
        },
        ["the log closed while its year is under way, by the stolen log key"] = async bench =>
        {
            var (path, bytes) = await bench.AuthenticAsync(Samples.Intent(913));
            bench.Copy.Put(path, bytes, Samples.Start);
            await bench.RebuildAsync(batch => batch.Entries, close: true);
            return [new Expected(ShardBroken, BatchName.Of(bench.LastBatch)), new Expected(RecordUnlogged, path)];
        },
        ["another key named by the stolen log key"] = async bench =>
        {
            using var thief = PemSigner.Create();
            bench.Options = bench.Options with { LogKeyVersions = bench.Options.LogKeys };
            await bench.RebuildAsync(batch => batch.Entries, nextKey: Convert.ToBase64String((await thief.PublicKeyAsync(default)).Span));
            return [new Expected(LogKeyForeign, BatchName.Of(bench.LastBatch), bench.LastBatch)];
        },
        ["a checkpoint of another log"] = async bench =>
        {
            var path = CheckpointName.Of(1);
            await bench.SignAsync(new Checkpoint("other.blob.core.windows.net/evidence-2026", 9, TreeHash.Empty, 1), path);
            return [new Expected(CheckpointVoid, path, 1), new Expected(CheckpointMissing, path, 1)];
        },
        ["L1: a genuine older checkpoint copied to a later name"] = bench =>
        {
            bench.Copy.Put(CheckpointName.Of(2), bench.Copy.Blobs[CheckpointName.Of(1)].Bytes);
            bench.Copy.Put(CheckpointName.Of(bench.LastBatch + 1), bench.Copy.Blobs[CheckpointName.Of(1)].Bytes);
            return Named(new Expected(CheckpointVoid, CheckpointName.Of(2), 2), new Expected(NameSquatted, CheckpointName.Of(bench.LastBatch + 1)));
        },
        ["L2: a checkpoint that the batches do not yield, by the stolen log key"] = async bench =>
        {
            await bench.SignAsync(new Checkpoint(EvidenceBench.Origin, 3, TreeHash.Empty, 1), CheckpointName.Of(1));
            return [new Expected(CheckpointFork, CheckpointName.Of(1), 1)];
        },
        ["L2: a batch line without a blob, by the stolen log key"] = async bench =>
        {
            var (path, bytes) = await bench.AuthenticAsync(Samples.Intent(905) with { Time = bench.Log.Bench.Clock.GetUtcNow() });
            await bench.LogAsync((path, bytes));
            bench.Copy.Blobs.Remove(path);
            return [new Expected(RecordMissing, path)];
        },
        ["a leaf that its record does not hash to, by the stolen log key"] = async bench =>
        {
            var path = bench.Records[5];
            await bench.RebuildAsync(batch => [.. batch.Entries.Select(entry => entry.Path == path ? entry with { LeafHash = default } : entry)]);
            return [new Expected(LeafUntrue, path)];
        },
        ["L3: junk at checkpoint names"] = bench =>
        {
            foreach (var i in Enumerable.Range(0, 300))
                bench.Copy.Put($"{CheckpointName.Prefix(1)}~{i:x16}.txt", Junk);
            return Named(new Expected(CheckpointVoid, $"{CheckpointName.Prefix(1)}~{299:x16}.txt", 1));
        },
        ["L5: a batch that names a thief's key, signed by the thief"] = async bench =>
        {
            using var thief = PemSigner.Create();
            var last = bench.Batch(bench.LastBatch);
            await bench.SignAsync(new BatchFile(EvidenceBench.Origin, last.Number + 1, last.First + last.Entries.Count, [], Convert.ToBase64String((await thief.PublicKeyAsync(default)).Span)), thief);
            return [new Expected(BatchVoid, BatchName.Of(last.Number + 1))];
        },
        ["L7: a record's name with a line feed"] = bench =>
        {
            bench.Copy.Put("records/2026/11/24/13/a\nb.json", Junk);
            return Named(new Expected(RecordForeign, "records/2026/11/24/13/a\\u000ab.json"));
        },
        ["L10: a genuine record copied to another year"] = async bench =>
        {
            var (path, bytes) = await bench.AuthenticAsync(Samples.Intent(906), "nhievidence.blob.core.windows.net/evidence-2025");
            bench.Copy.Put(path, bytes);
            return [new Expected(RecordForeign, path)];
        },
        ["a squatted batch name in the future"] = bench =>
        {
            bench.Copy.Put(BatchName.Of(bench.LastBatch + 7), Junk);
            return Named(new Expected(NameSquatted, BatchName.Of(bench.LastBatch + 6)));
        },
        ["the next batch name squatted by an older batch"] = bench =>
        {
            var path = BatchName.Of(bench.LastBatch + 1);
            bench.Copy.Put(path, bench.Copy.Blobs[BatchName.Of(1)].Bytes);
            return Named(new Expected(BatchVoid, path));
        },
        ["a squatted checkpoint name in the future"] = bench =>
        {
            bench.Copy.Put(CheckpointName.Of(999_999_999), Junk);
            return Named(new Expected(NameSquatted, CheckpointName.Of(999_999_999)));
        },
        ["a squatted record name in the future"] = bench =>
        {
            var path = RecordPath.Of(Samples.Intent(907) with { Time = Samples.Start.AddYears(2) });
            bench.Copy.Put(path, Junk);
            return Named(new Expected(RecordForeign, path));
        },
        ["a name in log/ that nothing has"] = bench =>
        {
            bench.Copy.Put("log/000000/000000001.batch.txt.bak", Junk);
            return Named(new Expected(BlobForeign, "log/000000/000000001.batch.txt.bak"));
        },
        ["a blob where nothing of ours lies"] = bench =>
        {
            bench.Copy.Put("notes.txt", Junk);
            return Named(new Expected(BlobForeign, "notes.txt"));
        },
        ["a policy altered"] = bench =>
        {
            var path = $"policies/{new string('a', 64)}.yaml";
            bench.Copy.Put(path, Junk);
            return Named(new Expected(BlobAltered, path));
        },
        ["a copy of a key replaced"] = bench =>
        {
            bench.Copy.Put("keys/log-1.pub.pem", Junk);
            return Named(new Expected(BlobAltered, "keys/log-1.pub.pem"));
        },
        ["copies of keys swapped"] = bench =>
        {
            (bench.Copy.Blobs["keys/log-1.pub.pem"], bench.Copy.Blobs["keys/producers.pub.pem"]) = (bench.Copy.Blobs["keys/producers.pub.pem"], bench.Copy.Blobs["keys/log-1.pub.pem"]);
            return Named(new Expected(BlobAltered, "keys/log-1.pub.pem"), new Expected(BlobAltered, "keys/producers.pub.pem"));
        },
        ["README.txt altered"] = bench =>
        {
            bench.Copy.Flip("README.txt", 99);
            return Named(new Expected(ReadmeDiffers, "README.txt"));
        },
        ["shard.first says another log"] = bench =>
        {
            bench.Copy.Flip("shard.first", 3);
            return Named(new Expected(BlobAltered, "shard.first"));
        },
        ["L12: 100,000 junk blobs"] = bench =>
        {
            foreach (var i in Enumerable.Range(0, 100_000))
                bench.Copy.Put($"records/2026/11/24/13/{i:D6}.json", Junk, Samples.Start);
            return Named(new Expected(RecordForeign, "records/2026/11/24/13/000000.json"));
        },
        ["the wrong log key"] = bench =>
        {
            bench.Options = bench.Options with { LogKeys = [.. bench.Options.ProducerKeys.Select(key => key.Spki)] };
            return Named(new Expected(LogKeyWrong));
        },
        ["the wrong key of the producers"] = bench =>
        {
            bench.Options = bench.Options with { ProducerKeys = [.. bench.Options.LogKeys] };
            return Named(new Expected(RecordForged, bench.Records[0]));
        },
        ["a tile altered"] = async bench =>
        {
            var path = TilePath.Of(0, 0, (int)bench.Batch(bench.LastBatch).First + bench.Batch(bench.LastBatch).Entries.Count);
            await ChangeAsync(bench.Tiles, path, 33);
            return [new Expected(TileAltered, path)];
        },
        ["a bundle altered"] = async bench =>
        {
            var path = TilePath.OfBundle(0, (int)bench.Batch(bench.LastBatch).First + bench.Batch(bench.LastBatch).Entries.Count);
            await ChangeAsync(bench.Tiles, path, 200);
            return [new Expected(TileAltered, path)];
        },
        ["the tiles' pointer altered"] = async bench =>
        {
            await ChangeAsync(bench.Tiles, TilePath.Checkpoint, 160);
            return [new Expected(TileAltered, TilePath.Checkpoint)];
        },
        ["a tile missing"] = bench =>
        {
            var path = TilePath.Of(0, 0, (int)bench.Batch(bench.LastBatch).First + bench.Batch(bench.LastBatch).Entries.Count);
            bench.Tiles.Drop(path);
            return Named(new Expected(TileMissing, path));
        },
        ["an index row altered"] = bench => IndexAsync(bench, IndexRowAltered, rows => rows.Select((row, i) => i == 7 ? row with { Summary = "Nothing happened." } : row)),
        ["an index row missing"] = bench => IndexAsync(bench, IndexRowMissing, rows => rows.Where((_, i) => i != 7)),
        ["an index row that no record yields"] = bench => IndexAsync(bench, IndexRowUnknown, rows => rows.SelectMany((row, i) => i == 7 ? [row, row with { RowKey = row.RowKey + "x" }] : new[] { row })),
        ["an intent without an outcome"] = async bench =>
        {
            var intent = await bench.AuthenticAsync(Samples.Intent(908, Samples.Start.AddMinutes(30)));
            bench.Copy.Put(intent.Path, intent.Bytes);
            await bench.LogAsync(intent);
            return [new Expected(IntentOpen, intent.Path)];
        },
        ["an intent that gives itself until the end of time"] = async bench =>
        {
            var intent = await bench.AuthenticAsync(Samples.Intent(914, Whole(bench.Log.Bench.Clock.GetUtcNow()).AddDays(-2)) with { Deadline = DateTimeOffset.MaxValue.AddDays(-1) });
            await bench.LogAsync(intent);
            return [new Expected(IntentOpen, intent.Path)];
        },
        ["an outcome whose intent is not there"] = async bench =>
        {
            var at = Whole(bench.Log.Bench.Clock.GetUtcNow());
            var outcome = await bench.AuthenticAsync(Samples.Outcome(Samples.Intent(909, at), reference: new RecordReference(RecordPath.Of(Samples.Intent(909, at)), new string('0', 64))));
            await bench.LogAsync(outcome);
            return [new Expected(IntentMissing, outcome.Path)];
        },
        ["an outcome that names an intent with other bytes"] = async bench =>
        {
            var at = Whole(bench.Log.Bench.Clock.GetUtcNow());
            var intent = await bench.AuthenticAsync(Samples.Intent(910, at));
            var outcome = await bench.AuthenticAsync(Samples.Outcome(Samples.Intent(910, at), reference: new RecordReference(intent.Path, new string('0', 64))));
            await bench.LogAsync(intent, outcome);
            return [new Expected(IntentDiffers, outcome.Path)];
        },
        ["a version that no record made"] = async bench =>
        {
            var at = Whole(bench.Log.Bench.Clock.GetUtcNow());
            var outcome = await bench.AuthenticAsync(Samples.Outcome(Samples.Intent(911, at, "app-001")) with { Change = new ChangeFacts(new VersionFacts("of-a-stranger"), new VersionFacts("new")) });
            await bench.LogAsync(outcome);
            return [new Expected(VersionChainBroken, outcome.Path)];
        },
        ["a gap in coverage"] = async bench =>
        {
            var at = Whole(bench.Log.Bench.Clock.GetUtcNow());
            var sweep = await bench.AuthenticAsync(new EvidenceRecord
            {
                Op = Samples.Op(912), Stage = RecordStage.Outcome, Action = "estate.sweep", Result = "summary", Time = at, Summary = "Swept.", Coverage = new CoverageFacts("key-vault-list", at.AddMinutes(-1), at, 3, 3),
            });
            await bench.LogAsync(sweep);
            return [new Expected(CoverageGap, sweep.Path)];
        },
        ["a seal missing"] = async bench =>
        {
            var seals = bench.Records.Where(path => path.Contains("_2-seal_", StringComparison.Ordinal)).ToList();
            await bench.RebuildAsync(batch => [.. batch.Entries.Where(entry => entry.Path != seals[1])]);
            bench.Copy.Blobs.Remove(seals[1]);
            return [new Expected(SealMissing, seals[2]), new Expected(SealBroken, seals[2])];
        },
        ["seals that stop"] = bench =>
        {
            bench.Options = bench.Options with { At = bench.Log.Bench.Clock.GetUtcNow().AddHours(2) };
            return Named(new Expected(SealLate));
        },
        ["a record in which a seal counted something else"] = async bench =>
        {
            var seal = bench.Records.Last(path => path.Contains("_2-seal_", StringComparison.Ordinal));
            var gone = bench.Batch(1).Entries[0].Path;
            await bench.RebuildAsync(batch => [.. batch.Entries.Where(entry => entry.Path != gone)]);
            bench.Copy.Blobs.Remove(gone);
            return [new Expected(SealMiscounts, seal)];
        },
        ["a record created long after it says"] = bench =>
        {
            var path = bench.Records[5];
            bench.Copy.Blobs[path] = bench.Copy.Blobs[path] with { Created = bench.Copy.Blobs[path].Created.AddMinutes(6) };
            return Named(new Expected(CreationSkewed, path));
        },
        ["a checkpoint with 10,000 signatures"] = bench =>
        {
            var path = CheckpointName.Of(1);
            bench.Copy.Put(path, Encoding.UTF8.GetBytes(bench.Copy.Text(path) + string.Concat(Enumerable.Repeat("— k AAAAAAAA\n", 10_000))));
            return Named(new Expected(CheckpointVoid, path, 1));
        },
        ["a checkpoint with a stranger's signature more"] = bench =>
        {
            var path = CheckpointName.Of(1);
            bench.Copy.Put(path, Encoding.UTF8.GetBytes(bench.Copy.Text(path) + "— stranger AAAAAAAA\n"));
            return Named(new Expected(CheckpointSignatureUnknown, path, 1));
        },
        ["a checkpoint renamed beside its name"] = bench =>
        {
            var path = CheckpointName.Of(1);
            var note = bench.Copy.Blobs[path].Bytes;
            bench.Copy.Blobs.Remove(path);
            bench.Copy.Put(CheckpointName.Beside(1, note), note);
            return Named(new Expected(CheckpointMissing, path, 1));
        },
        ["a checkpoint deleted"] = bench =>
        {
            bench.Copy.Blobs.Remove(CheckpointName.Of(1));
            return Named(new Expected(CheckpointMissing, CheckpointName.Of(1), 1));
        },
    };

    private static Task<Expected[]> Named(params Expected[] expected) => Task.FromResult(expected);

    private static DateTimeOffset Whole(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    private static async Task ChangeAsync(MemoryTileStore tiles, string path, int at)
    {
        var bytes = (await tiles.ReadAsync(path, int.MaxValue, default))!.Value.ToArray();
        bytes[at] ^= 1;
        await tiles.WriteAsync(path, bytes, default);
    }

    private static async Task<Expected[]> IndexAsync(TamperBench bench, Nhi.Evidence.Verification.Findings.LogFindingKind kind, Func<IEnumerable<IndexRow>, IEnumerable<IndexRow>> change)
    {
        var rows = await LogReader.RowsAsync(bench.Log.Index);
        var index = new MemoryEvidenceIndex();
        await index.UpsertAsync([.. change(rows)], default);
        bench.Options = bench.Options with { Index = index };
        return [new Expected(kind, rows[7].Path)];
    }
}
