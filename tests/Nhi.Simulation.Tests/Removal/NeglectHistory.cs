using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Triggers;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>
/// A seeded history of neglect: two hosts that tick at once, crash, lose answers and land late, reads that are told late, people who keep, restore, quarantine, enable and publish, findings that come and go, policies that change,
/// a table that is lost. Its judge looks at the vault's own changes, the provider and the log, and shares no code with the rules.
/// </summary>
internal sealed class NeglectHistory
{
    private static readonly TimeSpan Young = TimeSpan.FromHours(6);
    private static readonly string[] Signals = [SignalNames.Unused, SignalNames.NeverUsed, SignalNames.NoOwner, SignalNames.WorkloadGone];
    private readonly Random _random;
    private readonly List<CredentialId> _ids = [];
    private readonly Dictionary<CredentialId, (DateTimeOffset At, DateTimeOffset Until)> _kept = [];
    private readonly Dictionary<CredentialId, List<(DateTimeOffset At, DateTimeOffset? Over)>> _neglected = [];
    private readonly Dictionary<CredentialId, Dictionary<string, string>> _before = [];
    private readonly List<(DateTimeOffset At, TimeSpan Notice, TimeSpan Quarantine, TimeSpan Revocation, int Cap)> _policies = [];
    private readonly List<(DateTimeOffset From, DateTimeOffset? To)> _silences = [];
    private readonly HashSet<CredentialId> _touched = [];
    private readonly HashSet<string> _refusing = [];
    private bool _byHand;
    private (TimeSpan Notice, TimeSpan Quarantine, TimeSpan Revocation, bool Removes, int Cap) _policy = (TimeSpan.FromHours(2), TimeSpan.FromHours(3), TimeSpan.FromHours(2), true, 2);

    private NeglectHistory(int seed, bool verbose)
    {
        _random = new Random(seed);
        World = new SimWorld(seed) { DeliversEvents = false, Verbose = verbose, PolicyOf = Policy };
        World.Vault.Updated = Judge;
        World.NoticesTake = () => _random.Next(5) switch { 0 => null, 1 => TimeSpan.FromMinutes(_random.Next(180)), _ => TimeSpan.FromMinutes(_random.Next(3)) };
        World.ProviderRefuses = (what, resource) => what == "kill" && _refusing.Contains(resource);
        Note();
    }

    public SimWorld World { get; }

    /// <summary>Plays it; breaches are in its world.</summary>
    public static SimWorld Play(int seed, bool verbose = false)
    {
        var history = new NeglectHistory(seed, verbose);
        history.Run();
        return history.World;
    }

    private EffectivePolicy Policy(PolicySubject subject) => Neglected.Policy(subject) with
    {
        UnusedAfter = Young,
        RemoveNeglected = _policy.Removes,
        QuarantineAfter = _policy.Notice,
        RevokeAfter = _policy.Quarantine,
        RemoveAfter = _policy.Revocation,
        QuarantinesPerDay = _policy.Cap,
    };

    private void Note() => _policies.Add((World.Clock.Now, _policy.Notice, _policy.Quarantine, _policy.Revocation, _policy.Cap));

    private void Run()
    {
        var overlaps = new[] { OverlapClass.Multi, OverlapClass.DualSlot, OverlapClass.Retire, OverlapClass.Pair };
        for (var i = 0; i < 3; i++)
            Make($"app{i}", overlaps[_random.Next(overlaps.Length)]);
        // A second secret that holds the very same credential.
        if (_ids.Find(id => World.ResourceOf(id).Overlap is OverlapClass.DualSlot or OverlapClass.Pair) is { Name: not null } shared)
            Make("twin", World.ResourceOf(shared).Overlap, World.ResourceOf(shared).Name);
        var rate = new[] { 40, 120, 100_000 }[_random.Next(3)];
        var crashes = 12;
        World.FaultOf = _ => _random.Next(rate) != 0 ? Fault.None : (Fault)(1 + _random.Next(6)) is var fault && fault is Fault.CrashBefore or Fault.CrashAfter && crashes-- <= 0 ? Fault.None : fault;
        var hours = 20 + _random.Next(14);
        World.Cleans = _random.Next(2) == 0;
        for (var hour = 0; hour < hours; hour++)
        {
            if (hour == 7)
                Make("young", OverlapClass.Multi);
            if (World.Neglect.Silent is not null && _random.Next(4) == 0)
                Hear();
            for (var n = _random.Next(3); n > 0; n--)
                Happen();
            Hour();
        }

        World.FaultOf = _ => Fault.None;
        _refusing.Clear();
        for (var hour = 0; hour < 3; hour++)
            Hour();
        JudgeEnd();
    }

