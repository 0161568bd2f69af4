using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;

namespace Nhi.Simulation.Tests.World;

/// <summary>What must hold at every step.</summary>
internal sealed partial class SimWorld
{
    private readonly Dictionary<CredentialId, DateTimeOffset> _brokenSince = [];

    /// <summary>How long a published value may be refused at a stretch, by class. Zero: never, at no minute.</summary>
    public Func<OverlapClass, TimeSpan> Patience { get; set; } = overlap => overlap == OverlapClass.Cutover ? TimeSpan.FromMinutes(2) : TimeSpan.Zero;

    /// <summary>No breach of I1 is counted before this instant: a person did something that nobody can make good at once.</summary>
    public DateTimeOffset Excused { get; set => field = value > field ? value : field; }

    public int Logins { get; private set; }
    public List<Consumer> Consumers { get; } = [];

    /// <summary>I5: no effect without a durable intent.</summary>
    public void NeedsIntent(string effect, Func<EvidenceRecord, bool> matches)
    {
        if (!Evidence.Has(record => record.Stage == RecordStage.Intent && matches(record)))
            Breach($"I5 {effect} without an intent");
    }

    /// <summary>Every row's fence grows by one with each taking and by nothing else.</summary>
    public void RowWritten(OperationRow row)
    {
        if (!Tables.Operations.TryGetValue(row.Resource, out var before))
            return;
        if (row.Fence < before.Row.Fence || row.Fence > before.Row.Fence + 1)
            Breach($"I3 the fence of {row.Resource} went from {before.Row.Fence} to {row.Fence}");
        if (row.Fence == before.Row.Fence && row.Owner != before.Row.Owner)
            Breach($"I3 {row.Owner} writes the row that {before.Row.Owner} holds");
    }

    public void Changed(string host, string what) => Log($"   effect of {what} by {host}");

    public void Minted(string resource, string name) => Mints[(resource, name)] = Mints.GetValueOrDefault((resource, name)) + 1;

    /// <summary>When the caller sent what has its effect now: before it froze, or before the network held it up.</summary>
    public DateTimeOffset Asked { get; set; }

    /// <summary>
    /// I14: nothing is killed that a secret in the vault publishes. What was published after the kill had been sent no fence can save: it is repaired, and I1 watches that.
    /// </summary>
    public T Killed<T>(string resource, string handle, Func<T> kill)
    {
        var before = Vault.Ids.Where(id => !Vault.IsDeleted(id) && Vault.CurrentOf(id)!.Version.Enabled && Works(id)).ToList();
        var result = kill();
        foreach (var id in before.Where(id => !Works(id) && Publications.Last(published => published.Id == id).At <= Asked))
            Breach($"I14 the kill of {handle} at {resource} breaks what {id.Name} publishes");
        return result;
    }

    /// <summary>I1: looks at every published value each minute.</summary>
    public void StartMonitors() => Clock.In(TimeSpan.FromMinutes(1), () =>
    {
        foreach (var (id, current) in Vault.Published)
            CheckPublished(id, current);
        foreach (var consumer in Consumers)
            consumer.Step();
        StartMonitors();
    });

    /// <summary>True once the product has seen it work: what broke before that it cannot tell from a claim, and asks a person.</summary>
    private bool WasGoverned(CredentialId id) => Vault.VersionsOf(id).Any(stored => stored.Version.Nhi?.Op is not null);

    private void CheckPublished(CredentialId id, SimVault.Stored? current)
    {
        if (current is not { Version.Enabled: true } || Accepts(id, current) || !WasGoverned(id))
        {
            if (_brokenSince.Count > 0)
                _brokenSince.Remove(id);
            return;
        }

        var since = _brokenSince.TryGetValue(id, out var earlier) ? earlier : _brokenSince[id] = Clock.Now;
        var patience = Patience(ResourceOf(id).Overlap);
        if (Clock.Now - since >= patience && Clock.Now > Excused + patience)
        {
            Breach($"I1 what {id.Name} publishes is refused since {since:HH:mm:ss}");
            _brokenSince[id] = Clock.Now + TimeSpan.FromDays(1);
        }
    }

