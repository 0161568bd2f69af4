using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>The tamper matrix as a table: each change on a fresh copy, each named.</summary>
public sealed class TamperTests(HonestLogFixture fixture) : IClassFixture<HonestLogFixture>
{
    public static TheoryData<string> Names => [.. Tampers.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_tamper_is_named(string name)
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        Assert.Equal("", HonestLogTests.Told(await bench.VerifyAsync()));
        var expected = await Tampers.All[name](bench);
        var report = await bench.VerifyAsync();
        foreach (var one in expected)
            Assert.True(report.Findings.Any(finding => finding.Kind == one.Kind && (one.Path is null || finding.Path == one.Path) && (one.Batch is null || finding.Batch == one.Batch)), $"{one} is not among:\n{HonestLogTests.Told(report)}");
        Assert.Equal(1, report.ExitCode);
    }

    [Fact]
    public async Task A_changed_byte_is_named_to_the_byte_where_a_bundle_still_has_the_record()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var path = bench.Records[3];
        bench.Copy.Flip(path, 400);
        var finding = Assert.Single((await bench.VerifyAsync()).Findings, finding => finding.Kind == LogFindingKind.RecordAltered);
        Assert.Equal((path, new ByteRange(400, 1)), (finding.Path, finding.Bytes));
        Assert.Null(Assert.Single((await bench.VerifyAsync(withTiles: false)).Findings, finding => finding.Kind == LogFindingKind.RecordAltered).Bytes);
    }

    [Theory]
    [InlineData("a batch removed")]
    [InlineData("a byte of a batch changed")]
    [InlineData("lines of a batch swapped")]
    public async Task What_comes_behind_a_damaged_batch_is_still_verified_and_not_blamed(string name)
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        await Tampers.All[name](bench);
        var report = await bench.VerifyAsync();
        Assert.DoesNotContain(report.Findings, finding => finding.Kind is LogFindingKind.BatchVoid or LogFindingKind.CheckpointFork or LogFindingKind.LogTruncated);
        Assert.Equal(bench.LastBatch + (name == "a batch removed" ? 1 : 0), report.Logs[0].Head?.Batch ?? bench.LastBatch + 1 - (name == "a batch removed" ? 0 : 1));
    }

    /// <summary>What is legal, or too new to be judged, is told and is no finding.</summary>
    [Theory]
    [InlineData(LogFindingKind.DuplicateLeaf)]
    [InlineData(LogFindingKind.SecondClosing)]
    [InlineData(LogFindingKind.PartialCoverage)]
    [InlineData(LogFindingKind.TokenNotChecked)]
    [InlineData(LogFindingKind.LogKeyNamed)]
    [InlineData(LogFindingKind.NotYet)]
    public async Task What_is_legal_is_information(LogFindingKind kind)
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var now = bench.Log.Bench.Clock.GetUtcNow();
        var at = now.AddTicks(-(now.UtcTicks % TimeSpan.TicksPerSecond));
        var last = bench.Batch(bench.LastBatch).Entries[0].Path;
        switch (kind)
        {
            case LogFindingKind.DuplicateLeaf:
                await bench.LogAsync((last, bench.Copy.Blobs[last].Bytes));
                break;
            case LogFindingKind.SecondClosing:
                var intent = Samples.Intent(970, at);
                await bench.LogAsync(await bench.AuthenticAsync(intent), await bench.AuthenticAsync(Samples.Outcome(intent, "RETRY")), await bench.AuthenticAsync(Samples.Outcome(intent, "FAILED")));
                break;
            case LogFindingKind.PartialCoverage:
                var sweep = new EvidenceRecord { Op = Samples.Op(971), Stage = RecordStage.Outcome, Action = "estate.sweep", Result = "summary", Time = at, Summary = "Swept.", Coverage = new CoverageFacts("another", at.AddHours(-1), at, 3, 3, Partial: true) };
                await bench.LogAsync(await bench.AuthenticAsync(sweep));
                break;
            case LogFindingKind.LogKeyNamed:
                using (var next = PemSigner.Create())
                    await bench.RebuildAsync(batch => batch.Entries, nextKey: Convert.ToBase64String((await next.PublicKeyAsync(TestContext.Current.CancellationToken)).Span));
                break;
            case LogFindingKind.TokenNotChecked:
                bench.Copy.Put("log/000000/000000001.checkpoint.tsr", "token"u8.ToArray());
                break;
            default:
                // Just written, in no batch yet; and an intent whose outcome is not due.
                var young = await bench.AuthenticAsync(Samples.Intent(972, at));
                bench.Copy.Put(young.Path, young.Bytes, now);
                await bench.LogAsync(await bench.AuthenticAsync(Samples.Intent(973, at)));
                break;
        }

        var report = await bench.VerifyAsync(withTiles: false);
        Assert.Equal("", HonestLogTests.Told(report));
        Assert.Equal(kind == LogFindingKind.NotYet ? 2 : 1, report.Counts[kind]);
    }

    [Fact]
    public async Task Junk_without_end_is_counted_and_only_so_much_is_kept()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var told = 0;
        bench.Options = bench.Options with { MostFindings = 10, OnFinding = _ => told++ };
        await Tampers.All["L12: 100,000 junk blobs"](bench);
        var report = await bench.VerifyAsync();
        Assert.Equal((100_000, 10, 100_000), (report.Counts[LogFindingKind.RecordForeign], report.Findings.Count(finding => finding.Kind == LogFindingKind.RecordForeign), told));
    }
}

public sealed class HonestLogFixture : IAsyncLifetime
{
    internal HonestLog Log { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Log = await HonestLog.CreateAsync();

    public ValueTask DisposeAsync()
    {
        Log.Dispose();
        return ValueTask.CompletedTask;
    }
}
