using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Two vaults hold secrets of one resource, and one of the vaults leaves the scope.</summary>
public sealed class ScopeStoryTests
{
    /// <summary>The sibling could not be read, and nothing was ever done about the resource again: neither rotated nor paid.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    public void H49_What_is_still_in_scope_is_rotated_and_its_debt_waits_until_a_person_lets_go(OverlapClass overlap)
    {
        var world = Left(overlap, out var id, out var left);
        world.Rotate(id);
        world.Advance(Hours(4));
        var wait = Assert.Single(world.Look(id).Waiting, wait => wait.Verb == Verbs.Revoke);
        Assert.Contains(left.ToString(), wait.Why, StringComparison.Ordinal);
        Assert.Contains($"nhi findings resolve {left.Vault} --signal vault-left", wait.Remedy, StringComparison.Ordinal);
        world.AssertAt(world.Lives(id, 1) && world.Works(left), "nobody sees what the sibling publishes: it may be that");
        Assert.Equal(left.Vault, Assert.Single(Open(world)).Subject);
        world.Look(id);
        Assert.Single(world.Evidence.All, record => record.Finding?.Signal == SignalNames.VaultLeft);

        world.Vault.Delete(left);
        Resolve(world, left.Vault);
        world.Advance(Hours(1.1));
        world.Look(id);
        world.AssertAt(!world.Lives(id, 1) && world.Version(id, 1).IsDead && world.Works(id), "it is paid");
        Assert.Empty(Open(world));
        world.Clean();
    }

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H49_An_emergency_comes_to_its_end_and_says_whom_it_may_hit(OverlapClass overlap)
    {
        var world = Left(overlap, out var id, out var left);
        world.Consumers.Clear();
        world.Mark(id, 1);
        var report = world.Look(id);
        world.AssertAt(world.Works(id) && !world.Lives(id, 1), "another value is published, and what was stolen is dead");
        Assert.True(overlap == OverlapClass.Cutover || report.Done.Any(done => done.Plan.Kills && done.Plan.Reasons.Any(reason => reason.Contains(left.ToString(), StringComparison.Ordinal))));
    }

    [Fact]
    public void H49_A_cutover_would_hit_the_sibling_and_waits()
    {
        var world = Left(OverlapClass.Cutover, out var id, out var left);
        world.UntilDue(id);
        var wait = Assert.Single(world.Look(id).Waiting);
        Assert.Equal(("sibling-left-behind", true), (wait.Signal, wait.Why.Contains(left.ToString(), StringComparison.Ordinal)));
        world.AssertAt(world.Works(id) && world.Works(left), "nothing was set");
        Resolve(world, left.Vault);
        world.Advance(Hours(1.1));
        world.Look(id);
        world.AssertAt(world.Versions(id) == 2 && world.Works(id), "a person said that nothing of it is used");
    }

    /// <summary>A slot counts as free that no secret in scope carries for long enough: but for a sibling that nobody sees.</summary>
    [Fact]
    public void H49_No_time_alone_makes_a_slot_free_that_the_sibling_may_publish()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.DualSlot);
        var left = world.Add("twin", OverlapClass.DualSlot, "res-app", SimVault.Second);
        world.Event(left);
        world.Vault.Left.Add(left.Vault);
        world.PersonPublishes(left, world.Resources["res-app"].Places["key2"]!);
        world.UntilDue(id);
        Assert.Contains(world.Look(id).Waiting, wait => wait.Signal == "slot-not-free");
        world.AssertAt(world.Works(left), "it lives on");
    }

    /// <summary>Who led to the row last cannot be read: its vault left, or it has no right there any more.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void H49_A_row_is_recovered_by_the_sibling_that_can_be_read(bool leaves)
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        var other = world.Add("twin", OverlapClass.Multi, "res-app", SimVault.Second);
        Assert.Null(world.Event(other));
        var (row, etag, _) = world.Tables.Operations[new ResourceId("res-app")];
        world.Tables.Operations[row.Resource] = (row with { Open = true, Credential = other }, etag, world.Clock.Now);
        if (leaves)
            world.Vault.Left.Add(other.Vault);
        else
            world.Once("vault.versions", Fault.Forbidden);
        world.Advance(Minutes(11));
        world.Recover();
        Assert.False(world.Tables.Operations[row.Resource].Row.Open);
        world.AssertAt(world.Works(id), "it works");
        world.Clean();
    }

    /// <summary>A secret and its sibling in another vault of the same environment, both adopted, and that vault taken out of the settings.</summary>
    private static SimWorld Left(OverlapClass overlap, out CredentialId id, out CredentialId left)
    {
        var world = Quiet();
        id = world.Governed(overlap);
        left = world.Add("twin", overlap, "res-app", SimVault.Second);
        Assert.Null(world.Event(left));
        Assert.NotNull(world.Vault.CurrentOf(left)!.Version.Nhi?.Op);
        if (overlap == OverlapClass.DualSlot)
            world.NameFree("res-app", "key2");
        world.Vault.Left.Add(left.Vault);
        world.Advance(Minutes(5));
        return world;
    }

    private static IEnumerable<Finding> Open(SimWorld world) => world.Neglect.Findings.Values.Where(finding => finding.Signal == SignalNames.VaultLeft && finding.Resolved is null);

    private static void Resolve(SimWorld world, string host) => Assert.Null(world.Do(async one =>
        await one.Desk.Findings.ResolveAsync(host, SignalNames.VaultLeft, OperatorRequest.WithReason("nhi findings resolve", "ada", "INC-7"), CancellationToken.None)));
}
