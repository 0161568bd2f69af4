using System.Runtime.CompilerServices;
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
using Nhi.Governance.Tests.Policies;

namespace Nhi.Governance.Tests.Sweeps.Signals.Drawn;

/// <summary>
/// A drawn estate as the product meets it: vaults that list and hand out values, providers, a directory, logs. What lies in tables is put there by the real sweeps, at the instants of <see cref="DrawnEstate.Inventories"/>.
/// </summary>
internal sealed class DrawnWorld : ICredentialVault, IFingerprints, IPolicySource
{
    private const int PageSize = 25;
    private readonly DrawnEstate _estate;
    private readonly Dictionary<CredentialId, DrawnCredential> _secrets;
    private readonly Dictionary<(string Resource, string Value), Answer> _answers = [];
    private readonly FakeTimeProvider _clock;

    public DrawnWorld(DrawnEstate estate)
    {
        _estate = estate;
        _clock = new FakeTimeProvider(estate.Now - DrawnEstate.Inventories[0]);
        _secrets = estate.Credentials.ToDictionary(credential => CredentialId.Of(credential.Host, credential.Name));
        foreach (var (id, credential) in _secrets)
        {
            foreach (var version in credential.Versions)
                _answers[(credential.Resource ?? $"generated:{id}", version.Value)] = version.Answer;
            foreach (var (version, age) in credential.Reads)
                Tables.Uses.Add(new UseFact(id, version ?? "latest", "bbbbbbbb-0000-4000-8000-000000000001", null, At(age), At(age), 1, "key-vault-audit"));
            if (credential.Assigned is not null || credential.Confirmed is not null)
                Tables.Owners[id] = new OwnerEntry { Credential = id, Assigned = Word(credential.Assigned), Confirmed = Word(credential.Confirmed) };
        }

        foreach (var log in Enum.GetValues<Log>())
            if (DrawnEstate.HeardOf(log) is { Count: > 0 } heard)
                Tables.Known[DrawnEstate.HostOf(log)] = new UseWindow(At(heard[^1].From), At(heard[^1].To)) { Heard = [.. heard.Select(span => new LogSpan(At(span.From), At(span.To)))] };
        foreach (var resource in estate.Resources.Values)
            Evidence(resource);
        Directory = new DrawnDirectory(estate).Filled();
    }

    public SweepEstate Rows { get; } = new() { All = [.. Enum.GetValues<Log>().Select(log => new GovernedVault(DrawnEstate.HostOf(log), ""))] };
    public SweepTables Tables { get; } = new();
    public SweepDirectoryFake Directory { get; }

    /// <summary>Makes all inventories, then judges twice: values that are looked at only now may be reused by those that were judged before.</summary>
    public async Task<SignalReport> SweepAsync()
    {
        await using var services = Services();
        foreach (var age in DrawnEstate.Inventories)
        {
            _clock.SetUtcNow(At(age));
            await services.GetRequiredService<InventorySweep>().RunAsync(_clock.GetUtcNow(), TestContext.Current.CancellationToken);
        }

        await services.GetRequiredService<SignalSweep>().RunAsync(_estate.Now, TestContext.Current.CancellationToken);
        return await services.GetRequiredService<SignalSweep>().RunAsync(_estate.Now, TestContext.Current.CancellationToken);
    }

    /// <summary>Judges once more, so much later.</summary>
    public async Task<SignalReport> JudgeAsync(TimeSpan later)
    {
        await using var services = Services();
        _clock.SetUtcNow(_estate.Now + later);
        return await services.GetRequiredService<SignalSweep>().RunAsync(_clock.GetUtcNow(), TestContext.Current.CancellationToken);
    }

    private ServiceProvider Services() => new ServiceCollection()
        .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
        .AddSingleton(new ProductIdentities([DrawnEstate.HostOf(Log.Own)], [], [], []))
        .AddSingleton(new SignalPace(Values: 5_000))
        .AddSingleton<TimeProvider>(_clock)
        .AddGovernance()
        .AddSingleton<ISweptEstate>(Rows).AddSingleton<IInventory>(Rows).AddSingleton<IVaultRegistry>(Rows)
        .AddSingleton<IFindings>(Tables).AddSingleton<IOwnerBook>(Tables).AddSingleton<IUseFacts>(Tables).AddSingleton<ICursors>(Tables).AddSingleton<IEvidenceLog>(Tables)
        .AddSingleton<IOwnerDirectory>(Directory)
        .AddSingleton<ICredentialVault>(this).AddSingleton<IFingerprints>(this).AddSingleton<IPolicySource>(this)
        .AddSingleton(new KindRegistry([
            new Provider(this, Opens.Application, OverlapClass.Multi), new Provider(this, Opens.Account, OverlapClass.DualSlot, "key1", "key2"), new Provider(this, Opens.Roles, OverlapClass.Pair, "a", "b"),
            new Provider(this, Opens.Single, OverlapClass.Cutover, "only"), new Generator(),
        ]))
        .BuildServiceProvider();