    /// <summary>Both hosts tick, at once or apart; the timer that closes what was left open ticks twice.</summary>
    private void Hour()
    {
        var next = Trigger.Floor(World.Clock.Now, TimeSpan.FromHours(1)) + TimeSpan.FromHours(1);
        World.Launch(World.AnyHost(), Removals);
        if (_random.Next(2) == 0)
            World.Clock.In(TimeSpan.FromSeconds(_random.Next(40)), () => World.Launch(World.AnyHost(), Removals));
        foreach (var minutes in (int[])[14, 40])
            World.Clock.In(TimeSpan.FromMinutes(minutes), () => World.Launch(World.AnyHost(), host => host.Recovery.RunAsync(World.Clock.Now, CancellationToken.None)));
        World.AdvanceTo(next);
    }

    private Task Removals(SimHost host) => host.Removals.RunAsync(World.Clock.Now, CancellationToken.None);

    private void Make(string name, OverlapClass overlap, string? resource = null)
    {
        var id = World.Add(name, overlap, resource);
        if (_random.Next(3) == 0 && overlap == OverlapClass.Multi)
        {
            World.Advance(TimeSpan.FromSeconds(5));
            World.PersonRotates(id);
        }

        foreach (var stored in World.Vault.VersionsOf(id).ToList())
            World.Vault.Update(id, stored.Version.Version, new VersionUpdate { Tags = new Dictionary<string, string>(stored.Version.Tags) { [NhiTag.Name] = new NhiTag { Op = "made", Handle = HandleOf(id, stored) }.ToText() } });
        if (World.Vault.VersionsOf(id) is [var old, _, ..] && _random.Next(2) == 0)
            World.SetEnabled(id, old.Version.Version, false);
        World.Tables.Inventory[id] = new Nhi.Governance.Estate.InventoryEntry { Id = id, Resource = new ResourceId(World.Vault.CurrentOf(id)!.Version.Tags["nhi-resource"]), NewestCreated = World.Clock.Now, NewestUpdated = World.Clock.Now, NextLook = World.Clock.Now, Enforced = true };
        _ids.Add(id);
        _neglected[id] = [];
    }

    private string HandleOf(CredentialId id, SimVault.Stored stored) => World.ResourceOf(id) switch
    {
        { Overlap: OverlapClass.Multi } resource => resource.Keys.First(key => key.Value.Secret == stored.Value.Reveal()).Key,
        { Overlap: OverlapClass.DualSlot } => Handle.OfSlot(SimRotators.Slots[0], SimWorld.Fingerprint(stored.Value.Reveal())),
        { Overlap: OverlapClass.Pair } => SimRotators.Roles[0],
        _ => "",
    };