    /// <summary>Reads the vault once an hour and logs in each minute with what it read last.</summary>
    public sealed class Consumer(SimWorld world, CredentialId id)
    {
        private SimVault.Stored? _value;
        private int _age;

        public int Failures { get; private set; }
        public string? FirstFailure { get; private set; }

        public void Step()
        {
            if (_age-- <= 0 && world.Vault.CurrentOf(id) is { Version.Enabled: true } current)
                (_value, _age) = (current, 30 + world._random.Next(60));
            if (_value is null || world.Vault.IsDeleted(id))
                return;
            world.Logins++;
            if (world.Accepts(id, _value))
                return;
            Failures++;
            FirstFailure ??= $"{world.Clock.Now:dd HH:mm:ss} {id.Name} with {_value.Value.Reveal()}";
        }
    }

    /// <summary>A consumer for every secret whose class promises that it never fails.</summary>
    public void StartConsumers()
    {
        foreach (var id in Vault.Ids.Where(id => ResourceOfOrNull(id)?.Overlap is OverlapClass.Multi or OverlapClass.DualSlot or OverlapClass.Pair))
            Consumers.Add(new Consumer(this, id));
    }

    private SimResource? ResourceOfOrNull(CredentialId id) => Resources.GetValueOrDefault(Vault.CurrentOf(id)!.Version.Tags["nhi-resource"]);

    /// <summary>What must be so once nothing has gone wrong for long enough: all intents closed, rows closed, one live version, nothing at a provider that no version carries.</summary>
    public void CheckEnd(TimeSpan overlap)
    {
        foreach (var intent in Evidence.OpenIntents().Where(intent => intent.Time + TimeSpan.FromMinutes(20) < Clock.Now && (intent.Deadline ?? intent.Time) + TimeSpan.FromMinutes(20) < Clock.Now))
            Breach($"H5 intent {intent.Op} ({intent.Verb} {intent.Credential?.Name} of {intent.Time:dd HH:mm:ss}) is never closed");
        foreach (var (row, _, _) in Tables.Operations.Values.Where(found => found.Row.Open && found.Stamp + TimeSpan.FromMinutes(20) < Clock.Now))
            Breach($"H4 the row of {row.Resource} stays open: {row.Verb} {row.Step} {row.Owner}, {row.OpenIntents.Count} intents, until {row.SettleUntil}");
        foreach (var id in Vault.Ids.Where(id => !Vault.IsDeleted(id)))
        {
            var versions = Vault.VersionsOf(id);
            if (versions[^1].Version.Enabled && !Works(id) && WasGoverned(id))
                Breach($"end: what {id.Name} publishes is refused");
            var resource = ResourceOfOrNull(id);
            if (resource is null || resource.Overlap is OverlapClass.Retire or OverlapClass.Cutover)
                continue;
            for (var i = 0; i < versions.Count - 1; i++)
                if (IsOwed(versions[i], versions[^1]) && Superseded(versions, i) + overlap + TimeSpan.FromHours(4) < Clock.Now)
                    Breach($"H3 version {i + 1}/{versions.Count} of {id.Name} ({versions[i].Version.Nhi?.Handle}) is owed for ever");
            for (var i = 0; i < versions.Count - 1; i++)
                if (versions[i + 1].Version.Created + overlap + TimeSpan.FromHours(4) < Clock.Now && Accepts(id, versions[i]) && Vault.Ids.All(other => Vault.CurrentOf(other)?.Value.Reveal() != versions[i].Value.Reveal()))
                    Breach($"H42 what version {i + 1}/{versions.Count} of {id.Name} holds opens {resource.Name} for ever");
        }

        foreach (var resource in Resources.Values)
            CheckProvider(resource);
    }

