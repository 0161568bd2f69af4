using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Tests.Sequencing;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Proofs;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>A log key that was retired proves nothing where it counts no more, however little is read (story L5).</summary>
public sealed class RetiredKeyTests
{
    private const long Last = RotatedLog.Named + BatchChain.FormerKeyCounts;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<VerificationReport> QuickAsync(RotatedLog log, VerifyOptions options) => await LogVerifier.VerifyAsync([new LogShard(new StoreLog(log.Bench.Store))], options, null, Ct);

    /// <summary>Keys as an auditor or the key's keeper gives them, in any order.</summary>
    public static TheoryData<string, bool> Given => new() { { "1", false }, { "12", false }, { "21", false }, { "1", true }, { "12", true } };

    [Theory, MemberData(nameof(Given))]
    public async Task L5_Quick_goes_by_no_checkpoint_of_a_retired_key(string given, bool keeper)
    {
        using var log = await RotatedLog.OfAsync(Last + 30);
        var options = await log.OptionsAsync(given, keeper);
        var honest = await QuickAsync(log, options);
        Assert.Equal((Last + 29, log.Tree.Root().ToBase64()), (honest.Logs[0].Head!.Batch, honest.Logs[0].Head!.Root));
        for (var i = 0; i < 2; i++)
        {
            await log.ForgeAsync();
            await log.SquatAsync();
        }

        // And one beside the true one's name, that says something else of the same batch.
        var beside = await log.Bench.ForgeAsync(log.Tree.Size, Nhi.Evidence.Tree.TreeHash.Leaf("x"u8), Last + 29, key: log.Old);
        await log.Bench.PutAsync(CheckpointName.Beside(Last + 29, beside), beside);
        var report = await QuickAsync(log, options);
        Assert.Equal((honest.Logs[0].Head!.Batch, honest.Logs[0].Head!.Root), (report.Logs[0].Head!.Batch, report.Logs[0].Head!.Root));
        Assert.DoesNotContain(LogFindingKind.CheckpointFork, report.Counts.Keys);
        var batches = report.Logs[0].Batches;
        Assert.Equal(log.Next, batches);
    }

    /// <summary>A batch is lost in the midst of the log, and the thief of the retired key puts one at its end: what is behind a gap is no beginning.</summary>
    [Theory, InlineData("1"), InlineData("12")]
    public async Task L5_Behind_a_gap_a_retired_key_still_counts_no_more(string given)
    {
        using var log = await RotatedLog.OfAsync(Last + 3);
        await log.ForgeAsync();
        var copy = await LogCopy.OfAsync(log.Bench.Store);
        copy.Blobs.Remove(BatchName.Of(700));
        var report = await LogVerifier.VerifyAsync([new LogShard(copy)], await log.OptionsAsync(given, keeper: false) with { Level = VerifyLevel.Full }, null, Ct);
        Assert.Contains(report.Findings, finding => finding.Kind == LogFindingKind.BatchMissing && finding.Path == BatchName.Of(700));
        Assert.Contains(report.Findings, finding => finding.Kind is LogFindingKind.BatchVoid && finding.Path == BatchName.Of(log.Next));
        Assert.Equal(log.Next - 1, report.Logs[0].Batches);
    }

    [Fact]
    public async Task A_former_key_that_signs_alone_within_its_day_is_gone_by()
    {
        using var log = await RotatedLog.OfAsync(Last - 3);
        await log.AddAsync(log.Old);
        foreach (var (given, keeper) in ((string, bool)[])[("1", false), ("12", false), ("12", true)])
            Assert.Equal(Last - 3, (await QuickAsync(log, await log.OptionsAsync(given, keeper))).Logs[0].Head!.Batch);
    }

    /// <summary>A record that the sequencer left out, and a thief's batch, checkpoint and tiles that have it: a hint of the index leads there, or the tiles' pointer.</summary>
    [Theory, InlineData("12", false, true), InlineData("12", true, true), InlineData("1", true, false), InlineData("12", true, false)]
    public async Task L5_Nothing_is_proven_by_a_batch_and_a_checkpoint_of_a_retired_key(string given, bool keeper, bool pointer)
    {
        using var log = await RotatedLog.OfAsync(Last + 3);
        var written = await log.Bench.Log.WriteAsync(Samples.Intent(1));
        var path = written.Reference.Path;
        var bytes = (await log.Bench.Store.ReadAsync(path, int.MaxValue, Ct))!.Bytes;
        var entry = LeafHash.EntryOf(path, bytes.Span);
        var tiles = new MemoryTileStore();
        var writer = new TileWriter(tiles);
        for (var number = 0L; number < log.Next; number++)
            foreach (var one in BatchParser.TryParse((await log.Bench.Store.ReadAsync(BatchName.Of(number), BatchFile.MostBytes, Ct))!.Bytes, out var signed, out _) ? signed.Batch.Entries : [])
                await writer.AppendAsync(one.LeafHash, default, Ct);
        await writer.AppendAsync(entry.LeafHash, bytes, Ct);
        await writer.FlushAsync(true, Ct);
        var at = log.Next;
        await log.ForgeAsync(entry);
        Assert.Equal(log.Forged!.Root(), writer.Root());
        if (pointer)
            await tiles.WriteAsync(TilePath.Checkpoint, (await log.Bench.Store.ReadAsync(CheckpointName.Of(at), int.MaxValue, Ct))!.Bytes, Ct);
        var verified = await RecordVerifier.VerifyAsync(new LogShard(new StoreLog(log.Bench.Store), tiles), path, at, await log.OptionsAsync(given, keeper), Ct);
        Assert.False(verified.IsClean);
        Assert.Null(verified.Batch);
        // The same by the key that counts is a proof.
        await log.SquatAsync();
        await log.AddAsync(log.New, null, entry);
        verified = await RecordVerifier.VerifyAsync(new LogShard(new StoreLog(log.Bench.Store), tiles), path, at, await log.OptionsAsync(given, keeper), Ct);
        Assert.Equal((true, at + 1), (verified.IsClean, verified.Batch));
    }
}
