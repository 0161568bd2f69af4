using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Operators;

/// <summary><c>nhi emergency</c> over the real engine, with everything whole and with what it does without broken (I10).</summary>
public sealed class EmergencyDeskTests
{
    private static readonly OperatorRequest Asked = OperatorRequest.WithReason("nhi emergency", "ada", "INC-7: the value is on a forum");

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void A_marked_current_value_is_replaced_and_dead_when_the_command_returns(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Rotated(overlap);
        world.Advance(Minutes(30));
        world.Consumers.Clear();
        var report = Mark(world, id);
        Assert.True(report.Ended, string.Join("; ", report.Notes.Concat(report.Waiting.Select(wait => wait.Why))) + world.Story);
        Assert.True(report is { Tagged: true, ValueKnown: true, NeedsPerson: false });
        Assert.False(world.Lives(id, 2));
        Assert.True(world.Works(id));
        Assert.Empty(world.Evidence.OpenIntents());
        var mark = Assert.Single(world.Evidence.All, record => record is { Action: "credential.emergency", Stage: RecordStage.Intent });
        Assert.Equal(("ada", "break-glass", report.Record), (mark.RequestedBy!.Id, mark.Approval!.Mode, mark.Path));
        Assert.Equal(report.Record, world.Version(id, 2).MarkRecord);
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void A_marked_generated_value_is_rotated_and_its_version_disabled()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Retire);
        var report = Mark(world, id);
        Assert.True(report.Ended, string.Join("; ", report.Notes.Concat(report.Waiting.Select(wait => wait.Why))));
        Assert.False(world.Version(id, 1).Enabled);
        Assert.Equal(2, world.Versions(id));
    }

    [Fact]
    public void A_mark_overrules_a_hold_a_pause_and_the_overlap_of_what_was_superseded()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Consumers.Clear();
        Assert.Null(world.Do(host => host.Desk.Debts.HoldAsync(id, null, world.Second + Hours(8), Asked, CancellationToken.None)));
        Assert.Null(world.Do(host => host.Desk.Pauses.PauseAsync("*", null, Asked, CancellationToken.None)));
        var report = Mark(world, id, world.Version(id, 1).Version);
        Assert.True(report.Ended);
        Assert.False(world.Lives(id, 1));
        Assert.Equal(2, world.Versions(id));
        world.Clean();
    }

    [Fact]
    public void A_mark_does_not_wait_for_a_rotation_that_backs_off()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        world.UntilDue(id);
        world.Always("provider.mint", Fault.Throttled);
        for (var i = 0; i < 5; i++)
        {
            world.Advance(Minutes(20));
            Assert.Null(world.Event(id));
        }

        Assert.Equal(1, world.Versions(id));
        world.NoFaults();
        world.Consumers.Clear();
        Assert.True(Mark(world, id).Ended);
        Assert.False(world.Lives(id, 1));
        Assert.Equal(2, world.Versions(id));
    }

    [Fact]
    public void With_tables_and_index_down_the_mark_stands_and_the_timers_end_it_when_they_are_back()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Advance(Minutes(30));
        world.Consumers.Clear();
        world.FaultOf = call => call.What.StartsWith("vault.", StringComparison.Ordinal) || call.What is "evidence.put" ? Fault.None : Fault.Throttled;
        var report = Mark(world, id);
        Assert.True(report is { Ended: false, Tagged: true, NeedsPerson: false });
        Assert.Contains(report.Notes, note => note.Contains("the timers go on", StringComparison.Ordinal));
        Assert.True(world.Lives(id, 2));

        world.NoFaults();
        world.Sweep();
        world.Advance(Minutes(20));
        world.Sweep();
        Assert.False(world.Lives(id, 2));
        Assert.True(world.Works(id));
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void With_every_table_lost_the_mark_ends_the_value_before_anybody_rebuilds()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Advance(Minutes(30));
        world.Consumers.Clear();
        world.Tables.Drop();
        var report = Mark(world, id);
        Assert.NotEmpty(report.Record);
        world.Advance(Minutes(15));
        Assert.True(Mark(world, id, report.Version).Ended);
        Assert.False(world.Lives(id, 2));
    }

    [Fact]
    public void A_mark_falls_back_to_the_secondary_account_and_without_either_nothing_happens()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.Advance(Minutes(30));
        world.Consumers.Clear();
        world.Evidence.Refuses = world.Evidence.SecondaryRefuses = true;
        Assert.IsType<EvidenceRefusedException>(world.Do(host => host.Desk.Emergency.MarkAsync(id, null, Asked, CancellationToken.None)));
        Assert.Null(world.Version(id, 2).MarkRecord);
        Assert.True(world.Lives(id, 2));

        world.Evidence.SecondaryRefuses = false;
        Assert.True(Mark(world, id).Ended);
        Assert.False(world.Lives(id, 2));
    }

    [Fact]
    public void A_secret_that_no_kind_knows_is_marked_and_a_person_told_to_act()
    {
        var world = Quiet();
        var id = CredentialId.Of(SimVault.Host, "stray");
        world.Resources["res-stray"] = new SimResource("res-stray", OverlapClass.Retire);
        world.Vault.Set(id, new SecretMaterial("first-of-stray"), new Dictionary<string, string> { ["nhi-resource"] = "res-stray" }, null);
        var report = Mark(world, id);
        Assert.True(report is { NeedsPerson: true, Ended: false, Tagged: true });
        Assert.Contains(report.Notes, note => note.Contains("nhi-kind", StringComparison.Ordinal));
    }

    [Fact]
    public void A_reason_that_tells_the_value_goes_no_further()
    {
        var world = Quiet();
        var id = CredentialId.Of(SimVault.Host, "stray");
        world.Resources["res-stray"] = new SimResource("res-stray", OverlapClass.Retire);
        world.Vault.Set(id, new SecretMaterial("first-of-stray"), new Dictionary<string, string> { ["nhi-resource"] = "res-stray" }, null);
        var told = OperatorRequest.WithReason("nhi emergency", "ada", "somebody wrote first-of-stray into a ticket");
        Assert.Null(world.Do(host => host.Desk.Emergency.MarkAsync(id, null, told, CancellationToken.None)));
        var records = world.Evidence.All.Where(record => record.Action == "credential.emergency").ToList();
        Assert.Equal(2, records.Count);
        Assert.All(records, record => Assert.DoesNotContain("first-of-stray", $"{record.Summary} {string.Join(' ', record.Decision!.Reasons!)}", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_not_there_or_not_in_scope_is_refused_before_anything_is_written()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        var before = world.Evidence.All.Count();
        Assert.Contains("no version", OperatorDeskTests.Refused(world, host => host.Desk.Emergency.MarkAsync(id, "nobody\u001b[2J", Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Contains("no secret", OperatorDeskTests.Refused(world, host => host.Desk.Emergency.MarkAsync(CredentialId.Of(SimVault.Host, "nobody"), null, Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Contains("not in scope", OperatorDeskTests.Refused(world, host => host.Desk.Emergency.MarkAsync(CredentialId.Of("kv9.vault.azure.net", "app"), null, Asked, CancellationToken.None)), StringComparison.Ordinal);
        Assert.Equal(before, world.Evidence.All.Count());
    }

    private static EmergencyReport Mark(SimWorld world, CredentialId id, string? version = null)
    {
        EmergencyReport? report = null;
        Assert.Null(world.Do(async host => report = await host.Desk.Emergency.MarkAsync(id, version, Asked, CancellationToken.None)));
        return report!;
    }
}
