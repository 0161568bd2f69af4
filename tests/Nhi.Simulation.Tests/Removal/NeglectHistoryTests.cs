using System.Collections.Concurrent;
using System.Globalization;
using Nhi.Evidence.Records;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>A thousand histories of neglect. A failing seed is printed; <c>NHI_SEED</c> replays one with its story.</summary>
public sealed class NeglectHistoryTests(ITestOutputHelper output)
{
    [Fact]
    public void Nothing_is_removed_that_was_read_kept_young_or_over_the_cap_and_all_that_is_removed_was_told_quarantined_and_revoked_in_time()
    {
        if (Environment.GetEnvironmentVariable("NHI_SEED") is { } only)
        {
            var world = NeglectHistory.Play(int.Parse(only, CultureInfo.InvariantCulture), verbose: true);
            output.WriteLine(world.Story);
            Assert.Empty(world.Breaches);
            return;
        }

        var failed = new ConcurrentBag<(int Seed, string Breach)>();
        var seen = new ConcurrentDictionary<string, int>();
        Parallel.For(0, 1_000, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            var world = NeglectHistory.Play(seed);
            foreach (var record in world.Evidence.All.Where(record => record.Action.StartsWith("removal.", StringComparison.Ordinal) && record.Stage != RecordStage.Intent))
                seen.AddOrUpdate($"{record.Verb} {record.Result}", 1, (_, count) => count + 1);
            if (world.Breaches.Count > 0)
                failed.Add((seed, world.Breaches[0]));
        });
        output.WriteLine(string.Join(", ", seen.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Value} × {count.Key}")));
        Assert.True(failed.IsEmpty, $"{failed.Count} seeds fail. Replay with NHI_SEED.\n" + string.Join('\n', failed.OrderBy(f => f.Seed).Take(12).Select(f => $"{f.Seed}: {f.Breach}")));

        // Histories in which little happens prove little.
        foreach (var (what, least) in new[] { ("tell ok", 1_000), ("quarantine ok", 500), ("revoke BLOCKED", 50), ("restore ok", 200), ("revoke ok", 200), ("remove ok", 100), ("keep ok", 200), ("drop ok", 100), ("quarantine reconciled", 10), ("restore reconciled", 5), ("revoke reconciled", 5) })
            Assert.True(seen.GetValueOrDefault(what) >= least, $"{what}: {seen.GetValueOrDefault(what)} times only");
    }
}
