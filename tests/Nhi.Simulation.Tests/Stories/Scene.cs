using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Emergency;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Triggers;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>The words in which a story is told: a quiet world in which nothing runs unless the story runs it.</summary>
internal static class Scene
{
    /// <summary>No events, no timers; monitors watch every minute that what is published works.</summary>
    public static SimWorld Quiet(int seed = 1)
    {
        var world = new SimWorld(seed) { Verbose = true, DeliversEvents = false };
        world.StartMonitors();
        return world;
    }

    /// <summary>A secret that came under policy a moment ago: seen, its row free, its version adopted.</summary>
    public static CredentialId Governed(this SimWorld world, OverlapClass overlap, string name = "app", string? resource = null)
    {
        var id = world.Add(name, overlap, resource);
        world.Event(id);
        world.Advance(TimeSpan.FromMinutes(11));
        Assert.Null(world.Event(id));
        Assert.NotNull(world.Vault.CurrentOf(id)!.Version.Nhi?.Op);
        world.Consumers.Add(new SimWorld.Consumer(world, id));
        return id;
    }

    /// <summary>To the minute in which its rotation is due.</summary>
    public static void UntilDue(this SimWorld world, CredentialId id)
    {
        var due = DueDate.Of(world.Vault.CurrentOf(id)!.Version, world.PolicyOf(new PolicySubject(id, SimRotators.KindOf(world.ResourceOf(id).Overlap), null, "", new Dictionary<string, string>())));
        world.Advance(due - world.Clock.Now + TimeSpan.FromMinutes(1));
    }

    /// <summary>A secret with one rotation of ours behind it.</summary>
    public static CredentialId Rotated(this SimWorld world, OverlapClass overlap, string name = "app")
    {
        var id = world.Governed(overlap, name);
        world.Rotate(id);
        return id;
    }

    public static void Rotate(this SimWorld world, CredentialId id)
    {
        var before = world.Versions(id);
        world.UntilDue(id);
        Assert.Null(world.Event(id));
        Assert.Equal(before + 1, world.Versions(id));
    }

    public static int Versions(this SimWorld world, CredentialId id) => world.Vault.VersionsOf(id).Count;
    public static string Value(this SimWorld world, CredentialId id, int version = 0) => (version == 0 ? world.Vault.CurrentOf(id)! : world.Vault.VersionsOf(id)[version - 1]).Value.Reveal();
    public static CredentialVersion Version(this SimWorld world, CredentialId id, int version) => world.Vault.VersionsOf(id)[version - 1].Version;

    /// <summary>True while the provider accepts what that version (from 1) holds.</summary>
    public static bool Lives(this SimWorld world, CredentialId id, int version) => world.Accepts(id, world.Vault.VersionsOf(id)[version - 1]);
    public static bool Works(this SimWorld world, CredentialId id) => world.Accepts(id, world.Vault.CurrentOf(id)!);
    public static int MintsOf(this SimWorld world, string resource) => world.Mints.Where(mint => mint.Key.Resource == resource).Sum(mint => mint.Value);

    /// <summary>An event about the secret comes to a host (0 = the first one), which works to its end. Returns what it threw.</summary>
    public static Exception? Event(this SimWorld world, CredentialId id, int host = 0) =>
        world.Do(one => one.Governor.HandleAsync(Trigger(id), CancellationToken.None), world.Hosts[host]);

    /// <summary>The same, looked at under the row even where nothing is due, as a sweep does once a day.</summary>
    public static GovernReport Look(this SimWorld world, CredentialId id, int host = 0, bool rollback = false)
    {
        GovernReport report = GovernReport.Nothing;
        var thrown = world.Do(async one => report = await one.Governor.HandleAsync(new GovernRequest(Trigger(id)) { Look = true, Rollback = rollback }, CancellationToken.None), world.Hosts[host]);
        Assert.Null(thrown);
        return report;
    }

