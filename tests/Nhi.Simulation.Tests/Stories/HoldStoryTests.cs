using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Rotation;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Debts that a person holds.</summary>
public sealed class HoldStoryTests
{
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
