using System.Collections.Concurrent;
using System.Globalization;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>
/// Nobody, each attacker alone and each pair of them, and by turns with these each right (<see cref="Means"/>) alone and each pair of rights, over seeded honest histories. <c>NHI_ATTACKS=5000</c> plays so many, <c>NHI_FROM</c> says the first seed, <c>NHI_SEED</c> plays one again (over fresh keys),
/// <c>NHI_TEAM=nobody</c> with that team alone.
/// </summary>
public sealed class AttackTests(ITestOutputHelper output)
{
    private static readonly int Histories = Setting("NHI_ATTACKS") ?? 58;
    private static readonly int From = Setting("NHI_FROM") ?? 0;
    private static readonly string? Team = Environment.GetEnvironmentVariable("NHI_TEAM");

    [Fact]
    public async Task The_log_goes_on_nothing_honest_is_lost_and_every_deed_is_named_or_without_effect()
    {
        var seeds = Setting("NHI_SEED") is { } one ? [one] : Enumerable.Range(From, Histories).ToArray();
        var failed = new ConcurrentBag<(int Seed, string What)>();
        await Parallel.ForEachAsync(seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = TestContext.Current.CancellationToken }, async (seed, _) =>
        {
            var team = Attacker.OfSeed(seed, Team);
            using var history = new AttackHistory(team, new Random(seed));
            try
            {
                await history.RunAsync();
            }
            catch (Exception e)
            {
                failed.Add((seed, $"NHI_SEED={seed} ({team.Name}): {e.Message}\n{(e is Xunit.Sdk.XunitException ? "" : e.StackTrace)}\nStory: {history.Story}"));
            }
        });
        output.WriteLine($"{seeds.Length} histories of {seeds.Select(seed => Attacker.OfSeed(seed, Team).Name).Distinct().Count()} teams.");
        Assert.True(failed.IsEmpty, $"{failed.Count} of {seeds.Length} seeds fail.\n" + string.Join("\n\n", failed.OrderBy(one => one.Seed).Take(8).Select(one => one.What)));
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