    private DateTimeOffset At(TimeSpan age) => _estate.Now - age;

    private TimeSpan Age => _estate.Now - _clock.GetUtcNow();

    private OwnerWord? Word((Who Who, TimeSpan Age)? said) => said is { } word ? new OwnerWord(DrawnDirectory.TextOf(word.Who), "operator@contoso.com", At(word.Age), "a record") : null;

    /// <summary>An attempt of ours that made a key and came no further.</summary>
    private void Evidence(DrawnResource resource)
    {
        foreach (var key in resource.Keys.Where(key => key.Kind == KeyName.OfEvidence))
            Tables.Records[key.Place] = new EvidenceRecord { Op = DrawnEstate.Name(key.Place), Stage = RecordStage.Intent, Action = "credential.rotate", Time = At(TimeSpan.FromDays(3)), Summary = "An attempt.", Rotation = key.Name!["nhi-".Length..], Resource = new ResourceFacts(resource.Id) };
    }

    public ValueTask<Policy> CurrentAsync(CancellationToken ct) => ValueTask.FromResult<Policy>(PolicyTexts.Load(RuleFacts.Text));

    public ValueTask<string> OfAsync(SecretMaterial value, CancellationToken ct) => ValueTask.FromResult(DrawnEstate.Name($"keyed {value.Reveal()}"));

