using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Triggers;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>The words in which a story of too wide a role is told.</summary>
internal static class Mighty
{
    public const string Application = "cccccccc-0000-4000-8000-00000000a001";

    public static ResourceId Identity(string application = Application) => new($"entra:{application}");

    /// <summary>A rule that takes wide roles away after hours instead of weeks, and neglected credentials never.</summary>
    public static EffectivePolicy Policy(PolicySubject subject) => Neglected.Policy(subject) with { RemoveNeglected = false, CurtailOverPrivileged = true };

    /// <summary>A quiet world with an application that the product rotates for, that is Owner of a subscription, and whose finding is open. A person is Owner there, too.</summary>
    public static (SimWorld World, CredentialId Id, RoleAssignment Role) Owner(string role = SimRoles.Owner, string application = Application)
    {
        var world = Scene.Quiet();
        world.PolicyOf = Policy;
        world.Roles.Give(world.Roles.Person(), SimRoles.Owner, SimRoles.Subscription, "User");
        var id = world.Governed(OverlapClass.Multi, resource: $"entra:{application}");
        world.Consumers.Clear();
        Prove(world, id, application);
        // Until the index knows it.
        world.Advance(TimeSpan.FromMinutes(5));
        var given = world.Roles.Give(SimRoles.PrincipalOf(application), role, SimRoles.Subscription);
        Find(world, id, application);
        return (world, id, given);
    }

    /// <summary>The product once published a value that opens the application.</summary>
    public static void Prove(SimWorld world, CredentialId id, string application = Application) => world.Evidence.Append(new EvidenceRecord
    {
        Op = CrockfordBase32.OfSha256($"once {id}"),
        Stage = RecordStage.Outcome,
        Result = "ok",
        Action = "credential.rotate",
        Time = world.Second,
        Summary = "Rotated.",
        Credential = new CredentialFacts(id.ToString(), null, id.Name),
        Resource = new ResourceFacts($"entra:{application}"),
    });

    /// <summary>A sweep looks at the application's roles as they are now.</summary>
    public static void Find(SimWorld world, CredentialId id, string application = Application, string[]? facts = null)
    {
        var identity = Identity(application);
        facts ??= world.Roles.FactsOf(SimRoles.PrincipalOf(application));
        Finding[] found = facts.Length == 0 ? [] : [SimNeglect.Finding(id, SignalNames.OverPrivileged) with { Subject = identity.Value, Resource = identity, Facts = facts }];
        Assert.Null(world.Do(host => host.Findings.TellAsync(identity.Value, found, new HashSet<string> { SignalNames.OverPrivileged }, Trigger.FromTimer("SweepInventory", world.Second), world.Clock.Now, CancellationToken.None)));
    }

    public static string[] Said(SimWorld world) =>
        [.. world.Evidence.All.Where(record => CurtailmentVerbs.IsOne(record.Action) && record.Result is not null).Select(record => $"{record.Verb} {record.Result}")];

    public static EvidenceRecord Last(SimWorld world, string verb) => world.Evidence.All.Last(record => record.Action == CurtailmentVerbs.Action(verb) && record.Stage != RecordStage.Intent);
}
