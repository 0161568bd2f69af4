using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests.Evidence;

/// <summary>After the third time, what fails for one reason has one intent and one outcome a day, and no effect without an intent, whatever dies in between.</summary>
public sealed class RepeatTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(5);

    /// <summary>A marked value cannot wait: what replaces it is tried every half hour.</summary>
    private static (SimWorld World, CredentialId Id) Refused(OverlapClass overlap, string refuses, bool marked = true)
    {
        var world = Scene.Quiet();
        world.Excused = world.Clock.Now + TimeSpan.FromDays(300);
        var id = world.Rotated(overlap);
        world.Advance(TimeSpan.FromDays(1) - world.Clock.Now.TimeOfDay + TimeSpan.FromMinutes(1));
        if (refuses == "publish")
            world.Vault.Refuses = _ => true;
        else
            world.ProviderRefuses = (what, _) => what == refuses;
        if (marked)
            world.Mark(id, world.Versions(id));
        else
            world.UntilDue(id);
        return (world, id);
    }

    private static void Ask(SimWorld world, CredentialId id, TimeSpan time)
    {
        for (var end = world.Clock.Now + time; world.Clock.Now < end; world.Advance(Step))
        {
            world.Launch(world.Hosts[0], host => host.Governor.HandleAsync(new GovernRequest(SimWorld.Event(id)) { Look = true }, CancellationToken.None));
            world.Launch(world.Hosts[0], host => host.Recovery.RunAsync(world.Clock.Now, CancellationToken.None));
        }
    }

    /// <summary>Until the fourth try has failed: its intent covers those to come.</summary>
    private static EvidenceRecord UntilRolled(SimWorld world, CredentialId id)
    {
        Ask(world, id, TimeSpan.FromMinutes(40));
        return Assert.Single(world.Evidence.OpenIntents());
    }

    private static List<EvidenceRecord> Of(SimWorld world, string op) => [.. world.Evidence.All.Where(record => record.Op == op)];

    private static EvidenceRecord Closing(SimWorld world, string op) => Assert.Single(Of(world, op), record => record.Stage != RecordStage.Intent && record.Result != "unknown");

    private static void Allow(SimWorld world)
    {
        world.ProviderRefuses = (_, _) => false;
        world.Vault.Refuses = _ => false;
    }

    [Theory]
    [InlineData(OverlapClass.Multi, "mint", 8)]
    [InlineData(OverlapClass.DualSlot, "publish", 10)] // The first try minted: that is told by itself.
    [InlineData(OverlapClass.Pair, "mint", 10)] // The debt of the role that it would open was paid meanwhile: a newer attempt at its place.
    [InlineData(OverlapClass.Cutover, "mint", 8)]
    [InlineData(OverlapClass.Retire, "publish", 8)]
    public void Junk_What_is_refused_each_half_hour_leaves_few_records_on_its_first_day_and_two_on_each_later_one(OverlapClass overlap, string refuses, int first)
    {
        var (world, id) = Refused(overlap, refuses);
        Ask(world, id, TimeSpan.FromDays(3) + TimeSpan.FromMinutes(10));
        var days = world.Evidence.All.Where(record => record.Verb == Verbs.Rotate && record.Time.Date >= world.Clock.Now.Date.AddDays(-3) && record.Time.Date < world.Clock.Now.Date).GroupBy(record => record.Time.Date).Select(day => day.Count()).ToList();
        Assert.True(days is [var count, 2, 2] && count == first, string.Join('\n', world.Evidence.All.Where(record => record.Verb == Verbs.Rotate).TakeLast(16).Select(record => $"{record.Path} {record.Error?.Code} {record.Summary}")));

        var rolled = world.Evidence.All.Where(record => record is { Stage: RecordStage.Outcome, Verb: Verbs.Rotate } && Repeats.WindowOf(record) is not null).ToList();
        Assert.Equal(overlap == OverlapClass.Pair ? 4 : 3, rolled.Count);
        Assert.All(rolled, record => Assert.Equal(("BLOCKED", true), (record.Result, record.Error!.Message.Contains("refuse", StringComparison.Ordinal) || record.Error.Message.Contains("forbids", StringComparison.Ordinal))));
        Assert.Matches("[45][0-9] tries under one intent", rolled[^1].Summary);

        Allow(world);
        Ask(world, id, TimeSpan.FromMinutes(40));
        Assert.Equal("ok", world.Evidence.All.Last(record => record is { Stage: RecordStage.Outcome, Verb: Verbs.Rotate }).Result);
        Assert.Empty(world.Evidence.OpenIntents());
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void Junk_A_kill_that_is_refused_is_rolled_up_too()
    {
        var world = Scene.Quiet();
        world.PolicyOf = subject => SimWorld.Short(subject) with { Lifetime = TimeSpan.FromDays(9), RotateBefore = TimeSpan.FromDays(3) };
        var id = world.Rotated(OverlapClass.Multi);
        world.Advance(TimeSpan.FromDays(1) - world.Clock.Now.TimeOfDay + TimeSpan.FromMinutes(1));
        world.ProviderRefuses = (what, _) => what == "kill";
        world.Mark(id, 1);
        Ask(world, id, TimeSpan.FromDays(2));
        Assert.All(world.Evidence.All.Where(record => record.Verb == Verbs.Revoke).GroupBy(record => (record.Credential!.Handle, record.Time.Date)), day => Assert.InRange(day.Count(), 1, 8));
        Allow(world);
        Ask(world, id, TimeSpan.FromMinutes(40));
        Assert.False(world.Lives(id, 1));
        Assert.Empty(world.Evidence.OpenIntents());
    }

    [Fact]
    public void Junk_What_succeeds_under_the_intent_of_many_tries_is_its_outcome_and_says_how_many_there_were()
    {
        var (world, id) = Refused(OverlapClass.Multi, "mint");
        var intent = UntilRolled(world, id);
        Assert.Equal(intent.Time.Date.AddDays(1), intent.Deadline!.Value.UtcDateTime);
        Assert.Contains("3 times in a row", intent.Summary, StringComparison.Ordinal);
        Ask(world, id, TimeSpan.FromHours(2));
        Allow(world);
        Ask(world, id, TimeSpan.FromMinutes(40));
        var outcome = Closing(world, intent.Op);
        Assert.Equal(("ok", world.VersionOf(id), intent.Time, intent.Fence), (outcome.Result, outcome.Change!.After!.Version, outcome.Time, outcome.Fence));
        Assert.Equal(intent.Op, world.Vault.CurrentOf(id)!.Version.Nhi!.Op);
        var (last, idle) = Repeats.WindowOf(outcome)!.Value;
        Assert.False(idle);
        Assert.True(last > intent.Time + TimeSpan.FromHours(2) && outcome.Tries > 7);
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void Junk_Another_reason_ends_it()
    {
        var (world, id) = Refused(OverlapClass.Multi, "mint");
        var intent = UntilRolled(world, id);
        Allow(world);
        world.Always("provider.mint", Fault.Throttled);
        Ask(world, id, TimeSpan.FromMinutes(40));
        var outcome = Closing(world, intent.Op);
        Assert.Equal(("RETRY", "Throttled"), (outcome.Result, outcome.Error!.Code));
        Assert.NotNull(Repeats.WindowOf(outcome));
    }

    [Fact]
    public void Junk_A_try_that_changed_something_is_never_put_off()
    {
        var (world, id) = Refused(OverlapClass.Multi, "publish");
        Ask(world, id, TimeSpan.FromHours(6));
        Assert.True(world.MintsOf("res-app") > 6);
        Assert.All(world.Evidence.All.Where(record => record is { Stage: RecordStage.Intent, Verb: Verbs.Rotate }), intent => Assert.NotEqual(RecordStage.Intent, Closing(world, intent.Op).Stage));
        Assert.DoesNotContain(world.Evidence.All, record => Repeats.WindowOf(record) is not null);
    }

    [Theory]
    [InlineData("provider.mint", nameof(Fault.CrashBefore))]
    [InlineData("provider.mint", nameof(Fault.CrashAfter))]
    [InlineData("provider.mint", nameof(Fault.AnswerLost))]
    [InlineData("provider.mint", nameof(Fault.Late))]
    [InlineData("provider.mint", nameof(Fault.FreezeBefore))]
    [InlineData("provider.mint", nameof(Fault.FreezeAfter))]
    [InlineData("vault.publish", nameof(Fault.CrashBefore))]
    [InlineData("vault.publish", nameof(Fault.CrashAfter))]
    [InlineData("evidence.put", nameof(Fault.CrashBefore))]
    [InlineData("row.replace", nameof(Fault.CrashAfter))]
    public void Junk_Who_comes_after_a_try_that_was_broken_off_says_what_became_of_it_and_goes_on_with_an_intent_of_its_own(string what, string fault)
    {
        foreach (var overlap in new[] { OverlapClass.Multi, OverlapClass.Pair })
        {
            var (world, id) = Refused(overlap, "mint");
            var intent = UntilRolled(world, id);
            Allow(world);
            world.Next(what, Enum.Parse<Fault>(fault));
            Ask(world, id, TimeSpan.FromHours(3));
            // Who only slept may wake before anybody else came; a row that was only taken leaves nothing.
            Assert.True(Closing(world, intent.Op).Stage == (what == "row.replace" ? RecordStage.Outcome : RecordStage.Reconciled) || fault.StartsWith("Freeze", StringComparison.Ordinal));
            Assert.Empty(world.Evidence.OpenIntents());
            Assert.True(world.Works(id) && world.Versions(id) > 2, $"{overlap}\n{world.Story}");
            Assert.All(world.Evidence.All.Where(record => record.Stage != RecordStage.Intent && record.Result != "unknown" && record.Intent is not null).GroupBy(record => record.Op), closings => Assert.Single(closings));
            Assert.Empty(world.Breaches);
        }
    }

    [Fact]
    public void Junk_At_the_days_end_the_timer_alone_says_how_the_tries_ended()
    {
        var (world, id) = Refused(OverlapClass.Multi, "mint");
        var intent = UntilRolled(world, id);
        world.Hosts.Clear();
        world.Boot();
        for (var until = intent.Deadline!.Value - TimeSpan.FromMinutes(5); world.Clock.Now < until; world.Advance(Step))
            world.Recover();
        Assert.Empty(Of(world, intent.Op).Skip(1));
        world.AdvanceTo(intent.Deadline.Value + TimeSpan.FromSeconds(1));
        world.Recover();
        Assert.True(Repeats.WindowOf(Closing(world, intent.Op))!.Value.Idle);
        Assert.DoesNotContain(world.Evidence.OpenIntents(), open => open.Op == intent.Op);
    }

    [Fact]
    public void Junk_A_lost_table_makes_it_an_intent_that_somebody_left()
    {
        var (world, id) = Refused(OverlapClass.Multi, "mint");
        var intent = UntilRolled(world, id);
        world.Tables.Drop();
        world.Rebuild();
        world.Advance(TimeSpan.FromMinutes(15));
        Ask(world, id, TimeSpan.FromMinutes(40));
        Assert.Equal(("reconciled", "absent"), (Closing(world, intent.Op).Result, Closing(world, intent.Op).Shown));
        Allow(world);
        Ask(world, id, TimeSpan.FromMinutes(40));
        Assert.True(world.Works(id) && world.Versions(id) > 2);
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void Junk_While_the_intent_cannot_be_read_each_try_has_one_of_its_own()
    {
        var (world, id) = Refused(OverlapClass.Multi, "mint");
        var intent = UntilRolled(world, id);
        world.Always("evidence.get", Fault.Throttled);
        Allow(world);
        Ask(world, id, TimeSpan.FromMinutes(40));
        Assert.NotEqual(intent.Op, world.Vault.CurrentOf(id)!.Version.Nhi!.Op);
        Assert.Single(Of(world, intent.Op));
        world.NoFaults();
        world.AdvanceTo(intent.Deadline!.Value + TimeSpan.FromMinutes(1));
        world.Recover();
        Assert.True(Repeats.WindowOf(Closing(world, intent.Op))!.Value.Idle);
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void Junk_What_a_person_asks_for_has_records_of_its_own()
    {
        var (world, id) = Refused(OverlapClass.Multi, "mint");
        var intent = UntilRolled(world, id);
        Allow(world);
        world.Advance(TimeSpan.FromMinutes(31));
        var asked = SimWorld.Event(id) with { By = "ada@example.com" };
        Assert.Null(world.Do(host => host.Governor.HandleAsync(new GovernRequest(asked) { Look = true }, CancellationToken.None)));
        Assert.True(Repeats.WindowOf(Closing(world, intent.Op))!.Value.Idle);
        var own = world.Vault.CurrentOf(id)!.Version.Nhi!.Op!;
        Assert.NotEqual(intent.Op, own);
        Assert.Equal("ada@example.com", Of(world, own)[0].RequestedBy!.Id);
    }

    /// <summary>A mark makes another plan of it: it waits for nothing, and its intent says why.</summary>
    [Fact]
    public void Junk_What_was_promised_before_a_mark_is_not_what_is_done_after_it()
    {
        var (world, id) = Refused(OverlapClass.Multi, "mint", marked: false);
        var intent = UntilRolled(world, id);
        world.Mark(id, world.Versions(id));
        Allow(world);
        Ask(world, id, TimeSpan.FromMinutes(40));
        Assert.True(Repeats.WindowOf(Closing(world, intent.Op))!.Value.Idle);
        var own = world.Vault.CurrentOf(id)!.Version.Nhi!.Op!;
        Assert.NotEqual(intent.Op, own);
        Assert.Contains("compromised", Of(world, own)[0].Summary, StringComparison.Ordinal);
        Assert.Empty(world.Breaches);
    }

    /// <summary>The closing of the newest attempt tells what a role holds: an older one that went on after it would leave a role open that nobody looks at.</summary>
    [Fact]
    public void Junk_Nothing_goes_on_at_a_place_where_a_newer_attempt_begins()
    {
        var (world, id) = Refused(OverlapClass.Pair, "mint", marked: false);
        var intent = UntilRolled(world, id);
        var idle = world.Tables.Operations.Values.Single().Row.BackOff.Values.Single(backOff => backOff.Streak?.Roll is not null).Streak!.Roll!.Place;
        world.PersonRotates(id);
        world.PersonRotates(id);
        Ask(world, id, TimeSpan.FromMinutes(20));
        Assert.Equal(idle, world.Version(id, 3).Nhi!.Handle);
        world.Mark(id, 3);
        Ask(world, id, TimeSpan.FromMinutes(40));
        var records = world.Evidence.All.ToList();
        var ended = records.FindIndex(record => record.Op == intent.Op && record.Stage == RecordStage.Outcome);
        Assert.InRange(ended, 0, records.FindIndex(record => record is { Stage: RecordStage.Intent, Verb: Verbs.Revoke } && record.Credential!.Handle == idle && record.Time > intent.Time));
    }
}
