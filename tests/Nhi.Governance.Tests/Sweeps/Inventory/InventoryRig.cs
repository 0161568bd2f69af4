using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Governance.Tests.Sweeps.Inventory;

/// <summary>An estate of vaults in memory, swept by the real sweep. Every call of vault, table, cursor and provider is a step: it is counted, may fail, and may be the one at which the process is killed.</summary>
internal sealed class InventoryRig
{
    public const string Kind = "test-key";

    private int _moves;

    public InventoryRig(ISweptEstate? estate = null, InventoryPace? pace = null)
    {
        Vaults = new FakeVaults(this);
        Inner = estate ?? Memory;
        Kinds = new KindRegistry([new SurveyedKind(this), new BareKind()]);
        Pace = pace ?? new InventoryPace(1, 1);
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
    public FakeVaults Vaults { get; }
    public MemorySweptEstate Memory { get; } = new();
    public ISweptEstate Inner { get; }
    public Dictionary<string, Cursor> Cursors { get; } = [];
    public List<EvidenceRecord> Records { get; } = [];
    public KindRegistry Kinds { get; }
    public InventoryPace Pace { get; }
    public List<GovernedVault> Scope { get; } = [];
    public List<LeftOutVault> LeftOut { get; } = [];
    public SweepMemory Told { get; } = new();
    public string? DiscoveryFails { get; set; }

    /// <summary>What a provider says of a resource.</summary>
    public Func<ResourceId, DateTimeOffset, SweptResource> Provider { get; set; } = (id, now) => new SweptResource { Id = id, Kind = Kind, SeenAt = now, Exists = true, Credentials = [new ProviderCredential("key1", Created: now)] };

    /// <summary>Every step since the last <see cref="Forget"/>, in order.</summary>
    public List<string> Steps { get; } = [];

    /// <summary>The failure of a step, or null.</summary>
    public Func<string, Exception?> Fails { get; set; } = _ => null;

    /// <summary>At this step from now the process is killed; null: never.</summary>
    public int? KillAt { get; set; }
    public CancellationTokenSource? Life { get; private set; }
    public DateTimeOffset Now => Clock.GetUtcNow();
    public IEnumerable<string> Lists => Steps.Where(step => step.StartsWith("list ", StringComparison.Ordinal));
    public IEnumerable<string> VersionLists => Steps.Where(step => step.StartsWith("versions ", StringComparison.Ordinal));
    public IEnumerable<string> Writes => Steps.Where(step => step.StartsWith("write ", StringComparison.Ordinal));
    public IEnumerable<string> Surveys => Steps.Where(step => step.StartsWith("survey ", StringComparison.Ordinal));

    public static ExternalCallException Down(string what, bool transient = true) => new($"Could not {what}: it is down.", false, transient, transient ? "Unreachable" : "Forbidden");

    public void Forget() => Steps.Clear();

    public void Step(string what)
    {
        lock (Steps)
        {
            if (KillAt is { } at && at <= 0)
                Life!.Cancel();
            Life?.Token.ThrowIfCancellationRequested();
            KillAt--;
            Steps.Add(what);
        }

        if (Fails(what) is { } failure)
            throw failure;
    }

    /// <summary>A new process runs the sweep once. False: it was killed.</summary>
    public async Task<bool> TryRunAsync() => await RunAsync() is not null;

    /// <summary>Null: it was killed.</summary>
    public async Task<InventoryReport?> RunAsync()
    {
        using var life = Life = new CancellationTokenSource();
        var seams = new Seams(this);
        try
        {
            return await Sweep(Vaults, seams, seams).RunAsync(Now, life.Token);
        }
        catch (OperationCanceledException) when (life.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            (Life, KillAt) = (null, null);
        }
    }

    /// <summary>The same over other vaults and rows, whose calls are no steps.</summary>
    public async Task<InventoryReport> RunOverAsync<T>(T estate) where T : ICredentialVault, ISweptEstate
    {
        Forget();
        return await Sweep(estate, estate, new Seams(this)).RunAsync(Now, default);
    }

    private InventorySweep Sweep(ICredentialVault vault, ISweptEstate estate, Seams seams) => new(
        vault, seams, seams, estate, new PolicySubjects(Kinds, seams), new SelectsByTeam(), Kinds, seams, new CoverageBook(seams, seams), Told, new FindingDesk(Told, seams), Pace, NullLogger<InventorySweep>.Instance);

    public async Task<InventoryReport> MustRunAsync() => await RunAsync() ?? throw new InvalidOperationException("killed");

    /// <summary>The next tick.</summary>
    public Task<InventoryReport> NextAsync()
    {
        Clock.Advance(TimeSpan.FromHours(1));
        Forget();
        return MustRunAsync();
    }

    public async Task<SweptCredential?> RowAsync(string vault, string name) => await Inner.FindAsync(CredentialId.Of(vault, name), default);

    public async Task<VaultProgress> ProgressAsync(string vault) => (await new ProgressBook(new Seams(this)).OfAsync(vault, default))!;

    /// <summary>Everything that the sweep reaches but the vaults.</summary>
    /// <summary>A policy that selects by the tag <c>team</c>: so sweeps keep it.</summary>
    private sealed class SelectsByTeam : IPolicySource
    {
        private static readonly Policy _policy = YamlPolicy.Load("version: 1\nrules:\n  - { name: by-team, match: { tag: { team: '*' } } }\n"u8.ToArray(), "policy.yaml", ProductIdentities.None);

        public ValueTask<Policy> CurrentAsync(CancellationToken ct) => new(_policy);
    }

    private sealed class Seams(InventoryRig rig) : ISweptEstate, IVaultRegistry, IVaultDiscovery, ICursors, IEvidenceLog
    {
        public IReadOnlyList<GovernedVault> All => rig.Scope;
        public IReadOnlyList<LeftOutVault> LeftOut => rig.LeftOut;
        public GovernedVault? Find(string vaultHost) => rig.Scope.Find(vault => vault.Host == vaultHost);
        public Task<string?> DiscoverAsync(DateTimeOffset now, CancellationToken ct) => Task.FromResult(rig.DiscoveryFails);

        public IAsyncEnumerable<SweptCredential> OfVaultAsync(string vaultHost, CancellationToken ct) => rig.Inner.OfVaultAsync(vaultHost, ct);

        public async IAsyncEnumerable<SweptStamp> StampsAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
        {
            rig.Step($"stamps {vaultHost}");
            await foreach (var stamp in rig.Inner.StampsAsync(vaultHost, ct))
                yield return stamp;
        }

        public Task<SweptCredential?> FindAsync(CredentialId id, CancellationToken ct)
        {
            rig.Step($"find {id}");
            return rig.Inner.FindAsync(id, ct);
        }

        public Task WriteAsync(SweptCredential credential, CancellationToken ct)
        {
            rig.Step($"write {credential.Id}");
            return rig.Inner.WriteAsync(credential, ct);
        }

        public Task<SweptResource?> FindAsync(ResourceId id, CancellationToken ct)
        {
            rig.Step($"find {id}");
            return rig.Inner.FindAsync(id, ct);
        }

        public IAsyncEnumerable<SweptResource> ResourcesAsync(CancellationToken ct) => rig.Inner.ResourcesAsync(ct);

        public Task WriteAsync(SweptResource resource, CancellationToken ct)
        {
            rig.Step($"write {resource.Id}");
            return rig.Inner.WriteAsync(resource, ct);
        }

        public Task<IReadOnlyList<CredentialId>> WithFingerprintAsync(string fingerprint, CancellationToken ct) => rig.Inner.WithFingerprintAsync(fingerprint, ct);

        public Task<Cursor?> ReadAsync(string name, CancellationToken ct)
        {
            rig.Step($"read {name}");
            return Task.FromResult(rig.Cursors.GetValueOrDefault(name));
        }

        public Task<Cursor?> TryMoveAsync(string name, string value, Cursor? from, CancellationToken ct)
        {
            rig.Step($"move {name}");
            Assert.InRange(value.Length, 0, 30_000);
            lock (rig.Cursors)
                return Task.FromResult(rig.Cursors.GetValueOrDefault(name)?.ETag == from?.ETag ? rig.Cursors[name] = new Cursor(value, $"{++rig._moves}") : null);
        }

        public Task<RecordReference> WriteAsync(EvidenceRecord record, WriteRules rules, CancellationToken ct)
        {
            rig.Step("record");
            if (!rig.Records.Exists(known => known.Op == record.Op))
                rig.Records.Add(record);
            return Task.FromResult(new RecordReference(PathOf(record), "0"));
        }

        public Task<ReadRecord?> NewestAsync(string action, DateTimeOffset before, CancellationToken ct) =>
            Task.FromResult(rig.Records.FindLast(record => record.Action == action && record.Time < before) is { } found ? new ReadRecord(found, "0") : null);

        public string PathOf(EvidenceRecord record) => $"records/{record.Op}";
        public Task<string?> ClosingOfAsync(string intentPath, CancellationToken ct) => Task.FromResult<string?>(null);
        Task<ReadRecord?> IEvidenceLog.ReadAsync(string path, CancellationToken ct) => Task.FromResult<ReadRecord?>(null);
        public Task<IReadOnlyList<IndexedRecord>> OfResourceAsync(ResourceId resource, CancellationToken ct) => Task.FromResult<IReadOnlyList<IndexedRecord>>([]);
        public IAsyncEnumerable<IndexedRecord> OpenIntentsAsync(DateTimeOffset before, CancellationToken ct) => AsyncEnumerable.Empty<IndexedRecord>();
    }

    /// <summary>A kind that can only be named and surveyed.</summary>
    private sealed class SurveyedKind(InventoryRig rig) : IRotator, ISurvey
    {
        public Kind Kind { get; } = new() { Name = InventoryRig.Kind, Description = "For tests.", Overlaps = [OverlapClass.DualSlot], ResourceForm = "a word", Rights = [] };

        public GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment) => tags.TryGetValue("nhi-resource", out var id)
            ? new GovernedResource(new ResourceId(id), OverlapClass.DualSlot, ["key1", "key2"], id, environment)
            : throw new ResourceTagException("The tag nhi-resource must read a word.");

        public PublishedValue Read(GovernedResource resource, SecretMaterial published) => new(published, null);
        public SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current) => secret;

        public Task<SweptResource> SurveyAsync(ResourceId resource, DateTimeOffset now, CancellationToken ct)
        {
            rig.Step($"survey {resource}");
            return Task.FromResult(rig.Provider(resource, now));
        }
    }

    /// <summary>A kind whose resource is the secret itself, as a generated value's is: it reads no address.</summary>
    private sealed class BareKind : IRotator
    {
        public Kind Kind { get; } = new() { Name = "bare", Description = "For tests.", Overlaps = [OverlapClass.Retire], ResourceForm = "", Rights = [] };

        public GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment) => new(new ResourceId($"bare:{credential}"), OverlapClass.Retire, [], "", environment);
        public PublishedValue Read(GovernedResource resource, SecretMaterial published) => new(published, null);
        public SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current) => secret;
    }
}
