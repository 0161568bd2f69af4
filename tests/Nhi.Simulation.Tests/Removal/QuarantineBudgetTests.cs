using Nhi.Governance.Sweeps.Removal;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests.Removal;

public sealed class QuarantineBudgetTests
{
    private static readonly DateTimeOffset Day = new(2026, 3, 3, 0, 0, 0, TimeSpan.Zero);

    private static bool Take(SimWorld world, QuarantineBudget budget, int cap, DateTimeOffset at)
    {
        var task = budget.TryTakeAsync(cap, at, CancellationToken.None);
        world.Advance(TimeSpan.FromSeconds(5));
        return task.Result;
    }

    [Fact]
    public void Who_began_before_midnight_and_comes_after_it_does_not_give_the_new_day_back()
    {
        var world = Scene.Quiet();
        QuarantineBudget Budget() => new(new SimTables.Client(world, new Wire(world, "h")));
        var (early, late) = (Budget(), Budget());
        Assert.True(Take(world, early, 2, Day));
        Assert.True(Take(world, late, 2, Day.AddSeconds(-1)));
        Assert.False(Take(world, early, 2, Day.AddHours(1)));
        Assert.False(Take(world, Budget(), 2, Day.AddSeconds(-1)));
        Assert.True(Take(world, early, 2, Day.AddDays(1)));
    }

    [Theory]
    [InlineData("2026-03-03 1", true)]
    [InlineData("2026-03-03 2", false)]
    [InlineData("2026-03-02 9", true)]
    [InlineData("zzzz-zz-zz 9", true)]
    [InlineData("2026-03-03 many", true)]
    [InlineData("", true)]
    public void A_cursor_that_says_nothing_of_the_day_spends_nothing_of_it(string value, bool taken)
    {
        var world = Scene.Quiet();
        world.Tables.Cursors["quarantines"] = new Nhi.Governance.Publishing.Cursor(value, "1");
        Assert.Equal(taken, Take(world, new QuarantineBudget(new SimTables.Client(world, new Wire(world, "h"))), 2, Day));
    }

    [Fact]
    public void What_evidence_says_was_spent_counts_for_its_own_day_alone()
    {
        var world = Scene.Quiet();
        var budget = new QuarantineBudget(new SimTables.Client(world, new Wire(world, "h")));
        _ = budget.SpentAsync(2, Day, CancellationToken.None);
        world.Advance(TimeSpan.FromSeconds(5));
        Assert.False(Take(world, budget, 2, Day));
        Assert.True(Take(world, budget, 3, Day));
        _ = budget.SpentAsync(9, Day.AddDays(-1), CancellationToken.None);
        world.Advance(TimeSpan.FromSeconds(5));
        Assert.True(Take(world, budget, 4, Day));
    }
}