    private void Happen()
    {
        var id = _ids[_random.Next(_ids.Count)];
        if (World.Vault.IsDeleted(id))
        {
            // Now and then somebody misses it.
            if (_random.Next(3) == 0)
                World.Vault.Recover(id);
            return;
        }

        switch (_random.Next(26))
        {
            case < 7:
                Find(id, Signals[_random.Next(Signals.Length)], true);
                break;
            case 7:
                foreach (var signal in Signals)
                    Find(id, signal, false);
                break;
            case < 11:
                World.Neglect.Read(id);
                break;
            case 11:
                Person(async host => await host.Neglect.KeepAsync(id, World.Second + TimeSpan.FromHours(1 + _random.Next(9)), Asked, CancellationToken.None), () => Kept(id));
                break;
            case 12:
                Person(host => host.Neglect.RestoreAsync(id, Asked, CancellationToken.None));
                break;
            case 13:
                Person(host => host.Neglect.QuarantineAsync(id, Asked, CancellationToken.None));
                break;
            case 14 or 15 or 16:
                _policy = (Hours(1, 4), Hours(1, 6), Hours(1, 4), _random.Next(6) != 0, 1 + _random.Next(3));
                Note();
                break;
            case 17:
                World.Neglect.Removals.Clear();
                break;
            case 18 when World.Vault.CurrentOf(id) is { Version: { Enabled: false } version }:
                _touched.Add(id);
                World.SetEnabled(id, version.Version, true);
                break;
            case 19 when World.ResourceOf(id).Overlap is OverlapClass.Multi or OverlapClass.Retire:
                _touched.Add(id);
                World.PersonRotates(id);
                break;
            case 21 when World.Vault.VersionsOf(id) is [{ Version: { Enabled: false, IsDead: false } old }, _, ..]:
                _touched.Add(id);
                _byHand = true;
                World.SetEnabled(id, old.Version, true);
                _byHand = false;
                break;
            case 22 when !_refusing.Remove(World.ResourceOf(id).Name):
                _refusing.Add(World.ResourceOf(id).Name);
                break;
            case 23 when World.Neglect.Silent is null && _random.Next(3) == 0:
                World.Neglect.Silent = World.Clock.Now;
                _silences.Add((World.Clock.Now, null));
                break;
            case 20:
                World.Crash(World.AnyHost()?.Name ?? "");
                break;
        }
    }

    /// <summary>The log goes on, and does not say what was meanwhile.</summary>
    private void Hear()
    {
        (World.Neglect.Silent, World.Neglect.Heard) = (null, World.Clock.Now);
        _silences[^1] = (_silences[^1].From, World.Clock.Now);
    }

    private static readonly OperatorRequest Asked = OperatorRequest.Of("nhi test", "ada", "a reason");

    private TimeSpan Hours(int least, int most) => TimeSpan.FromHours(_random.Next(least, most + 1));

    private void Person(Func<SimHost, Task> work, Action? done = null) => World.Launch(World.AnyHost(), async host =>
    {
        try
        {
            await work(host);
            done?.Invoke();
        }
        catch (OperatorRefusedException)
        {
        }
    });

    private void Kept(CredentialId id) => _kept[id] = (World.Clock.Now, World.Neglect.Removals.TryGetValue(id, out var note) && note.History.Kept is { } kept ? kept.Until : World.Clock.Now);

    private void Find(CredentialId id, string signal, bool found)
    {
        var subject = id.ToString();
        World.Launch(World.AnyHost(), host => host.Findings.TellAsync(subject, found ? [SimNeglect.Finding(id, signal)] : [], new HashSet<string> { signal }, Trigger.FromTimer("SweepInventory", World.Second), World.Clock.Now, CancellationToken.None));
    }

    // ---- the judge

    private static string? StepIn(CredentialVersion version) => version.Tags.TryGetValue("nhi-removal", out var text) ? System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("s").GetString() : null;

    private static DateTimeOffset BegunIn(CredentialVersion version) => DateTimeOffset.FromUnixTimeSeconds(System.Text.Json.JsonDocument.Parse(version.Tags["nhi-removal"]).RootElement.GetProperty("q").GetInt64());

    private static string Shape(CredentialVersion version) => $"{version.Enabled} {string.Join(',', version.Tags.Where(tag => tag.Key != "nhi-removal").OrderBy(tag => tag.Key, StringComparer.Ordinal))}";

