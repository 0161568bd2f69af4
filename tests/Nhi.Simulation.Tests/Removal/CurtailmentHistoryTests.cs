using System.Collections.Concurrent;
using System.Globalization;
using Nhi.Evidence.Records;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>Five hundred histories of wide roles. A failing seed is printed; <c>NHI_SEED</c> replays one with its story.</summary>
public sealed class CurtailmentHistoryTests(ITestOutputHelper output)
{
    [Fact]
    public void Nothing_is_taken_away_that_is_kept_young_over_the_cap_made_again_or_was_not_found_and_told_in_time_and_all_of_it_can_be_made_again()
    {
        if (Environment.GetEnvironmentVariable("NHI_SEED") is { } only)
        {
            var world = CurtailmentHistory.Play(int.Parse(only, CultureInfo.InvariantCulture), verbose: true);
            output.WriteLine(world.Story);
            Assert.Empty(world.Breaches);
            return;
        }

        var failed = new ConcurrentBag<(int Seed, string Breach)>();
        var seen = new ConcurrentDictionary<string, int>();
        Parallel.For(0, 500, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            var world = CurtailmentHistory.Play(seed);
            foreach (var record in world.Evidence.All.Where(record => record.Action.StartsWith("privilege.", StringComparison.Ordinal) && record.Stage != RecordStage.Intent))
                seen.AddOrUpdate($"{record.Verb} {record.Result}", 1, (_, count) => count + 1);
            if (world.Breaches.Count > 0)
                failed.Add((seed, world.Breaches[0]));
        });
        output.WriteLine(string.Join(", ", seen.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Value} × {count.Key}")));
        Assert.True(failed.IsEmpty, $"{failed.Count} seeds fail. Replay with NHI_SEED.\n" + string.Join('\n', failed.OrderBy(f => f.Seed).Take(12).Select(f => $"{f.Seed}: {f.Breach}")));

        // Histories in which little happens prove little.
        foreach (var (what, least) in new[] { ("tell ok", 500), ("curtail ok", 200), ("drop ok", 100), ("restore ok", 20), ("curtail reconciled", 3) })
            Assert.True(seen.GetValueOrDefault(what) >= least, $"{what}: {seen.GetValueOrDefault(what)} times only");
    }
}