    public IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, CancellationToken ct) => ListSecretsAsync(vaultHost, null, ct);

    /// <summary>In no order of names.</summary>
    public async IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, string? continuation, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        Assert.Null(continuation);
        var shown = _secrets.Where(secret => secret.Key.Vault == vaultHost && secret.Value.IsListed(Age)).OrderBy(secret => DrawnEstate.Name(secret.Key.Name), StringComparer.Ordinal)
            .Select(secret => new ListedSecret(secret.Key, VersionsOf(secret.Value)[^1] with { Version = "" })).Chunk(PageSize).ToList();
        for (var page = 0; page < Math.Max(1, shown.Count); page++)
            yield return new SecretPage(shown.Count == 0 ? [] : shown[page], _clock.GetUtcNow(), page + 1 < shown.Count ? $"page {page + 1}" : null);
    }

    public Task<VersionList> ListVersionsAsync(CredentialId id, CancellationToken ct)
    {
        if (_secrets[id].Unlistable)
            throw new ExternalCallException("Its versions are not for you.", mayHaveHappened: false, transient: false, "Forbidden");
        return Task.FromResult(new VersionList(_secrets[id].IsListed(Age) ? [.. VersionsOf(_secrets[id]).Reverse()] : [], _clock.GetUtcNow()));
    }

    public Task<SecretReading?> ReadAsync(CredentialId id, string? version, CancellationToken ct)
    {
        var secret = _secrets[id];
        if (secret.Withheld)
            throw new ExternalCallException("Its value is not for you.", mayHaveHappened: false, transient: false, "Forbidden");
        if (!secret.IsListed(Age) || secret.Versions.FirstOrDefault(known => known.Id == version) is not { } drawn)
            return Task.FromResult<SecretReading?>(null);
        return Task.FromResult<SecretReading?>(new SecretReading(Version(secret, drawn), drawn.Enabled ? new SecretMaterial(drawn.Wrapped ? $"Endpoint=https://it;Key={drawn.Value}" : drawn.Value) : null));
    }

    // A sweep changes nothing and asks for no more.
    public Task<CredentialVersion> PublishAsync(CredentialId id, Publication publication, CancellationToken ct) => throw new InvalidOperationException("A sweep changes nothing.");
    public Task<CredentialVersion> UpdateAsync(CredentialId id, string version, VersionUpdate update, CancellationToken ct) => throw new InvalidOperationException("A sweep changes nothing.");

    /// <summary>Those that there are by now; where a backup brought them, all at once.</summary>
    private IReadOnlyList<CredentialVersion> VersionsOf(DrawnCredential credential) => [.. credential.Versions.Where(version => version.Age >= Age).Select(version => Version(credential, version))];

    private CredentialVersion Version(DrawnCredential credential, DrawnVersion version) => new()
    {
        Version = version.Id,
        Enabled = version.Enabled && !(version.EnabledLately && Age > DrawnEstate.Lately),
        Created = At(version.Age),
        Updated = At(version.Touched >= Age ? version.Touched : version.Age),
        Expires = version.EndsIn is { } end ? _estate.Now + end : null,
        Managed = credential.Certificate,
        ContentType = "text/plain",
        Tags = TagsOf(credential, version),
    };

    private static Dictionary<string, string> TagsOf(DrawnCredential credential, DrawnVersion version)
    {
        Dictionary<string, string> tags = RuleFacts.TagsOf(credential.Rule).ToDictionary(tag => tag.Name, tag => tag.Value);
        tags["cost-centre"] = "4711";
        if (credential.Opens != Opens.Untold)
            tags["nhi-kind"] = credential.Opens == Opens.Misread ? "account" : KindOf(credential.Opens);
        if (credential.Resource is { } resource)
            tags["nhi-resource"] = resource;
        if (credential.Tag.Count > 0)
            tags["nhi-owner"] = string.Join("; ", credential.Tag.Select(DrawnDirectory.TextOf));
        if (credential.BreakGlass is { } said)
            tags["nhi-break-glass"] = said;
        if (DrawnDirectory.TextOf(credential.Workload, credential.Number) is { } workload)
            tags["nhi-workload"] = workload;
        List<string> own = [];
        if (version.Minted)
            own.Add($"\"r\":\"{DrawnEstate.Name($"rotation of {credential.Number} {version.Id}")}\"");
        if (version.Minted || version.Adopted)
            own.Add($"\"op\":\"{DrawnEstate.Name($"attempt at {version.Id}")}\"");
        if (version is { Told: true, Handle: { } handle })
            own.Add($"\"handle\":\"{handle}\"");
        if (version.Dead)
            own.Add("\"dead\":true");
        if (own.Count > 0)
            tags["nhi"] = $"{{{string.Join(',', own)}}}";
        return tags;
    }

    private static string KindOf(Opens opens) => opens.ToString().ToLowerInvariant();

    /// <summary>What list rights show there by now.</summary>
    private SweptResource Survey(DrawnResource resource, DateTimeOffset now)
    {
        var standing = resource.Standing switch
        {
            Standing.GoneLately => Age > DrawnEstate.Lately ? Standing.There : Standing.Gone,
            Standing.UnreachableLately => Age > DrawnEstate.Lately ? Standing.There : Standing.Unreachable,
            var always => always,
        };
        if (standing is Standing.Unreachable or Standing.Forbidden)
            throw new ExternalCallException("Its provider does not answer.", mayHaveHappened: false, transient: standing == Standing.Unreachable);
        return new SweptResource
        {
            Id = new ResourceId(resource.Id), Kind = KindOf(resource.Opens), SeenAt = now, Exists = standing == Standing.There,
            Credentials = standing == Standing.There ? [.. resource.Keys.Where(key => !(key.Age < Age)).Select(key => new ProviderCredential(key.Place, key.Name, key.Age is { } age ? At(age) : null, key.EndsIn is { } end ? _estate.Now + end : null))] : [],
        };
    }

    private class Named(Opens opens, OverlapClass overlap, string[] handles) : IRotator
    {
        public Kind Kind { get; } = new() { Name = KindOf(opens), Description = "Drawn.", Overlaps = [overlap], ResourceForm = "any", Rights = [] };

        public virtual GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment) =>
            tags.TryGetValue("nhi-resource", out var id) ? new GovernedResource(new ResourceId(id), overlap, handles, id, environment) : throw new ResourceTagException("No tag nhi-resource.");

        public PublishedValue Read(GovernedResource resource, SecretMaterial published) =>
            published.Reveal() is var text && text.IndexOf(";Key=", StringComparison.Ordinal) is >= 0 and var at ? new PublishedValue(new SecretMaterial(text[(at + 5)..]), null) : new PublishedValue(published, null);

        public SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current) => secret;
    }

    private sealed class Provider(DrawnWorld world, Opens opens, OverlapClass overlap, params string[] handles) : Named(opens, overlap, handles), IVerify, ISurvey
    {
        public Task<SweptResource> SurveyAsync(ResourceId resource, DateTimeOffset now, CancellationToken ct) => Task.FromResult(world.Survey(world._estate.Resources[resource.Value], now));

        public Task<Verdict> VerifyAsync(GovernedResource resource, string? handle, SecretMaterial secret, CancellationToken ct) => Task.FromResult(new Verdict(
            world._answers[(resource.Id.Value, secret.Reveal())] switch { Answer.Accepted => Verification.Accepted, Answer.Refused => Verification.Refused, _ => Verification.Unknown }, "as drawn"));
    }

    /// <summary>What it makes opens nothing at any provider.</summary>
    private sealed class Generator() : Named(Opens.Generated, OverlapClass.Retire, [])
    {
        public override GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment) => new(new ResourceId($"generated:{credential}"), OverlapClass.Retire, [], "", environment);
    }
}
