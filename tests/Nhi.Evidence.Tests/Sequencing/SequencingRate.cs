using System.Diagnostics;
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
    /// <returns>Records a second of processor time, all threads together: what one core does.</returns>
    public static async Task<double> MeasureAsync(int records, bool index, CancellationToken ct)
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
        return records / (process.TotalProcessorTime - before).TotalSeconds;
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
            TestContext.Current.SendDiagnosticMessage($"index {index}: {await SequencingRate.MeasureAsync(40_000, index, TestContext.Current.CancellationToken):F0} records/s a core");
    }
}
