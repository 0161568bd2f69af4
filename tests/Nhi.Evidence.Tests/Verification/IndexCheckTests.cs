using Nhi.Evidence.Index;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>The index against the logs, as both go on.</summary>
public sealed class IndexCheckTests(HonestLogFixture fixture) : IClassFixture<HonestLogFixture>
{
    private const string Other = "nhisecond.blob.core.windows.net/evidence-2026";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task<(TamperBench Bench, MemoryEvidenceIndex Index, IndexRow Row)> BenchAsync()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var index = new MemoryEvidenceIndex();
        var rows = await fixture.Log.Index.AllAsync(Ct).ToListAsync(Ct);
        await index.UpsertAsync(rows, Ct);
        bench.Options = bench.Options with { Index = index };
        return (bench, index, rows.First(row => row.Stage == "2-ok" && row.PartitionKey.StartsWith("x:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Rows_of_a_log_that_is_not_there_and_of_no_log_at_all_are_named()
    {
        var (bench, index, row) = await BenchAsync();
        Assert.Equal("", HonestLogTests.Told(await bench.VerifyAsync()));
        await index.UpsertAsync([row with { RowKey = row.RowKey + "x", Log = Other }], Ct);
        Assert.Equal([LogFindingKind.IndexRowUnknown], (await bench.VerifyAsync()).Counts.Keys);
        await index.UpsertAsync([row with { RowKey = row.RowKey + "y", Log = "" }], Ct);
        Assert.Equal(2, (await bench.VerifyAsync()).Counts[LogFindingKind.IndexRowUnknown]);
    }

    [Fact]
    public async Task What_was_logged_after_the_batches_were_read_is_too_new_and_what_says_so_and_was_not_is_named()
    {
        var (bench, index, row) = await BenchAsync();
        var next = bench.LastBatch + 1;
        await index.UpsertAsync([row with { RowKey = row.RowKey + "x", Batch = next }], Ct);
        Assert.Equal(1, (await bench.VerifyAsync()).Counts[LogFindingKind.IndexRowUnknown]);
        // The batch comes while the index is read: by then the log was listed.
        index.OnCall = (call, _) =>
        {
            if (call == "all")
                bench.Copy.Blobs[BatchName.Of(next)] = ("later"u8.ToArray(), bench.Options.At!.Value);
            return default;
        };
        bench.Copy.Blobs.Remove(BatchName.Of(next));
        var report = await bench.VerifyAsync();
        Assert.DoesNotContain(LogFindingKind.IndexRowUnknown, report.Counts.Keys);
        Assert.Contains(LogFindingKind.NotYet, report.Counts.Keys);
    }
}
