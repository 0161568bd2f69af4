using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Triggers;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>The words in which a story of neglect is told.</summary>
internal static class Neglected
{
    public static readonly TimeSpan Unused = TimeSpan.FromHours(12);
    public static readonly TimeSpan Notice = TimeSpan.FromHours(3);
    public static readonly TimeSpan Quarantine = TimeSpan.FromHours(6);
    public static readonly TimeSpan Revocation = TimeSpan.FromHours(4);

    /// <summary>A rule that removes after hours instead of weeks, over versions that live long.</summary>
    public static EffectivePolicy Policy(PolicySubject subject) => SimWorld.Short(subject) with
    {
        Lifetime = TimeSpan.FromDays(90),
        RotateBefore = TimeSpan.FromDays(30),
        Overlap = TimeSpan.FromDays(1),
        UnusedAfter = Unused,
        RemoveNeglected = true,
        QuarantineAfter = Notice,
        RevokeAfter = Quarantine,
        RemoveAfter = Revocation,
        QuarantinesPerDay = 5,
    };

    /// <summary>A quiet world with a secret that is governed, old enough, and that nobody uses.</summary>
    public static (SimWorld World, CredentialId Id) Lonely(OverlapClass overlap = OverlapClass.Multi)
    {
        var world = Scene.Quiet();
        world.PolicyOf = Policy;
        var id = world.Governed(overlap);
        world.Consumers.Clear();
        world.Advance(Unused);
        Raise(world, id, SignalNames.Unused);
        return (world, id);
    }

    public static void Raise(SimWorld world, CredentialId id, string signal) => Tell(world, id, [SimNeglect.Finding(id, signal)], signal);

    public static void Resolve(SimWorld world, CredentialId id, string signal) => Tell(world, id, [], signal);

    private static void Tell(SimWorld world, CredentialId id, Finding[] findings, string signal) =>
        Assert.Null(world.Do(host => host.Findings.TellAsync(id.ToString(), findings, new HashSet<string> { signal }, Trigger.FromTimer("SweepInventory", world.Second), world.Clock.Now, CancellationToken.None)));

    /// <summary>The app starts anew, with a topic or without.</summary>
    public static void Restart(SimWorld world, bool heard)
    {
        world.IsHeard = heard;
        world.Hosts.Clear();
        world.Boot();
    }

    /// <summary>One tick of the timer, to its end.</summary>
    public static RemovalReport Tick(SimWorld world, int host = 0)
    {
        RemovalReport? report = null;
        Assert.Null(world.Do(async one => report = await one.Removals.RunAsync(world.Clock.Now, CancellationToken.None), world.Hosts[host]));
        Assert.Empty(report!.Failures);
        world.Advance(TimeSpan.FromMinutes(3));
        return report;
    }

    /// <summary>Ticks each hour for so long.</summary>
    public static void Ticks(SimWorld world, TimeSpan span)
    {
        for (var until = world.Clock.Now + span; world.Clock.Now < until; world.AdvanceTo(world.Clock.Now + TimeSpan.FromHours(1)))
            Tick(world);
    }

    public static RemovalStep StepOf(SimWorld world, CredentialId id) => world.Neglect.Removals.GetValueOrDefault(id)?.Step ?? RemovalStep.None;

    public static string[] Said(SimWorld world, CredentialId id) =>
        [.. world.Evidence.All.Where(record => record.Credential?.Id == id.ToString() && record.Result is not null && RemovalVerbs.IsOne(record.Action)).Select(record => $"{record.Verb} {record.Result}")];

    public static bool[] Enabled(SimWorld world, CredentialId id) => [.. world.Vault.VersionsOf(id).Select(stored => stored.Version.Enabled)];
}
