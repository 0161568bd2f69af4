using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>What stands still until a person acts is kept for the sweep that tells it, and forgotten when it is over.</summary>
public sealed class WaitStoryTests
{
    private int _notes;

    [Fact]
    public void H70_What_waits_for_a_person_is_noted_once_and_forgotten_when_it_is_over()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Cutover);
        world.Consumers.Clear();
        world.PolicyOf = subject => SimWorld.Short(subject) with { AllowCutover = false };
        world.UntilDue(id);
        Count(world);
        world.Look(id);
        var wait = Waits(world, id)!;
        var version = world.Version(id, 1);
        Assert.Equal((Verbs.Rotate, "cutover-not-allowed", version.Version, version.Expires, false), (wait.Verb, wait.Reason, wait.Version, wait.Ends, wait.Blocked));
        Assert.Contains("allowCutover: true", wait.Remedy, StringComparison.Ordinal);
        world.Advance(Hours(1.1));
        world.Look(id);
        Assert.Equal((wait, 1), (Waits(world, id), _notes));

        world.PolicyOf = SimWorld.Short;
        world.Advance(Hours(1.1));
        world.Look(id);
        Assert.Equal(2, world.Versions(id));
        Assert.Equal((null, 2), (Waits(world, id), _notes));
    }

    [Fact]
    public void H70_Another_reason_takes_the_place_of_the_one_that_is_mended()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        world.UntilDue(id);
        world.ProviderRefuses = (what, _) => what == "mint";
        Assert.Null(world.Event(id));
        Assert.Equal("Forbidden", Waits(world, id)!.Reason);
        world.ProviderRefuses = (_, _) => false;
        var tags = world.Version(id, 1).Tags.ToDictionary();
        for (var i = 1; tags.Count(tag => tag.Key is not NhiTag.Name) < 15; i++)
            tags[$"t{i:d2}"] = "of a person's";
        world.Vault.Update(id, world.Version(id, 1).Version, new VersionUpdate { Tags = tags.Where(tag => tag.Key is not NhiTag.Name).ToDictionary() });
        world.Advance(Minutes(5));
        world.Look(id);
        Assert.Equal("tag-limit", Waits(world, id)!.Reason);
        Assert.False(Waits(world, id)!.Blocked);
    }

    /// <summary>Inside its back-off nobody tries it again, and it is as refused as it was; what a service says of it changes with each answer.</summary>
    [Fact]
    public void H70_What_was_refused_for_good_stands_until_it_is_tried_again()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        world.UntilDue(id);
        Count(world);
        world.ProviderRefuses = (what, _) => what == "mint";
        Assert.Null(world.Event(id));
        var wait = Waits(world, id)!;
        Assert.Equal((Verbs.Rotate, "Forbidden", true), (wait.Verb, wait.Reason, wait.Blocked));
        Assert.Contains("is refused", wait.Why, StringComparison.Ordinal);
        Assert.Contains(world.Look(id).Waiting, other => other.Signal == "backing-off");
        for (var tries = 0; tries < 4; tries++)
        {
            world.Advance(Minutes(20));
            world.Look(id);
        }

        Assert.Equal((wait, 1), (Waits(world, id), _notes));

        world.ProviderRefuses = (_, _) => false;
        world.Advance(Hours(1));
        world.Look(id);
        Assert.Equal(2, world.Versions(id));
        Assert.Null(Waits(world, id));
    }

    /// <summary>Of a cutover: what others have begun a pause does not hold up.</summary>
    [Fact]
    public void H70_What_was_refused_and_is_paused_by_a_person_is_no_finding()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Cutover);
        world.Consumers.Clear();
        world.UntilDue(id);
        world.ProviderRefuses = (what, _) => what == "mint";
        Assert.Null(world.Event(id));
        Assert.True(Waits(world, id)!.Blocked);
        world.Pause();
        world.Advance(Minutes(5));
        Assert.Contains(world.Look(id).Waiting, wait => wait.Signal == Waiting.Paused);
        Assert.Null(Waits(world, id));
    }

    /// <summary>The nearest innocents: each waits, and needs no person or is one's own doing.</summary>
    [Fact]
    public void H70_What_heals_by_itself_or_is_a_persons_own_doing_is_no_finding()
    {
        foreach (var (signal, hinder) in (IEnumerable<(string, Action<SimWorld>)>)
        [
            ("paused", world => world.Pause()),
            ("outside-window", world => world.PolicyOf = subject => SimWorld.Short(subject) with { Freezes = [new Freeze(world.Clock.Now - Hours(1), world.Clock.Now + Hours(1), "audit")] }),
            ("mint-cap", world => world.PolicyOf = subject => SimWorld.Short(subject) with { MintsPerHour = 0 }),
            ("provider-unreachable", world => world.Always("provider.verify", Fault.Throttled)),
        ])
        {
            var world = Quiet();
            var id = world.Governed(OverlapClass.Multi);
            world.UntilDue(id);
            hinder(world);
            Count(world);
            GovernReport? report = null;
            world.Do(async one => report = await one.Governor.HandleAsync(new GovernRequest(SimWorld.Event(id)) { Look = true }, CancellationToken.None));
            Assert.True(report is null ? signal == "provider-unreachable" : report.Waiting.Any(wait => wait.Signal == signal), signal);
            Assert.Equal((null, 0), (Waits(world, id), _notes));
        }
    }

    /// <summary>He was told at once that it cannot be done.</summary>
    [Fact]
    public void H70_What_a_person_asked_for_and_was_refused_is_no_finding()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        Assert.Contains(world.Look(id, rollback: true).Waiting, wait => wait.Verb == Verbs.Rollback);
        Assert.Null(Waits(world, id));
        world.Rotate(id);
        world.Vault.Refuses = asked => asked == id;
        Assert.Contains(world.Look(id, rollback: true).Done, done => done.Plan.Verb == Verbs.Rollback && done.Outcome is Outcome.Blocked);
        Assert.Null(Waits(world, id));
    }

    [Fact]
    public void H70_What_keeps_consumers_from_a_new_value_comes_before_what_is_owed()
    {
        var world = Quiet();
        var id = world.Governed(OverlapClass.Multi);
        var look = new Waiting(id, Verbs.Revoke, "old", "handle-unknown", "Nobody knows what to kill.", "Name it.");
        var report = new GovernReport { Waiting = [look, new Waiting(id, Verbs.Rotate, "r", "slot-not-free", "It is taken.", "Free it.")] };
        Assert.Equal("slot-not-free", Of(world, id, report)!.Reason);
        Assert.Equal("handle-unknown", Of(world, id, new GovernReport { Waiting = [look] })!.Reason);
        Assert.Null(Of(world, id, new GovernReport { Waiting = [look with { Credential = CredentialId.Of(id.Vault, "other") }] }));
    }

    private static StandingWait? Of(SimWorld world, CredentialId id, GovernReport report) => StandingWait.Of(
        new SecretLook
        {
            Credential = Credential.Of(id, new VersionList([world.Version(id, 1)], world.Clock.Now))!, Policy = world.PolicyFor(id), Environment = "", Fingerprints = new Dictionary<string, string>(), Verdict = Verdict.Accepted,
            Handles = new Dictionary<string, string>(),
        },
        report, null, world.Clock.Now);

    private static StandingWait? Waits(SimWorld world, CredentialId id) => world.Tables.Notes.GetValueOrDefault(id)?.Wait;

    private void Count(SimWorld world)
    {
        _notes = 0;
        var faults = world.FaultOf;
        world.FaultOf = call =>
        {
            _notes += call.What == "inventory.note" ? 1 : 0;
            return faults(call);
        };
    }
}
