using System.Collections.Concurrent;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests;

/// <summary>
/// Seeded histories over the in-memory seams: the engine itself, on hosts that crash, freeze and wake, with answers that get lost and effects that land late, people who rotate by hand, tables that vanish, and lists that lag.
/// A failing seed is printed; <c>NHI_SEED</c> and <c>NHI_TROUBLE</c> replay one with its whole story, <c>NHI_SEEDS</c>, <c>NHI_FROM</c> (the first seed) and <c>NHI_TROUBLE</c> hunt for more.
/// </summary>
public sealed class SeededHistoryTests(ITestOutputHelper output)
{
    private static readonly int Seeds = Number("NHI_SEEDS", 144);
    private static readonly int From = Number("NHI_FROM", 0);

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;

    [Theory]
    [InlineData(nameof(Trouble.None))]
    [InlineData(nameof(Trouble.Crashes))]
    [InlineData(nameof(Trouble.LostAnswers))]
    [InlineData(nameof(Trouble.LateEffects))]
    [InlineData(nameof(Trouble.Freezes))]
    [InlineData(nameof(Trouble.People))]
    [InlineData(nameof(Trouble.LostTables))]
    [InlineData(nameof(Trouble.LostEvents))]
    [InlineData(nameof(Trouble.LaggingLists))]
    [InlineData(nameof(Trouble.SameSecond))]
    [InlineData("LaggingLists, SameSecond")]
    [InlineData(nameof(Trouble.Refusals))]
    [InlineData("Crashes, LostAnswers, LateEffects, LostTables, LostEvents")]
    [InlineData("Crashes, LostAnswers, Freezes, LostTables, Refusals")]
    [InlineData(nameof(Trouble.Everything))]
    public void Every_invariant_holds_at_every_step_and_the_end_is_clean(string trouble)
    {
        var kinds = Enum.Parse<Trouble>(trouble);
        if (Environment.GetEnvironmentVariable("NHI_TROUBLE") is { } wanted && wanted != trouble)
            return;
        if (Environment.GetEnvironmentVariable("NHI_SEED") is { } only)
        {
            Replay(int.Parse(only, System.Globalization.CultureInfo.InvariantCulture), kinds);
            return;
        }

        var failed = new ConcurrentBag<(int Seed, string Breach)>();
        var logins = 0L;
        Parallel.For(From, From + (kinds == Trouble.None ? 20 : Seeds), new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            var world = History.Play(seed, kinds);
            Interlocked.Add(ref logins, world.Logins);
            if (world.Breaches.Count > 0)
                failed.Add((seed, world.Breaches[0]));
        });
        output.WriteLine($"{trouble}: {logins} logins");
        Assert.True(failed.IsEmpty, $"{failed.Count} of {Seeds} seeds from {From} fail. Replay: NHI_TROUBLE='{trouble}' NHI_SEED={failed.Select(f => f.Seed).DefaultIfEmpty().Min()}\n" + string.Join('\n', failed.OrderBy(f => f.Seed).Take(12).Select(f => $"{f.Seed}: {f.Breach}")));
    }

    private void Replay(int seed, Trouble trouble)
    {
        var world = History.Play(seed, trouble, verbose: true);
        File.WriteAllText(Path.Combine(Path.GetTempPath(), $"nhi-history-{seed}.txt"), world.Story);
        output.WriteLine(world.Story);
        Assert.True(world.Breaches.Count == 0, string.Join('\n', world.Breaches));
    }

    [Fact]
    public void The_same_seed_gives_the_same_history()
    {
        var first = History.Play(7, Trouble.Everything, verbose: true);
        var second = History.Play(7, Trouble.Everything, verbose: true);
        Assert.Equal(first.Story, second.Story);
    }
}
