using Microsoft.Extensions.Time.Testing;
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

    /// <summary>No stamp of whole seconds belongs to two places, and nobody waits for a second to end.</summary>
    [Fact]
    public async Task Moves_within_one_second_put_the_services_ahead()
    {
        var real = new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, 250, TimeSpan.Zero));
        using var world = WorldClock.Open(File, WorldClock.FreshStart, real);
        var product = new GovernanceClock(File, real);
        for (var day = 1; day <= 20; day++)
        {
            var stamped = Floor(world.Services.GetUtcNow());
            var before = product.FromService(stamped);
            var target = WorldClock.FreshStart.AddDays(day);

            Assert.Equal(target, await world.MoveToAsync(target));

            Assert.Equal(target, product.GetUtcNow());
            Assert.Equal(before, product.FromService(stamped));
            Assert.Equal(target, product.FromService(Floor(world.Services.GetUtcNow())));
            Assert.Equal(world.Services.GetUtcNow(), product.RealNow);
            Assert.Equal(stamped.AddSeconds(1), world.Services.GetUtcNow());
        }

        real.Advance(TimeSpan.FromHours(1));
        Assert.Equal((WorldClock.FreshStart.AddDays(20).AddHours(1), TimeSpan.FromSeconds(19.75)), (product.GetUtcNow(), world.Ahead));
    }

    /// <summary>Tokens, signatures and leases allow for minutes, not for more.</summary>
    [Fact]
    public async Task Services_that_are_a_minute_ahead_are_waited_for()
    {
        var real = new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, 250, TimeSpan.Zero));
        using var world = WorldClock.Open(File, WorldClock.FreshStart, real);
        var product = new GovernanceClock(File, real);
        var target = WorldClock.FreshStart;
        for (var i = 0; i < 60; i++) await world.MoveToAsync(target = target.AddDays(1));
        Assert.Equal(TimeSpan.FromSeconds(59.75), world.Ahead);

        var move = world.MoveToAsync(target = target.AddDays(1));
        Assert.False(move.IsCompleted);
        real.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((target, TimeSpan.FromSeconds(59.75)), (await move, world.Ahead));
        Assert.Equal(target, product.GetUtcNow());
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

        Assert.InRange(second.Ahead, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1));
        Assert.InRange(second.GetUtcNow() - WorldClock.FreshStart.AddDays(7), TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    private static DateTimeOffset Floor(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeSeconds(instant.ToUnixTimeSeconds());

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
