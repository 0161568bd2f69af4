using System.Diagnostics;

namespace Nhi.Benchmarks;

/// <summary>
/// Measures two things in turn, many times, and tells the ratio of their least costs: what else runs on the machine only ever adds to either. By processor time of the whole process (all threads, the garbage collector included),
/// which is what a core does; or by the clock, where it is cores that are compared.
/// </summary>
internal static class SideBySide
{
    private const int Rounds = 15;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    /// <summary>How often <paramref name="work"/> is done while <paramref name="baseline"/> is done once: 0.5 says that it costs twice as much.</summary>
    internal static double Ratio(Action baseline, Action work, bool byClock = false)
    {
        // The just-in-time compiler looks several times at what runs often, on a thread of its own: that is over when measuring begins.
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < WarmUp;)
        {
            baseline();
            work();
        }

        List<double> bases = [], works = [];
        for (var i = 0; i < Rounds; i++)
        {
            bases.Add(CostOf(baseline, byClock));
            works.Add(CostOf(work, byClock));
        }

        return bases.Min() / works.Min();
    }

    /// <summary>Bytes allocated by all threads.</summary>
    internal static long AllocatedBy(Action work)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        work();
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    private static double CostOf(Action work, bool byClock)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var (cpu, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        work();
        return byClock ? Stopwatch.GetElapsedTime(clock).TotalSeconds : (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
    }

    internal static double Middle(IEnumerable<double> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;
}
