using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Triggers;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>
/// A seeded history of wide roles: two hosts that tick at once, crash, lose answers and land late; sweeps that look now and then; people who give roles, take them, make them again and keep; Owners who leave, policies that change,
/// tables that are lost. Its judge looks at what is deleted at the moment it goes, and at the log, and shares no code with the rules.
/// </summary>
internal sealed class CurtailmentHistory
{
    private static readonly OperatorRequest Asked = OperatorRequest.Of("nhi test", "ada", "a reason");
    private static readonly string[] Applications = ["cccccccc-0000-4000-8000-00000000a001", "cccccccc-0000-4000-8000-00000000a002", SimHost.OwnApplication];
    private static readonly string[] Subscriptions = [SimRoles.Subscription, "/subscriptions/22222222-0000-4000-8000-000000000002"];
    private readonly Random _random;
    private readonly List<(CredentialId Id, string Application)> _apps = [];
    private readonly Dictionary<CredentialId, List<(DateTimeOffset At, DateTimeOffset Until)>> _keeps = [];
    private readonly List<(DateTimeOffset At, TimeSpan Notice)> _policies = [];
    private readonly List<(DateTimeOffset At, RoleAssignment Role)> _gone = [];
    private readonly HashSet<string> _restored = [];
    private (TimeSpan Notice, bool Curtails, int Cap) _policy = (TimeSpan.FromHours(2), true, 2);

    private CurtailmentHistory(int seed, bool verbose)
    {
        _random = new Random(seed);
        World = new SimWorld(seed) { DeliversEvents = false, Verbose = verbose, PolicyOf = Policy };
        World.Roles.Deleting = Judge;
        World.NoticesTake = () => _random.Next(5) switch { 0 => null, 1 => TimeSpan.FromMinutes(_random.Next(180)), _ => TimeSpan.FromMinutes(_random.Next(3)) };
        Note();
    }

    public SimWorld World { get; }

    public static SimWorld Play(int seed, bool verbose = false)
    {
        var history = new CurtailmentHistory(seed, verbose);
        history.Run();
        return history.World;
    }

    private EffectivePolicy Policy(PolicySubject subject) => Mighty.Policy(subject) with { CurtailOverPrivileged = _policy.Curtails, QuarantineAfter = _policy.Notice, QuarantinesPerDay = _policy.Cap };

    private void Note() => _policies.Add((World.Clock.Now, _policy.Notice));

    private void Run()
    {
        foreach (var subscription in Subscriptions)
            World.Roles.Give(World.Roles.Person(), SimRoles.Owner, subscription, "User");
        foreach (var application in Applications)
            Make(application);
        var rate = new[] { 40, 150, 100_000 }[_random.Next(3)];
        var crashes = 10;
        World.FaultOf = _ => _random.Next(rate) != 0 ? Fault.None : (Fault)(1 + _random.Next(6)) is var fault && fault is Fault.CrashBefore or Fault.CrashAfter && crashes-- <= 0 ? Fault.None : fault;
        for (var hour = 0; hour < 30; hour++)
        {
            for (var n = _random.Next(3); n > 0; n--)
                Happen();
            Hour();
        }

        World.FaultOf = _ => Fault.None;
        for (var hour = 0; hour < 3; hour++)
            Hour();
        JudgeEnd();
    }

    private void Make(string application)
    {
        var id = World.Add($"app{_apps.Count}", OverlapClass.Multi, $"entra:{application}");
        World.Tables.Inventory[id] = new Nhi.Governance.Estate.InventoryEntry { Id = id, Resource = Mighty.Identity(application), NewestCreated = World.Clock.Now, NewestUpdated = World.Clock.Now, NextLook = World.Clock.Now, Enforced = true };
        Mighty.Prove(World, id, application);
        _apps.Add((id, application));
        _keeps[id] = [];
        World.Roles.Give(SimRoles.PrincipalOf(application), _random.Next(2) == 0 ? SimRoles.Owner : SimRoles.Contributor, Subscriptions[_random.Next(2)]);
        World.Roles.Members.Add((SimRoles.PrincipalOf(application), "dddddddd-0000-4000-8000-00000000d001"));
    }

