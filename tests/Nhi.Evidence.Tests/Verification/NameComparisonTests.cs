using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>Set equality alone, whole and in parts.</summary>
public sealed class NameComparisonTests(HonestLogFixture fixture) : IClassFixture<HonestLogFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<List<LogFinding>> CompareAsync(TamperBench bench, int parts)
    {
        List<LogFinding> all = [];
        long logged = 0;
        for (var part = 0; part < parts; part++)
        {
            var compared = await NameComparison.CompareAsync(new LogShard(bench.Copy), null, part, parts, bench.Options, Ct);
            all.AddRange(compared.Findings);
            logged += compared.Logged;
        }

        Assert.Equal(Enumerable.Range(0, (int)bench.LastBatch + 1).Sum(number => bench.Batch(number).Entries.Count), logged);
        return all;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    public async Task An_honest_log_is_equal_and_no_record_of_it_is_read(int parts)
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        bench.Copy.Flip(bench.Records[3], 100);
        Assert.Empty(await CompareAsync(bench, parts));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task What_is_hidden_deleted_or_foreign_is_named_once_whatever_part_it_is_of(int parts)
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var hidden = await bench.AuthenticAsync(Samples.Intent(9_001, Samples.Start, "hidden"));
        bench.Copy.Put(hidden.Path, hidden.Bytes, Samples.Start);
        bench.Copy.Origin = EvidenceBench.Origin;
        var gone = bench.Records[5];
        bench.Copy.Blobs.Remove(gone);
        var junk = bench.Records[0][..^5] + "~0123456789abcdef.json";
        bench.Copy.Put(junk, "junk"u8.ToArray());
        bench.Copy.Put("tmp/x", "junk"u8.ToArray());
        Assert.Equal(
            [(LogFindingKind.BlobForeign, "tmp/x"), (LogFindingKind.CreationSkewed, hidden.Path), (LogFindingKind.RecordForeign, junk), (LogFindingKind.RecordMissing, gone), (LogFindingKind.RecordUnlogged, hidden.Path)],
            (await CompareAsync(bench, parts)).Select(one => (one.Kind, one.Path!)).OrderBy(one => one.Kind.ToString(), StringComparer.Ordinal));
    }
}
