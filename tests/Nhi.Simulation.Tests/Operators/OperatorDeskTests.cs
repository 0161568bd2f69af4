using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Operators;

/// <summary>What people do at <c>nhi</c>, over the real engine: holds, pauses, rollback, adoption.</summary>
public sealed class OperatorDeskTests
{
    private static readonly OperatorRequest Asked = OperatorRequest.Of("nhi test", "ada", "because of INC-7");

    [Fact]
    public void What_a_person_holds_outlives_its_overlap_and_dies_once_it_is_released()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        Assert.Null(world.Do(host => host.Desk.Debts.HoldAsync(id, null, world.Second + Hours(8), Asked, CancellationToken.None)));
        world.Advance(Hours(5));
        world.Look(id);
        Assert.True(world.Lives(id, 1));

        Assert.Null(world.Do(host => host.Desk.Debts.ReleaseAsync(id, null, Asked, CancellationToken.None)));
        world.Advance(Minutes(1));
        world.Look(id);
        Assert.False(world.Lives(id, 1));
        var hold = Assert.Single(world.Evidence.All, record => record.Action == "credential.hold");
        Assert.Equal(("ada", "because of INC-7", true), (hold.RequestedBy!.Id, hold.Decision!.Reasons![0], hold.Approval!.Expires is not null));
        Assert.Single(world.Evidence.All, record => record.Action == "credential.release");
        world.Clean();
    }

    [Fact]
    public void Owners_are_named_by_records_as_the_sweep_chose_them_and_as_tag_or_policy_does_before_it_came()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        var team = new OwnerCandidate("group", "g-1", "team@contoso.com", OwnerSources.Application, 60);
        foreach (var chosen in (OwnerCandidate?[])[null, team])
        {
            var before = world.Evidence.All.Count();
            world.Tables.Owners[id] = chosen;
            world.UntilDue(id);
            Assert.Null(world.Event(id));
            var records = world.Evidence.All.Skip(before).Where(record => record.Action == Verbs.Action(Verbs.Rotate)).ToList();
            Assert.Equal([RecordStage.Intent, RecordStage.Outcome], records.Select(record => record.Stage));
            Assert.All(records, record => Assert.Equal(chosen is null ? null : new OwnerFacts("group", "g-1", "team@contoso.com", OwnerSources.Application, 60), record.Owner));
        }

        world.Clean();
    }

    [Fact]
    public void A_hold_needs_something_that_is_owed_and_an_end_that_is_near()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        Assert.Contains("nothing owed", Refused(world, host => host.Desk.Debts.HoldAsync(id, null, world.Second + Hours(8), Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Contains("366 days", Refused(world, host => host.Desk.Debts.HoldAsync(id, null, world.Second + TimeSpan.FromDays(4000), Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Contains("nothing held", Refused(world, host => host.Desk.Debts.ReleaseAsync(id, null, Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.DoesNotContain(world.Evidence.All, record => record.Action is "credential.hold" or "credential.release");
    }

    [Theory]
    [InlineData("*")]
    [InlineData(SimVault.Host)]
    [InlineData("kv:" + SimVault.Host + "/app")]
    public void Nothing_begins_in_a_paused_scope_until_it_is_lifted(string scope)
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        Assert.Null(world.Do(host => host.Desk.Pauses.PauseAsync(scope, null, Asked, CancellationToken.None)));
        world.UntilDue(id);
        Assert.Null(world.Event(id));
        Assert.Equal(1, world.Versions(id));

        Assert.Null(world.Do(host => host.Desk.Pauses.ResumeAsync(scope, Asked, CancellationToken.None)));
        world.Advance(Hours(2));
        Assert.Null(world.Event(id));
        Assert.Equal(2, world.Versions(id));
        Assert.Equal(scope, Assert.Single(world.Evidence.All, record => record.Action == "credential.pause").Resource!.Id);
        world.Clean();
    }

    [Fact]
    public void A_pause_covers_what_is_in_scope_and_ends_in_the_future()
    {
        var world = Quiet();
        Assert.Contains("in scope", Refused(world, host => host.Desk.Pauses.PauseAsync("other.vault.azure.net", null, Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Contains("in the future", Refused(world, host => host.Desk.Pauses.PauseAsync("*", world.Second, Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Contains("not paused", Refused(world, host => host.Desk.Pauses.ResumeAsync("*", Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Empty(world.Evidence.All);
    }

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    public void A_rollback_publishes_the_predecessor_while_it_lives_and_is_refused_once_it_is_dead(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Rotated(overlap);
        Assert.Null(world.Do(host => host.Desk.Rollback.RollBackAsync(id, Asked, CancellationToken.None)));
        Assert.Equal(3, world.Versions(id));
        Assert.Equal(world.Value(id, 1), world.Value(id));
        Assert.Equal("ada", Assert.Single(world.Evidence.All, record => record is { Verb: "rollback", Stage: RecordStage.Outcome }).RequestedBy!.Id);

        var other = world.Rotated(overlap, "other");
        world.Advance(Hours(4));
        world.Look(other);
        Assert.Contains("not rolled back", Refused(world, host => host.Desk.Rollback.RollBackAsync(other, Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Equal(2, world.Versions(other));
        world.Clean();
    }

    [Fact]
    public void A_slot_that_a_person_names_free_is_taken_as_long_as_it_holds_what_it_held()
    {
        var world = Quiet();
        world.PolicyOf = subject => SimWorld.Short(subject) with { FreeAfter = null };
        var id = world.Governed(OverlapClass.DualSlot);
        world.UntilDue(id);
        Assert.Null(world.Event(id));
        Assert.Equal(1, world.Versions(id));
        Assert.Contains("carries what it holds", Refused(world, host => host.Desk.Adopt.NameFreeAsync(id, SimRotators.Slots[0], Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Contains("no such place", Refused(world, host => host.Desk.Adopt.NameFreeAsync(id, "key9", Asked, CancellationToken.None)), StringComparison.Ordinal);

        Assert.Null(world.Do(host => host.Desk.Adopt.NameFreeAsync(id, SimRotators.Slots[1], Asked, CancellationToken.None)));
        world.Regenerate("res-app", SimRotators.Slots[1]);
        world.Advance(Hours(1.5));
        world.Look(id);
        Assert.Equal(1, world.Versions(id));

        Assert.Null(world.Do(host => host.Desk.Adopt.NameFreeAsync(id, SimRotators.Slots[1], Asked, CancellationToken.None)));
        world.Advance(Hours(1.5));
        world.Look(id);
        Assert.Equal(2, world.Versions(id));
        world.Clean();
    }

    [Fact]
    public void A_stranger_s_version_is_owed_once_a_person_names_its_handle_and_a_slip_changes_nothing()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        world.PersonRotates(id);
        var stranger = world.Version(id, 2);
        world.Vault.Update(id, stranger.Version, new VersionUpdate { Enabled = false, Tags = stranger.Tags });
        world.PersonRotates(id);
        Assert.Null(world.Event(id));
        world.Advance(Hours(4));
        world.Look(id);
        Assert.True(world.Lives(id, 2));
        var key = world.Resources["res-app"].Keys.Single(candidate => candidate.Value.Secret == world.Value(id, 2)).Key;

        Assert.Contains("nothing by that handle", Refused(world, host => host.Desk.Adopt.NameHandleAsync(id, null, "id-of-nobody", Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Contains("another beginning", Refused(world, host => host.Desk.Adopt.NameHandleAsync(id, world.Version(id, 3).Version, key, Asked, CancellationToken.None)), StringComparison.Ordinal);

        Assert.Null(world.Do(host => host.Desk.Adopt.NameHandleAsync(id, null, key, Asked, CancellationToken.None)));
        Assert.Equal(key, world.Version(id, 2).Nhi!.Handle);
        world.Advance(Minutes(20));
        world.Look(id);
        Assert.False(world.Lives(id, 2));
        Assert.True(world.Version(id, 2).IsDead);
        Assert.Empty(world.Evidence.OpenIntents());
        world.Clean();
    }

    [Theory]
    [InlineData(nameof(Fault.AnswerLost))]
    [InlineData(nameof(Fault.RequestLost))]
    [InlineData(nameof(Fault.CrashAfter))]
    public void A_lost_answer_at_an_adoption_leaves_an_intent_that_the_next_holder_closes(string fault)
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        world.PersonRotates(id);
        var stranger = world.Version(id, 2);
        world.Vault.Update(id, stranger.Version, new VersionUpdate { Enabled = false, Tags = stranger.Tags });
        world.PersonRotates(id);
        Assert.Null(world.Event(id));
        world.Advance(Minutes(20));
        var key = world.Resources["res-app"].Keys.Single(candidate => candidate.Value.Secret == world.Value(id, 2)).Key;
        world.Once("vault.update", Enum.Parse<Fault>(fault));
        world.Launch(world.Hosts[0], host => host.Desk.Adopt.NameHandleAsync(id, null, key, Asked, CancellationToken.None));
        world.Advance(Minutes(30));
        Assert.Single(world.Evidence.OpenIntents());
        world.NoFaults();
        world.Recover();
        Assert.Empty(world.Evidence.OpenIntents());
        Assert.Equal(fault == nameof(Fault.RequestLost) ? "absent" : "published", world.Evidence.All.Last(record => record.Stage == RecordStage.Reconciled).Shown);
        world.Clean();
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("two\nlines")]
    public void Who_asks_is_one_line(string by) => Assert.Throws<OperatorRefusedException>(() => OperatorRequest.Of("nhi test", by));

    [Fact]
    public void A_reason_is_one_short_line_and_never_a_secret()
    {
        Assert.Throws<OperatorRefusedException>(() => OperatorRequest.Of("nhi test", "ada", new string('x', 501)));
        Assert.Throws<OperatorRefusedException>(() => OperatorRequest.Of("nhi test", "ada", "a\u001b[31mb"));
        Assert.Throws<OperatorRefusedException>(() => OperatorRequest.WithReason("nhi test", "ada", " "));
        const string secret = "x9K2mQ7vR4tZ8wB1nC6pL3sD5fG0hJ2kXqWe";
        Assert.DoesNotContain(secret, OperatorRequest.Of("nhi test", "ada", secret).Reason, StringComparison.Ordinal);
    }

    internal static string Refused(SimWorld world, Func<SimHost, Task> work)
    {
        var breaches = world.Breaches.Count;
        var thrown = Assert.IsType<OperatorRefusedException>(world.Do(async host =>
        {
            try
            {
                await work(host);
            }
            catch (OperatorRefusedException e)
            {
                // The world takes what it does not know for a breach.
                throw new EvidenceRefusedException("refused", e);
            }
        })!.InnerException);
        Assert.Equal(breaches, world.Breaches.Count);
        return thrown.Message;
    }
}
