using System.Diagnostics;
using System.Security.Cryptography;
using Nhi.Evidence.Index;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tiles;

namespace Nhi.Evidence.Tests.Sequencing;

/// <summary>How many records a second of processor time a sequencer takes from an in-memory store into batches, checkpoints, tiles and the index.</summary>
public static class SequencingRate
{
    /// <summary>Writes the records, then measures the sequencing alone: judging each, claiming, signing, deriving.</summary>
    /// <param name="records">How many.</param>
    /// <param name="index">With the rows of the index, kept in memory.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Per second of processor time, all threads together, so what one core does: records, and beside them, in the same run, ECDSA verifications alone, which no record goes without.</returns>
    public static async Task<(double Records, double Verifications)> MeasureAsync(int records, bool index, CancellationToken ct)
    {
        using var bench = new EvidenceBench();
        await Parallel.ForAsync(0, records, ct, async (i, token) => await bench.Writer.WriteAsync(Samples.Intent(i), default, token));
        IBatchSink sink = index ? new IndexSink(new MemoryEvidenceIndex()) : new BatchSinks();
        using var sequencer = new Sequencer(bench.Store, new LogKeys(bench.LogKey), bench.Producer, bench.Pending, sink, new MemoryTileStore(), bench.Clock, new SequencerOptions());
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var report = await sequencer.RunAsync(ct);
        process.Refresh();
        Assert.Equal(records, report.Logged);
        var rate = records / (process.TotalProcessorTime - before).TotalSeconds;
        return (rate, Verifications(process));
    }

    private static double Verifications(Process process)
    {
        const int times = 5_000;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var text = new byte[1_200];
        var signature = key.SignData(text, HashAlgorithmName.SHA256);
        var before = process.TotalProcessorTime;
        for (var i = 0; i < times; i++)
            Assert.True(Es256.Verify(key, text, signature));
        process.Refresh();
        return times / (process.TotalProcessorTime - before).TotalSeconds;
    }
}

public sealed class SequencingRateTests
{
    /// <summary>By hand, in Release: the budget of design.md 7 is 10,000 a second a core.</summary>
    [Fact(Explicit = true)]
    public async Task Rate()
    {
        await SequencingRate.MeasureAsync(5_000, index: false, TestContext.Current.CancellationToken);
        foreach (var index in (bool[])[false, true])
        {
            var (records, verifications) = await SequencingRate.MeasureAsync(40_000, index, TestContext.Current.CancellationToken);
            TestContext.Current.TestOutputHelper!.WriteLine($"{(index ? "with" : "without")} the index: {records:F0} records/s a core; ECDSA alone {verifications:F0}/s");
        }
    }
}
