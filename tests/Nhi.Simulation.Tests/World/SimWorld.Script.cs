using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Emergency;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Triggers;

namespace Nhi.Simulation.Tests.World;

/// <summary>What a story needs: faults at exact calls, things that happen right after an effect, people, and looks at what is published.</summary>
internal sealed partial class SimWorld
{
    private readonly List<Cue> _cues = [];
    private readonly List<(string What, Action Action)> _afterwards = [];

    private sealed class Cue(string what, Fault fault, string? host, int skip, TimeSpan? lasting)
    {
        public Fault Fault => fault;
        public TimeSpan? Lasting => lasting;
        private int _left = skip;
        public bool Meets(Call call) => call.What == what && (host is null || host == call.Host) && _left-- <= 0;
    }

    /// <summary>How long the next frozen process sleeps, or how late a late effect lands; null: the seed says.</summary>
    public TimeSpan? Lasting { get; set; }

    /// <summary>How many due secrets a sweep of the next hosts holds at once.</summary>
    public int MostAtOnce { get; set; } = 5_000;

    /// <summary>How long the next tokens take before something is sent that changes anything; null: no time at all.</summary>
    public TimeSpan? TokenTakes { get; set; }

    /// <summary>How far the index lags behind; null: the seed says, up to 140 seconds.</summary>
    public TimeSpan? Lag { get; set; }

    /// <summary>The provider refuses a call (its name, the resource): for good, without an effect.</summary>
    public Func<string, string, bool> ProviderRefuses { get; set; } = (_, _) => false;

    public void AskProvider(string what, string resource)
    {
        if (ProviderRefuses(what, resource))
            throw new ExternalCallException($"{what} at {resource} is refused.", false, false, "Forbidden");
    }

    /// <summary>False: providers do not say when a slot was last changed.</summary>
    public bool ProvidersTellTimes { get; set; } = true;

    /// <summary>The provider says of two principals that they are a pair.</summary>
    public bool PairsAreVouchedFor { get; set; } = true;

    /// <summary>How long a key lives that a provider makes, whatever is asked; null: as long as is asked.</summary>
    public TimeSpan? GrantsAtMost { get; set; }

    /// <summary>Every publication, and whether what it published worked at that moment.</summary>
    public List<(DateTimeOffset At, CredentialId Id, string Value, bool Works)> Publications { get; } = [];

    /// <summary>The next call of that name (of that host, after <paramref name="skip"/> others) meets the fault, once.</summary>
    public void Next(string what, Fault fault, SimHost? host = null, int skip = 0, TimeSpan? lasting = null) => _cues.Add(new Cue(what, fault, host?.Name, skip, lasting));

    /// <summary>Something happens elsewhere in the moment after the next effect of that name.</summary>
    public void After(string what, Action action) => _afterwards.Add((what, action));

    public Fault FaultFor(Call call)
    {
        if (_cues.Count == 0)
            return FaultOf(call);
        if (_cues.FirstOrDefault(cue => cue.Meets(call)) is not { } met)
            return FaultOf(call);
        _cues.Remove(met);
        Lasting = met.Lasting;
        return met.Fault;
    }

    public void Happened(string what)
    {
        if (_afterwards.Count == 0)
            return;
        var at = _afterwards.FindIndex(hook => hook.What == what);
        if (at < 0)
            return;
        var action = _afterwards[at].Action;
        _afterwards.RemoveAt(at);
        Clock.In(TimeSpan.FromMilliseconds(1), action);
    }

    // ---- triggers

    public static Trigger Event(CredentialId id) => new() { Source = "/vaults/kv1", Id = "story", Type = SecretEvents.NearExpiry, Credential = id };

    /// <summary>One trigger in that host, with a look under the row whatever the list shows.</summary>
    public void Ask(CredentialId id, SimHost? host = null, Action<GovernReport>? report = null) =>
        Launch(host ?? Hosts[0], async working =>
        {
            var result = await working.Governor.HandleAsync(new GovernRequest(Event(id)) { Look = true }, CancellationToken.None);
            report?.Invoke(result);
        });

    /// <summary>The same, and the time until it has ended (if its host lives to tell).</summary>
    public GovernReport? AskNow(CredentialId id, SimHost? host = null, TimeSpan? within = null)
    {
        GovernReport? report = null;
        Ask(id, host, result => report = result);
        Advance(within ?? TimeSpan.FromMinutes(5));
        return report;
    }

    public void StartReconcile(SimHost? host = null) => Launch(host ?? Hosts[0], working => working.Recovery.RunAsync(Clock.Now, CancellationToken.None));

    /// <summary>Only the timer ReconcileOperations.</summary>
    public void StartRecovery() => Every(RecoveryRun.Period, host => host.Recovery.RunAsync(Clock.Now, CancellationToken.None));

    /// <summary>Every secret is seen, adopted and at rest.</summary>
    public void Adopt()
    {
        for (var i = 0; i < 2; i++)
        {
            Launch(Hosts[0], host => host.Sweep.RunAsync(Clock.Now, CancellationToken.None));
            Advance(TimeSpan.FromMinutes(11));
        }

        foreach (var id in Vault.Ids)
            AskNow(id, within: TimeSpan.FromMinutes(2));
    }

    public EffectivePolicy PolicyFor(CredentialId id)
    {
        var tags = Vault.CurrentOf(id)!.Version.Tags;
        return PolicyOf(new PolicySubject(id, tags.GetValueOrDefault("nhi-kind"), null, "", tags));
    }

