using System.Globalization;

namespace Nhi.Evidence.Tests.Sequencing;

/// <summary>Seeded histories. NHI_SEEDS=n plays n times as many.</summary>
public sealed class SequencerSimulationTests(SimulationRecords records) : IClassFixture<SimulationRecords>
{
    private const int Seeds = 50;
    private static readonly int Times = int.TryParse(Environment.GetEnvironmentVariable("NHI_SEEDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var times) ? times : 1;

    [Theory]
    [InlineData(1, (int)Trouble.None)]
    [InlineData(2, (int)Trouble.None)]
    [InlineData(3, (int)Trouble.Close)]
    [InlineData(4, (int)Trouble.Derived)]
    [InlineData(5, (int)Trouble.Rotation)]
    [InlineData(6, (int)(Trouble.Rotation | Trouble.Derived | Trouble.Close))]
    [InlineData(7, (int)Trouble.Squatter)]
    [InlineData(8, (int)Trouble.Forger)]
    [InlineData(9, (int)(Trouble.Squatter | Trouble.Forger | Trouble.Derived))]
    [InlineData(10, (int)(Trouble.Squatter | Trouble.Forger | Trouble.Derived | Trouble.Rotation | Trouble.Close))]
    public async Task Nothing_is_lost_nothing_forks_and_the_log_goes_on_by_itself(int block, int trouble)
    {
        var seeds = Enumerable.Range(block * 1_000_000, Seeds * Times);
        await Parallel.ForEachAsync(seeds, TestContext.Current.CancellationToken, async (seed, _) =>
        {
            using var simulation = new SequencerSimulation(seed, (Trouble)trouble, records);
            try
            {
                await simulation.RunAsync();
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}, {(Trouble)trouble}: {e}");
            }
        });
    }
}
