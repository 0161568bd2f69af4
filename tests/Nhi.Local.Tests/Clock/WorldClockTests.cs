using Nhi.Azure.Time;
using Nhi.Local.Clock;

namespace Nhi.Local.Tests.Clock;

public sealed class WorldClockTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nhi-clock-").FullName;

    private string File => Path.Combine(folder, "clock");

    [Fact]
    public async Task The_products_clock_reads_what_the_worlds_clock_writes()
    {
        using var world = WorldClock.Open(File, WorldClock.FreshStart, TimeProvider.System);
        var product = new GovernanceClock(File);
        Assert.InRange(product.GetUtcNow() - world.GetUtcNow(), TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(1));
        Assert.InRange(product.GetUtcNow() - WorldClock.FreshStart, TimeSpan.Zero, TimeSpan.FromSeconds(10));

        var target = WorldClock.FreshStart.AddDays(45);
        await world.MoveToAsync(target);

        Assert.InRange(product.GetUtcNow() - target, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_stamp_of_before_the_move_keeps_its_time()
    {
        using var world = WorldClock.Open(File, WorldClock.FreshStart, TimeProvider.System);
        var product = new GovernanceClock(File);
        var stamped = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        var before = product.FromService(stamped);

        await world.MoveToAsync(WorldClock.FreshStart.AddDays(45));

        Assert.Equal(before, product.FromService(stamped));
    }

    [Fact]
    public async Task Time_never_goes_back()
    {
        using var world = WorldClock.Open(File, WorldClock.FreshStart, TimeProvider.System);
        var later = WorldClock.FreshStart.AddDays(2);
        await world.MoveToAsync(later);

        Assert.True(await world.MoveToAsync(WorldClock.FreshStart.AddDays(1)) >= later);
    }

    [Fact]
    public async Task A_kept_file_goes_on_where_it_was()
    {
        using (var first = WorldClock.Open(File, WorldClock.FreshStart, TimeProvider.System))
            await first.MoveToAsync(WorldClock.FreshStart.AddDays(7));

        using var second = WorldClock.Open(File, WorldClock.FreshStart, TimeProvider.System);

        Assert.InRange(second.GetUtcNow() - WorldClock.FreshStart.AddDays(7), TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
