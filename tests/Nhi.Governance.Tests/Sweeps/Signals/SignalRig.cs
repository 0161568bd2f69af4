using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Signals;
using Nhi.Governance.Sweeps.Use;
using Nhi.Governance.Tests.Evidence;
using Nhi.Governance.Tests.Policies;

namespace Nhi.Governance.Tests.Sweeps.Signals;

/// <summary>The sweep as it is registered, over an estate, a directory, a vault and tables in memory.</summary>
internal sealed class SignalRig : ICredentialVault, IFingerprints, IPolicySource
{
    public const string Rules = """
        version: 1
        rules:
          - { name: asked, match: { name: "asked-*" }, mode: enforce, lifetime: P90D, unusedAfter: P60D, attestEvery: P30D }
          - { name: most, match: { name: "ok-*" }, mode: enforce, lifetime: P90D, unusedAfter: P60D }
        """;

    public SweepEstate Estate { get; } = new();
    public SweepTables Tables { get; } = new();
    public SweepDirectoryFake Directory { get; } = new();
    public Dictionary<(CredentialId, string), string> Values { get; } = [];
    public HashSet<string> Refused { get; } = new(StringComparer.Ordinal);
    public ConcurrentQueue<(CredentialId Id, string? Version)> Reads { get; } = [];
    public bool VaultIsDown { get; set; }

    /// <summary>Vaults, and single credentials, whose values are refused.</summary>
    public HashSet<string> Refusing { get; } = new(StringComparer.Ordinal);
    public string Policy { get; set; } = Rules;
    public SignalPace Pace { get; set; } = new();
    public FakeTimeProvider Clock { get; } = new();

    /// <summary>What the sweep told the log stream.</summary>
    public ListLogger<SignalSweep> Logged { get; } = new();

    public ServiceProvider Services(ProductIdentities? own = null) => Registered(own).BuildServiceProvider();

    public IServiceCollection Registered(ProductIdentities? own = null) => new ServiceCollection()
        .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
        .AddSingleton<ILogger<SignalSweep>>(Logged)
        .AddSingleton(own ?? ProductIdentities.None)
        .AddSingleton(Pace)
        .AddSingleton<TimeProvider>(Clock)
        .AddGovernance()
        .AddSingleton<ISweptEstate>(Estate).AddSingleton<IInventory>(Estate).AddSingleton<IVaultRegistry>(Estate)
        .AddSingleton<IFindings>(Tables).AddSingleton<IOwnerBook>(Tables).AddSingleton<IUseFacts>(Tables).AddSingleton<ICursors>(Tables).AddSingleton<IEvidenceLog>(Tables)
        .AddSingleton<IOwnerDirectory>(Directory)
        .AddSingleton<ICredentialVault>(this).AddSingleton<IFingerprints>(this).AddSingleton<IPolicySource>(this)
        .AddSingleton(new KindRegistry([new Rotator("multi", OverlapClass.Multi, Refused), new Rotator("slots", OverlapClass.DualSlot, Refused)]));

    public async Task<SignalReport> SweepAsync(DateTimeOffset now, ProductIdentities? own = null)
    {
        await using var services = Services(own);
        return await services.GetRequiredService<SignalSweep>().RunAsync(now, TestContext.Current.CancellationToken);
    }

    public ValueTask<Policy> CurrentAsync(CancellationToken ct) => ValueTask.FromResult<Policy>(PolicyTexts.Load(Policy));

    public ValueTask<string> OfAsync(SecretMaterial value, CancellationToken ct) => ValueTask.FromResult(CrockfordBase32.OfSha256(value.Reveal()));

    public Task<SecretReading?> ReadAsync(CredentialId id, string? version, CancellationToken ct)
    {
        if (VaultIsDown)
            throw new ExternalCallException("The vault is down.");
        Reads.Enqueue((id, version));
        if (Refusing.Contains(id.Vault) || Refusing.Contains(id.ToString()))
            throw new ExternalCallException("Not for you.", mayHaveHappened: false, transient: false, "Forbidden");
        var of = Estate.Credentials[id].Versions.First(candidate => candidate.Version == version);
        return Task.FromResult<SecretReading?>(new SecretReading(of, Values.TryGetValue((id, of.Version), out var value) ? new SecretMaterial(value) : null));
    }

    /// <summary>For what people point at; a sweep reads the inventory instead.</summary>
    public Task<VersionList> ListVersionsAsync(CredentialId id, CancellationToken ct) => Task.FromResult(new VersionList(Estate.Credentials.TryGetValue(id, out var known) ? known.Versions : [], default));

    // Nothing here lists, writes or asks for more.
    public IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, CancellationToken ct) => throw new InvalidOperationException("A sweep of signals lists nothing.");
    public Task<CredentialVersion> PublishAsync(CredentialId id, Publication publication, CancellationToken ct) => throw new InvalidOperationException("A sweep of signals changes nothing.");
    public Task<CredentialVersion> UpdateAsync(CredentialId id, string version, VersionUpdate update, CancellationToken ct) => throw new InvalidOperationException("A sweep of signals changes nothing.");

    private sealed class Rotator(string name, OverlapClass overlap, HashSet<string> refused) : IRotator, IVerify
    {
        public Kind Kind { get; } = new() { Name = name, Description = name, Overlaps = [overlap], ResourceForm = "any", Rights = [] };

        public GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment) =>
            tags.TryGetValue("nhi-resource", out var id) ? new GovernedResource(new ResourceId(id), overlap, [], id) : throw new ResourceTagException("No tag nhi-resource.");

        public PublishedValue Read(GovernedResource resource, SecretMaterial published) => new(published, null);

        public SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current) => secret;

        public Task<Verdict> VerifyAsync(GovernedResource resource, string? handle, SecretMaterial secret, CancellationToken ct) =>
            Task.FromResult(refused.Contains(secret.Reveal()) ? new Verdict(Verification.Refused, "refused") : Verdict.Accepted);
    }
}