    /// <summary>At each change of a version: a quarantine of what must not be, and a restore that gives back something else.</summary>
    private void Judge(CredentialId id, CredentialVersion before, CredentialVersion after)
    {
        if (_byHand)
            return;
        var shapes = _before.TryGetValue(id, out var known) ? known : _before[id] = [];
        if (before.Enabled && !after.Enabled && StepIn(after) == "Quarantined")
        {
            shapes[after.Version] = Shape(before);
            if (Shape(before with { Enabled = false }) != Shape(after))
                World.Breach($"the quarantine changes more of {id.Name} than its state: {Shape(before)} to {Shape(after)}");
            if (StepIn(before) is null && before.Updated > BegunIn(after))
                World.Breach($"the quarantine of {id.Name} takes away again what a person gave back");
            JudgeQuarantine(id);
        }

        // The engine adopts what somebody publishes meanwhile and names what the older versions open: that stays.
        if (!before.Enabled && !after.Enabled && StepIn(before) is not null && before.Tags["nhi-removal"] == after.Tags.GetValueOrDefault("nhi-removal"))
            shapes[after.Version] = Shape(after with { Enabled = true });
        // Only a version that a quarantine disabled is enabled again, as it was.
        if (!before.Enabled && after.Enabled && StepIn(after) is null && (!shapes.TryGetValue(after.Version, out var was) || was != Shape(after)))
            World.Breach($"the restore of {id.Name} gives back {Shape(after)} and not {shapes.GetValueOrDefault(after.Version)}");
        if (after.Enabled && StepIn(before) is "Revoking" or "Revoked" or "Removed" && StepIn(after) is null)
            World.Breach($"{id.Name} is given back after its revocation");
    }

    private void JudgeQuarantine(CredentialId id)
    {
        var attempt = World.Evidence.All.Last(record => record.Action == "removal.quarantine" && record.Stage == RecordStage.Intent && record.Credential?.Id == id.ToString());
        if (_kept.TryGetValue(id, out var kept) && kept.At < attempt.Time && attempt.Time < kept.Until)
            World.Breach($"{id.Name} is kept until {kept.Until:HH:mm} and is put into quarantine");
        if (attempt.RequestedBy is not null || attempt.Decision!.Reasons![0].Contains("goes on", StringComparison.Ordinal))
            return;
        if (ReadsOf(id, attempt.Time - Young, attempt.Time) is [var read, ..])
            World.Breach($"{id.Name} was read at {read:HH:mm} and is put into quarantine");
        if (World.Vault.VersionsOf(id)[0].Version.Created + Young > attempt.Time)
            World.Breach($"{id.Name} is young and is put into quarantine");
        var told = Of(id).LastOrDefault(record => record.Action == "removal.tell" && record.Time < attempt.Time);
        if (told is not null && IsBlind(told.Time, attempt.Time))
            World.Breach($"{id.Name} is put into quarantine and nobody would have seen a read since {told.Time:HH:mm}");
        if (told is null)
            World.Breach($"{id.Name} is put into quarantine and nobody was told");
        else if (Of(id).FirstOrDefault(record => record.Action == "notice.deliver" && record.Time == told.Time) is not { } taken)
            World.Breach($"{id.Name} is put into quarantine and nobody took what its owner was told");
        else if (attempt.Time < taken.Recorded + PolicyAt(told.Time).Notice)
            World.Breach($"{id.Name} is put into quarantine before its owner's time was over, which began at {taken.Recorded:HH:mm}");
        else if (attempt.Time < told.Time + PolicyAt(told.Time).Notice)
            World.Breach($"{id.Name} is put into quarantine before the time that its owner was told");
        if (told is not null && !Of(id).Any(record => record.Action == "finding.raise" && record.Finding!.Signal != SignalNames.NoOwner && record.Time <= told.Time))
            World.Breach($"{id.Name} is told and no finding led to that");
    }

