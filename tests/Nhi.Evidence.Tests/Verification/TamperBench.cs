using System.Security.Cryptography;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>A fresh copy of an honest log and of its tiles, and what a thief who holds this or that could do to it.</summary>
internal sealed class TamperBench
{
    private TamperBench(HonestLog log, LogCopy copy, MemoryTileStore tiles, VerifyOptions options) => (Log, Copy, Tiles, Options) = (log, copy, tiles, options);

    internal HonestLog Log { get; }
    internal LogCopy Copy { get; set; }
    internal MemoryTileStore Tiles { get; }
    internal VerifyOptions Options { get; set; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal List<string> Records => [.. Copy.Below("records/")];

    internal static async Task<TamperBench> OfAsync(HonestLog log)
    {
        var tiles = new MemoryTileStore();
        foreach (var name in log.Tiles.Names)
            await tiles.WriteAsync(name, (await log.Tiles.ReadAsync(name, int.MaxValue, Ct))!.Value, Ct);
        return new TamperBench(log, await log.CopyAsync(), tiles, await log.OptionsAsync());
    }

    /// <summary>What the auditor saved: the newest checkpoint.</summary>
    internal TamperBench Save()
    {
        Options = Options with { SavedCheckpoints = [Copy.Blobs[CheckpointName.Of(LastBatch)].Bytes] };
        return this;
    }

    internal long LastBatch => Copy.Below("log/").Count(path => path.EndsWith(".batch.txt", StringComparison.Ordinal)) - 1;

    internal BatchFile Batch(long number) => BatchParser.TryParse(Copy.Blobs[BatchName.Of(number)].Bytes, out var signed, out var why) ? signed.Batch : throw new InvalidOperationException(why);

    internal long BatchOf(string path) => Enumerable.Range(0, (int)LastBatch + 1).First(number => Batch(number).Entries.Any(entry => entry.Path == path));

    internal Task<VerificationReport> VerifyAsync(bool withTiles = true) => LogVerifier.VerifyAsync([new LogShard(Copy, withTiles ? Tiles : null)], Options, null, Ct);

    /// <summary>A record that is authentic but was given to nobody: its name and bytes.</summary>
    internal async Task<(string Path, byte[] Bytes)> AuthenticAsync(EvidenceRecord record, string? origin = null)
    {
        var store = new MemoryEvidenceStore(origin ?? EvidenceBench.Origin, Log.Bench.Clock);
        var writer = new EvidenceWriter(YearlyContainers.Single(store), null, Log.Bench.Producer, null, Log.Bench.Clock, Log.Bench.Clock, Log.Bench.Options);
        var written = await writer.WriteAsync(record, default, Ct);
        return (written.Reference.Path, (await store.ReadAsync(written.Reference.Path, RecordLimits.Bytes, Ct))!.Bytes.ToArray());
    }

    /// <summary>A record by a producer whom nobody certified.</summary>
    internal static async Task<(string Path, byte[] Bytes)> ForgedAsync(EvidenceRecord record)
    {
        using var thief = new EvidenceBench();
        var written = await thief.WriteAsync(record);
        return (written.Reference.Path, (await thief.Store.ReadAsync(written.Reference.Path, RecordLimits.Bytes, Ct))!.Bytes.ToArray());
    }

    /// <summary>Who holds the log key writes the whole history anew: every batch as <paramref name="change"/> wants it, one more at the end, every checkpoint.</summary>
    internal async Task RebuildAsync(Func<BatchFile, IReadOnlyList<BatchEntry>> change, IReadOnlyList<BatchEntry>? more = null, bool close = false, string? nextKey = null)
    {
        var last = LastBatch;
        var tree = new CompactRange();
        for (var number = 0L; number <= last + (more is null && !close && nextKey is null ? 0 : 1); number++)
        {
            var entries = number <= last ? change(Batch(number)) : more ?? [];
            await SignAsync(new BatchFile(EvidenceBench.Origin, number, tree.Size, entries, number > last ? nextKey : null, close && number > last), Log.Bench.LogKey);
            foreach (var entry in entries)
                tree.Append(entry.LeafHash);
            await SignAsync(new Checkpoint(EvidenceBench.Origin, tree.Size, tree.Root(), number), CheckpointName.Of(number));
        }
    }

    internal async Task SignAsync(BatchFile batch, ISigner key, string? path = null)
    {
        var text = batch.Text();
        var keyId = Es256.KeyId((await key.PublicKeyAsync(Ct)).Span);
        var signature = await key.SignAsync(SHA256.HashData(BatchFile.SignedText(text)), Ct);
        Copy.Put(path ?? BatchName.Of(batch.Number), BatchFile.Seal(text, keyId, signature));
    }

    internal async Task SignAsync(Checkpoint checkpoint, string path) => Copy.Put(path, await CheckpointNote.SignAsync(checkpoint, [Log.Bench.LogKey], Ct));

    /// <summary>Puts a record and has a stolen sequencer list it.</summary>
    internal async Task LogAsync(params (string Path, byte[] Bytes)[] records)
    {
        foreach (var (path, bytes) in records)
            Copy.Put(path, bytes, Log.Bench.Clock.GetUtcNow());
        await RebuildAsync(batch => batch.Entries, [.. records.Select(record => LeafHash.EntryOf(record.Path, record.Bytes))]);
    }
}