    /// <summary>An event that comes to a host and is left to itself for so long: the host may die or freeze at it.</summary>
    public static void Begin(this SimWorld world, CredentialId id, TimeSpan wait, int host = 0)
    {
        world.Launch(world.Hosts[host], one => one.Governor.HandleAsync(Trigger(id), CancellationToken.None));
        world.Advance(wait);
    }

    public static void Recover(this SimWorld world, int host = 0) => Assert.Null(world.Do(one => one.Recovery.RunAsync(world.Clock.Now, CancellationToken.None), world.Hosts[host]));
    public static void Sweep(this SimWorld world, int host = 0) => Assert.Null(world.Do(one => one.Sweep.RunAsync(world.Clock.Now, CancellationToken.None), world.Hosts[host]));
    public static void Debts(this SimWorld world, int host = 0) => Assert.Null(world.Do(one => one.Debts.RunAsync(world.Clock.Now, CancellationToken.None), world.Hosts[host]));

    /// <summary>The nth call of that name from now on has this fault; the others have none.</summary>
    public static void Once(this SimWorld world, string what, Fault fault, int nth = 1)
    {
        var count = 0;
        world.FaultOf = call => call.What == what && ++count == nth ? fault : Fault.None;
    }

    public static void Always(this SimWorld world, string what, Fault fault) => world.FaultOf = call => call.What == what ? fault : Fault.None;
    public static void NoFaults(this SimWorld world) => world.FaultOf = _ => Fault.None;

    /// <summary>The marks that <c>nhi emergency</c> leaves: a record that names version and value, and a tag that points at it.</summary>
    public static void Mark(this SimWorld world, CredentialId id, int version)
    {
        var marked = world.Vault.VersionsOf(id)[version - 1];
        var wire = new Wire(world, "cli");
        string? path = null;
        world.Launch(world.Hosts[0], async _ =>
        {
            var record = new EvidenceRecord
            {
                Op = RotationId.Op(marked.Version.Version, Verbs.Emergency, world.Second, 0),
                Stage = RecordStage.Intent,
                Action = Verbs.Action(Verbs.Emergency),
                Time = world.Second,
                Summary = "A person marks it as compromised.",
                Credential = new CredentialFacts(id.ToString(), Name: id.Name, Handle: marked.Version.Nhi?.Handle, Fingerprint: SimWorld.Fingerprint(SimRotators.Split(marked.Value).Secret.Reveal())),
                Resource = new ResourceFacts(world.ResourceOf(id).Name),
                Change = new ChangeFacts(new VersionFacts(marked.Version.Version), null),
            };
            path = (await new SimEvidence.Client(world, wire).WriteAsync(record, new WriteRules(), CancellationToken.None)).Path;
            await new SimEvidence.Client(world, wire).WriteAsync(record with { Stage = RecordStage.Outcome, Result = "ok", Intent = new RecordReference(path, path) }, new WriteRules(), CancellationToken.None);
        });
        world.Advance(TimeSpan.FromSeconds(5));
        world.Vault.Update(id, marked.Version.Version, new VersionUpdate { Tags = new Dictionary<string, string>(marked.Version.Tags) { [NhiTag.MarkName] = path! } });
    }

    /// <summary>No invariant was broken at any step, and no consumer was refused.</summary>
    public static void Clean(this SimWorld world)
    {
        var failures = world.Consumers.Where(consumer => consumer.FirstFailure is not null).Select(consumer => consumer.FirstFailure!);
        if (world.Breaches.Concat(failures).FirstOrDefault() is { } breach)
            Assert.Fail(breach + "\n" + world.Story);
    }

    public static TimeSpan Minutes(double count) => TimeSpan.FromMinutes(count);
    public static TimeSpan Hours(double count) => TimeSpan.FromHours(count);

    private static Trigger Trigger(CredentialId id) => new() { Source = "/vaults/kv1", Id = "e1", Type = SecretEvents.NearExpiry, Credential = id };
}
