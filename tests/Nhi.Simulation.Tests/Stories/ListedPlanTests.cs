using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>What <c>nhi plan</c> says to whom may only list.</summary>
public sealed class ListedPlanTests
{
    /// <summary>The first week: who asks what would be done may list, and nothing else.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi, 0)]
    [InlineData(OverlapClass.DualSlot, 1)]
    [InlineData(OverlapClass.Pair, 0)]
    [InlineData(OverlapClass.Cutover, 1)]
    [InlineData(OverlapClass.Retire, 0)]
    public void Plans_What_would_be_done_is_planned_by_the_list_alone_where_no_more_may_be_looked_at(OverlapClass overlap, int risks)
    {
        var world = Quiet();
        world.PolicyOf = subject => SimWorld.Short(subject) with { Enforced = false };
        var id = world.Add("app", overlap);
        world.Advance(Hours(10));
        DryRun? whole = null, listed = null, silent = null;
        Assert.Null(world.Do(async host => whole = await host.Governor.PlanAsync(id, CancellationToken.None)));
        Assert.Null(whole!.NotLooked);
        world.FaultOf = call => call.What is "vault.versions" ? Fault.None : Fault.Forbidden;
        Assert.Null(world.Do(async host => listed = await host.Governor.PlanAsync(id, CancellationToken.None)));
        Assert.Contains("forbidden", listed!.NotLooked, StringComparison.Ordinal);
        Assert.Empty(listed.Plans);
        Assert.Contains(listed.Waiting, wait => wait is { Verb: Verbs.Rotate, Signal: "only-listed", Remedy: null });
        Assert.Equal(risks, listed.Risks.Count);

        // What does not answer now is no question of rights.
        world.FaultOf = call => call.What is "vault.versions" ? Fault.None : Fault.Throttled;
        Assert.IsType<ExternalCallException>(world.Do(async host => silent = await host.Governor.PlanAsync(id, CancellationToken.None)));
        Assert.Null(silent);
    }
}
