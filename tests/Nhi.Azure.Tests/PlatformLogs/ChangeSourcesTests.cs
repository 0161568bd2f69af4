using System.Text.Json.Nodes;
using Azure.Core;
using Nhi.Azure.PlatformLogs;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Local;
using Nhi.Local.Emulators;
using Nhi.Local.Emulators.Arm;
using Nhi.Local.Emulators.Graph;

namespace Nhi.Azure.Tests.PlatformLogs;

/// <summary>The Activity Log and the directory audits of the local world, asked over HTTPS as the watcher.</summary>
public sealed class ChangeSourcesTests : IAsyncLifetime
{
    private const string Group = $"/subscriptions/{WorldNames.Subscription}/resourceGroups/{WorldNames.ResourceGroup}";
    private const string Elsewhere = $"/subscriptions/{WorldNames.Subscription}/resourceGroups/others/providers";
    private readonly HashSet<string> _resources = [];
    private World _world = null!;
    private StorageAccount _account = null!, _stranger = null!;
    private Application _application = null!, _unknown = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await World.StartAsync(new WorldOptions { Postgres = false });
        (_account, _stranger) = (_world.AddStorageAccount("contosodata"), _world.AddStorageAccount("contosoother"));
        var rotator = _world.Identities.Rotators.Values.First();
        (_application, _unknown) = (_world.Tenant.Add("billing", rotator), _world.Tenant.Add("others", rotator));
        _resources.UnionWith([_account.ResourceId, $"entra:{_application.AppId}"]);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private DateTimeOffset Now => _world.Clock.GetUtcNow();

    private AzureRest Rest(WorldIdentity identity) =>
        new(new As(_world.CredentialOf(identity)), TimeProvider.System, new RestTuning { Transport = _world.CreateTransport(), ReadRetries = 0, ReadRetryDelay = TimeSpan.FromMilliseconds(1) });

    private GovernedScopes Scopes(AzureRest rest, params string[] more) => new(
        new Estate(_resources), new Vaults([_world.Vault("kv1").HostName, .. more]),
        ProductIdentities.None with { VaultHosts = [_world.ProductVault.HostName], StorageHosts = ["nhistate.blob.core.windows.net", "nhievidence.blob.core.windows.net"] }, rest, CloudHosts.Public);

    private ActivityLogChanges Activity(WorldIdentity? identity = null, params string[] vaults) => Rest(identity ?? _world.Identities.Watcher) is var rest ? new(Scopes(rest, vaults), rest, CloudHosts.Public) : null!;

    private DirectoryAuditChanges Audits(WorldIdentity? identity = null) => Rest(identity ?? _world.Identities.Watcher) is var rest ? new(Scopes(rest), rest, CloudHosts.Public) : null!;

    private async Task<(List<PlatformChange> Changes, string? Failure)> AskAsync(IChangeSource source)
    {
        List<PlatformChange> changes = [];
        try
        {
            await foreach (var change in source.ChangesAsync(Now.AddHours(-9), Now, Ct))
                changes.Add(change);
            return (changes, null);
        }
        catch (ExternalCallException e)
        {
            return (changes, e.Message);
        }
    }

    private async Task NothingAsync(IChangeSource source)
    {
        var (changes, failure) = await AskAsync(source);
        Assert.Empty(changes);
        Assert.Null(failure);
    }

    private void Deleted(string operation, string id) => _world.Arm.Facts.Happened(operation, id, _world.Identities.Person, Now, "20.1.2.3");

