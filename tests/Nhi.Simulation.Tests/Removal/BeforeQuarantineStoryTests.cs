using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Signals;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Removal.Neglected;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>What is looked at before anything is taken away, and what is not told at all.</summary>
public sealed class BeforeQuarantineStoryTests
{
    [Theory]
    [InlineData(SignalNames.WorkloadGone)]
    [InlineData(SignalNames.ResourceGone)]
    [InlineData(SignalNames.Unused)]
    public void What_is_read_is_neither_told_nor_put_into_quarantine_whatever_leads(string signal)
    {
        var (world, id) = Lonely();
        Resolve(world, id, SignalNames.Unused);
        world.Neglect.Read(id);
        world.Advance(TimeSpan.FromMinutes(15));
        Raise(world, id, signal);
        Ticks(world, Unused - TimeSpan.FromHours(1));
        Assert.Empty(Said(world, id));

        // Nobody reads it for long enough, it is told; then it is read all the same, and the log says so late.
        Ticks(world, TimeSpan.FromHours(2));
        Assert.Equal(["tell ok"], Said(world, id));
        world.Neglect.Lag = TimeSpan.FromHours(2);
        world.Neglect.Reads.Add((id, world.VersionOf(id), world.Clock.Now - TimeSpan.FromHours(2.5)));
        Ticks(world, TimeSpan.FromHours(8));
        Assert.Equal(["tell ok", "drop ok"], Said(world, id));
        Assert.All(Enabled(world, id), Assert.True);
        Ticks(world, TimeSpan.FromHours(6));
        Assert.Equal("tell ok", Said(world, id)[2]);
    }

    /// <summary>Meant to be unused: nobody reads it, and what used it once may be gone, until the day that it is for.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void R12_what_is_for_emergencies_is_neither_told_nor_taken_away_and_comes_back_where_its_tag_comes_late(int steps)
    {
        var (world, id) = Lonely();
        Raise(world, id, SignalNames.WorkloadGone);
        world.Cleans = true;
        string[] before = ["tell ok", "quarantine ok", "revoke ok"];
        for (var hours = 0; Said(world, id).Length < steps; hours++)
        {
            Assert.True(hours < 40);
            Ticks(world, TimeSpan.FromHours(1));
        }

        foreach (var stored in world.Vault.VersionsOf(id).ToList())
            world.Vault.Update(id, stored.Version.Version, new VersionUpdate { Tags = new Dictionary<string, string>(stored.Version.Tags) { [SignalTags.BreakGlass] = "True " } });
        Ticks(world, TimeSpan.FromHours(40));
        Assert.Equal([.. before.Take(steps), .. steps switch { 1 => ["drop ok"], 2 => ["restore ok"], _ => Array.Empty<string>() }], Said(world, id));
        Assert.Equal(steps < 3, world.Vault.CurrentOf(id)!.Version.Enabled);
        Assert.False(world.Vault.IsDeleted(id));
    }

    [Fact]
    public void A_read_after_the_notice_counts_also_where_the_notice_lasts_longer_than_what_makes_it_unused()
    {
        var (world, id) = Lonely();
        world.PolicyOf = subject => Policy(subject) with { UnusedAfter = TimeSpan.FromHours(1), QuarantineAfter = TimeSpan.FromHours(5) };
        Tick(world);
        world.Neglect.Read(id);
        world.Advance(TimeSpan.FromHours(6));
        Tick(world);
        Assert.Equal(["tell ok", "drop ok"], Said(world, id));
    }

    /// <summary>An owner who hears late has his whole time, and what nobody took has told nobody.</summary>
    [Fact]
    public void R9_the_owners_time_begins_when_a_sink_took_what_he_is_told()
    {
        var (world, id) = Lonely();
        world.NoticesTake = () => TimeSpan.FromHours(2.5);
        Ticks(world, TimeSpan.FromHours(5.4));
        Assert.Equal(["tell ok"], Said(world, id));
        Ticks(world, TimeSpan.FromHours(2));
        Assert.Equal(["tell ok", "quarantine ok"], Said(world, id));
    }