    /// <summary>Of a stranger's version that nobody saw while it was current no handle is known: a person adopts it, and what matters is that it opens nothing (H42).</summary>
    private static bool IsOwed(SimVault.Stored stored, SimVault.Stored current) =>
        !stored.Version.IsDead && stored.Version.Nhi?.Handle is var handle and not Handle.Unknown && handle != current.Version.Nhi?.Handle;

    /// <summary>When the last version with its handle stopped being current: a slot or a role comes back.</summary>
    private static DateTimeOffset Superseded(IReadOnlyList<SimVault.Stored> versions, int i)
    {
        for (var last = versions.Count - 2; last > i; last--)
            if (versions[last].Version.Nhi?.Handle == versions[i].Version.Nhi?.Handle)
                return versions[last + 1].Version.Created;
        return versions[i + 1].Version.Created;
    }

    private void CheckProvider(SimResource resource)
    {
        foreach (var stray in Strays(resource))
            Breach($"I2 {stray} lives at {resource.Name} and no version carries it");
    }

    /// <summary>What the product made at a resource, still opens it, and is carried by no version that is not dead.</summary>
    private IEnumerable<string> Strays(SimResource resource)
    {
        if (resource.Overlap is not (OverlapClass.Multi or OverlapClass.Pair))
            yield break;
        var versions = Vault.Ids.SelectMany(id => Vault.VersionsOf(id)).Where(stored => stored.Version.Tags.GetValueOrDefault("nhi-resource") == resource.Name && !stored.Version.IsDead).ToList();
        foreach (var key in resource.Keys.Where(key => key.Value.DisplayName.StartsWith("nhi-", StringComparison.Ordinal) && versions.All(stored => stored.Value.Reveal() != key.Value.Secret)))
            yield return $"{key.Key} ({key.Value.DisplayName})";
        if (resource.Overlap == OverlapClass.Pair)
            foreach (var role in resource.Places.Where(place => place.Value is not null && versions.All(stored => stored.Version.Nhi?.Handle != place.Key)))
                yield return role.Key;
    }

    /// <summary>How long a credential of ours that no version carries may live while it is being chased.</summary>
    public TimeSpan StrayTime { get; set; } = TimeSpan.FromHours(3);

    /// <summary>How long a row may be open beyond its lease, and an intent beyond its deadline.</summary>
    private static readonly TimeSpan LeftTime = TimeSpan.FromHours(2);
    private Dictionary<string, DateTimeOffset> _left = [];

    /// <summary>I2 and I8 at every step (of ten minutes): what a death or a lost answer leaves behind is found and ended while the history goes on, not at its end alone.</summary>
    public void StartChase() => Clock.In(TimeSpan.FromMinutes(10), () =>
    {
        var now = new Dictionary<string, DateTimeOffset>();
        foreach (var (what, most) in Left())
        {
            now[what] = _left.GetValueOrDefault(what, Clock.Now);
            if (Clock.Now - now[what] < most)
                continue;
            Breach($"{what} since {now[what]:dd HH:mm:ss}");
            now[what] = DateTimeOffset.MaxValue;
        }

        _left = now;
        StartChase();
    });

    private IEnumerable<(string What, TimeSpan Most)> Left()
    {
        foreach (var resource in Resources.Values)
            foreach (var stray in Strays(resource))
                yield return ($"I2 {stray} lives at {resource.Name} and no version carries it", StrayTime);
        foreach (var (row, _, stamp) in Tables.Operations.Values.Where(found => found.Row.Open && found.Stamp + found.Row.Lease < Clock.Now))
            yield return ($"I8 the row of {row.Resource} is left by {row.Owner}: {row.Verb} {row.Step}, fence {row.Fence}", LeftTime);
        foreach (var intent in Evidence.OpenIntents().Where(intent => (intent.Deadline ?? intent.Time) < Clock.Now))
            yield return ($"I8 intent {intent.Op} ({intent.Verb} {intent.Credential?.Name}) is open", LeftTime);
    }
}