    private void Hour()
    {
        var next = Trigger.Floor(World.Clock.Now, TimeSpan.FromHours(1)) + TimeSpan.FromHours(1);
        World.Launch(World.AnyHost(), Tick);
        if (_random.Next(2) == 0)
            World.Clock.In(TimeSpan.FromSeconds(_random.Next(40)), () => World.Launch(World.AnyHost(), Tick));
        foreach (var minutes in (int[])[14, 40])
            World.Clock.In(TimeSpan.FromMinutes(minutes), () => World.Launch(World.AnyHost(), host => host.Recovery.RunAsync(World.Clock.Now, CancellationToken.None)));
        World.AdvanceTo(next);
    }

    private Task Tick(SimHost host) => host.Removals.RunAsync(World.Clock.Now, CancellationToken.None);

    private void Happen()
    {
        var (id, application) = _apps[_random.Next(_apps.Count)];
        var principal = SimRoles.PrincipalOf(application);
        switch (_random.Next(18))
        {
            case < 7:
                Sweep(id, application);
                break;
            case 7 when World.Roles.Assignments.Count(one => one.Principal == principal) < 4:
                Give(principal, SimRoles.Owner, Subscriptions[_random.Next(2)], _random.Next(2) == 0 ? World.Clock.Now : World.Clock.Now.AddDays(-3));
                break;
            case 8 when World.Roles.Assignments.Find(one => one.Principal == principal) is { } taken:
                World.Roles.Assignments.Remove(taken);
                break;
            case 9 or 10 when _gone.Count > 0:
                var again = _gone[_random.Next(_gone.Count)].Role;
                if (Give(again.Principal, again.RoleId, again.Scope, World.Clock.Now))
                    _restored.Add(World.Roles.Assignments[^1].Id);
                break;
            case 11:
                World.Launch(World.AnyHost(), async host =>
                {
                    var until = World.Second + TimeSpan.FromHours(1 + _random.Next(9));
                    try
                    {
                        _keeps[id].Add(((await host.Neglect.KeepAsync(id, until, Asked, CancellationToken.None)).Keep.At, until));
                    }
                    catch (OperatorRefusedException)
                    {
                    }
                });
                break;
            case 12 or 13:
                _policy = (TimeSpan.FromHours(1 + _random.Next(4)), _random.Next(5) != 0, 1 + _random.Next(3));
                Note();
                break;
            case 14:
                // A lost table is made anew before anybody works on.
                World.Roles.Notes.Clear();
                World.Launch(World.AnyHost(), async host =>
                {
                    foreach (var record in World.Evidence.All.Where(record => record.Action.StartsWith("privilege.", StringComparison.Ordinal) && record.Stage != RecordStage.Intent).ToList())
                        await host.RemovalRebuild.RebuildRoleAsync(new ResourceId(record.Resource!.Id), record.Path!, CancellationToken.None);
                });
                break;
            case 15:
                World.Roles.Person(state: World.Roles.People.Values.First() == PrincipalState.Active ? PrincipalState.Deleted : PrincipalState.Active);
                break;
            case 16:
                World.Crash(World.AnyHost()?.Name ?? "");
                break;
            case 17:
                World.Roles.Give("dddddddd-0000-4000-8000-00000000d001", SimRoles.Contributor, Subscriptions[_random.Next(2)], "Group");
                break;
        }
    }

    /// <summary>Azure has one assignment of a role to a principal at a scope.</summary>
    private bool Give(string principal, string role, string scope, DateTimeOffset at)
    {
        if (World.Roles.Assignments.Exists(one => one.Principal == principal && one.RoleId == role && one.Scope == scope))
            return false;
        World.Roles.Give(principal, role, scope, at: at);
        return true;
    }

    private void Sweep(CredentialId id, string application)
    {
        var identity = Mighty.Identity(application);
        var facts = World.Roles.FactsOf(SimRoles.PrincipalOf(application));
        Finding[] found = facts.Length == 0 ? [] : [SimNeglect.Finding(id, SignalNames.OverPrivileged) with { Subject = identity.Value, Resource = identity, Facts = facts }];
        World.Launch(World.AnyHost(), host => host.Findings.TellAsync(identity.Value, found, new HashSet<string> { SignalNames.OverPrivileged }, Trigger.FromTimer("SweepInventory", World.Second), World.Clock.Now, CancellationToken.None));
    }

    // ---- the judge

