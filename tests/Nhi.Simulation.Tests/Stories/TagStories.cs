using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>What tags say, and who wrote them: everybody may write the tags of some secret of some vault.</summary>
public sealed class TagStories
{
    /// <summary>A tag on the successor promises an overlap of ages: every look at its secret and at the siblings threw, an emergency's too.</summary>
    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(60L * 60 * 24 * 365 * 3000)]
    public void H41_A_tag_that_promises_ages_stops_nothing(long overlap)
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        var successor = world.Version(id, 2);
        world.Vault.Update(id, successor.Version, new VersionUpdate { Tags = new Dictionary<string, string>(successor.Tags) { [NhiTag.Name] = successor.Tags[NhiTag.Name].Replace("\"ov\":10800", $"\"ov\":{overlap}", StringComparison.Ordinal) } });
        Assert.NotEqual(successor.Tags[NhiTag.Name], world.Version(id, 2).Tags[NhiTag.Name]);
        world.Look(id);
        world.AssertAt(world.Version(id, 2).Nhi is { Op: not null, OverlapSeconds: null }, "a tag that promises what no policy can is nobody's");
        world.Advance(Hours(3.2));
        world.Look(id);
        world.AssertAt(!world.Lives(id, 1) && world.Works(id), "the debt is paid when the policy says so");
        world.Compromise(id);
        Assert.Null(world.Event(id));
        world.Advance(Minutes(1));
        Assert.Null(world.Event(id));
        world.AssertAt(!world.Lives(id, 2) && world.Works(id), "and an emergency ends");
        world.AssertNoBreach();
    }
}
