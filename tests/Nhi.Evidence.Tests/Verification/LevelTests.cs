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
    public async Task Quick_believes_no_close_that_the_log_key_did_not_sign()
    {
        var bench = await BenchAsync(VerifyLevel.Quick);
        bench.Options = bench.Options with { At = bench.Options.At!.Value.AddHours(2) };
        var next = bench.LastBatch + 1;
        using var thief = Nhi.Evidence.Signing.PemSigner.Create();
        await bench.SignAsync(new Nhi.Evidence.Sequencing.BatchFile(EvidenceBench.Origin, next, 0, [], null, true), thief);
        Assert.Equal([LogFindingKind.SealLate], (await bench.VerifyAsync()).Counts.Keys);
    }

    [Fact]
    public async Task Quick_counts_a_seal_that_is_logged_and_no_other()
    {
        var bench = await BenchAsync(VerifyLevel.Quick);
        var seals = bench.Records.Where(path => path.Contains("_2-seal_", StringComparison.Ordinal)).ToList();
        bench.Options = bench.Options with { At = bench.Options.At!.Value.AddHours(2) };
        // A thief of the writer goes on to seal, and the sequencer stands still.
        var from = bench.Options.At!.Value;
        var sealedNow = await bench.AuthenticAsync(Samples.Outcome(Samples.Intent(9_002, from), "ok") with { Action = "log.seal", Result = "seal", Seal = new Nhi.Evidence.Records.SealFacts(from.AddHours(-1), from, 0, 1, new Dictionary<string, long>(), 0), Time = from });
        bench.Copy.Put(sealedNow.Path, sealedNow.Bytes, from);
        Assert.NotEmpty(seals);
        Assert.Equal([LogFindingKind.SealLate], (await bench.VerifyAsync()).Counts.Keys);
    }

    [Fact]
    public async Task Quick_does_not_judge_the_age_of_a_download_that_does_not_say_when_it_was_made()
    {
        var bench = await BenchAsync(VerifyLevel.Quick);
        bench.Options = bench.Options with { At = null, Clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(bench.Options.At!.Value.AddDays(3)) };
        var report = await bench.VerifyAsync();
        Assert.Equal("", HonestLogTests.Told(report));
        Assert.Contains(report.NotLookedAt, line => line.Contains("blobs.csv", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_two_signed_heads_quick_takes_the_one_that_grew_out_of_the_saved_one_and_names_the_other(bool saved)
    {
        var bench = await BenchAsync(VerifyLevel.Quick);
        var name = CheckpointName.Of(bench.LastBatch);
        var genuine = bench.Copy.Blobs[name].Bytes;
        bench.Copy.Put(CheckpointName.Beside(bench.LastBatch, genuine), genuine);
        await bench.SignAsync(new Checkpoint(EvidenceBench.Origin, (await fixture.Log.VerifyAsync()).Logs[0].Records, Nhi.Evidence.Tree.TreeHash.Leaf("another"u8), bench.LastBatch), name);
        bench.Options = bench.Options with { SavedCheckpoints = saved ? bench.Options.SavedCheckpoints : [] };
        var report = await bench.VerifyAsync();
        Assert.Equal([LogFindingKind.CheckpointFork], report.Counts.Keys);
        Assert.Equal(saved ? 1 : 2, report.Counts[LogFindingKind.CheckpointFork]);
        Assert.Equal(saved ? System.Text.Encoding.UTF8.GetString(genuine) : null, report.Logs[0].Head!.Checkpoint);
    }

    [Fact]
    public async Task Quick_ends_where_a_checkpoint_lost_its_batch_and_names_that()
    {
        var last = (await TamperBench.OfAsync(fixture.Log)).LastBatch;
        foreach (var saved in (long[])[0, last - 1])
        {
            var bench = await BenchAsync(VerifyLevel.Quick, saved);
            bench.Copy.Blobs.Remove(Nhi.Evidence.Sequencing.BatchName.Of(last));
            var report = await bench.VerifyAsync();
            Assert.Equal(last - 1, report.Logs[0].Head?.Batch);
            Assert.Contains(LogFindingKind.BatchMissing, report.Counts.Keys);
        }
    }

    [Fact]
    public async Task Quick_goes_by_keys_that_the_log_names_with_a_saved_checkpoint_and_without()
    {
        using var log = await HonestLog.CreateAsync(6);
        var first = (await log.PublicKeysAsync())[0];
        log.RotateKey();
        var batches = Nhi.Evidence.Sequencing.BatchChain.FormerKeyCounts + 20;
        for (var i = 0; i < batches; i++)
        {
            await log.SweepAsync();
            await log.PassAsync(TimeSpan.FromSeconds(4));
            await log.RunAsync();
        }

        foreach (var saved in (long?[])[null, batches - 1])
        {
            var copy = await log.CopyAsync();
            var options = await log.OptionsAsync() with { LogKeys = [first], Level = VerifyLevel.Quick, SavedCheckpoints = saved is { } number ? [copy.Blobs[CheckpointName.Of(number)].Bytes] : [] };
            var report = await LogVerifier.VerifyAsync([new LogShard(copy, log.Tiles)], options, null, Ct);
            Assert.Equal([LogFindingKind.LogKeyNamed], report.Counts.Keys);
            Assert.True(report.Logs[0].Head!.Batch >= batches);
            // A few steps for each doubling, wherever it begins.
            Assert.InRange(copy.CheckpointReads, 1, 300);
        }
    }

    [Fact]
    public async Task Where_the_control_plane_gives_no_answer_the_log_is_verified_all_the_same_and_why_is_said()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var report = await LogVerifier.VerifyAsync([new LogShard(bench.Copy, bench.Tiles, new State(null))], bench.Options, null, Ct);
        Assert.Equal("", HonestLogTests.Told(report));
        Assert.Contains(report.NotLookedAt, line => line.Contains("could not be read: nobody was there", StringComparison.Ordinal));
        Assert.Null(report.Logs[0].Policy);
    }

    [Fact]
    public async Task A_retention_is_held_against_what_its_deployment_says()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var report = await LogVerifier.VerifyAsync([new LogShard(bench.Copy, bench.Tiles, new State(new ContainerPolicyState(true, 365, false, false, RequiredDays: 365)))], bench.Options, null, Ct);
        Assert.Equal("", HonestLogTests.Told(report));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_has_no_more_time_gets_what_was_read_judged_and_goes_on_from_there(bool tiles)
    {
        var bench = await BenchAsync(VerifyLevel.Delta);
        bench.Options = bench.Options with { Enough = () => true };
        List<long> heads = [];
        long read = 0;
        for (var i = 0; i < 50; i++)
        {
            var report = await bench.VerifyAsync(tiles);
            Assert.Equal("", HonestLogTests.Told(report));
            read += report.Logs[0].RecordsRead;
            if (report.Logs[0] is not { IsCut: true, Head: { Checkpoint: { } note } head })
                break;
            Assert.Contains(report.NotLookedAt, line => line.Contains("the time was over", StringComparison.Ordinal));
            heads.Add(head.Batch);
            bench.Options = bench.Options with { SavedCheckpoints = [System.Text.Encoding.UTF8.GetBytes(note)] };
        }

        Assert.Equal(Enumerable.Range(2, (int)bench.LastBatch - 1).Select(batch => (long)batch), heads);
        Assert.Equal(bench.Records.Count - bench.Batch(2).First, read);
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

    private sealed class State(ContainerPolicyState? state) : IContainerPolicyState
    {
        public Task<ContainerPolicyLook> ReadAsync(string origin, CancellationToken ct) => Task.FromResult(new ContainerPolicyLook(state, state is null ? "nobody was there" : null));
    }
}