    /// <summary>At the moment in which an assignment goes by the product's hand: judged by what was promised, and by when.</summary>
    private void Judge(RoleAssignment role)
    {
        _gone.Add((World.Clock.Now, role));
        var (id, application) = _apps.Single(app => SimRoles.PrincipalOf(app.Application) == role.Principal);
        var what = $"{(role.RoleId == SimRoles.Owner ? "Owner" : "Contributor")} of {id.Name} at {role.Scope[^4..]}";
        var intent = World.Evidence.All.Last(record => record.Action == "privilege.curtail" && record.Stage == RecordStage.Intent && record.Assignment!.Id == role.Id);
        var at = intent.Time;
        if (application == SimHost.OwnApplication || role.Type != "ServicePrincipal")
            World.Breach($"{what} is taken away and is nobody's to take");
        if (intent.Assignment != new AssignmentFacts(role.Id, role.Role, role.Principal, role.Type, role.Scope, role.Condition, role.ConditionVersion, role.Description))
            World.Breach($"{what} is taken away and its intent cannot make it again");
        if (_keeps[id].Exists(keep => keep.At < at && at < keep.Until))
            World.Breach($"{what} is kept and is taken away");
        if (role.Changed > at - PolicyAt(at))
            World.Breach($"{what} is young and is taken away");
        if (_restored.Contains(role.Id) && !_keeps[id].Exists(keep => keep.Until <= at))
            World.Breach($"{what} was made again by a person and is taken away");
        var told = World.Evidence.All.LastOrDefault(record => record.Action == "privilege.tell" && record.Rotation == intent.Rotation && record.Time < at);
        if (told is null)
            World.Breach($"{what} is taken away and nobody was told");
        else if (at < told.Time + PolicyAt(told.Time))
            World.Breach($"{what} is taken away at {at:HH:mm}, before the time that was told at {told.Time:HH:mm}");
        else if (World.Evidence.All.FirstOrDefault(record => record.Action == "notice.deliver" && record.Rotation == intent.Rotation && record.Time == told.Time) is not { } taken)
            World.Breach($"{what} is taken away and nobody took what its owner was told");
        else if (at < taken.Recorded + PolicyAt(told.Time))
            World.Breach($"{what} is taken away before its owner's time was over, which began at {taken.Recorded:HH:mm}");
        if (told is not null && !World.Evidence.All.Any(record => record.Action == "finding.raise" && record.Resource?.Id == $"entra:{application}" && record.Time <= told.Time && record.Finding!.Facts!.Any(fact => fact.Contains(role.Scope, StringComparison.Ordinal))))
            World.Breach($"{what} is told and no finding led to that");
    }

    private TimeSpan PolicyAt(DateTimeOffset at) => _policies.Last(policy => policy.At <= at + TimeSpan.FromSeconds(1)).Notice;

    private void JudgeEnd()
    {
        foreach (var day in World.Evidence.All.Where(record => record.Action == "privilege.curtail" && record.Stage == RecordStage.Intent).CountBy(record => record.Time.UtcDateTime.Date))
            if (day.Value > 3)
                World.Breach($"{day.Value} roles on {day.Key:yyyy-MM-dd}");
        foreach (var run in World.Evidence.All.Where(record => record.Action.StartsWith("privilege.", StringComparison.Ordinal) && record.Stage != RecordStage.Reconciled && record.Verb is "tell" or "curtail").GroupBy(record => (record.Trigger!.Id, record.Rotation)))
            if (run.Select(record => record.Verb).Distinct().Count() > 1)
                World.Breach($"a role goes two steps in one run: {string.Join(", ", run.Select(record => record.Verb))}");
        foreach (var intent in World.Evidence.OpenIntents().Where(intent => intent.Time + TimeSpan.FromMinutes(50) < World.Clock.Now))
            World.Breach($"the intent {intent.Verb} of {intent.Time:HH:mm:ss} is never closed");
        // Whatever is gone by our hand is said to be gone, and can be made again from there.
        foreach (var (_, role) in _gone)
            if (!World.Evidence.All.Any(record => record.Action == "privilege.curtail" && record.Assignment?.Id == role.Id && (record.Result == "ok" || record.Shown == "published")))
                World.Breach($"{role.Id} is gone and no record says so");
    }
}
