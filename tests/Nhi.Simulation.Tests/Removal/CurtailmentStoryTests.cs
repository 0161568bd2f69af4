using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Signals;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Removal.Mighty;
using static Nhi.Simulation.Tests.Removal.Neglected;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>How a wide role of an over-privileged identity is taken away, and how it is not.</summary>
public sealed class CurtailmentStoryTests
{
    private static readonly OperatorRequest Asked = OperatorRequest.Of("nhi test", "ada", "because of INC-7");
    private static readonly TimeSpan Day = TimeSpan.FromHours(25);

    [Fact]
    public void It_is_told_and_after_the_wait_taken_away_whole_once_and_there_it_stays()
    {
        var (world, _, given) = Owner();
        world.Roles.Assignments[^1] = given = given with { Condition = "((1 Equals 1))", ConditionVersion = "2.0", Description = "given in a hurry" };
        Ticks(world, TimeSpan.FromHours(8));
        Assert.Equal(["tell ok", "curtail ok"], Said(world));
        Assert.DoesNotContain(given, world.Roles.Assignments);
        Assert.Single(world.Roles.Assignments);
        var records = world.Evidence.All.Where(record => CurtailmentVerbs.IsOne(record.Action)).ToList();
        Assert.Equal([RecordStage.Outcome, RecordStage.Intent, RecordStage.Outcome], records.Select(record => record.Stage));
        Assert.All(records, record => Assert.Equal(new AssignmentFacts(given.Id, given.Role, given.Principal, "ServicePrincipal", SimRoles.Subscription, "((1 Equals 1))", "2.0", "given in a hurry"), record.Assignment));
        Assert.Equal(records[0].Time + Notice, records[0].NotBefore);
        Assert.True(records[1].Time >= records[0].NotBefore);
        Assert.Contains(world.Evidence.All.First(record => record.Action == "finding.raise").Path, records[1].Finding!.Facts!);
        Assert.StartsWith("az role assignment create --name ", records[2].Finding!.Remedy, StringComparison.Ordinal);
        Assert.Empty(world.Evidence.OpenIntents());

        Ticks(world, Day);
        Assert.Equal(2, Said(world).Length);
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void R8_a_role_of_whose_end_nobody_would_hear_stays()
    {
        var (world, _, given) = Owner();
        Restart(world, heard: false);
        Ticks(world, TimeSpan.FromHours(8));
        Assert.Empty(Said(world));
        Restart(world, heard: true);
        Ticks(world, TimeSpan.FromHours(1));
        Restart(world, heard: false);
        Ticks(world, TimeSpan.FromHours(8));
        Assert.Equal(["tell ok"], Said(world));
        Assert.Contains(given, world.Roles.Assignments);
        Restart(world, heard: true);
        Ticks(world, TimeSpan.FromHours(1));
        Assert.Equal(["tell ok", "curtail ok"], Said(world));
    }

    [Fact]
    public void R9_a_role_stays_until_its_owners_time_is_over_which_begins_when_a_sink_took_what_he_is_told()
    {
        var (world, _, given) = Owner();
        world.NoticesTake = () => TimeSpan.FromHours(2.5);
        Ticks(world, TimeSpan.FromHours(5.4));
        Assert.Equal(["tell ok"], Said(world));
        Assert.Contains(given, world.Roles.Assignments);
        Ticks(world, TimeSpan.FromHours(2));
        Assert.Equal(["tell ok", "curtail ok"], Said(world));
    }

    [Fact]
    public void R9_of_a_role_of_which_no_sink_takes_the_notice_its_owner_is_told_once_more_after_two_days()
    {
        var (world, _, given) = Owner();
        world.NoticesTake = () => null;
        Ticks(world, TimeSpan.FromHours(47));
        Assert.Equal(["tell ok"], Said(world));
        world.NoticesTake = () => TimeSpan.Zero;
        Ticks(world, TimeSpan.FromHours(3));
        Assert.Equal(["tell ok", "tell ok"], Said(world));
        Assert.Contains(given, world.Roles.Assignments);
        Ticks(world, Notice);
        Assert.Equal(["tell ok", "tell ok", "curtail ok"], Said(world));
    }

    /// <summary>The nearest innocents: each of them keeps its role, and nobody is told of anything.</summary>
    [Theory]
    [InlineData("no curtailer")]
    [InlineData("a rule that observes")]
    [InlineData("a rule that takes no role away")]
    [InlineData("one rule of two")]
    [InlineData("a person's role")]
    [InlineData("a group's role")]
    [InlineData("the product's own identity")]
    [InlineData("the last Owner")]
    [InlineData("an Owner who has left beside it")]
    [InlineData("another service principal as Owner beside it")]
    [InlineData("no finding")]
    [InlineData("a finding that does not name it")]
    [InlineData("a break-glass identity")]
    [InlineData("kept")]
    [InlineData("young")]
    [InlineData("of an age that nobody knows")]
    [InlineData("from another tenant")]
    [InlineData("at a management group")]
    [InlineData("at a resource group")]
    [InlineData("a narrow role")]
    [InlineData("known by a tag alone")]
    public void R6_the_nearest_innocent_keeps_its_role(string innocent)
    {
        var application = innocent == "the product's own identity" ? SimHost.OwnApplication : Application;
        var (world, id, given) = Owner(innocent == "a narrow role" ? "acdd72a7-3385-48ef-bd42-f606fba81ae7" : SimRoles.Owner, application);
        var roles = world.Roles.Assignments;
        var principal = SimRoles.PrincipalOf(application);
        void Become(RoleAssignment other)
        {
            roles.Remove(given);
            roles.Add(given = other);
            Find(world, id, application);
        }

        switch (innocent)
        {
            case "no curtailer": world.Roles.Curtails = false; break;
            case "a rule that observes": world.PolicyOf = subject => Mighty.Policy(subject) with { Enforced = false }; break;
            case "a rule that takes no role away": world.PolicyOf = subject => Mighty.Policy(subject) with { CurtailOverPrivileged = false }; break;
            case "one rule of two":
                world.Governed(OverlapClass.Multi, "other", $"entra:{application}");
                world.PolicyOf = subject => Mighty.Policy(subject) with { CurtailOverPrivileged = subject.Id.Name != "other" };
                break;
            case "a person's role": Become(given with { Type = "User" }); break;
            case "a group's role":
                world.Roles.Members.Add((principal, "dddddddd-0000-4000-8000-00000000d001"));
                Become(given with { Principal = "dddddddd-0000-4000-8000-00000000d001", Type = "Group" });
                break;
            case "the product's own identity": break;
            case "the last Owner": roles.RemoveAll(one => one.Type == "User"); break;
            case "an Owner who has left beside it": world.Roles.Person(state: PrincipalState.Deleted); break;
            case "another service principal as Owner beside it": roles[0] = roles[0] with { Type = "ServicePrincipal" }; break;
            case "no finding": Find(world, id, application, []); break;
            case "a finding that does not name it": Find(world, id, application, ["Owner at /subscriptions/22222222-0000-4000-8000-000000000002: may change everything."]); break;
            case "a break-glass identity":
                var current = world.Vault.CurrentOf(id)!.Version;
                world.Vault.Update(id, current.Version, new VersionUpdate { Tags = new Dictionary<string, string>(current.Tags) { [SignalTags.BreakGlass] = "true" } });
                break;
            case "kept": Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromDays(9), Asked, CancellationToken.None))); break;
            case "young": Become(given with { Changed = world.Clock.Now + TimeSpan.FromDays(1) }); break;
            case "of an age that nobody knows": Become(given with { Changed = null }); break;
            case "from another tenant": Become(given with { IsDelegated = true }); break;
            case "at a management group": Become(given with { Scope = "/providers/microsoft.management/managementgroups/all" }); break;
            case "at a resource group": Become(given with { Scope = SimRoles.Subscription + "/resourcegroups/rg" }); break;
            case "a narrow role": break;
            case "known by a tag alone":
                world = Scene.Quiet(2);
                world.PolicyOf = Mighty.Policy;
                world.Roles.Give(world.Roles.Person(), SimRoles.Owner, SimRoles.Subscription, "User");
                id = world.Governed(OverlapClass.Multi, resource: $"entra:{application}");
                world.Roles.Assignments.Add(given);
                Find(world, id);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(innocent));
        }

        Ticks(world, TimeSpan.FromHours(10));
        Assert.Empty(Said(world));
        Assert.Contains(given, world.Roles.Assignments);
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void A_group_gives_nothing_up_while_the_identitys_own_role_goes()
    {
        const string Group = "dddddddd-0000-4000-8000-00000000d001";
        var (world, id, given) = Owner();
        world.Roles.Members.Add((given.Principal, Group));
        var groups = world.Roles.Give(Group, SimRoles.Owner, SimRoles.Subscription, "Group");
        Find(world, id);
        Ticks(world, TimeSpan.FromHours(8));
        Assert.Equal(["tell ok", "curtail ok"], Said(world));
        Assert.Contains(groups, world.Roles.Assignments);
    }

    [Fact]
    public void A_young_role_is_told_of_once_it_is_old_enough()
    {
        var (world, _, given) = Owner();
        world.Roles.Assignments[^1] = given with { Changed = world.Clock.Now };
        Ticks(world, TimeSpan.FromHours(2));
        Assert.Empty(Said(world));
        Ticks(world, TimeSpan.FromHours(3));
        Assert.Equal(["tell ok"], Said(world));
    }

    /// <summary>Whatever speaks for the role after its owner was told ends it there.</summary>
    [Theory]
    [InlineData("kept", "keeps it until")]
    [InlineData("over", "no finding speaks of it")]
    [InlineData("gone", "by another hand")]
    [InlineData("changed", "it is young")]
    [InlineData("rule", "not every rule")]
    [InlineData("last Owner", "nobody else")]
    public void It_is_given_up_when_something_speaks_for_it_in_time(string what, string says)
    {
        var (world, id, given) = Owner();
        Tick(world);
        Assert.Equal(["tell ok"], Said(world));
        switch (what)
        {
            case "kept": Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromDays(9), Asked, CancellationToken.None))); break;
            case "over": Find(world, id, facts: []); break;
            case "gone": world.Roles.Assignments.Remove(given); break;
            case "changed": world.Roles.Assignments[^1] = given with { Changed = world.Clock.Now + TimeSpan.FromHours(2) }; break;
            case "rule": world.PolicyOf = subject => Mighty.Policy(subject) with { CurtailOverPrivileged = false }; break;
            default: world.Roles.Assignments.RemoveAll(one => one.Type == "User"); break;
        }

        Ticks(world, TimeSpan.FromHours(5));
        Assert.Equal(["tell ok", "drop ok"], Said(world));
        Assert.Contains(says, Last(world, "drop").Summary, StringComparison.Ordinal);
        Assert.Equal(what == "gone", !world.Roles.Assignments.Exists(one => one.Id == given.Id));
    }

    [Theory]
    [InlineData("paused")]
    [InlineData("no directory")]
    public void What_binds_it_for_now_or_is_not_known_keeps_it_waiting(string what)
    {
        var (world, _, given) = Owner();
        Tick(world);
        if (what == "paused")
            world.Pause();
        else
            world.FaultOf = call => call.What == "directory.read" ? Fault.Throttled : Fault.None;
        Ticks(world, TimeSpan.FromHours(8));
        Assert.Equal(["tell ok"], Said(world));
        world.Tables.Pauses.Clear();
        world.FaultOf = _ => Fault.None;
        Ticks(world, TimeSpan.FromHours(2));
        Assert.DoesNotContain(given, world.Roles.Assignments);
    }

    [Fact]
    public void What_a_person_made_again_is_left_alone_and_said_until_a_later_word_of_theirs_has_ended()
    {
        var (world, id, given) = Owner();
        Ticks(world, TimeSpan.FromHours(8));
        Find(world, id);
        var bob = world.Roles.Person("bbbbbbbb-0000-4000-8000-00000000b0b0");
        world.Roles.Give(given.Principal, SimRoles.Owner, SimRoles.Subscription, at: world.Clock.Now, by: bob);
        Find(world, id);
        Ticks(world, TimeSpan.FromDays(3));
        Assert.Equal(["tell ok", "curtail ok", "restore ok"], Said(world));
        var seen = Last(world, "restore");
        Assert.Equal(("user", bob, "b0b0@contoso.com"), (seen.RequestedBy!.Type, seen.RequestedBy.Id, seen.RequestedBy.Name));
        Assert.Contains("It is left alone.", seen.Summary, StringComparison.Ordinal);

        Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromHours(30), Asked, CancellationToken.None)));
        Ticks(world, TimeSpan.FromHours(29));
        Assert.Equal(3, Said(world).Length);
        Ticks(world, TimeSpan.FromDays(2));
        Assert.Equal(["tell ok", "curtail ok", "restore ok", "tell ok", "curtail ok"], Said(world));
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void What_went_again_after_a_person_made_it_and_comes_back_once_more_is_told_anew_with_the_whole_wait()
    {
        var (world, id, given) = Owner();
        Ticks(world, TimeSpan.FromHours(8));
        var again = world.Roles.Give(given.Principal, SimRoles.Owner, SimRoles.Subscription, at: world.Clock.Now);
        Find(world, id);
        Ticks(world, Day);
        world.Roles.Assignments.Remove(again);
        Find(world, id);
        Ticks(world, Day);
        world.Roles.Give(given.Principal, SimRoles.Owner, SimRoles.Subscription, at: world.Clock.Now);
        Find(world, id);
        Ticks(world, Day);
        Assert.Equal(["tell ok", "curtail ok", "restore ok", "drop ok", "tell ok", "curtail ok"], Said(world));
        Assert.True(Last(world, "curtail").Time >= Last(world, "tell").Time + Notice);
    }

    [Fact]
    public void One_role_of_an_identity_goes_in_one_run_and_the_cap_is_that_of_quarantines()
    {
        var (world, id, given) = Owner();
        world.Roles.Give(given.Principal, SimRoles.Contributor, SimRoles.Subscription);
        world.Roles.Give(given.Principal, "acdd72a7-3385-48ef-bd42-f606fba81ae7", SimRoles.Subscription);
        Find(world, id);
        world.PolicyOf = subject => Mighty.Policy(subject) with { QuarantinesPerDay = 1 };
        Ticks(world, TimeSpan.FromHours(9));
        Assert.Equal(["tell ok", "tell ok", "curtail ok"], Said(world));
        world.AdvanceTo(new DateTimeOffset(world.Clock.Now.UtcDateTime.Date.AddDays(1), TimeSpan.Zero));
        Ticks(world, TimeSpan.FromHours(2));
        Assert.Equal(["tell ok", "tell ok", "curtail ok", "curtail ok"], Said(world));
        Assert.Single(world.Roles.Assignments, one => one.Principal == given.Principal);
        foreach (var run in world.Evidence.All.Where(record => record.Action == "privilege.curtail" && record.Stage == RecordStage.Outcome).GroupBy(record => record.Trigger!.Id))
            Assert.Single(run);
    }

    /// <summary>Between intent and deletion, and after the deletion before its answer: what became of it is said by the next holder, and the end is that of an undisturbed attempt.</summary>
    [Theory]
    [InlineData("roles.delete", "RequestLost", "curtail reconciled")]
    [InlineData("roles.delete", "CrashBefore", "curtail reconciled")]
    [InlineData("roles.delete", "AnswerLost", "curtail reconciled")]
    [InlineData("roles.delete", "CrashAfter", "curtail reconciled")]
    [InlineData("roles.delete", "Late", "curtail reconciled")]
    [InlineData("roles.delete", "Throttled", "curtail RETRY")]
    [InlineData("roles.read", "CrashBefore", "curtail reconciled")]
    public void An_attempt_that_breaks_off_ends_where_an_undisturbed_one_ends(string call, string fault, string says)
    {
        var (world, _, given) = Owner();
        Tick(world);
        world.Advance(Notice);
        world.Next(call, Enum.Parse<Fault>(fault));
        world.Do(host => host.Removals.RunAsync(world.Clock.Now, CancellationToken.None), world.AnyHost()!);
        for (var i = 0; i < 12; i++)
        {
            world.Advance(TimeSpan.FromMinutes(30));
            world.Recover();
            Assert.Null(world.Do(host => host.Removals.RunAsync(world.Clock.Now, CancellationToken.None), world.AnyHost()!));
        }

        Assert.Contains(says, Said(world));
        Assert.DoesNotContain(given, world.Roles.Assignments);
        Assert.Equal(CurtailmentStep.Curtailed, Assert.Single(world.Roles.Notes.Values).Step);
        Assert.Empty(world.Evidence.OpenIntents());
        Assert.Empty(world.Breaches);
        Assert.DoesNotContain("drop ok", Said(world));
    }

    /// <summary>The answer was lost and a person made it again before anybody looked: it was gone, and is a person's now.</summary>
    [Fact]
    public void What_was_made_again_before_the_next_holder_looked_counts_as_taken_away_and_made_again()
    {
        var (world, _, given) = Owner();
        Tick(world);
        world.Advance(Notice);
        world.Next("roles.delete", Fault.AnswerLost);
        world.After("roles.delete", () => world.Roles.Assignments.Add(given with { Created = world.Clock.Now, Changed = world.Clock.Now }));
        world.Do(host => host.Removals.RunAsync(world.Clock.Now, CancellationToken.None));
        world.Advance(TimeSpan.FromMinutes(30));
        world.Recover();
        Ticks(world, Day);
        Assert.Equal(["tell ok", "curtail reconciled", "restore ok"], Said(world));
    }

    [Fact]
    public void Lost_tables_are_made_anew_out_of_evidence_and_nothing_is_told_twice_or_taken_from_whoever_made_it_again()
    {
        var (world, id, given) = Owner();
        Ticks(world, TimeSpan.FromHours(8));
        world.Roles.Notes.Clear();
        foreach (var record in world.Evidence.All.Where(record => record.Action == "privilege.curtail" && record.Stage == RecordStage.Outcome).ToList())
            Assert.Null(world.Do(async host => Assert.Equal(1, await host.RemovalRebuild.RebuildRoleAsync(Identity(), record.Path!, CancellationToken.None))));
        Assert.Equal((CurtailmentStep.Curtailed, given.Key), (world.Roles.Notes.Values.Single().Step, world.Roles.Notes.Values.Single().Key));
        world.Roles.Notes.Clear();
        world.Roles.Give(given.Principal, SimRoles.Owner, SimRoles.Subscription, at: world.Clock.Now - TimeSpan.FromDays(1));
        Find(world, id);
        Ticks(world, Day);
        Assert.Equal(["tell ok", "curtail ok", "restore ok"], Said(world));
    }

    [Fact]
    public void What_evidence_cannot_hold_whole_is_not_taken_away()
    {
        var (world, _, given) = Owner();
        world.Evidence.Stores = record => record.Assignment is { } whole ? record with { Assignment = whole with { Description = "[withheld]" } } : record;
        Ticks(world, TimeSpan.FromHours(6));
        Assert.Contains("curtail BLOCKED", Said(world));
        Assert.Contains(given, world.Roles.Assignments);
    }

    [Fact]
    public void A_notice_that_only_a_table_claims_is_told_again_first()
    {
        var (world, _, given) = Owner();
        world.Roles.Notes[given.Key] = new CurtailmentNote { Key = given.Key, Identity = Identity(), Scope = SimRoles.Subscription, Step = CurtailmentStep.Told, Since = world.Second - TimeSpan.FromDays(3), Next = world.Second - TimeSpan.FromDays(2), Record = "records/nothing.json" };
        Tick(world);
        Assert.Equal(["tell ok"], Said(world));
        Assert.Contains(given, world.Roles.Assignments);
    }

    [Fact]
    public void A_person_is_told_the_command_that_makes_it_again_and_nothing_else_happens()
    {
        var (world, id, given) = Owner();
        Assert.Null(world.Do(host => Assert.ThrowsAsync<OperatorRefusedException>(() => host.Neglect.RestoreAsync(id, Asked, CancellationToken.None))));
        Ticks(world, TimeSpan.FromHours(8));
        world.Roles.Notes.Clear();
        RestoredCredential? restored = null;
        Assert.Null(world.Do(async host => restored = await host.Neglect.RestoreAsync(id, Asked, CancellationToken.None)));
        var role = Assert.Single(restored!.Roles);
        Assert.Null(restored.Back);
        Assert.Equal($"az role assignment create --name {given.Id[^36..]} --assignee-object-id {given.Principal} --assignee-principal-type ServicePrincipal --role {given.Role} --scope {SimRoles.Subscription}", role.Command);
        Assert.Equal("Owner at " + SimRoles.Subscription + ": may change everything.", role.What);
        Assert.Equal(2, Said(world).Length);
    }
}
