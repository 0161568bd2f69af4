using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Opening;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Cutovers: the old value dies with the new one, so what is begun must end.</summary>
public sealed class CutoverStories
{
    private static string Password(SimWorld world) => world.Resources["res-app"].Places["role-a"]!;

    [Fact]
    public void H10_A_begun_cutover_is_finished_whatever_was_paused_meanwhile()
    {
        var world = Quiet(OverlapClass.Cutover, out var id, made =>
        {
            made.Lag = Hours(20);
            made.Patience = _ => Minutes(8);
        });
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.CrashAfter);
        world.Ask(id);
        world.Advance(Minutes(1));
        world.AssertAt(!world.Works(id), "the new value is set and nobody published it");
        world.Pause();
        world.StartRecovery();
        world.Advance(Minutes(9));
        world.AssertAt(world.Works(id), "the cutover is finished in spite of the pause");
        Assert.Equal(1, world.MintsAt("res-app"));
        world.AssertNoBreach();
    }

    [Fact]
    public void H10_A_cutover_that_may_not_be_published_sets_the_published_value_again_and_is_blocked()
    {
        var world = Quiet(OverlapClass.Cutover, out var id);
        var before = world.ValueOf(id);
        world.AdvanceToDue(id);
        world.Vault.Refuses = _ => true;
        world.AskNow(id, within: Minutes(2));
        Assert.Equal(2, world.MintsAt("res-app"));
        world.AssertAt(world.Works(id) && world.ValueOf(id) == before, "consumers get in with what they hold");
        Assert.True(world.Evidence.Has(record => record is { Action: "credential.rotate", Result: "BLOCKED" }));
        world.AssertNoBreach();
    }

    /// <summary>The host dies after the set, and the next one may not publish: the published value was never set again, and consumers were locked out until somebody came.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void H43_A_begun_cutover_that_may_not_be_published_sets_the_published_value_again(bool rotated)
    {
        var world = Quiet(OverlapClass.Cutover, out var id, made => made.Patience = _ => Minutes(10));
        if (rotated)
            world.RotateInPeace(id);
        var before = world.ValueOf(id);
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.CrashAfter);
        world.Ask(id);
        world.Advance(Minutes(1));
        world.AssertAt(!world.Works(id), "the new value is set and nobody published it");
        world.Vault.Refuses = _ => true;
        world.StartRecovery();
        world.Advance(Minutes(9));
        world.AssertAt(world.Works(id) && world.ValueOf(id) == before, "consumers get in with what they hold");
        Assert.True(world.Evidence.Has(record => record is { Action: "credential.rotate", Result: "BLOCKED" }));

        world.Vault.Refuses = _ => false;
        world.StartTimers();
        world.Advance(Hours(2));
        world.AssertAt(world.Works(id) && world.ValueOf(id) != before, "afterwards it is rotated");
        world.AssertNoBreach();
    }

    /// <summary>The provider takes the old value no more: the attempt ends with an outcome that says so.</summary>
    [Fact]
    public void H43_A_published_value_that_cannot_be_set_again_is_told()
    {
        var world = Quiet(OverlapClass.Cutover, out var id, made => made.Patience = _ => Hours(5));
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.CrashAfter);
        world.Ask(id);
        world.Advance(Minutes(1));
        world.Vault.Refuses = _ => true;
        world.ProviderRefuses = (what, _) => what == "mint";
        world.StartRecovery();
        world.Advance(Minutes(9));
        Assert.True(world.Evidence.Has(record => record is { Action: "credential.rotate", Result: "BLOCKED" } && record.Summary.Contains("could not be set again", StringComparison.Ordinal)));
        world.Vault.Refuses = _ => false;
        world.StartTimers();
        world.Advance(Hours(1));
        world.AssertAt(world.Works(id), "and it is finished as soon as it may be published");
        world.AssertNoBreach();
    }

    [Fact]
    public void H43_A_marked_value_is_not_set_again_either()
    {
        var world = Quiet(OverlapClass.Cutover, out var id, made => made.Patience = _ => Hours(5));
        var stolen = Password(world);
        world.Compromise(id);
        world.Next("provider.mint", Fault.CrashAfter);
        world.Ask(id);
        world.Advance(Minutes(1));
        world.Vault.Refuses = _ => true;
        world.StartTimers();
        for (var i = 0; i < 12; i++)
        {
            world.Advance(Minutes(10));
            world.AssertAt(Password(world) != stolen, "the thief is not let in again");
        }

        world.AssertNoBreach();
    }

    [Fact]
    public void H20_A_refused_cutover_that_was_set_back_is_not_begun_and_heeds_a_pause()
    {
        var world = Quiet(OverlapClass.Cutover, out var id);
        world.AdvanceToDue(id);
        world.Vault.Refuses = _ => true;
        world.AskNow(id, within: Minutes(2));
        var sets = world.MintsAt("res-app");
        world.Pause();
        world.StartTimers();
        for (var i = 0; i < 24; i++)
        {
            world.Advance(Hours(1));
            world.AssertAt(world.MintsAt("res-app") == sets, "nothing is set while all is paused");
            world.AssertAt(world.Works(id), "logins do not flap");
        }

        world.Tables.Pauses.Clear();
        world.Vault.Refuses = _ => false;
        world.Advance(Hours(26));
        world.AssertAt(world.Vault.VersionsOf(id).Count > 1 && world.Works(id), "afterwards it is rotated");
        world.AssertNoBreach();
    }

    [Fact]
    public void H29_A_marked_value_is_not_set_back_when_its_successor_may_not_be_published()
    {
        var world = Quiet(OverlapClass.Cutover, out var id, made => made.Patience = _ => Hours(5));
        var stolen = Password(world);
        world.Compromise(id);
        world.Vault.Refuses = _ => true;
        world.StartTimers();
        for (var i = 0; i < 24; i++)
        {
            world.Advance(Minutes(10));
            world.AssertAt(i < 3 || Password(world) != stolen, "the thief is not let in again");
        }

        world.Vault.Refuses = _ => false;
        world.Advance(Hours(1));
        world.AssertAt(world.Works(id) && Password(world) != stolen, "it ends with a new value");
        world.AssertNoBreach();
    }

    [Fact]
    public void H32_A_cutover_that_was_closed_as_absent_and_lands_afterwards_is_seen_by_the_row_that_stayed_open()
    {
        var world = Quiet(OverlapClass.Cutover, out var id, made => made.Patience = _ => Minutes(7));
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.Late, lasting: Minutes(4));
        world.Ask(id);
        world.Advance(Minutes(1.5));
        world.Pause();
        world.StartReconcile();
        world.Advance(Minutes(1));
        Assert.True(world.Evidence.Has(record => record.Shown == "absent"));
        world.AssertAt(world.Works(id), "nothing has landed yet");
        world.Advance(Minutes(2));
        world.AssertAt(!world.Works(id), "the set landed, and nothing but the timer for open rows looks");

        world.StartRecovery();
        world.Advance(Minutes(6.5));
        world.AssertAt(world.Works(id), "the row was open, so it was seen and finished");
        world.AssertNoBreach();
    }

    [Fact]
    public void H33_Two_secrets_of_one_cutover_are_published_in_the_same_attempt_and_never_undo_each_other()
    {
        var world = Siblings(OverlapClass.Cutover, out var first, out var second);
        world.AdvanceToDue(first);
        world.AskNow(first, within: Minutes(2));
        Assert.Equal(world.Vault.CurrentOf(first)!.Version.Nhi!.Op, world.Vault.CurrentOf(second)!.Version.Nhi!.Op);
        world.AssertAt(world.Works(first) && world.Works(second), "both publish the new value");

        world.StartTimers();
        world.Advance(Hours(24));
        Assert.Equal(world.Vault.VersionsOf(first).Count, world.Vault.VersionsOf(second).Count);
        Assert.InRange(world.MintsAt("res-app"), 2, 4);
        world.AssertAt(world.Works(first) && world.Works(second), "both still do");
        world.AssertNoBreach();
    }

    [Fact]
    public void H36_A_begun_cutover_is_finished_while_the_evidence_store_refuses()
    {
        var world = Quiet(OverlapClass.Cutover, out var id, made => made.Patience = _ => Minutes(8));
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.CrashAfter);
        world.Ask(id);
        world.Advance(Minutes(1));
        world.Evidence.Refuses = true;
        world.AssertAt(!world.Works(id), "the new value is set and nobody published it");
        world.StartRecovery();
        world.Advance(Minutes(9));
        world.AssertAt(world.Works(id), "the cutover is finished on the secondary account");
        world.AssertNoBreach();
    }

    [Fact]
    public void H36_Nothing_new_is_minted_while_the_evidence_store_refuses()
    {
        var world = Quiet(OverlapClass.Cutover, out var id);
        world.AdvanceToDue(id);
        world.Evidence.Refuses = true;
        world.StartTimers();
        world.Advance(Hours(3));
        Assert.Equal(0, world.MintsAt("res-app"));
        world.Evidence.Refuses = false;
        world.Advance(Hours(3));
        world.AssertAt(world.Works(id) && world.Vault.VersionsOf(id).Count == 2, "it goes on by itself");
        world.AssertNoBreach();
    }
}
