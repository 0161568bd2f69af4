using System.Globalization;
using Nhi.Evidence.Records;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Publishing;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests.Evidence;

/// <summary>The windows of coverage records join: over restarts, outages, lost tables and instances that tick at once (L11).</summary>
public sealed class CoverageTests
{
    private static SimWorld Estate(int seed = 1)
    {
        var world = new SimWorld(seed) { DeliversEvents = false };
        world.Add("app", OverlapClass.Multi);
        world.Advance(TimeSpan.FromTicks(DueSweep.Period.Ticks - (world.Clock.Now.UtcTicks % DueSweep.Period.Ticks)));
        return world;
    }

    private static void Sweep(SimWorld world, int host = 0) => world.Do(one => one.Sweep.RunAsync(world.Clock.Now, CancellationToken.None), world.Hosts[host]);

    private static List<CoverageFacts> Windows(SimWorld world) => [.. world.Evidence.All.Where(record => record.Coverage is not null).Select(record => record.Coverage!).OrderBy(window => window.To)];

    private static void AssertJoined(SimWorld world)
    {
        var windows = Windows(world);
        Assert.All(windows, window => Assert.True(window.From < window.To));
        Assert.All(windows, window => Assert.Equal(DueSweep.Source, window.Source));
        for (var i = 1; i < windows.Count; i++)
            Assert.True(windows[i].From <= windows[i - 1].To, string.Create(CultureInfo.InvariantCulture, $"a gap from {windows[i - 1].To:HH:mm:ss} to {windows[i].From:HH:mm:ss}"));
    }

    [Fact]
    public void A_sweep_that_finds_nothing_new_writes_one_record()
    {
        var world = Estate();
        for (var i = 0; i < 8; i++)
        {
            var before = world.Evidence.All.Count();
            Sweep(world);
            if (i > 4)
                Assert.Equal(before + 1, world.Evidence.All.Count());
            world.Advance(TimeSpan.FromMinutes(15));
        }

        Assert.Equal(8, Windows(world).Count);
        AssertJoined(world);
    }

    [Fact]
    public void L11_windows_join_when_two_instances_tick_at_once_and_the_later_one_ends_last()
    {
        var world = Estate();
        for (var i = 0; i < 6; i++)
        {
            world.Launch(world.Hosts[0], host => host.Sweep.RunAsync(world.Clock.Now, CancellationToken.None));
            world.Advance(TimeSpan.FromSeconds(3));
            world.Launch(world.Hosts[1], host => host.Sweep.RunAsync(world.Clock.Now, CancellationToken.None));
            world.Advance(TimeSpan.FromMinutes(14.95));
        }

        Assert.Equal(6, Windows(world).Count);
        AssertJoined(world);
    }

    [Fact]
    public void L11_a_window_after_an_outage_begins_where_the_last_one_ended_even_when_the_cursor_is_lost()
    {
        var world = Estate();
        Sweep(world);
        var end = Windows(world)[^1].To;
        foreach (var damage in (Action[])[() => { }, () => world.Tables.Cursors.Clear(), () => world.Tables.Cursors["sweep-due"] = new Cursor("rubbish", "x"), () => world.Tables.Cursors["sweep-due"] = new Cursor("2040-01-01T00:00:00Z", "x")])
        {
            world.Advance(TimeSpan.FromDays(3));
            damage();
            world.Boot();
            Sweep(world, world.Hosts.Count - 1);
            Assert.Equal(end, Windows(world)[^1].From);
            end = Windows(world)[^1].To;
        }

        AssertJoined(world);
    }

    [Fact]
    public void Windows_join_over_kills_at_each_call_of_a_sweep()
    {
        for (var nth = 1; nth < 60; nth++)
        {
            var world = Estate(nth);
            Sweep(world);
            world.Advance(TimeSpan.FromMinutes(15));
            var (count, at) = (0, nth);
            world.FaultOf = _ => ++count == at ? (at % 2 == 0 ? Fault.CrashBefore : Fault.CrashAfter) : Fault.None;
            world.Launch(world.Hosts[0], host => host.Sweep.RunAsync(world.Clock.Now, CancellationToken.None));
            world.Advance(TimeSpan.FromMinutes(15));
            world.FaultOf = _ => Fault.None;
            Sweep(world);
            AssertJoined(world);
            Assert.Equal(world.Clock.Now.UtcTicks / TimeSpan.FromMinutes(15).Ticks, Windows(world)[^1].To.UtcTicks / TimeSpan.FromMinutes(15).Ticks);
            if (count < at)
                break;
        }
    }

    [Fact]
    public void A_window_that_evidence_refused_is_covered_by_the_next()
    {
        var world = Estate();
        Sweep(world);
        world.Evidence.Refuses = true;
        for (var i = 0; i < 4; i++)
        {
            world.Advance(TimeSpan.FromMinutes(15));
            Sweep(world);
        }

        world.Evidence.Refuses = false;
        world.Advance(TimeSpan.FromMinutes(15));
        Sweep(world);
        Assert.Equal(TimeSpan.FromMinutes(75), Windows(world)[^1].To - Windows(world)[^1].From);
        AssertJoined(world);
    }

    [Fact]
    public void I9_a_partial_sweep_says_what_it_did_not_see()
    {
        var world = Estate();
        world.FaultOf = call => call.What == "vault.list" ? Fault.Throttled : Fault.None;
        Sweep(world);
        var window = Assert.Single(Windows(world));
        Assert.True(window.Partial);
        Assert.Equal([SimVault.Host], window.Unmatched!);
    }
}