    [Fact]
    public async Task S47_the_Activity_Log_tells_of_keys_and_of_what_guards_page_by_page_and_of_nothing_that_is_not_ours()
    {
        var begin = Now;
        Assert.True(_world.Arm.RegenerateAs(_world.Identities.Person, _account, "key1", "20.1.2.3"));
        _world.Arm.RegenerateAs(_world.Identities.Person, _stranger, "key1");
        var kv1 = _world.Vault("kv1").ResourceId;
        Deleted("Microsoft.Insights/diagnosticSettings/delete", $"{kv1}/providers/Microsoft.Insights/diagnosticSettings/to archive");
        Deleted("Microsoft.Insights/diagnosticSettings/delete", $"{_stranger.ResourceId}/providers/Microsoft.Insights/diagnosticSettings/x");
        Deleted("Microsoft.EventGrid/systemTopics/eventSubscriptions/delete", $"{Group}/providers/Microsoft.EventGrid/systemTopics/kv1/eventSubscriptions/nhi");
        Deleted("Microsoft.EventGrid/systemTopics/eventSubscriptions/delete", $"{Elsewhere}/Microsoft.EventGrid/systemTopics/theirs/eventSubscriptions/x");
        Deleted("Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/delete", $"{Group}/providers/Microsoft.Storage/storageAccounts/nhievidence/blobServices/default/containers/evidence-2026/immutabilityPolicies/default");
        Deleted("Microsoft.Authorization/locks/delete", $"{Group}/providers/Microsoft.Authorization/locks/keep");
        Deleted("Microsoft.Authorization/locks/delete", $"{Elsewhere}/Microsoft.Storage/storageAccounts/x/providers/Microsoft.Authorization/locks/keep");
        Deleted("Microsoft.Authorization/policyAssignments/delete", $"/subscriptions/{WorldNames.Subscription}/providers/Microsoft.Authorization/policyAssignments/deny");
        Deleted("Microsoft.Authorization/policyExemptions/write", $"{kv1}/providers/Microsoft.Authorization/policyExemptions/not us");
        Deleted("Microsoft.Authorization/policyExemptions/write", $"{Elsewhere}/Microsoft.Storage/storageAccounts/x/providers/Microsoft.Authorization/policyExemptions/theirs");
        Deleted("Microsoft.Authorization/roleAssignments/delete", $"{_account.ResourceId}/providers/Microsoft.Authorization/roleAssignments/r");
        Deleted("Microsoft.Authorization/roleAssignments/write", $"{Group}/providers/Microsoft.Authorization/roleAssignments/r");
        Deleted("Microsoft.Authorization/roleAssignments/write", $"{Elsewhere}/Microsoft.Storage/storageAccounts/x/providers/Microsoft.Authorization/roleAssignments/r");
        Deleted("Microsoft.Insights/diagnosticSettings/write", $"{kv1}/providers/Microsoft.Insights/diagnosticSettings/to archive");
        _world.Arm.Facts.Happened("Microsoft.Authorization/locks/delete", $"{kv1}/providers/Microsoft.Authorization/locks/x", _world.Identities.Person, Now, status: "Failed");

        await NothingAsync(Activity());
        await _world.Clock.MoveToAsync(Now + _world.Arm.Facts.Lag, Ct);
        var (changes, failure) = await AskAsync(Activity());
        Assert.Null(failure);
        Assert.Equal(
            new[]
            {
                (ChangeKind.Minted, _account.ResourceId.ToLowerInvariant()),
                (ChangeKind.Access, _account.ResourceId.ToLowerInvariant()),
                (ChangeKind.Access, Group.ToLowerInvariant()),
                (ChangeKind.Diagnostics, _world.Vault("kv1").HostName),
                (ChangeKind.Diagnostics, _world.Vault("kv1").HostName),
                (ChangeKind.Subscription, $"{Group}/providers/Microsoft.EventGrid/systemTopics/kv1".ToLowerInvariant()),
                (ChangeKind.Immutability, $"{Group}/providers/Microsoft.Storage/storageAccounts/nhievidence".ToLowerInvariant()),
                (ChangeKind.Policy, $"/subscriptions/{WorldNames.Subscription}"),
                (ChangeKind.Policy, _world.Vault("kv1").HostName),
                (ChangeKind.Lock, Group.ToLowerInvariant()),
            }.Order(),
            changes.Select(change => (change.Kind, change.Subject)).Order());
        Assert.All(changes, change => Assert.Equal((_world.Identities.Person.ObjectId, _world.Identities.Person.ClientId, "20.1.2.3"), (change.Principal, change.AppId, change.Ip)));
        Assert.All(changes, change => Assert.InRange(change.Time, begin, Now));
        Assert.Equal(new ResourceId(_account.ResourceId), changes.Single(change => change.Kind == ChangeKind.Minted).Resource);
        Assert.Contains("management groups", Activity().NotLooked, StringComparison.Ordinal);
        // What is read again is the same change.
        Assert.Equal(changes.Select(change => change.Key).Order(), (await AskAsync(Activity())).Changes.Select(change => change.Key).Order());
    }