    public void AdvanceTo(DateTimeOffset when)
    {
        if (when > Clock.Now)
            Clock.RunUntil(when);
    }

    /// <summary>To the second in which the current version is due.</summary>
    public void AdvanceToDue(CredentialId id) => AdvanceTo(DueDate.Of(Vault.CurrentOf(id)!.Version, PolicyFor(id)) + TimeSpan.FromSeconds(1));

    /// <summary>Rotated in peace: what stories begin with.</summary>
    public void RotateInPeace(CredentialId id)
    {
        AdvanceToDue(id);
        var before = Vault.CurrentOf(id)!.Version.Version;
        AskNow(id);
        Assert.NotEqual(before, Vault.CurrentOf(id)!.Version.Version);
        Assert.True(Works(id));
    }

    // ---- people

    /// <summary>A person declares the current value (or a version) compromised: the record, its outcome, and the tag that points at it.</summary>
    public CompromiseMark Compromise(CredentialId id, string? version = null)
    {
        var stored = Vault.VersionsOf(id).First(candidate => version is null ? candidate == Vault.CurrentOf(id) : candidate.Version.Version == version);
        var resource = ResourceOf(id).Name;
        var intent = new EvidenceRecord
        {
            Op = RotationId.Op(stored.Version.Version, Verbs.Emergency, Second, 0),
            Stage = RecordStage.Intent,
            Action = Verbs.Action(Verbs.Emergency),
            Time = Second,
            Summary = "A person says that it leaked.",
            Credential = new CredentialFacts(id.ToString(), null, id.Name, stored.Version.Nhi?.Handle, Fingerprint: Fingerprint(SimRotators.Split(stored.Value).Secret.Reveal())),
            Resource = new ResourceFacts(resource),
            Change = new ChangeFacts(new VersionFacts(stored.Version.Version), null),
        };
        var path = Evidence.Append(intent);
        Evidence.Append(intent with { Stage = RecordStage.Outcome, Result = "ok" });
        Vault.Update(id, stored.Version.Version, new VersionUpdate { Tags = new Dictionary<string, string>(stored.Version.Tags) { [NhiTag.MarkName] = path } });
        return CompromiseMark.Of(intent, path)!;
    }

    /// <summary>A person says that nobody uses what that slot holds.</summary>
    public void NameFree(string resource, string slot) => Evidence.Append(new EvidenceRecord
    {
        Op = RotationId.Op(resource, Verbs.Adopt, Second, 0),
        Stage = RecordStage.Outcome,
        Result = "ok",
        Action = Verbs.Action(Verbs.Adopt),
        Time = Second,
        Summary = "A person says that it is free.",
        Resource = new ResourceFacts(resource),
        Slots = [new SlotFacts(slot, Fingerprint(Resources[resource].Places[slot]!))],
    });

    public void SetEnabled(CredentialId id, string version, bool enabled) =>
        Vault.Update(id, version, new VersionUpdate { Enabled = enabled, Tags = Vault.VersionsOf(id).First(stored => stored.Version.Version == version).Version.Tags });

    public void Pause(string scope = "*") => Tables.Pauses.Add(new Pause(scope, "a person", "a test of the site", Clock.Now, null, null));

    /// <summary>A person publishes something by hand, with the secret's own tags but ours.</summary>
    public void PersonPublishes(CredentialId id, string value) =>
        Vault.Set(id, new SecretMaterial(value), Vault.CurrentOf(id)!.Version.Tags.Where(tag => tag.Key is not (NhiTag.Name or NhiTag.MarkName)).ToDictionary(), null);

    /// <summary>A person runs <c>nhi rebuild</c>: the index out of the container, then the product's own rebuild of the tables; again where it did not come to its end.</summary>
    public void Rebuild()
    {
        Evidence.RebuildIndex();
        Again();

        void Again()
        {
            var ready = false;
            Launch(new SimHost(this, $"nhi{++_incarnation}"), async nhi => ready = (await nhi.Rebuild.RunAsync(index: false, tables: true, CancellationToken.None)).Ready);
            Clock.In(TimeSpan.FromMinutes(3), () =>
            {
                if (!ready)
                    Again();
            });
        }
    }

    // ---- looks

    public string ValueOf(CredentialId id) => Vault.CurrentOf(id)!.Value.Reveal();
    public string VersionOf(CredentialId id) => Vault.CurrentOf(id)!.Version.Version;
    public int MintsAt(string resource) => Mints.Where(mint => mint.Key.Resource == resource).Sum(mint => mint.Value);

    /// <summary>Nothing was breached; else the story, for a reader.</summary>
    public void AssertNoBreach() => Assert.True(Breaches.Count == 0, string.Join('\n', Breaches.Take(8)) + "\n\n" + Excerpt);

    public void AssertAt(bool condition, string what) => Assert.True(condition, $"{what} (at {Clock.Now:dd HH:mm:ss})\n\n{Excerpt}");

    /// <summary>The last of what was done, without what was only read.</summary>
    private string Excerpt => string.Join('\n', _log.Where(line => !Dull.Any(line.Contains)).TakeLast(Environment.GetEnvironmentVariable("NHI_FULL") is null ? 45 : 100_000));

    private static readonly string[] Dull = ["vault.versions", "vault.list", "row.read", "index.", "inventory.", "provider.look", "evidence.get", "evidence.list", "cursor.", "effect of row", "debts.read", "pauses.read"];
}
