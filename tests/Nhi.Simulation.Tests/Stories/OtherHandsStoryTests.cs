using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>What others did while an attempt was at it, or undid after it, is told once.</summary>
public sealed class OtherHandsStoryTests
{
    [Fact]
    public void H71_A_version_that_came_between_ours_is_told_once_and_stays_closed_when_a_person_closed_it()
    {
        var world = Quiet();
        var id = Between(world, OverlapClass.Multi);
        var finding = Assert.Single(Open(world));
        var (theirs, ours) = (world.Version(id, 2), world.Version(id, 3));
        Assert.Equal((SignalNames.PublishedOver, id.ToString(), "warning"), (finding.Signal, finding.Subject, finding.Severity));
        var fact = Assert.Single(finding.Facts);
        Assert.All((string[])[theirs.Version, ours.Version, world.Version(id, 1).Version], version => Assert.Contains(version, fact, StringComparison.Ordinal));
        world.Advance(Hours(1));
        world.Look(id);
        Resolve(world, id, SignalNames.PublishedOver);
        world.Advance(Hours(1));
        world.Look(id);
        world.Rotate(id);
        Assert.Empty(Open(world));
        Assert.Single(world.Evidence.All, record => record.Action == "finding.raise");
    }

    /// <summary>Its host died before it could tell, or the log did not take it: the versions still show it.</summary>
    [Theory]
    [InlineData("vault.publish", nameof(Fault.CrashAfter))]
    [InlineData("findings.write", nameof(Fault.CrashBefore))]
    [InlineData("inventory.note", nameof(Fault.CrashAfter))]
    [InlineData("findings.read", nameof(Fault.Throttled))]
    public void H71_Whoever_dies_before_he_told_it_leaves_it_to_the_next(string what, string fault)
    {
        var world = Quiet();
        world.Once(what, Enum.Parse<Fault>(fault));
        var id = Between(world, OverlapClass.Multi);
        world.NoFaults();
        world.Advance(Minutes(30));
        world.Recover(1);
        world.Advance(Hours(1.1));
        world.Look(id, 1);
        Assert.Equal(SignalNames.PublishedOver, Assert.Single(Open(world)).Signal);
        Assert.InRange(world.Evidence.All.Count(record => record.Action == "finding.raise"), 1, 2);
    }

    /// <summary>The nearest innocents: one that ours knew of, and one that came after ours and is current.</summary>
    [Fact]
    public void H71_A_version_that_ours_supersedes_knowingly_or_that_supersedes_ours_is_none()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        world.PersonRotates(id);
        world.Look(id);
        world.Rotate(id);
        world.UntilDue(id);
        world.After("vault.publish", () => world.PersonRotates(id));
        Assert.Null(world.Event(id));
        world.Advance(Hours(1));
        world.Look(id);
        Assert.Equal(5, world.Versions(id));
        Assert.Empty(Open(world));
    }

    [Theory]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    public void H72_A_value_that_was_buried_and_comes_back_is_told_once_and_repaired(OverlapClass overlap)
    {
        var world = Quiet();
        var id = Buried(world, overlap, out var dead);
        world.Consumers.Clear();
        world.PersonPublishes(id, world.Value(id, dead));
        var back = world.Vault.CurrentOf(id)!.Version;
        world.Look(id);
        world.AssertAt(world.Works(id), "it is repaired");
        var finding = Assert.Single(Open(world), finding => finding.Signal == SignalNames.Resurrected);
        var fact = Assert.Single(finding.Facts);
        Assert.Contains(back.Version, fact, StringComparison.Ordinal);
        Assert.Contains(world.Version(id, dead).Version, fact, StringComparison.Ordinal);
        Resolve(world, id, SignalNames.Resurrected);
        world.Advance(Hours(1.1));
        world.Look(id);
        Assert.Empty(Open(world));
    }

    /// <summary>The nearest innocents: a new value by hand, and one of before that still lives.</summary>
    [Theory]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    public void H72_A_value_that_was_never_buried_is_none(OverlapClass overlap)
    {
        var world = Quiet();
        var id = Buried(world, overlap, out _);
        world.Rotate(id);
        world.PersonPublishes(id, world.Value(id, world.Versions(id) - 1));
        world.Look(id);
        world.Advance(Hours(1.1));
        world.PersonPublishes(id, world.Value(id, world.Versions(id) - 1));
        world.Look(id);
        Assert.Empty(Open(world));
    }

    /// <summary>A person publishes in the moment after our mint: ours supersedes both.</summary>
    private static CredentialId Between(SimWorld world, OverlapClass overlap)
    {
        var faults = world.FaultOf;
        world.NoFaults();
        var id = world.Governed(overlap);
        world.Consumers.Clear();
        world.UntilDue(id);
        world.FaultOf = faults;
        world.After("provider.mint", () => world.PersonRotates(id));
        world.Begin(id, Minutes(5));
        Assert.Equal(3, world.Versions(id));
        Assert.NotNull(world.Version(id, 3).Nhi?.Rotation);
        return id;
    }

    /// <summary>Rotated twice; what the first rotation made is killed and buried, and is that version.</summary>
    private static CredentialId Buried(SimWorld world, OverlapClass overlap, out int dead)
    {
        var id = world.Governed(overlap);
        if (overlap == OverlapClass.DualSlot)
            world.NameFree("res-app", "key2");
        world.Rotate(id);
        world.Advance(Hours(4));
        world.Look(id);
        world.Rotate(id);
        world.Advance(Hours(4));
        world.Look(id);
        dead = 2;
        Assert.True(world.Version(id, dead).IsDead);
        Assert.Empty(Open(world));
        return id;
    }

    private static IEnumerable<Finding> Open(SimWorld world) => world.Neglect.Findings.Values.Where(finding => finding.Resolved is null);

    private static void Resolve(SimWorld world, CredentialId id, string signal) => Assert.Null(world.Do(async one =>
        await one.Desk.Findings.ResolveAsync(id.ToString(), signal, OperatorRequest.WithReason("nhi findings resolve", "ada", "INC-7"), CancellationToken.None)));
}
