using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Opening;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>The resource's row: crashes that leave it open, tables that vanish, back-off.</summary>
public sealed class RowStories
{
    [Fact]
    public void H4_An_intent_that_a_crash_left_open_is_closed_although_nothing_is_due()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.AdvanceToDue(id);
        world.Next("vault.publish", Fault.CrashAfter);
        world.Ask(id);
        world.Advance(Minutes(11));
        Assert.Equal(2, world.Vault.VersionsOf(id).Count);
        Assert.Single(world.Evidence.OpenIntents());

        world.Launch(world.Hosts[0], host => host.Governor.HandleAsync(SimWorld.Event(id), CancellationToken.None));
        world.Advance(Minutes(1));
        world.AssertAt(world.Evidence.OpenIntents().Any(), "an event finds nothing due and leaves it");

        world.StartRecovery();
        world.Advance(Minutes(12));
        world.AssertAt(!world.Evidence.OpenIntents().Any(), "the timer closes it");
        Assert.False(world.Tables.Operations.Values.Single().Row.Open);
        world.AssertNoBreach();
    }

    /// <summary>After the intent nobody is left to come by the secret: it was deleted, or it opens something else by now.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi, "provider.mint", true)]
    [InlineData(OverlapClass.Multi, "provider.mint", false)]
    [InlineData(OverlapClass.DualSlot, "provider.mint", true)]
    [InlineData(OverlapClass.Pair, "vault.publish", false)]
    [InlineData(OverlapClass.Multi, "provider.kill", true)]
    [InlineData(OverlapClass.Multi, "provider.kill", false)]
    public void H4_An_intent_that_a_crash_left_open_is_closed_although_no_secret_leads_to_its_resource_any_more(OverlapClass overlap, string at, bool deleted)
    {
        var world = Quiet(overlap, out var id);
        if (at == "provider.kill")
        {
            world.RotateInPeace(id);
            world.Advance(Hours(3.2));
        }
        else
        {
            world.AdvanceToDue(id);
        }

        world.Next(at, Fault.CrashAfter);
        world.Ask(id);
        world.Advance(Minutes(1));
        var left = world.Evidence.OpenIntents().Single();
        var row = world.Tables.Operations.Values.Single().Row;
        if (deleted)
        {
            world.Vault.Delete(id);
        }
        else
        {
            world.Resources["res-else"] = new SimResource("res-else", OverlapClass.Multi);
            foreach (var stored in world.Vault.VersionsOf(id).ToList())
                world.Vault.Update(id, stored.Version.Version, new VersionUpdate { Tags = new Dictionary<string, string>(stored.Version.Tags) { ["nhi-kind"] = SimRotators.KindOf(OverlapClass.Multi), ["nhi-resource"] = "res-else" } });
        }

        world.Advance(Minutes(12));
        for (var i = 0; i < 3; i++)
        {
            world.StartReconcile();
            world.Advance(Minutes(12));
        }

        world.AssertAt(!world.Evidence.OpenIntents().Any(), "the timer closes it");
        Assert.False(world.Tables.Operations[row.Resource].Row.Open);
        var closing = Assert.Single(world.Evidence.All, record => record.Op == left.Op && record.Stage == RecordStage.Reconciled);
        Assert.Equal(at == "provider.kill" ? "dead" : deleted || at == "provider.mint" ? "absent" : "published", closing.Shown);
        if (overlap == OverlapClass.Multi && at == "provider.mint")
            Assert.Contains("remove it by hand", closing.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void H5_A_crash_of_the_one_who_reconciles_does_not_make_the_first_attempt_forgotten()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id, made => made.Lag = TimeSpan.FromDays(30));
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.CrashAfter, world.Hosts[0]);
        world.Ask(id, world.Hosts[0]);
        world.Advance(Minutes(11));
        var first = world.Evidence.OpenIntents().Single();

        // The second dies after taking the row and before it has closed what the first left; the index knows nothing for days.
        world.Next("evidence.put", Fault.CrashBefore, world.Hosts[0]);
        world.Ask(id, world.Hosts[0]);
        world.Advance(Minutes(11));
        world.AssertAt(world.Evidence.OpenIntents().Any(intent => intent.Op == first.Op), "nobody closed it yet");

        world.StartRecovery();
        world.Advance(Minutes(15));
        world.AssertAt(!world.Evidence.OpenIntents().Any(), "the third closes it");
        Assert.True(world.Evidence.Has(record => record.Op == first.Op && record.Stage == RecordStage.Reconciled && record.Shown == "absent"));
        world.AssertNoBreach();
    }

    [Fact]
    public void H6_Tables_that_vanish_in_the_middle_of_an_operation_do_not_let_two_act_at_once()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id);
        var (a, b) = (world.Hosts[0], world.Hosts[1]);
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.FreezeBefore, a, lasting: Minutes(9));
        world.Ask(id, a);
        world.Advance(Minutes(1));
        world.Tables.Drop();
        world.Rebuild();
        for (var minute = 0; minute < 6; minute++)
            world.AskNow(id, b, Minutes(1));
        world.AssertAt(world.MintsAt("res-app") == 0, "a row that is missing counts as held for one lease");
        world.Advance(Minutes(3));
        world.AssertAt(world.MintsAt("res-app") == 1, "A woke and sent what it had in hand, and nothing after it");

        world.StartTimers();
        world.Advance(Hours(1));
        world.AssertAt(world.Works(id) && world.Vault.VersionsOf(id).Count == 2, "B rotated after the lease");
        Assert.All(world.Publications, publication => Assert.True(publication.Works));
        world.AssertNoBreach();
    }

    [Fact]
    public void H6_Without_the_marker_row_nothing_has_effects_but_emergency_and_repair()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.AdvanceToDue(id);
        world.Tables.Drop();
        world.StartTimers();
        world.Advance(Hours(2));
        Assert.Equal(0, world.MintsAt("res-app"));
        Assert.Single(world.Vault.VersionsOf(id));

        world.Rebuild();
        world.Advance(Hours(2));
        world.AssertAt(world.Vault.VersionsOf(id).Count == 2, "it goes on after the rebuild");
        world.AssertNoBreach();
    }

    [Fact]
    public void H19_Two_days_of_lost_answers_are_a_handful_of_mints()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.AdvanceToDue(id);
        var records = world.Evidence.All.Count(record => record.Action == "credential.rotate");
        world.FaultOf = call => call.What == "provider.mint" ? Fault.AnswerLost : Fault.None;
        world.StartTimers();
        for (var i = 0; i < 48 * 6; i++)
        {
            world.Deliver(id, Nhi.Governance.Triggers.SecretEvents.NearExpiry, 0);
            world.Advance(Minutes(10));
        }

        Assert.InRange(world.Mints.Values.Max(), 5, 13);
        Assert.InRange(world.Evidence.All.Count(record => record.Action == "credential.rotate") - records, 5, 30);

        world.FaultOf = _ => Fault.None;
        world.Advance(Hours(30));
        world.AssertAt(world.Vault.VersionsOf(id).Count > 1 && world.Works(id), "it goes on by itself");
        world.Advance(Hours(8));
        world.CheckEnd(Hours(3));
        world.AssertNoBreach();
    }

    [Fact]
    public void H21_A_row_of_which_nobody_can_say_what_became_stays_open_until_somebody_can()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id, made =>
        {
            made.Patience = _ => Minutes(15);
            made.Lag = TimeSpan.FromDays(30);
        });
        world.AdvanceToDue(id);
        world.Next("vault.publish", Fault.Late, lasting: Minutes(14));
        world.Ask(id);
        world.Advance(Minutes(11));

        // Somebody regenerates the slot meanwhile, so that what is under way is dead on arrival; and the vault is throttled when the next one asks what became of it.
        world.Regenerate("res-app", "key2");
        world.Next("provider.look", Fault.Throttled);
        world.StartReconcile();
        world.Advance(Minutes(1));
        Assert.True(world.Evidence.Has(record => record.Shown == "unknown"));
        Assert.True(world.Tables.Operations.Values.Single().Row.Open);
        world.Advance(Minutes(2.5));
        world.AssertAt(!world.Works(id), "the late publication is dead and current");

        world.StartRecovery();
        world.Advance(Minutes(20));
        world.AssertAt(world.Works(id), "the row was open, so somebody looked and repaired");
        world.AssertNoBreach();
    }

    [Fact]
    public void H35_An_emergency_cutover_whose_publication_is_refused_backs_off_and_mints_once()
    {
        var world = Quiet(OverlapClass.Cutover, out var id, made => made.Patience = _ => TimeSpan.FromDays(3));
        world.Vault.Refuses = _ => true;
        world.Compromise(id);
        world.StartTimers();
        for (var i = 0; i < 24 * 12; i++)
        {
            world.Deliver(id, Nhi.Governance.Triggers.SecretEvents.NewVersionCreated, 0);
            world.Advance(Minutes(5));
        }

        world.AssertAt(world.MintsAt("res-app") == 1, $"set once, not {world.MintsAt("res-app")} times");
        Assert.InRange(world.Tables.Operations.Values.Single().Row.BackOff.Values.Max(backOff => backOff.Tries), 20, 66);
        Assert.InRange(world.Evidence.All.Count(record => record.Action == "credential.rotate" && record.Stage == RecordStage.Intent), 4, 7);

        world.Vault.Refuses = _ => false;
        world.Advance(Hours(1));
        world.AssertAt(world.Works(id), "it is finished once the vault lets it");
        world.AssertNoBreach();
    }

    [Fact]
    public void A_back_off_doubles_from_a_minute_to_a_day_and_to_half_an_hour_for_what_is_urgent()
    {
        BackOff? calm = null, urgent = null;
        for (var i = 0; i < 40; i++)
        {
            calm = BackOffs.Next(calm, SimWorld.Start, "op", false);
            urgent = BackOffs.Next(urgent, SimWorld.Start, "op", true);
        }

        Assert.InRange(calm!.NotBefore - SimWorld.Start, Hours(18), Hours(24));
        Assert.InRange(urgent!.NotBefore - SimWorld.Start, Minutes(22), Minutes(30));
        Assert.True(BackOffs.Binds(urgent, SimWorld.Start, true));
        Assert.False(BackOffs.Binds(calm, SimWorld.Start, true));
    }
}
