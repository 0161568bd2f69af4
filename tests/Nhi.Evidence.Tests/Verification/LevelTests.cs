using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>Quick and delta; and how a container is protected.</summary>
public sealed class LevelTests(HonestLogFixture fixture) : IClassFixture<HonestLogFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task<TamperBench> BenchAsync(VerifyLevel level, long saved = 1)
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        bench.Options = bench.Options with { Level = level, SavedCheckpoints = [bench.Copy.Blobs[CheckpointName.Of(saved)].Bytes] };
        return bench;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Delta_reads_the_records_behind_the_saved_checkpoint_and_no_others(bool tiles)
    {
        var bench = await BenchAsync(VerifyLevel.Delta);
        bench.Copy.Flip(bench.Batch(0).Entries[0].Path, 300);
        var report = await bench.VerifyAsync(tiles);
        Assert.Equal("", HonestLogTests.Told(report));
        Assert.Equal(report.Logs[0].Records - bench.Batch(2).First, report.Logs[0].RecordsRead);
        bench.Copy.Flip(bench.Batch(2).Entries[0].Path, 300);
        Assert.Contains(LogFindingKind.RecordAltered, (await bench.VerifyAsync(tiles)).Counts.Keys);
    }

    [Theory]
    [InlineData(VerifyLevel.Quick, true)]
    [InlineData(VerifyLevel.Quick, false)]
    [InlineData(VerifyLevel.Delta, true)]
    [InlineData(VerifyLevel.Delta, false)]
    public async Task A_history_that_was_rewritten_does_not_grow_out_of_the_saved_checkpoint(VerifyLevel level, bool tiles)
    {
        var bench = await BenchAsync(level, saved: 2);
        var gone = bench.Batch(1).Entries[0].Path;
        await bench.RebuildAsync(batch => [.. batch.Entries.Where(entry => entry.Path != gone)]);
        bench.Copy.Blobs.Remove(gone);
        Assert.Contains(LogFindingKind.HistoryRewritten, (await bench.VerifyAsync(tiles)).Counts.Keys);
    }

    [Fact]
    public async Task Quick_looks_at_the_head_alone_and_sees_that_it_was_cut_off()
    {
        var bench = await BenchAsync(VerifyLevel.Quick);
        var last = bench.LastBatch;
        bench.Copy.Flip(bench.Records[3], 300);
        var report = await bench.VerifyAsync();
        Assert.Equal("", HonestLogTests.Told(report));
        Assert.Equal((last, 0L), (report.Logs[0].Head?.Batch, report.Logs[0].RecordsRead));
        bench = await BenchAsync(VerifyLevel.Quick, last);
        foreach (var path in bench.Copy.Below("log/").Where(path => path.Contains($"{last:D9}", StringComparison.Ordinal)).ToList())
            bench.Copy.Blobs.Remove(path);
        Assert.Contains(LogFindingKind.LogTruncated, (await bench.VerifyAsync()).Counts.Keys);
    }

    [Fact]
    public async Task Quick_without_a_saved_checkpoint_finds_the_head_past_squatted_names()
    {
        var bench = await BenchAsync(VerifyLevel.Quick);
        bench.Options = bench.Options with { SavedCheckpoints = [] };
        var last = bench.LastBatch;
        foreach (var ahead in (long[])[1, 2, 4, 9, 64, 200])
        {
            bench.Copy.Put(CheckpointName.Of(last + ahead), "junk"u8.ToArray());
            if (ahead > 1)
                bench.Copy.Put(Nhi.Evidence.Sequencing.BatchName.Of(last + ahead), "junk"u8.ToArray());
        }

        Assert.Equal(last, (await bench.VerifyAsync()).Logs[0].Head?.Batch);
    }

    [Fact]
    public async Task Quick_sees_that_seals_have_stopped()
    {
        var bench = await BenchAsync(VerifyLevel.Quick);
        bench.Options = bench.Options with { At = bench.Options.At!.Value.AddHours(2) };
        Assert.Equal([LogFindingKind.SealLate], (await bench.VerifyAsync()).Counts.Keys);
        bench.Options = bench.Options with { At = bench.Options.At!.Value.AddDays(2) };
        Assert.Equal([LogFindingKind.SealLate], (await bench.VerifyAsync()).Counts.Keys);
    }

    [Fact]
    public async Task A_saved_checkpoint_of_another_log_or_of_none_is_named()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        await bench.SignAsync(new Checkpoint("other/evidence-2026", 1, Nhi.Evidence.Tree.TreeHash.Empty, 0), "note");
        var note = bench.Copy.Blobs["note"].Bytes;
        bench.Copy.Blobs.Remove("note");
        bench.Options = bench.Options with { SavedCheckpoints = [note, "junk"u8.ToArray()] };
        Assert.Equal(2, (await bench.VerifyAsync()).Counts[LogFindingKind.SavedCheckpointUnusable]);
    }

    [Theory]
    [InlineData(true, 2_557, false, false, null)]
    [InlineData(false, 2_557, false, false, LogFindingKind.PolicyUnlocked)]
    [InlineData(true, 2_556, false, false, LogFindingKind.RetentionShort)]
    [InlineData(true, 3_000, true, false, LogFindingKind.AppendAllowed)]
    [InlineData(true, 3_000, false, true, LogFindingKind.SharedKeyAllowed)]
    public async Task How_the_container_is_protected_is_judged(bool locked, int days, bool append, bool sharedKey, LogFindingKind? expected)
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        foreach (var level in (VerifyLevel[])[VerifyLevel.Quick, VerifyLevel.Full])
        {
            var report = await LogVerifier.VerifyAsync([new LogShard(bench.Copy, bench.Tiles, new State(new ContainerPolicyState(locked, days, append, sharedKey)))], bench.Options with { Level = level }, null, Ct);
            Assert.Equal(expected is { } kind ? [kind] : [], report.Counts.Keys);
            Assert.DoesNotContain(report.NotLookedAt, line => line.Contains("immutability", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Progress_is_told_as_it_goes()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        List<VerifyProgress> told = [];
        await LogVerifier.VerifyAsync(bench.Copy, bench.Options, new Told(told), Ct);
        Assert.Equal(bench.LastBatch + 1, told.Count(one => one.Stage == "batches"));
        Assert.Equal(told.Max(one => one.Done), told[^1].Done);
    }

    [Fact]
    public async Task Each_record_is_told_once_in_log_order()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        List<(string? Path, long Index)> told = [];
        var report = await LogVerifier.VerifyAsync(bench.Copy, bench.Options with { Signatures = false, OnRecord = (_, record, index) => told.Add((record.Path, index)) }, null, Ct);
        Assert.Equal(Enumerable.Range(0, (int)report.Logs[0].Records).Select(i => (long)i), told.Select(one => one.Index));
        Assert.Equal(bench.Records, told.Select(one => one.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Another_log_than_the_one_expected_is_named_and_no_log_at_all_too()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var other = await LogVerifier.VerifyAsync([new LogShard(bench.Copy, Origin: "nhievidence.blob.core.windows.net/evidence-2031")], bench.Options, null, Ct);
        Assert.Equal([LogFindingKind.LogIsOther], other.Counts.Keys);
        Assert.Equal([LogFindingKind.LogMissing], (await LogVerifier.VerifyAsync(new LogCopy([]), bench.Options, null, Ct)).Counts.Keys);
    }

    private sealed class Told(List<VerifyProgress> into) : IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value) => into.Add(value);
    }

    private sealed class State(ContainerPolicyState state) : IContainerPolicyState
    {
        public Task<ContainerPolicyState?> ReadAsync(string origin, CancellationToken ct) => Task.FromResult<ContainerPolicyState?>(state);
    }
}