    /// <summary>Whether the log was silent between two instants, and had told of it by the later one: it goes on, or was silent for so long that nobody could take it for late.</summary>
    private bool IsBlind(DateTimeOffset from, DateTimeOffset to) =>
        _silences.Exists(silence => silence.To is { } end && end <= to - TimeSpan.FromSeconds(1) ? end > from + TimeSpan.FromSeconds(1) : silence.From < to - TimeSpan.FromHours(3.1));

    private (DateTimeOffset At, TimeSpan Notice, TimeSpan Quarantine, TimeSpan Revocation, int Cap) PolicyAt(DateTimeOffset at) => _policies.Last(policy => policy.At <= at + TimeSpan.FromSeconds(1));

    /// <summary>The largest cap that was in force on a day (UTC).</summary>
    private int CapOn(DateTime day) => _policies.Where((policy, i) => policy.At.UtcDateTime < day.AddDays(1) && (i + 1 == _policies.Count || _policies[i + 1].At.UtcDateTime >= day)).Max(policy => policy.Cap);

    /// <summary>The reads after an instant that the platform had told of at another.</summary>
    private List<DateTimeOffset> ReadsOf(CredentialId id, DateTimeOffset after, DateTimeOffset toldBy) =>
        [.. World.Neglect.Reads.Where(read => read.Id == id && read.At > after + TimeSpan.FromSeconds(1) && read.At + World.Neglect.Lag <= toldBy).Select(read => read.At)];

    private List<EvidenceRecord> Of(CredentialId id) => [.. World.Evidence.All.Where(record => record.Credential?.Id == id.ToString())];

    private void JudgeEnd()
    {
        foreach (var id in _ids)
        {
            var records = Of(id).Where(record => record.Action.StartsWith("removal.", StringComparison.Ordinal)).OrderBy(record => record.Time).ToList();
            JudgeRevoked(id, records);
            JudgeRemoved(id, records);
            JudgeDeleted(id, records);
            JudgeLast(id);
            JudgeRuns(id, records);
        }

        foreach (var day in World.Evidence.All.Where(record => record.Action == "removal.quarantine" && record.Stage == RecordStage.Intent && record.RequestedBy is null && !record.Decision!.Reasons![0].Contains("goes on", StringComparison.Ordinal)).CountBy(record => record.Time.UtcDateTime.Date))
            if (CapOn(day.Key) is var cap && day.Value > cap)
                World.Breach($"{day.Value} quarantines on {day.Key:yyyy-MM-dd}, of {cap} at most");
        foreach (var intent in World.Evidence.OpenIntents().Where(intent => intent.Time + TimeSpan.FromMinutes(50) < World.Clock.Now))
            World.Breach($"the intent {intent.Verb} of {intent.Credential?.Name} of {intent.Time:HH:mm:ss} is never closed");
    }

    /// <summary>
    /// Everything that is to be revoked has its finding, notice and quarantine in the log, in that order, with the policy's waits between, and at that moment nobody keeps it and nobody is known to have read it since its owner was told.
    /// Judged by what is promised: whether the kill then succeeds is not the judge's business.
    /// </summary>
    private void JudgeRevoked(CredentialId id, List<EvidenceRecord> records)
    {
        foreach (var revoked in records.Where(record => record.Action == "removal.revoke" && record.Stage == RecordStage.Intent))
        {
            if (QuarantineBefore(records, revoked) is not { } quarantined)
            {
                World.Breach($"{id.Name} is revoked without a quarantine");
                continue;
            }

            if (quarantined.RequestedBy is not null)
                World.Breach($"{id.Name} is revoked, and a person put it aside");
            if (records.LastOrDefault(record => record.Action == "removal.tell" && record.Time < quarantined.Time) is not { } told)
                World.Breach($"{id.Name} is revoked and nobody was told");
            else if (ReadsOf(id, told.Time, revoked.Time) is [var late, ..])
                World.Breach($"{id.Name} was read at {late:HH:mm}, after its owner was told at {told.Time:HH:mm}, and is revoked");
            if (revoked.Time < quarantined.Time + PolicyAt(quarantined.Time).Quarantine)
                World.Breach($"{id.Name} is revoked at {revoked.Time:HH:mm} too soon after {quarantined.Time:HH:mm}");
            if (IsBlind(quarantined.Time, revoked.Time))
                World.Breach($"{id.Name} is revoked and nobody would have seen a read since {quarantined.Time:HH:mm}");
            if (records.LastOrDefault(record => record.Action == "removal.keep" && record.Time < revoked.Time) is { } kept && revoked.Time < kept.Approval!.Expires)
                World.Breach($"{id.Name} is kept until {kept.Approval.Expires:HH:mm} and is revoked");
        }
    }

