using Nhi.Governance.Debts;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Use;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Debts, kills, leftovers and removal.</summary>
public sealed class DebtStoryTests
{
    [Theory]
    [InlineData(false, null, null, "nobody reports its use: only the overlap protected it")]
    [InlineData(false, null, 2.0, "the log, known up to 2026-03-02 10:00Z, does not show all of the time since it was superseded: only the overlap protected it")]
    [InlineData(true, null, 20.0, "the log shows no use since it was superseded up to 2026-03-03 04:00Z")]
    [InlineData(true, 9.0, 20.0, "the log saw it used last at 2026-03-02 17:00Z, and quiet since up to 2026-03-03 04:00Z")]
    public void H23_The_record_of_a_kill_says_how_far_it_is_known_that_nobody_used_it(bool reported, double? at, double? until, string said)
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.LastUseOf = (_, _) => until is null ? LastUse.NotReported : new LastUse(reported, at is { } used ? SimWorld.Start + Hours(used) : null, "the log", SimWorld.Start + Hours(until.Value));
        world.Advance(Hours(3.2));
        world.Debts();
        Assert.False(world.Lives(id, 1));
        var records = world.Evidence.All.Where(record => record.Action == "credential.revoke").ToList();
        Assert.Equal(2, records.Count);
        Assert.All(records, record => Assert.Equal(["its overlap is over", said], record.Decision!.Reasons!));
    }

    [Fact]
    public void H3b_A_rollback_leaves_what_it_replaced_to_its_whole_overlap_before_anything_is_minted_over_it()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.DualSlot);
        world.Advance(Hours(1));
        world.Look(id, rollback: true);
        Assert.Equal(3, world.Versions(id));
        Assert.Equal(world.Value(id, 1), world.Value(id));

        // A policy change may not shorten the overlap that was promised; the next rotation is due long before its end.
        world.PolicyOf = subject => SimWorld.Short(subject) with { Overlap = Minutes(5), Slack = TimeSpan.Zero, RotateBefore = Hours(11.9) };
        for (var i = 0; i < 5; i++)
        {
            world.Advance(Minutes(30));
            world.Look(id);
            Assert.True(world.Lives(id, 2));
        }

        Assert.Equal(3, world.Versions(id));
        world.Advance(Hours(1));
        world.Look(id);
        Assert.False(world.Lives(id, 2));
        world.Clean();
    }

    [Fact]
    public void H3c_What_a_person_superseded_is_owed_too()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.PersonRotates(id);
        Assert.Null(world.Event(id));
        world.Advance(Hours(2.9));
        world.Look(id);
        Assert.True(world.Lives(id, 2));
        world.Advance(Hours(0.3));
        world.Look(id);
        Assert.False(world.Lives(id, 2));
        Assert.True(world.Version(id, 2).IsDead);
        world.Clean();
    }

    [Fact]
    public void H3d_The_overlap_of_a_value_that_became_current_again_counts_from_when_it_stopped_last()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Advance(Hours(2.5));
        world.Look(id, rollback: true);
        world.Advance(Hours(2));
        world.PersonRotates(id);
        Assert.Null(world.Event(id));
        world.Look(id);
        Assert.True(world.Lives(id, 1));
        world.Advance(Hours(2.8));
        world.Look(id);
        Assert.True(world.Lives(id, 1));
        world.Advance(Hours(0.4));
        world.Look(id);
        Assert.False(world.Lives(id, 1));
        world.Clean();
    }

    [Fact]
    public void H7_Use_during_the_overlap_is_no_reason_to_let_it_live_for_ever_once_it_is_quiet()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Advance(Hours(3.1));
        var used = world.Clock.Now;
        world.LastUseOf = (_, _) => new LastUse(true, used, "sign-in log");
        world.Look(id);
        Assert.True(world.Lives(id, 1));
        world.Advance(Minutes(31));
        world.Look(id);
        Assert.False(world.Lives(id, 1));
        world.Clean();
    }

    [Fact]
    public void A_debt_waits_while_its_version_is_still_read_by_name_and_is_paid_when_the_reads_stop_as_far_as_the_log_knows()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        var log = new ReadLog { Known = new UseWindow(world.Clock.Now - Hours(1000), world.Clock.Now) };
        world.UseFacts = log;
        world.Advance(Hours(3.1));

        // Reads of the version that is current are no use of what is owed.
        void Read(int version, TimeSpan ago) => log.Facts = [.. log.Facts, new UseFact(id, world.Vault.VersionsOf(id)[version - 1].Version.Version, "p", null, world.Clock.Now - ago, world.Clock.Now - ago, 1, "log")];
        Read(2, TimeSpan.Zero);
        Read(1, Minutes(15));
        log.Known = log.Known! with { To = world.Clock.Now - Minutes(10) };
        world.Look(id);
        Assert.True(world.Lives(id, 1));

        // Half an hour of quiet has passed, but the log knows only 25 minutes of it.
        world.Advance(Minutes(20));
        log.Known = log.Known with { To = world.Clock.Now - Minutes(10) };
        world.Look(id);
        Assert.True(world.Lives(id, 1));
        world.Advance(Minutes(10));
        log.Known = log.Known with { To = world.Clock.Now - Minutes(10) };
        Read(2, TimeSpan.Zero);
        world.Look(id);
        Assert.False(world.Lives(id, 1));
        world.Clean();
    }

    private sealed class ReadLog : IUseFacts
    {
        public IReadOnlyList<UseFact> Facts { get; set; } = [];
        public UseWindow? Known { get; set; }
        public IAsyncEnumerable<UseFact> OfAsync(CredentialId id, CancellationToken ct) => Facts.Where(fact => fact.Credential == id).ToAsyncEnumerable();
        public Task<UseWindow?> KnownAsync(string vaultHost, CancellationToken ct) => Task.FromResult(Known);
    }

    [Fact]
    public void H9_The_credential_of_a_soft_deleted_secret_is_no_leftover()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Governed(OverlapClass.Multi, "other", "res-app");
        world.Vault.Delete(id);
        world.StartTimers();
        world.Advance(Hours(8));
        world.Vault.Recover(id);
        Assert.True(world.Works(id));
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void H14_A_version_that_a_person_disabled_is_owed_all_the_same()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.DualSlot);
        var first = world.Version(id, 1);
        world.Vault.Update(id, first.Version, new VersionUpdate { Enabled = false, Tags = first.Tags });
        world.Advance(Hours(3.1));
        world.Look(id);
        Assert.False(world.Lives(id, 1));
        Assert.True(world.Version(id, 1).IsDead);
        world.Rotate(id);
        world.Clean();
    }

    [Fact]
    public void H23_A_debt_that_cannot_be_paid_does_not_stop_the_next()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        var held = world.Version(id, 1).Nhi!.Handle!;
        world.Tables.Debts[(new ResourceId("res-app"), held)] = new DebtNote { Resource = new ResourceId("res-app"), Handle = held, HeldUntil = world.Clock.Now + TimeSpan.FromDays(9) };
        world.PersonRotates(id);
        Assert.Null(world.Event(id));
        var other = world.Governed(OverlapClass.Multi, "beside");
        world.PersonRotates(other);
        Assert.Null(world.Event(other));
        world.Advance(Hours(3.2));
        world.Once("provider.kill", Fault.Throttled);
        world.Debts();
        Assert.True(world.Lives(id, 1));
        Assert.True(world.Lives(id, 2));
        Assert.False(world.Lives(other, 1));
        world.Advance(Hours(2));
        world.Look(id);
        Assert.True(world.Lives(id, 1));
        Assert.False(world.Lives(id, 2));
        world.Clean();
    }

    [Fact]
    public void H26_What_an_outcome_names_as_published_is_never_killed_as_a_leftover()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Governed(OverlapClass.Multi, "other", "res-app");
        var living = world.Value(id);

        // A restore from backup: the newest version is gone, its credential still lives at consumers.
        world.Vault.Forget(id, 2);
        world.PolicyOf = subject => SimWorld.Short(subject) with { Lifetime = TimeSpan.FromDays(30) };
        world.StartTimers();
        world.Advance(Hours(4));
        Assert.Contains(world.Resources["res-app"].Keys.Values, key => key.Secret == living);
    }

    [Fact]
    public void H27_A_key_regenerated_by_hand_is_not_killed_for_the_debt_that_this_paid()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.DualSlot);
        world.Advance(Hours(1));
        var byHand = world.Regenerate("res-app", "key1");
        world.Advance(Hours(2.2));
        world.Look(id);
        Assert.Equal(byHand, world.Resources["res-app"].Places["key1"]);
        Assert.True(world.Version(id, 1).IsDead);
        world.Clean();
    }

    [Fact]
    public void H28_A_quarantined_secret_is_not_rotated_back_to_life()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Consumers.Clear();
        var current = world.Version(id, 2);
        world.Vault.Update(id, current.Version, new VersionUpdate { Enabled = false, Tags = current.Tags });
        world.StartTimers();
        world.Advance(Hours(11));
        Assert.Equal(2, world.Versions(id));
        Assert.Equal(1, world.MintsOf("res-app"));
        Assert.True(world.Lives(id, 2));
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void H30_An_expired_and_revoked_current_version_does_not_keep_its_predecessor_alive()
    {
        var world = Quiet();
        world.PolicyOf = subject => SimWorld.Short(subject) with { Overlap = Hours(20) };
        var id = world.Rotated(OverlapClass.Multi);
        world.Consumers.Clear();
        world.PolicyOf = subject => SimWorld.Short(subject) with { Overlap = Hours(20), RotateBefore = TimeSpan.Zero, OnExpired = ExpiredAction.Revoke };
        world.StartTimers();
        world.Advance(Hours(15));
        Assert.True(world.Version(id, 2).IsDead);
        Assert.True(world.Lives(id, 1));
        world.Advance(Hours(22));
        Assert.False(world.Lives(id, 1));
        Assert.True(world.Version(id, 1).IsDead);
        Assert.Equal(2, world.Versions(id));
    }

    [Fact]
    public void H34_A_released_quarantine_finds_its_predecessor_alive_for_a_whole_overlap()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Consumers.Clear();
        world.Advance(Hours(1));
        var current = world.Version(id, 2);
        world.Vault.Update(id, current.Version, new VersionUpdate { Enabled = false, Tags = current.Tags });
        world.Advance(Hours(4));
        world.Look(id);
        Assert.True(world.Lives(id, 1));
        world.Vault.Update(id, current.Version, new VersionUpdate { Enabled = true, Tags = current.Tags });
        world.Look(id);
        Assert.True(world.Lives(id, 1));
        world.Advance(Hours(2.5));
        world.Look(id);
        Assert.True(world.Lives(id, 1));
        world.Advance(Hours(0.7));
        world.Look(id);
        Assert.False(world.Lives(id, 1));
        Assert.True(world.Works(id));
        Assert.Empty(world.Breaches);
    }
}
