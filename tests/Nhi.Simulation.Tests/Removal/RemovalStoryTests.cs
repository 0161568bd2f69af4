using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Removal.Neglected;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>How a neglected credential ends, and how it does not.</summary>
public sealed class RemovalStoryTests
{
    private static readonly OperatorRequest Asked = OperatorRequest.Of("nhi test", "ada", "because of INC-7");

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Retire)]
    public void It_is_told_quarantined_revoked_and_removed_with_the_policys_waits_between(OverlapClass overlap)
    {
        var (world, id) = Lonely(overlap);
        Ticks(world, TimeSpan.FromHours(20));
        Assert.Equal(["tell ok", "quarantine ok", "revoke ok", "remove ok"], Said(world, id));
        var steps = world.Evidence.All.Where(record => RemovalVerbs.IsOne(record.Action) && record.Credential?.Id == id.ToString() && record.Stage == RecordStage.Outcome).ToList();
        Assert.True(steps[1].Time - steps[0].Time >= Notice && steps[1].Time - steps[0].Time < Notice + TimeSpan.FromHours(1.5));
        Assert.True(steps[2].Time - steps[1].Time >= Quarantine);
        Assert.True(steps[3].Time - steps[2].Time >= Revocation);
        Assert.Equal(SignalNames.Unused, steps[0].Finding!.Signal);
        Assert.StartsWith(overlap == OverlapClass.Retire ? "Nothing of 'app' was killed" : "'app' is revoked", steps[2].Summary, StringComparison.Ordinal);
        Assert.Equal(RemovalStep.Removed, StepOf(world, id));
        Assert.All(Enabled(world, id), Assert.False);
        Assert.Equal(overlap == OverlapClass.Retire, world.Accepts(id, world.Vault.CurrentOf(id)!));
        Assert.Empty(world.Evidence.OpenIntents());

        // And there it stays.
        Ticks(world, TimeSpan.FromHours(30));
        Assert.Equal(4, Said(world, id).Length);
        Assert.Empty(world.Breaches);
    }

    /// <summary>Neither a topic nor a webhook is set: the log says that its owner was told, and he cannot have heard it.</summary>
    [Fact]
    public void R8_what_nobody_would_hear_of_is_not_begun_and_not_gone_on_with_until_somebody_would()
    {
        var (world, id) = Lonely();
        Restart(world, heard: false);
        Ticks(world, TimeSpan.FromHours(8));
        Assert.Empty(Said(world, id));
        Assert.Contains("nobody would hear", world.Evidence.All.Last(record => record.Action == "removal.sweep").Summary, StringComparison.Ordinal);

        Restart(world, heard: true);
        Tick(world);
        Restart(world, heard: false);
        Ticks(world, Notice + TimeSpan.FromHours(4));
        Assert.Equal(["tell ok"], Said(world, id));
        Assert.StartsWith("Nobody would hear of it", world.Neglect.Removals[id].Waiting, StringComparison.Ordinal);
        Restart(world, heard: true);
        Tick(world);
        Assert.Equal(["tell ok", "quarantine ok"], Said(world, id));

        // What was taken away while he could hear ends as he was told.
        Restart(world, heard: false);
        Ticks(world, TimeSpan.FromHours(14));
        Assert.Equal(["tell ok", "quarantine ok", "revoke ok", "remove ok"], Said(world, id));
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void Every_run_leaves_one_coverage_record_whose_windows_join_also_when_nothing_is_due()
    {
        var (world, _) = Lonely();
        for (var i = 0; i < 3; i++)
        {
            world.AdvanceTo(Nhi.Governance.Triggers.Trigger.Floor(world.Clock.Now, RemovalRun.Period) + RemovalRun.Period);
            Tick(world);
        }

        var windows = world.Evidence.All.Where(record => record.Action == "removal.sweep").Select(record => record.Coverage!).ToList();
        Assert.Equal(3, windows.Count);
        Assert.Equal(windows[0].To, windows[1].From);
        Assert.Equal(windows[1].To, windows[2].From);
    }

    [Theory]
    [InlineData(SignalNames.NoOwner, false)]
    [InlineData(SignalNames.OwnerLeft, false)]
    [InlineData(SignalNames.NoExpiry, false)]
    [InlineData(SignalNames.OverPrivileged, false)]
    [InlineData(SignalNames.Shadow, false)]
    [InlineData(SignalNames.NeverUsed, true)]
    [InlineData(SignalNames.Unused, true)]
    [InlineData(SignalNames.ResourceGone, true)]
    [InlineData(SignalNames.WorkloadGone, true)]
    public void Only_what_nobody_uses_or_what_has_no_purpose_left_is_removed(string signal, bool leads)
    {
        var (world, id) = Lonely();
        Resolve(world, id, SignalNames.Unused);
        Raise(world, id, signal);
        Tick(world);
        Assert.Equal(leads ? ["tell ok"] : [], Said(world, id));
    }

    [Fact]
    public void A_young_secret_without_an_owner_that_nobody_used_yet_is_left_alone_until_it_is_old_enough()
    {
        var world = Scene.Quiet();
        world.PolicyOf = Policy;
        var id = world.Governed(OverlapClass.Multi);
        Raise(world, id, SignalNames.NoOwner);
        Raise(world, id, SignalNames.NeverUsed);
        Tick(world);
        Assert.Empty(Said(world, id));
        world.Advance(Unused);
        Tick(world);
        Assert.Equal(["tell ok"], Said(world, id));
    }

    /// <summary>What is neglected but for one thing is told of by nobody.</summary>
    [Theory]
    [InlineData("no finding that leads")]
    [InlineData("a rule that removes nothing")]
    [InlineData("disabled by another hand")]
    [InlineData("kept")]
    [InlineData("young")]
    [InlineData("back from quarantine")]
    [InlineData("read in a quarantine")]
    [InlineData("in use")]
    public void R7_the_nearest_innocent_is_told_of_by_nobody(string innocent)
    {
        var (world, id) = Lonely();
        switch (innocent)
        {
            case "no finding that leads":
                Resolve(world, id, SignalNames.Unused);
                Raise(world, id, SignalNames.NoOwner);
                break;
            case "a rule that removes nothing": world.PolicyOf = subject => Policy(subject) with { RemoveNeglected = false }; break;
            case "disabled by another hand": world.SetEnabled(id, world.VersionOf(id), false); break;
            case "kept": Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromDays(9), Asked, CancellationToken.None))); break;
            case "young": world.PolicyOf = subject => Policy(subject) with { UnusedAfter = TimeSpan.FromDays(3) }; break;
            case "back from quarantine":
                Ticks(world, Notice + TimeSpan.FromHours(2));
                Assert.Null(world.Do(host => host.Neglect.RestoreAsync(id, Asked, CancellationToken.None)));
                break;
            case "read in a quarantine": Raise(world, id, SignalNames.ReadInQuarantine); break;
            default:
                world.Neglect.Read(id);
                world.Advance(TimeSpan.FromMinutes(15));
                break;
        }

        Ticks(world, TimeSpan.FromHours(3));
        Assert.Equal(innocent == "back from quarantine" ? 1 : 0, Said(world, id).Count(said => said == "tell ok"));
    }

    [Fact]
    public void R7_what_leads_nowhere_keeps_no_removal_going()
    {
        var (world, id) = Lonely();
        Raise(world, id, SignalNames.NoOwner);
        Tick(world);
        Assert.Equal(["tell ok"], Said(world, id));
        Resolve(world, id, SignalNames.Unused);
        Ticks(world, Notice + TimeSpan.FromHours(2));
        Assert.Equal(["tell ok", "drop ok"], Said(world, id));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void A_rule_that_observes_or_removes_nothing_tells_nobody(bool enforced, bool removes)
    {
        var (world, id) = Lonely();
        world.PolicyOf = subject => Policy(subject) with { Enforced = enforced, RemoveNeglected = removes };
        Ticks(world, TimeSpan.FromHours(6));
        Assert.Empty(Said(world, id));
    }

    [Fact]
    public void What_is_read_in_quarantine_comes_back_by_itself_exactly_as_it_was_with_an_alarm()
    {
        var (world, id) = Lonely();
        world.PersonRotates(id);
        world.Event(id);
        var old = world.Vault.VersionsOf(id)[0].Version.Version;
        world.SetEnabled(id, old, false);
        var before = world.Vault.VersionsOf(id).Select(stored => (stored.Version.Enabled, string.Join(',', stored.Version.Tags.OrderBy(tag => tag.Key)))).ToList();
        Ticks(world, Notice + TimeSpan.FromHours(2));
        Assert.Equal(RemovalStep.Quarantined, StepOf(world, id));
        Assert.All(Enabled(world, id), Assert.False);
        Assert.Null(RemovalTag.Of(world.Vault.VersionsOf(id)[0].Version));

        world.Neglect.Read(id);
        world.Advance(TimeSpan.FromMinutes(11));
        Tick(world);
        Assert.Equal(["tell ok", "quarantine ok", "restore ok"], Said(world, id));
        Assert.Equal(before, world.Vault.VersionsOf(id).Select(stored => (stored.Version.Enabled, string.Join(',', stored.Version.Tags.OrderBy(tag => tag.Key)))));
        var alarm = Assert.Single(world.Evidence.All, record => record.Finding?.Signal == SignalNames.ReadInQuarantine);
        Assert.Equal("critical", alarm.Finding!.Severity);

        // It is somebody's: it is not told again while the alarm stands.
        Ticks(world, TimeSpan.FromHours(6));
        Assert.Equal(3, Said(world, id).Length);
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void Nothing_is_revoked_while_the_log_of_reads_does_not_cover_the_quarantine()
    {
        var (world, id) = Lonely();
        Ticks(world, Notice + TimeSpan.FromHours(2));
        world.Neglect.Lag = null;
        Ticks(world, TimeSpan.FromHours(24));
        Assert.Equal(["tell ok", "quarantine ok"], Said(world, id));
        Assert.Contains("does not cover", world.Neglect.Removals[id].Waiting, StringComparison.Ordinal);
        world.Neglect.Lag = TimeSpan.Zero;
        Tick(world);
        Assert.Equal(RemovalStep.Revoked, StepOf(world, id));
    }

    [Theory]
    [InlineData(SignalNames.Unused)]
    [InlineData(SignalNames.ResourceGone)]
    public void R5_nothing_goes_into_quarantine_whose_reads_nobody_would_see(string signal)
    {
        var (world, id) = Lonely();
        Raise(world, id, signal);
        world.Neglect.Lag = null;
        Ticks(world, TimeSpan.FromHours(8));
        Assert.Equal(["tell ok"], Said(world, id));
        Assert.Contains("Nobody would see", world.Neglect.Removals[id].Waiting, StringComparison.Ordinal);

        // The log comes back and does not say what was before: the owner has to be told again, or a person decides.
        world.Neglect.Lag = TimeSpan.Zero;
        world.Neglect.Heard = world.Clock.Now;
        Ticks(world, TimeSpan.FromHours(5));
        Assert.Equal(["tell ok"], Said(world, id));

        // It stands still.
        world.Neglect.Heard = SimWorld.Start;
        world.Neglect.Lag = TimeSpan.FromHours(4);
        Ticks(world, TimeSpan.FromHours(2));
        Assert.Equal(["tell ok"], Said(world, id));
        world.Neglect.Lag = TimeSpan.Zero;
        Tick(world);
        Assert.Equal(["tell ok", "quarantine ok"], Said(world, id));
    }

    [Fact]
    public void What_its_provider_saw_used_in_quarantine_comes_back_although_nobody_read_the_vault()
    {
        var (world, id) = Lonely();
        Ticks(world, Notice + TimeSpan.FromHours(1.5));
        var at = world.Clock.Now;
        world.LastUseOf = (_, _) => new LastUse(true, at, "sign-in log");
        Ticks(world, Quarantine + TimeSpan.FromHours(1.5));
        Assert.Equal(["tell ok", "quarantine ok", "restore ok"], Said(world, id));
        Assert.True(world.Neglect.IsOpen(id, SignalNames.ReadInQuarantine));
        Assert.True(world.Works(id));
    }

    [Fact]
    public void A_finding_that_is_over_ends_the_removal_before_and_in_quarantine()
    {
        var (world, id) = Lonely();
        Tick(world);
        Resolve(world, id, SignalNames.Unused);
        Tick(world);
        Assert.Equal(["tell ok", "drop ok"], Said(world, id));

        Raise(world, id, SignalNames.Unused);
        Ticks(world, Notice + TimeSpan.FromHours(2));
        Resolve(world, id, SignalNames.Unused);
        Tick(world);
        Assert.Equal(["tell ok", "drop ok", "tell ok", "quarantine ok", "restore ok"], Said(world, id));
        Assert.All(Enabled(world, id), Assert.True);
    }

    [Fact]
    public void What_a_person_keeps_is_left_alone_until_then_and_told_anew_afterwards()
    {
        var (world, id) = Lonely();
        Tick(world);
        world.Advance(TimeSpan.FromHours(2));
        Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromHours(10), Asked, CancellationToken.None)));
        Ticks(world, TimeSpan.FromHours(9));
        Assert.Equal(["tell ok", "keep ok"], Said(world, id));
        Ticks(world, TimeSpan.FromHours(3));
        Assert.Equal(["tell ok", "keep ok", "tell ok"], Said(world, id));
        var keep = Assert.Single(world.Evidence.All, record => record.Action == "removal.keep");
        Assert.Equal(("ada", "because of INC-7", "deny"), (keep.RequestedBy!.Id, keep.Decision!.Reasons![0], keep.Decision.Effect));
    }

    [Fact]
    public void A_keep_brings_back_what_is_in_quarantine_at_once()
    {
        var (world, id) = Lonely();
        Ticks(world, Notice + TimeSpan.FromHours(2));
        Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromDays(10), Asked, CancellationToken.None)));
        Assert.All(Enabled(world, id), Assert.True);
        Assert.Equal(["tell ok", "quarantine ok", "keep ok", "restore ok"], Said(world, id));
    }

    /// <summary>Somebody rotated a minute ago: what a list calls current is not, and disabling the rest of them would hit whoever has not read the new one.</summary>
    [Fact]
    public void What_has_a_newer_version_that_no_list_shows_yet_is_not_put_into_quarantine()
    {
        var (world, id) = Lonely();
        Tick(world);
        world.Advance(Notice);
        world.Vault.Lag = () => TimeSpan.FromMinutes(20);
        world.PersonRotates(id, keepsTags: true);
        Tick(world);
        Assert.Equal(["tell ok"], Said(world, id));
        Assert.All(Enabled(world, id), Assert.True);
        Assert.Equal(RemovalStep.Told, StepOf(world, id));
    }

    /// <summary>A host died as it disabled the last version, and the list shows none of it yet.</summary>
    [Fact]
    public void What_became_of_a_quarantine_is_not_told_by_a_list_that_lags()
    {
        var (world, id) = Lonely();
        Tick(world);
        world.Advance(Notice);
        world.Vault.Lag = () => TimeSpan.FromMinutes(30);
        world.Next("vault.update", Fault.CrashAfter);
        world.Launch(world.Hosts[0], host => host.Removals.RunAsync(world.Clock.Now, CancellationToken.None));
        world.Advance(TimeSpan.FromMinutes(15));
        world.Recover();
        Assert.All(Enabled(world, id), Assert.False);
        Assert.Equal("unknown", Assert.Single(world.Evidence.All, record => record.Stage == RecordStage.Reconciled).Shown);
        world.Advance(TimeSpan.FromMinutes(30));
        world.Recover();
        Assert.Equal("published", world.Evidence.All.Last(record => record is { Stage: RecordStage.Reconciled, Action: "removal.quarantine" }).Shown);
        Assert.Empty(world.Evidence.OpenIntents());
    }

    /// <summary>The row says what came last; seconds do not, and a clock may have gone back.</summary>
    [Fact]
    public void The_last_keep_counts_whatever_instant_the_one_before_it_bears()
    {
        var (world, id) = Lonely();
        Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromDays(9), Asked, CancellationToken.None)));
        var note = world.Neglect.Removals[id];
        world.Neglect.Removals[id] = note with { History = note.History with { Kept = note.History.Kept! with { At = world.Second + TimeSpan.FromHours(1) } } };
        var until = world.Second + TimeSpan.FromDays(2);
        Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, until, Asked, CancellationToken.None)));
        Assert.Equal(until, world.Neglect.Removals[id].History.Kept!.Until);
    }

    [Fact]
    public void A_keep_outlives_the_table_and_the_notice_does_too()
    {
        var (world, id) = Lonely();
        Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromHours(30), Asked, CancellationToken.None)));
        world.Advance(TimeSpan.FromMinutes(5));
        world.Neglect.Removals.Clear();
        Ticks(world, TimeSpan.FromHours(12));
        Assert.Equal(["keep ok"], Said(world, id));

        var (other, told) = Lonely();
        Tick(other);
        other.Advance(TimeSpan.FromMinutes(5));
        other.Neglect.Removals.Clear();
        Ticks(other, Notice + TimeSpan.FromHours(1.5));
        Assert.Equal(["tell ok", "quarantine ok"], Said(other, told));
    }

    [Fact]
    public void A_notice_that_only_the_table_claims_is_none()
    {
        var (world, id) = Lonely();
        world.Neglect.Removals[id] = new RemovalNote { Credential = id, Resource = new ResourceId("res-app"), Step = RemovalStep.Told, History = new RemovalHistory { Told = new RemovalNotice(world.Second - TimeSpan.FromDays(9), world.Second - TimeSpan.FromDays(8), "records/forged.json") } };
        Tick(world);
        Assert.Equal(["tell ok"], Said(world, id));
    }

    [Fact]
    public void A_longer_wait_counts_at_once_and_a_shorter_one_only_from_the_next_step_on()
    {
        var (world, id) = Lonely();
        Tick(world);
        world.PolicyOf = subject => Policy(subject) with { QuarantineAfter = TimeSpan.FromMinutes(1), RevokeAfter = TimeSpan.FromHours(9) };
        world.Advance(TimeSpan.FromHours(1));
        Tick(world);
        Assert.Equal(["tell ok"], Said(world, id));
        world.Advance(Notice);
        Tick(world);
        Assert.Equal(RemovalStep.Quarantined, StepOf(world, id));
        world.PolicyOf = subject => Policy(subject) with { RevokeAfter = TimeSpan.FromHours(20) };
        world.Advance(TimeSpan.FromHours(10));
        Tick(world);
        Assert.Equal(RemovalStep.Quarantined, StepOf(world, id));
        world.PolicyOf = subject => Policy(subject) with { RevokeAfter = TimeSpan.FromMinutes(1) };
        Tick(world);
        Assert.Equal(RemovalStep.Revoked, StepOf(world, id));
    }

    [Fact]
    public void No_more_are_quarantined_on_one_day_than_the_policy_allows_the_worst_first()
    {
        var world = Scene.Quiet();
        world.PolicyOf = subject => Policy(subject) with { QuarantinesPerDay = 2, QuarantineAfter = TimeSpan.FromHours(1) };
        var ids = Enumerable.Range(0, 5).Select(i => world.Governed(OverlapClass.Multi, $"app{i}")).ToList();
        world.Advance(Unused);
        for (var i = 0; i < ids.Count; i++)
            Assert.Null(world.Do(host => host.Findings.TellAsync(ids[i].ToString(), [SimNeglect.Finding(ids[i], SignalNames.Unused, 10 * i)], new HashSet<string> { SignalNames.Unused }, SimWorld.Event(ids[i]), world.Clock.Now, CancellationToken.None)));
        Tick(world);
        world.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, Tick(world).Done.Count);
        Assert.Equal(["app3", "app4"], ids.Where(id => StepOf(world, id) == RemovalStep.Quarantined).Select(id => id.Name));
        Assert.Empty(Tick(world).Done);
        Assert.Contains("cap", world.Neglect.Removals[ids[0]].Waiting, StringComparison.Ordinal);
        world.AdvanceTo(new DateTimeOffset(world.Clock.Now.UtcDateTime.Date.AddDays(1).AddMinutes(5), TimeSpan.Zero));
        Assert.Equal(2, Tick(world).Done.Count(done => done.Verb == RemovalVerbs.Quarantine));
    }

    [Fact]
    public void A_pause_a_closed_window_or_a_freeze_holds_it_up_and_never_what_comes_back()
    {
        var (world, id) = Lonely();
        Tick(world);
        world.Pause();
        world.Advance(Notice);
        Tick(world);
        Assert.Equal(["tell ok"], Said(world, id));
        world.Tables.Pauses.Clear();
        var freeze = new Freeze(world.Clock.Now - TimeSpan.FromDays(1), world.Clock.Now + TimeSpan.FromHours(2), "inventory");
        world.PolicyOf = subject => Policy(subject) with { Freezes = [freeze] };
        Tick(world);
        Assert.Equal(["tell ok"], Said(world, id));
        world.Advance(TimeSpan.FromHours(3));
        Tick(world);
        Assert.Equal(RemovalStep.Quarantined, StepOf(world, id));
        world.Pause();
        Resolve(world, id, SignalNames.Unused);
        Tick(world);
        Assert.True(world.Works(id));
        Assert.All(Enabled(world, id), Assert.True);
    }

    [Fact]
    public void The_engine_leaves_it_alone_in_quarantine_and_governs_it_again_once_it_is_back()
    {
        var (world, id) = Lonely();
        Ticks(world, Notice + TimeSpan.FromHours(2));
        Assert.Equal(RemovalStep.Quarantined, StepOf(world, id));
        world.PolicyOf = subject => SimWorld.Short(subject) with { RemoveNeglected = true, UnusedAfter = Unused, RevokeAfter = TimeSpan.FromDays(9) };
        var records = world.Evidence.All.Count(record => !RemovalVerbs.IsOne(record.Action));
        for (var i = 0; i < 30; i++)
        {
            world.Advance(TimeSpan.FromHours(1));
            world.Sweep();
            world.Debts();
            world.Recover();
            Assert.Null(world.Event(id));
        }

        Assert.Equal(1, world.Versions(id));
        Assert.DoesNotContain(world.Evidence.All.Skip(records), record => record.Action.StartsWith("credential.", StringComparison.Ordinal) && record.Credential?.Id == id.ToString());
        Assert.Null(world.Do(host => host.Neglect.RestoreAsync(id, Asked, CancellationToken.None)));
        Assert.True(world.Vault.CurrentOf(id)!.Version.Enabled);
        Assert.Null(world.Event(id));
        Assert.Equal(2, world.Versions(id));
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void The_engine_leaves_alone_what_is_removed()
    {
        var (world, id) = Lonely();
        Ticks(world, TimeSpan.FromHours(20));
        world.PolicyOf = subject => SimWorld.Short(subject);
        for (var i = 0; i < 20; i++)
        {
            world.Advance(TimeSpan.FromHours(1));
            world.Sweep();
            Assert.Null(world.Event(id));
        }

        Assert.Equal(1, world.Versions(id));
        Assert.Equal(RemovalStep.Removed, RemovalTag.Of(world.Vault.CurrentOf(id)!.Version)!.Step);
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void A_secret_that_opens_nothing_that_is_known_has_a_row_of_its_own()
    {
        var world = Scene.Quiet();
        world.PolicyOf = Policy;
        var id = CredentialId.Of(SimVault.Host, "loose");
        world.Vault.Set(id, new SecretMaterial("loose-000000-value"), new Dictionary<string, string> { ["nhi-resource"] = "res-loose" }, null);
        world.Advance(Unused);
        Raise(world, id, SignalNames.NeverUsed);
        world.Do(host => host.RemovalPass.RunAsync(id, SimWorld.Event(id), null, CancellationToken.None));
        world.Advance(TimeSpan.FromMinutes(11));
        Ticks(world, TimeSpan.FromHours(5));
        Assert.Equal(["tell ok", "quarantine ok"], Said(world, id));

        // A crash in the middle of what is next is closed by the timer that closes everything.
        Resolve(world, id, SignalNames.NeverUsed);
        world.Next("vault.update", Fault.AnswerLost);
        world.Do(host => host.Removals.RunAsync(world.Clock.Now, CancellationToken.None));
        world.Advance(TimeSpan.FromMinutes(30));
        Assert.Single(world.Evidence.OpenIntents());
        world.Recover();
        Assert.Empty(world.Evidence.OpenIntents());
        Assert.Equal(["tell ok", "quarantine ok", "restore reconciled"], Said(world, id));
        Assert.All(Enabled(world, id), Assert.True);
    }

    [Fact]
    public void People_are_refused_what_cannot_be_done_and_told_why()
    {
        var (world, id) = Lonely();
        Assert.Contains("not in quarantine", Refused(world, host => host.Neglect.RestoreAsync(id, Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Contains("in the future", Refused(world, host => host.Neglect.KeepAsync(id, world.Second, Asked, CancellationToken.None)), StringComparison.Ordinal);
        world.PolicyOf = subject => Policy(subject) with { Enforced = false };
        Assert.Contains("only observes", Refused(world, host => host.Neglect.QuarantineAsync(id, Asked, CancellationToken.None)), StringComparison.Ordinal);
        world.PolicyOf = Policy;
        Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromHours(2), Asked, CancellationToken.None)));
        Assert.Contains("ada keeps", Refused(world, host => host.Neglect.QuarantineAsync(id, Asked, CancellationToken.None)), StringComparison.Ordinal);
        world.Advance(TimeSpan.FromHours(3));
        Assert.Null(world.Do(host => host.Neglect.QuarantineAsync(id, Asked, CancellationToken.None)));
        Assert.Contains("quarantined already", Refused(world, host => host.Neglect.QuarantineAsync(id, Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Null(world.Do(host => host.Neglect.RestoreAsync(id, Asked, CancellationToken.None)));
        Ticks(world, TimeSpan.FromHours(32));
        Assert.Equal(RemovalStep.Removed, StepOf(world, id));
        Assert.Contains("is revoked", Refused(world, host => host.Neglect.RestoreAsync(id, Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Contains("is revoked", Refused(world, host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromHours(2), Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Equal(["keep ok", "quarantine ok", "restore ok", "tell ok", "quarantine ok", "revoke ok", "remove ok"], Said(world, id));
    }

    [Fact]
    public void A_quarantine_that_a_person_asked_for_needs_no_finding_and_no_rule_that_removes()
    {
        var (world, id) = Lonely();
        Resolve(world, id, SignalNames.Unused);
        world.PolicyOf = subject => Policy(subject) with { RemoveNeglected = false, QuarantinesPerDay = 0 };
        Assert.Null(world.Do(host => host.Neglect.QuarantineAsync(id, Asked, CancellationToken.None)));
        Ticks(world, TimeSpan.FromHours(20));
        Assert.Equal(["quarantine ok"], Said(world, id));
        Assert.All(Enabled(world, id), Assert.False);
    }

    /// <summary>No owner was told of it, no cap bound it, and it may be young: nothing is killed on that, whatever leads.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void R11_from_a_quarantine_that_a_person_asked_for_no_timer_goes_on(bool told)
    {
        var (world, id) = Lonely();
        if (told)
            Tick(world);
        Assert.Null(world.Do(host => host.Neglect.QuarantineAsync(id, Asked, CancellationToken.None)));
        Assert.Null(world.Neglect.Removals[id].Next);
        Ticks(world, TimeSpan.FromDays(3));
        Assert.Equal([.. told ? ["tell ok"] : Array.Empty<string>(), "quarantine ok"], Said(world, id));
        Assert.Contains("no timer goes further", world.Neglect.Removals[id].Waiting, StringComparison.Ordinal);
        Assert.True(world.Accepts(id, world.Vault.CurrentOf(id)!));
        world.Neglect.Removals.Clear();
        Assert.Null(world.Do(host => host.RemovalRebuild.RebuildAsync(id, [.. world.Evidence.All.Where(record => record.Credential?.Id == id.ToString()).Select(record => Nhi.Governance.Evidence.IndexedRecord.Of(record, record.Path!))], CancellationToken.None)));
        Assert.Null(world.Neglect.Removals[id].Next);
        world.Neglect.Read(id);
        world.Advance(TimeSpan.FromMinutes(11));
        Tick(world);
        Assert.Equal("restore ok", Said(world, id)[^1]);
    }

    [Fact]
    public void An_older_version_that_somebody_enables_in_quarantine_stays_enabled_and_ends_it()
    {
        var (world, id) = Lonely();
        world.PersonRotates(id);
        world.Event(id);
        var old = world.Vault.VersionsOf(id)[0].Version.Version;
        world.SetEnabled(id, old, false);
        Ticks(world, Notice + TimeSpan.FromHours(2));
        Assert.Equal(RemovalStep.Quarantined, StepOf(world, id));
        world.SetEnabled(id, old, true);
        Ticks(world, TimeSpan.FromHours(3));
        Assert.Equal(["tell ok", "quarantine ok", "restore ok"], Said(world, id));
        Assert.Equal([true, true], Enabled(world, id));
    }

    [Fact]
    public void A_quarantine_that_a_crash_cut_short_goes_on_with_what_it_left_enabled()
    {
        var (world, id) = Lonely();
        world.PersonRotates(id);
        world.Event(id);
        Tick(world);
        world.Advance(Notice);
        world.Next("vault.update", Fault.CrashBefore, skip: 1);
        world.Launch(world.Hosts[0], host => host.Removals.RunAsync(world.Clock.Now, CancellationToken.None));
        world.Advance(TimeSpan.FromMinutes(40));
        Assert.Equal([true, false], Enabled(world, id));
        world.Recover();
        Assert.Equal("partly", Assert.Single(world.Evidence.All, record => record is { Action: "removal.quarantine", Stage: RecordStage.Reconciled }).Shown);
        Tick(world);
        Assert.Equal([false, false], Enabled(world, id));
        Assert.DoesNotContain("restore ok", Said(world, id));
    }

    [Fact]
    public void A_new_version_in_quarantine_ends_it_and_brings_the_old_one_back()
    {
        var (world, id) = Lonely();
        Ticks(world, Notice + TimeSpan.FromHours(2));
        world.PersonRotates(id);
        Tick(world);
        Assert.Equal(["tell ok", "quarantine ok", "restore ok"], Said(world, id));
        Assert.All(world.Vault.VersionsOf(id), stored => Assert.True(stored.Version.Enabled && RemovalTag.Of(stored.Version) is null));
    }

    [Fact]
    public void The_table_is_made_anew_out_of_tags_and_evidence()
    {
        var (world, id) = Lonely();
        Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromHours(1), Asked, CancellationToken.None)));
        Ticks(world, Notice + TimeSpan.FromHours(4));
        Assert.Equal(RemovalStep.Quarantined, StepOf(world, id));
        var before = world.Neglect.Removals[id];
        world.Neglect.Removals.Clear();
        var rows = world.Evidence.All.Where(record => record.Credential?.Id == id.ToString()).Select(record => Nhi.Governance.Evidence.IndexedRecord.Of(record, record.Path!)).ToList();
        Assert.Null(world.Do(host => host.RemovalRebuild.RebuildAsync(id, rows, CancellationToken.None)));
        var after = world.Neglect.Removals[id];
        Assert.Equal((before.Step, before.Since, before.Resource, before.History), (after.Step, after.Since, after.Resource, after.History));
    }

    private static string Refused(SimWorld world, Func<SimHost, Task> work)
    {
        string? message = null;
        Assert.Null(world.Do(async host => message = (await Assert.ThrowsAsync<OperatorRefusedException>(() => work(host))).Message));
        return message!;
    }
}