    private static EvidenceRecord? QuarantineBefore(List<EvidenceRecord> records, EvidenceRecord step) =>
        records.LastOrDefault(record => record.Action == "removal.quarantine" && record.Stage == RecordStage.Intent && record.Time < step.Time && !record.Decision!.Reasons![0].Contains("goes on", StringComparison.Ordinal));

    private void JudgeRemoved(CredentialId id, List<EvidenceRecord> records)
    {
        foreach (var removed in records.Where(record => record.Action == "removal.remove" && record.Stage == RecordStage.Intent))
        {
            if (records.LastOrDefault(record => record.Action == "removal.revoke" && record.Stage == RecordStage.Intent && record.Time < removed.Time) is not { } revoked)
                World.Breach($"{id.Name} is removed without a revocation");
            else if (removed.Time < revoked.Time + PolicyAt(revoked.Time).Revocation)
                World.Breach($"{id.Name} is removed too soon after it was revoked");
            if (World.Vault.CurrentOf(id) is { Version.Enabled: true } && !_touched.Contains(id))
                World.Breach($"{id.Name} is removed and enabled");
        }
    }

    /// <summary>Only what the log says was removed is deleted, where the product may, and its intent is no promise only.</summary>
    private void JudgeDeleted(CredentialId id, List<EvidenceRecord> records)
    {
        foreach (var deleted in records.Where(record => record.Action == "removal.delete" && record.Stage == RecordStage.Intent))
            if (!World.Cleans || !records.Any(record => record.Action == "removal.remove" && record.Time < deleted.Time))
                World.Breach($"{id.Name} is deleted and was not removed");
    }

    /// <summary>What is enabled in the end works; what was removed is dead, unless a secret that is not removed holds the same.</summary>
    private void JudgeLast(CredentialId id)
    {
        if (World.Vault.CurrentOf(id) is not { } current)
            return; // Deleted, which is judged by its own.
        var resource = World.ResourceOf(id);
        var siblings = _ids.Where(other => World.Vault.CurrentOf(other) is not null && World.ResourceOf(other) == resource).ToList();
        if (resource.Overlap == OverlapClass.Retire || siblings.Any(_touched.Contains))
            return;
        if (current.Version.Enabled && !World.Works(id))
            World.Breach($"{id.Name} is enabled and dead");
        if (StepIn(current.Version) == "Removed" && World.Works(id) && siblings.All(other => StepIn(World.Vault.CurrentOf(other)!.Version) == "Removed"))
            World.Breach($"{id.Name} is removed and lives");
    }

    /// <summary>One run, one step: also of two hosts that tick in the same hour, since every wait is longer.</summary>
    private void JudgeRuns(CredentialId id, List<EvidenceRecord> records)
    {
        foreach (var run in records.Where(record => record.Trigger?.Source == "timer" && record.Stage != RecordStage.Reconciled && record.Verb is "tell" or "quarantine" or "revoke" or "remove" or "delete").GroupBy(record => record.Trigger!.Id))
            if (run.Select(record => record.Verb).Distinct().Count() > 1)
                World.Breach($"{id.Name} goes two steps in one run: {string.Join(", ", run.Select(record => record.Verb))}");
    }
}