    [Fact]
    public async Task What_nobody_can_read_is_said_and_hides_nothing_else()
    {
        foreach (var junk in (JsonNode?[])[null, JsonValue.Create(7), new JsonArray(), new JsonObject(), new JsonObject { ["operationName"] = "x" }])
            _world.Arm.Facts.Happened(junk, Now);
        Deleted("Microsoft.Authorization/locks/delete", $"{_account.ResourceId}/providers/Microsoft.Authorization/locks/keep");
        Deleted("Microsoft.Authorization/locks/delete", "/subscriptions/nowhere");
        await _world.Clock.MoveToAsync(Now + _world.Arm.Facts.Lag, Ct);
        var (changes, failure) = await AskAsync(Activity());
        Assert.Equal(ChangeKind.Lock, Assert.Single(changes).Kind);
        Assert.Contains("4 entries", failure, StringComparison.Ordinal);

        (changes, failure) = await AskAsync(Activity(vaults: "kv-nowhere.vault.azure.net"));
        Assert.Single(changes);
        Assert.Contains("kv-nowhere", failure, StringComparison.Ordinal);
        Assert.Contains("not read whole", (await AskAsync(Activity(_world.Identities.Writer))).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_directory_audits_tell_which_secrets_of_governed_applications_came_and_went()
    {
        var person = _world.Identities.Person;
        List<string> added = [];
        for (var i = 0; i < 3; i++)
            added.Add(_world.Tenant.AddSecretAs(person, _application, $"[KeyIdentifier={i}", "20.1.2.3").KeyId);
        Assert.True(_world.Tenant.RemoveSecretAs(person, _application, added[0], "20.1.2.3"));
        _world.Tenant.AddSecretAs(person, _unknown, null);

        await NothingAsync(Audits());
        await _world.Clock.MoveToAsync(Now + _world.Tenant.Audits.Lag, Ct);
        var (changes, failure) = await AskAsync(Audits());
        Assert.Null(failure);
        Assert.Equal(
            [.. added.Select(id => (ChangeKind.Minted, id)), (ChangeKind.Killed, added[0])],
            changes.Select(change => (change.Kind, change.Handle!)));
        Assert.All(changes, change => Assert.Equal(
            ($"entra:{_application.AppId}", person.ObjectId, $"{person.Name}@contoso.com", "20.1.2.3"), (change.Resource!.Value.Value, change.Principal, change.UserName, change.Ip)));

        _world.Tenant.Audits.Write(JsonValue.Create("junk"), Now);
        await _world.Clock.MoveToAsync(Now + _world.Tenant.Audits.Lag, Ct);
        (changes, failure) = await AskAsync(Audits());
        Assert.Equal(4, changes.Count);
        Assert.Contains("1 entries", failure, StringComparison.Ordinal);
        Assert.NotNull((await AskAsync(Audits(_world.Identities.Writer))).Failure);
    }

    [Fact]
    public async Task Where_nothing_is_governed_there_nobody_is_asked()
    {
        _resources.Clear();
        await NothingAsync(Audits(_world.Identities.Writer));
    }

    private sealed class As(TokenCredential credential) : ICredentialSource
    {
        public TokenCredential Watcher => credential;

        public TokenCredential Rotator(string environment) => throw new InvalidOperationException("Only the watcher reads logs.");
    }

    private sealed class Vaults(IEnumerable<string> hosts) : IVaultRegistry
    {
        public IReadOnlyList<GovernedVault> All { get; } = [.. hosts.Select(host => new GovernedVault(host, "prod"))];

        public GovernedVault? Find(string vaultHost) => All.FirstOrDefault(vault => vault.Host == vaultHost);
    }

    /// <summary>An inventory of resources alone.</summary>
    private sealed class Estate(IEnumerable<string> ids) : ISweptEstate
    {
        public IAsyncEnumerable<SweptResource> ResourcesAsync(CancellationToken ct) =>
            ids.Select(id => new SweptResource { Id = new ResourceId(id), Kind = "k", SeenAt = DateTimeOffset.UnixEpoch }).ToAsyncEnumerable();

        public IAsyncEnumerable<SweptCredential> OfVaultAsync(string vaultHost, CancellationToken ct) => AsyncEnumerable.Empty<SweptCredential>();
        public IAsyncEnumerable<SweptStamp> StampsAsync(string vaultHost, CancellationToken ct) => AsyncEnumerable.Empty<SweptStamp>();
        public Task<SweptCredential?> FindAsync(CredentialId id, CancellationToken ct) => Task.FromResult<SweptCredential?>(null);
        public Task<SweptResource?> FindAsync(ResourceId id, CancellationToken ct) => Task.FromResult<SweptResource?>(null);
        public Task WriteAsync(SweptCredential credential, CancellationToken ct) => Task.CompletedTask;
        public Task WriteAsync(SweptResource resource, CancellationToken ct) => Task.CompletedTask;
        public Task<IReadOnlyList<CredentialId>> WithFingerprintAsync(string fingerprint, CancellationToken ct) => Task.FromResult<IReadOnlyList<CredentialId>>([]);
    }
}
