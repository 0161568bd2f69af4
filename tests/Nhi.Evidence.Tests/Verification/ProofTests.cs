using System.Text;
using CsCheck;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Proofs;

namespace Nhi.Evidence.Tests.Verification;

public sealed class ProofTests(HonestLogFixture fixture) : IClassFixture<HonestLogFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Task<RecordVerification> VerifyAsync(TamperBench bench, string path, long? batch = null, bool tiles = true) =>
        RecordVerifier.VerifyAsync(new LogShard(bench.Copy, tiles ? bench.Tiles : null), path, batch, bench.Options, Ct);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_record_is_proven_and_its_proof_verifies_with_the_public_key_alone(bool tiles)
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        foreach (var path in bench.Records)
        {
            var verified = await VerifyAsync(bench, path, tiles: tiles);
            Assert.Empty(verified.Findings);
            Assert.True(verified.TileReads <= 5);
            Assert.True(TlogProof.TryParse(verified.Proof!.Format(), out var proof, out _));
            Assert.Null(proof.Check(bench.Copy.Blobs[path].Bytes, EvidenceBench.Origin, bench.Options.LogKeys));
            Assert.NotNull(proof.Check("other bytes"u8, EvidenceBench.Origin, bench.Options.LogKeys));
            Assert.NotNull(proof.Check(bench.Copy.Blobs[path].Bytes, EvidenceBench.Origin, [.. bench.Options.ProducerKeys.Select(key => key.Spki)]));
            Assert.NotNull(proof.Check(bench.Copy.Blobs[path].Bytes, "other", bench.Options.LogKeys));
            Assert.NotNull((proof with { Index = proof.Index + 1 }).Check(bench.Copy.Blobs[path].Bytes, EvidenceBench.Origin, bench.Options.LogKeys));
        }
    }

    [Fact]
    public async Task A_proof_reads_as_C2SP_says()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var verified = await VerifyAsync(bench, bench.Records[4]);
        var lines = verified.Proof!.Format().Split('\n');
        Assert.Equal(("c2sp.org/tlog-proof@v1", $"index {verified.Proof.Index}", ""), (lines[0], lines[1], lines[2 + verified.Proof.Hashes.Count]));
        Assert.EndsWith("\n\n" + bench.Copy.Text(Nhi.Evidence.Checkpoints.CheckpointName.Of(verified.Into!.Value)), verified.Proof.Format(), StringComparison.Ordinal);
        Assert.True(TlogProof.TryParse(verified.Proof.Format().Replace("\nindex", "\nextra YQ==\nindex", StringComparison.Ordinal), out _, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("c2sp.org/tlog-proof@v2\nindex 0\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 00\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex -1\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nnote")]
    [InlineData("c2sp.org/tlog-proof@v1\nindex 0\nnote")]
    public void Another_form_is_no_proof(string text)
    {
        Assert.False(TlogProof.TryParse(text, out _, out var why));
        Assert.NotEmpty(why);
    }

    [Fact]
    public void No_text_makes_the_reader_of_proofs_throw() => Gen.OneOf(Gen.String, Gen.Select(Gen.Int[0, 3], Gen.String, (n, rest) => $"c2sp.org/tlog-proof@v1\nindex {n}\n{TreeHash.Empty.ToBase64()}\n\n{rest}"))
        .Sample(text => !TlogProof.TryParse(text, out var proof, out _) || proof.Check("x"u8, "o", []) is not null, iter: 2_000);

    [Fact]
    public async Task A_right_hint_saves_the_search_and_a_wrong_one_costs_nothing()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var batch = bench.Batch(2);
        foreach (var hint in (long?[])[2, 1, 77, -5, null])
            Assert.Equal(2, (await VerifyAsync(bench, batch.Entries[0].Path, hint)).Batch);
    }

    /// <summary>What the index says is a hint: it may name a batch that lists something else, one that is far ahead, or one that a thief of the log key put there.</summary>
    [Fact]
    public async Task L6_A_hint_that_lies_or_is_ahead_is_no_answer()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var entry = bench.Batch(2).Entries[0];
        await bench.SignAsync(new BatchFile(EvidenceBench.Origin, 1_000, 9_999, [entry]), bench.Log.Bench.LogKey);
        foreach (var hint in (long[])[1_000, 1, bench.LastBatch, 999])
        {
            var verified = await VerifyAsync(bench, entry.Path, hint);
            Assert.Equal((true, 2L), (verified.IsClean, verified.Batch));
            Assert.Empty(verified.Findings);
        }
    }

    [Fact]
    public async Task What_is_wrong_with_a_record_is_named()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var path = bench.Records[4];
        bench.Copy.Flip(path, 300);
        Assert.Equal(LogFindingKind.RecordAltered, Assert.Single((await VerifyAsync(bench, path)).Findings).Kind);
        var forged = await TamperBench.ForgedAsync(Samples.Intent(950));
        bench.Copy.Put(forged.Path, forged.Bytes);
        Assert.Equal(LogFindingKind.RecordForeign, Assert.Single((await VerifyAsync(bench, forged.Path)).Findings).Kind);
        var unlogged = await bench.AuthenticAsync(Samples.Intent(951));
        bench.Copy.Put(unlogged.Path, unlogged.Bytes, bench.Options.At!.Value.AddHours(-2));
        Assert.Equal(LogFindingKind.RecordUnlogged, Assert.Single((await VerifyAsync(bench, unlogged.Path)).Findings).Kind);
        var missing = await VerifyAsync(bench, "records/2026/11/24/13/none.json");
        Assert.Equal((LogFindingKind.RecordMissing, 1), (Assert.Single(missing.Findings).Kind, missing.ExitCode));
    }

    [Fact]
    public async Task A_proof_leads_to_the_newest_checkpoint_or_to_the_saved_one_and_without_tiles_to_its_own()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var path = bench.Batch(1).Entries[0].Path;
        Assert.Equal(bench.LastBatch, (await VerifyAsync(bench, path)).Into);
        Assert.Equal(1, (await VerifyAsync(bench, path, tiles: false)).Into);
        foreach (var saved in (long[])[2, 3])
        {
            bench.Options = bench.Options with { SavedCheckpoints = [bench.Copy.Blobs[Nhi.Evidence.Checkpoints.CheckpointName.Of(saved)].Bytes] };
            foreach (var tiles in (bool[])[true, false])
            {
                var verified = await VerifyAsync(bench, path, tiles: tiles);
                Assert.Equal(saved, verified.Into);
                Assert.Null(verified.Proof!.Check(bench.Copy.Blobs[path].Bytes, EvidenceBench.Origin, bench.Options.LogKeys));
                Assert.True(!tiles || verified.TileReads is > 0 and <= 5);
            }
        }

        bench.Options = bench.Options with { SavedCheckpoints = [bench.Copy.Blobs[Nhi.Evidence.Checkpoints.CheckpointName.Of(0)].Bytes] };
        Assert.Equal(LogFindingKind.SavedCheckpointUnusable, Assert.Single((await VerifyAsync(bench, path)).Findings).Kind);
    }

    [Fact]
    public async Task Tiles_that_were_made_anew_prove_every_record_without_its_own_batchs_partial_tiles()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        foreach (var partial in bench.Tiles.Names.Where(name => name.Contains(".p/", StringComparison.Ordinal)).GroupBy(name => name[..name.IndexOf(".p/", StringComparison.Ordinal)]))
        {
            foreach (var old in partial.OrderBy(name => int.Parse(name[(name.LastIndexOf('/') + 1)..], System.Globalization.CultureInfo.InvariantCulture)).SkipLast(1))
                Assert.True(bench.Tiles.Drop(old));
        }

        foreach (var path in bench.Records)
        {
            var before = bench.Copy.Reads;
            var verified = await VerifyAsync(bench, path, bench.BatchOf(path));
            Assert.NotNull(verified.Proof);
            Assert.InRange(bench.Copy.Reads - before, 1, 5);
        }
    }

    [Fact]
    public async Task A_signed_checkpoint_that_is_a_fork_does_not_shadow_the_true_one()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var path = bench.Batch(1).Entries[0].Path;
        var name = Nhi.Evidence.Checkpoints.CheckpointName.Of(1);
        var genuine = bench.Copy.Blobs[name].Bytes;
        bench.Copy.Put(Nhi.Evidence.Checkpoints.CheckpointName.Beside(1, genuine), genuine);
        await bench.SignAsync(new Nhi.Evidence.Checkpoints.Checkpoint(EvidenceBench.Origin, bench.Batch(2).First, TreeHash.Leaf("another"u8), 1), name);
        var verified = await VerifyAsync(bench, path, tiles: false);
        Assert.True(verified.IsClean);
        Assert.Equal(LogFindingKind.CheckpointFork, Assert.Single(verified.Findings).Kind);
    }

    [Fact]
    public async Task A_record_of_the_last_minute_is_not_yet_logged_and_no_alarm()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var late = await bench.AuthenticAsync(Samples.Intent(952));
        bench.Copy.Put(late.Path, late.Bytes, bench.Options.At!.Value.AddMinutes(-1));
        var verified = await VerifyAsync(bench, late.Path);
        Assert.Equal((LogFindingKind.NotYet, true, false), (Assert.Single(verified.Findings).Kind, verified.IsTooNew, verified.IsClean));
    }

    [Fact]
    public async Task A_report_becomes_JSON_and_is_read_back()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        bench.Copy.Flip(bench.Records[4], 300);
        var report = await bench.VerifyAsync();
        var json = ReportJson.Of(report);
        Assert.Contains("\"kind\": \"RecordAltered\"", json, StringComparison.Ordinal);
        Assert.Equal(json, ReportJson.Of(ReportJson.Read(json)));
        Assert.DoesNotContain("\n", ReportJson.Of(report.Findings[0]), StringComparison.Ordinal);
        Assert.Equal(report.Findings[0].Message, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(ReportJson.Read(json).Findings[0].Message)));
    }
}
