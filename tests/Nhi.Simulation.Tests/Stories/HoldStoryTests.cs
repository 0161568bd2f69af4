using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Debts that a person holds.</summary>
public sealed class HoldStoryTests
{
    /// <summary>A person could hold what was superseded alone, and what had expired was killed under whoever still used it.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Retire)]
    public void H52_What_expires_is_not_revoked_while_a_person_holds_it(OverlapClass overlap)
    {
        var world = Expiring(overlap, out var id);
        Hold(world, id, world.Second + Hours(20));
        world.Advance(Hours(13));
        Assert.Contains(world.Look(id).Waiting, wait => wait is { Verb: Verbs.Revoke, Until: not null } && wait.Why.Contains("a person holds it back", StringComparison.Ordinal));
        world.AssertAt(world.Works(id) && world.Version(id, 1).Enabled, "it lives while it is held");
        world.Consumers.Clear();
        world.Patience = _ => Hours(99);
        world.Advance(Hours(8));
        world.Look(id);
        world.AssertAt(world.Version(id, 1) is { Enabled: false, IsDead: true } && (overlap == OverlapClass.Retire || !world.Lives(id, 1)), "the hold is over");
    }

    [Fact]
    public void H52_No_hold_keeps_what_is_marked()
    {
        var world = Expiring(OverlapClass.Multi, out var id);
        Hold(world, id, world.Second + Hours(30));
        world.Advance(Hours(13));
        world.Consumers.Clear();
        world.Mark(id, 1);
        world.Look(id);
        world.AssertAt(!world.Lives(id, 1), "a thief is in");
    }

    private static SimWorld Expiring(OverlapClass overlap, out CredentialId id)
    {
        var world = Quiet();
        world.PolicyOf = subject => SimWorld.Short(subject) with { OnExpired = ExpiredAction.Revoke };
        id = world.Governed(overlap);
        return world;
    }

    private static void Hold(SimWorld world, CredentialId id, DateTimeOffset until) => Assert.Null(world.Do(async host =>
        await host.Desk.Debts.HoldAsync(id, null, until, OperatorRequest.WithReason("nhi debts hold", "ada", "INC-7"), CancellationToken.None)));

    /// <summary>A person holds a debt while a process that read the notes before is frozen at writing its own; and the other way round.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Holds_Neither_an_attempts_note_nor_a_persons_hold_undoes_the_other(bool attemptSleeps)
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        var handle = world.Version(id, 1).Nhi!.Handle!;
        world.LastUseOf = (_, _) => new LastUse(true, world.Clock.Now, "sign-in log");
        world.Advance(Hours(3.2));
        var until = world.Second + Hours(30);
        var (attempt, person) = (world.Hosts[0], world.Hosts[1]);
        void Attempt() => world.Launch(attempt, host => host.Governor.HandleAsync(new GovernRequest(SimWorld.Event(id)) { Look = true }, CancellationToken.None));
        void Person() => world.Launch(person, host => host.Desk.Debts.HoldAsync(id, null, until, OperatorRequest.Of("nhi debts hold", "ada", "INC-7"), CancellationToken.None));
        world.Next("debts.write", Fault.FreezeBefore, attemptSleeps ? attempt : person, lasting: Minutes(5));
        foreach (var step in attemptSleeps ? new Action[] { Attempt, Person } : [Person, Attempt])
        {
            step();
            world.Advance(Minutes(2));
        }

        world.Advance(Minutes(5));
        var note = world.Tables.Debts[(new ResourceId("res-app"), handle)];
        Assert.Equal((until, "ada"), (note.HeldUntil, note.HeldBy));
        Assert.Contains("saw it used", note.Waiting, StringComparison.Ordinal);
        world.Clean();
    }
}