    [Fact]
    public void R9_what_no_sink_takes_for_two_days_is_told_once_more_and_nothing_is_taken_away_meanwhile()
    {
        var (world, id) = Lonely();
        world.NoticesTake = () => null;
        Ticks(world, TimeSpan.FromHours(47));
        Assert.Equal(["tell ok"], Said(world, id));
        Assert.StartsWith("No record says that what its owner is told was handed over", world.Neglect.Removals[id].Waiting, StringComparison.Ordinal);
        world.NoticesTake = () => TimeSpan.Zero;
        Ticks(world, TimeSpan.FromHours(3));
        Assert.Equal(["tell ok", "tell ok"], Said(world, id));
        Ticks(world, Notice);
        Assert.Equal(["tell ok", "tell ok", "quarantine ok"], Said(world, id));
    }

    [Fact]
    public void R9_that_a_notice_was_taken_evidence_says_and_not_the_table()
    {
        var (world, id) = Lonely();
        world.NoticesTake = () => null;
        Tick(world);
        var note = world.Neglect.Removals[id];
        world.Neglect.Removals[id] = note with { History = note.History with { Told = note.History.Told! with { Taken = note.History.Told.At } } };
        Ticks(world, Notice + TimeSpan.FromHours(3));
        Assert.Equal(["tell ok"], Said(world, id));
    }

    [Fact]
    public void What_is_over_the_days_cap_costs_one_list_an_hour_until_the_next_day_and_nothing_where_the_cap_grows()
    {
        var (world, id) = Lonely();
        world.PolicyOf = subject => Policy(subject) with { QuarantinesPerDay = 0 };
        Ticks(world, Notice + TimeSpan.FromHours(2));
        var (rows, lists) = (0, 0);
        world.Hears = call => (rows, lists) = (rows + (call.What is "row.replace" or "cursor.read" ? 1 : 0), lists + (call.What == "vault.versions" ? 1 : 0));
        Assert.Null(world.Do(host => host.RemovalPass.RunAsync(id, Nhi.Governance.Triggers.Trigger.FromTimer("RemoveNeglected", world.Second), null, CancellationToken.None)));
        Assert.Equal((0, 1), (rows, lists));
        Assert.Equal(["tell ok"], Said(world, id));
        world.PolicyOf = subject => Policy(subject) with { QuarantinesPerDay = 1 };
        Tick(world);
        Assert.Equal(["tell ok", "quarantine ok"], Said(world, id));
    }

    [Fact]
    public void Whom_a_person_named_is_told_and_not_the_tag()
    {
        var (world, id) = Lonely();
        world.Neglect.Owners[id] = new OwnerEntry { Credential = id, Assigned = new OwnerWord("ann@contoso.com", "bob", world.Clock.Now, "record") };
        Tick(world);
        Assert.Equal("ann@contoso.com", world.Evidence.All.Single(record => record.Action == "removal.tell").Owner!.Id);
    }

    [Fact]
    public void What_a_rule_only_observes_costs_its_vault_no_call()
    {
        var world = Scene.Quiet();
        world.PolicyOf = subject => Policy(subject) with { Enforced = false };
        var id = world.Add("app", OverlapClass.Multi);
        world.Event(id);
        world.Advance(Unused);
        Raise(world, id, SignalNames.Unused);
        Assert.False(world.Tables.Inventory[id].Enforced);
        var calls = 0;
        world.Hears = call => calls += call.What == "vault.versions" ? 1 : 0;
        Tick(world);
        Assert.Equal(0, calls);
        world.Tables.Inventory.Remove(id);
        Tick(world);
        Assert.Equal(1, calls);
    }

    [Fact]
    public void What_is_due_in_weeks_is_looked_at_once_a_day_and_at_once_where_its_finding_is_over()
    {
        var (world, id) = Lonely();
        world.PolicyOf = subject => Policy(subject) with { QuarantineAfter = TimeSpan.FromDays(14) };
        Tick(world);
        var calls = 0;
        world.Hears = call => calls += call.What == "vault.versions" ? 1 : 0;
        Ticks(world, TimeSpan.FromDays(3));
        Assert.Equal(3, calls);
        Resolve(world, id, SignalNames.Unused);
        Tick(world);
        Assert.Equal(["tell ok", "drop ok"], Said(world, id));
    }
}
