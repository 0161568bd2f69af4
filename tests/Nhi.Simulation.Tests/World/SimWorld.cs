using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Triggers;

namespace Nhi.Simulation.Tests.World;

/// <summary>
/// A world of vaults, providers, tables, evidence, consumers and hosts on simulated time, made from a seed: the same seed gives the same history.
/// Its monitors (I1 to I5, I14: tests/README.md) write down every breach when it happens.
/// </summary>
internal sealed partial class SimWorld
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly Random _random;
    private readonly List<string> _log = [];
    private int _serial;
    private int _incarnation;

    public SimWorld(int seed, int hosts = 2)
    {
        Seed = seed;
        _random = new Random(seed);
        Clock = new SimClock(Start);
        Vault = new SimVault(this);
        Tables = new SimTables(this);
        Evidence = new SimEvidence(this);
        Neglect = new SimNeglect(this);
        Roles = new SimRoles();
        for (var i = 0; i < hosts; i++)
            Boot();
    }

    public int Seed { get; }
    public SimClock Clock { get; }
    public SimVault Vault { get; }
    public SimTables Tables { get; }
    public SimEvidence Evidence { get; }
    public SimNeglect Neglect { get; }
    public SimRoles Roles { get; }
    public Dictionary<string, SimResource> Resources { get; } = [];
    public Dictionary<string, SecretMaterial> Staged { get; } = [];
    public List<SimHost> Hosts { get; } = [];
    public List<string> Breaches { get; } = [];
    public long Calls { get; set; }

    /// <summary>Which fault befalls a call; none by default.</summary>
    public Func<Call, Fault> FaultOf { get; set; } = _ => Fault.None;

    /// <summary>The policy of a secret; enforcing, short-lived by default: 12 h of life, rotated 3 h before, 3 h of overlap, 1 h of slack.</summary>
    public Func<PolicySubject, EffectivePolicy> PolicyOf { get; set; } = subject => Short(subject);

    /// <summary>What the vaults' logs say of reads; null: <see cref="LastUseOf"/> says it.</summary>
    public Nhi.Governance.Sweeps.Use.IUseFacts? UseFacts { get; set; }

    public Func<GovernedResource, string, LastUse> LastUseOf { get; set; } = (_, _) => LastUse.NotReported;

    /// <summary>Told each time somebody asks for the last use of what these versions hold.</summary>
    public Action<IReadOnlyList<SupersededVersion>> UseAsked { get; set; } = _ => { };

    /// <summary>Mints by resource and display name.</summary>
    public Dictionary<(string Resource, string Name), int> Mints { get; } = [];

    public DateTimeOffset Second => new(Clock.Now.UtcTicks - (Clock.Now.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    public static EffectivePolicy Short(PolicySubject subject) => new()
    {
        Rule = "short",
        Sha256 = new string('0', 64),
        Enforced = true,
        Lifetime = TimeSpan.FromHours(12),
        RotateBefore = TimeSpan.FromHours(3),
        Overlap = TimeSpan.FromHours(3),
        Slack = TimeSpan.FromHours(1),
        QuietPeriod = TimeSpan.FromMinutes(30),
        AllowCutover = true,
        FreeAfter = subject.Kind == SimRotators.KindOf(OverlapClass.DualSlot) ? TimeSpan.FromHours(2) : null,
        DisableSuperseded = true,
    };

    public static string Fingerprint(string value) => "fp-" + value;

    public string Fresh(string what) => $"{what}-{++_serial:d6}-{_random.Next(1_000_000):d6}";

    /// <summary>A key whose first characters tell it apart, as a provider's hint does.</summary>
    public string FreshKey() => $"{_random.Next(1_000_000):d6}{++_serial:d6}-key";

    public TimeSpan Latency() => TimeSpan.FromMilliseconds(20 + _random.Next(180));

    /// <summary>How late an effect lands and how long a process freezes, where a story says so.</summary>
    public TimeSpan? LateFor { get; set; }
    public TimeSpan? FreezeFor { get; set; }
    public TimeSpan Lateness() => LateFor ?? Lasting ?? TimeSpan.FromSeconds(31 + _random.Next(480));
    public TimeSpan FreezeTime() => FreezeFor ?? Lasting ?? TimeSpan.FromMinutes(11 + _random.Next(20));
    public TimeSpan IndexLag() => Lag ?? TimeSpan.FromSeconds(20 + _random.Next(120));
    public IEnumerable<T> Shuffled<T>(IEnumerable<T> items) => items.OrderBy(_ => _random.Next());

    /// <summary>Writes down what happens when anybody reads it.</summary>
    public bool Verbose { get; set; }

    public void Log([System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("")] LogText line)
    {
        if (Verbose)
            Log(line.End());
    }

    public void Log(string line)
    {
        if (Verbose)
            _log.Add($"{Clock.Now:dd HH:mm:ss.f} {line}");
    }

    /// <summary>Hears of every call as it is made.</summary>
    public Action<Call>? Hears { get; set; }

    public string Story => string.Join('\n', _log);

    public void Breach(string what)
    {
        Log("BREACH " + what);
        Breaches.Add($"{Clock.Now:dd HH:mm:ss} {what}");
    }

    // ---- estate

    /// <summary>A secret that a person made, and the resource that it opens (made too when it is new). Its value works.</summary>
    public CredentialId Add(string name, OverlapClass overlap, string? resource = null, string vault = SimVault.Host)
    {
        var id = CredentialId.Of(vault, name);
        resource ??= "res-" + name;
        if (!Resources.TryGetValue(resource, out var made))
        {
            Resources[resource] = made = new SimResource(resource, overlap);
            foreach (var place in Places(overlap))
                made.Places[place] = overlap is OverlapClass.Pair && place != SimRotators.Roles[0] ? null : Fresh("first");
        }

        var value = overlap switch
        {
            OverlapClass.Multi => AddKey(made, "by hand"),
            OverlapClass.DualSlot => made.Places[SimRotators.Slots[0]]!,
            OverlapClass.Retire => Fresh("first"),
            _ => $"{SimRotators.Roles[0]}|{made.Places[SimRotators.Roles[0]]}",
        };
        Vault.Set(id, new SecretMaterial(value), new Dictionary<string, string> { ["nhi-kind"] = SimRotators.KindOf(overlap), ["nhi-resource"] = resource, ["team"] = "payroll" }, null);
        return id;
    }

    private static string[] Places(OverlapClass overlap) => overlap switch
    {
        OverlapClass.DualSlot => SimRotators.Slots,
        OverlapClass.Pair => SimRotators.Roles,
        OverlapClass.Cutover => [SimRotators.Roles[0]],
        _ => [],
    };

    private string AddKey(SimResource resource, string displayName)
    {
        var secret = FreshKey();
        resource.Keys[Fresh("id")] = new SimResource.Key(secret, displayName, null);
        return secret;
    }

    public string Regenerate(string resource, string slot)
    {
        Resources[resource].Touched[slot] = Second;
        return Resources[resource].Places[slot] = Fresh("key");
    }

    public SimResource ResourceOf(CredentialId id) => Resources[Vault.CurrentOf(id)!.Version.Tags["nhi-resource"]];

    /// <summary>True when what the vault publishes works at its provider.</summary>
    public bool Works(CredentialId id) => Vault.CurrentOf(id) is { } current && Accepts(id, current);

    public bool Accepts(CredentialId id, SimVault.Stored stored) =>
        Opens(id) is not { } resource || resource.Accepts(stored.Published.Handle, stored.Published.Secret.Reveal(), Clock.Now);

    /// <summary>The resource that a secret opens, for good; null where nothing is at a provider.</summary>
    private SimResource? Opens(CredentialId id)
    {
        if (!_opens.TryGetValue(id, out var resource) && Vault.VersionsOf(id) is [var first, ..])
            _opens[id] = resource = Resources.GetValueOrDefault(first.Version.Tags["nhi-resource"]);
        return resource;
    }

    private readonly Dictionary<CredentialId, SimResource?> _opens = [];

    /// <summary>A person rotates by hand, carefully: makes a new value that works and publishes it, with the secret's own tags but ours, or with all that they read.</summary>
    public void PersonRotates(CredentialId id, bool keepsTags = false)
    {
        var current = Vault.CurrentOf(id);
        if (current is null || Vault.IsDeleted(id))
            return;
        var resource = ResourceOf(id);
        var value = resource.Overlap switch
        {
            OverlapClass.Multi => AddKey(resource, "by hand"),
            OverlapClass.DualSlot => Regenerate(resource.Name, SimRotators.Slots.First(slot => resource.Places[slot] != current.Value.Reveal())),
            OverlapClass.Retire => Fresh("by-hand"),
            OverlapClass.Pair => SetRole(resource, SimRotators.Roles.First(role => !current.Value.Reveal().StartsWith(role, StringComparison.Ordinal))),
            _ => SetRole(resource, SimRotators.Roles[0]),
        };
        Log($"a person rotates {id.Name}");
        Vault.Set(id, new SecretMaterial(value), current.Version.Tags.Where(tag => keepsTags || tag.Key is not (NhiTag.Name or NhiTag.MarkName)).ToDictionary(), null);
    }

    private string SetRole(SimResource resource, string role)
    {
        resource.Places[role] = Fresh("by-hand");
        return $"{role}|{resource.Places[role]}";
    }

    // ---- hosts

    public SimHost Boot()
    {
        var host = new SimHost(this, $"h{++_incarnation}");
        Hosts.Add(host);
        return host;
    }

    /// <summary>SIGKILL; another process starts a little later.</summary>
    public void Crash(string name)
    {
        if (Hosts.FirstOrDefault(candidate => candidate.Name == name) is not { } host)
            return;
        host.Wire.Kill();
        Hosts.Remove(host);
        Clock.In(TimeSpan.FromSeconds(20 + _random.Next(200)), () => Boot());
    }

    public SimHost? AnyHost() => Hosts.Count == 0 ? null : Hosts[_random.Next(Hosts.Count)];

    /// <summary>Runs something in a host as the Functions host would: what it throws is the platform's business.</summary>
    public void Launch(SimHost? host, Func<SimHost, Task> work, Action<Exception?>? done = null)
    {
        if (host is not null)
            _ = RunAsync();

        async Task RunAsync()
        {
            try
            {
                await work(host!);
                done?.Invoke(null);
            }
            catch (Exception e)
            {
                if (e is not (ExternalCallException or RowHeldException or Nhi.Governance.Evidence.EvidenceRefusedException))
                    Breach($"unexpected {e.GetType().Name}: {e.Message} {e.StackTrace}");
                Log($"{host!.Name} throws {e.GetType().Name}: {e.Message}");
                done?.Invoke(e);
            }
        }
    }

    /// <summary>Runs one piece of work in a host to its end, and returns what it threw.</summary>
    public Exception? Do(Func<SimHost, Task> work, SimHost? host = null)
    {
        Exception? thrown = null;
        var ended = false;
        Launch(host ?? Hosts[0], work, e => (thrown, ended) = (e, true));
        for (var i = 0; !ended && i < 10_000; i++)
            Clock.RunUntil(Clock.Now + TimeSpan.FromSeconds(1));
        return thrown;
    }

    public void Advance(TimeSpan span) => Clock.RunUntil(Clock.Now + span);

    /// <summary>Each timer ticks in one host at a time.</summary>
    public void StartTimers()
    {
        Every(DueSweepPeriod, host => host.Sweep.RunAsync(Clock.Now, CancellationToken.None));
        Every(DueSweepPeriod, host => host.Debts.RunAsync(Clock.Now, CancellationToken.None));
        Every(RecoveryRun.Period, host => host.Recovery.RunAsync(Clock.Now, CancellationToken.None));
    }

    private static readonly TimeSpan DueSweepPeriod = TimeSpan.FromMinutes(15);

    private void Every(TimeSpan period, Func<SimHost, Task> work) => Clock.In(period, () =>
    {
        Launch(AnyHost(), work);
        Every(period, work);
    });

    /// <summary>Event Grid: at least once, in any order, redelivered after a throw.</summary>
    public bool DeliversEvents { get; set; } = true;

    /// <summary>A topic or a webhook is set, for hosts that start from then on.</summary>
    public bool IsHeard { get; set; } = true;

    /// <summary>How long it takes until a sink has taken the next notice; null: none ever takes it.</summary>
    public Func<TimeSpan?> NoticesTake { get; set; } = () => TimeSpan.Zero;

    /// <summary>The product has an identity that may delete what was removed.</summary>
    public bool Cleans { get; set; }

    public void Published(CredentialId id, SimVault.Stored stored)
    {
        Log($"published {id.Name} {stored.Version.Version[^4..]} {stored.Value.Reveal()}");
        Publications.Add((Clock.Now, id, stored.Value.Reveal(), Works(id)));
        if (!DeliversEvents)
            return;
        for (var copies = _random.Next(8) == 0 ? 2 : 1; copies > 0; copies--)
            Clock.In(TimeSpan.FromSeconds(1 + _random.Next(90)), () => Deliver(id, SecretEvents.NewVersionCreated, 0));
        if (stored.Version.Expires is not null)
            Clock.In(TimeSpan.FromMinutes(1 + _random.Next(15)), () => Deliver(id, SecretEvents.NearExpiry, 0));
    }

    private static readonly double[] RetryMinutes = [0.17, 0.5, 1, 5, 10, 30, 60];

    public void Deliver(CredentialId id, string type, int attempt) =>
        Launch(AnyHost(), host => host.Governor.HandleAsync(new Trigger { Source = "/vaults/kv1", Id = $"e{_serial}", Type = type, Credential = id }, CancellationToken.None), thrown =>
        {
            if (thrown is not null && attempt < RetryMinutes.Length)
                Clock.In(TimeSpan.FromMinutes(RetryMinutes[attempt]), () => Deliver(id, type, attempt + 1));
        });
}
