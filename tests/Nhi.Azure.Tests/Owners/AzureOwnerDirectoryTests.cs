using Azure.Core;
using Nhi.Azure.Owners;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Local;
using Nhi.Local.Emulators;
using Nhi.Local.Emulators.Arm;

namespace Nhi.Azure.Tests.Owners;

/// <summary>Who owns what, asked of the local world's Graph and ARM over HTTPS as the watcher.</summary>
public sealed class AzureOwnerDirectoryTests : IAsyncLifetime
{
    private const string Owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    private const string Elsewhere = "22222222-0000-4000-8000-000000000002";
    private World _world = null!;

    public async ValueTask InitializeAsync() => _world = await World.StartAsync(new WorldOptions { Postgres = false });

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private AzureOwnerDirectory DirectoryOf(WorldIdentity identity) => new(
        new AzureRest(new As(_world.CredentialOf(identity)), TimeProvider.System, new RestTuning { Transport = _world.CreateTransport(), ReadRetryDelay = TimeSpan.FromMilliseconds(1) }),
        CloudHosts.Public, new ProductIdentities([], [], [.. _world.Identities.OfTheProduct.Select(one => one.ClientId)], []));

    [Fact]
    public async Task The_watcher_learns_who_owns_what_and_nobody_else_does()
    {
        var directory = DirectoryOf(_world.Identities.Watcher);
        await PeopleAsync(directory);
        await ApplicationsAsync(directory);
        await ResourcesAsync(directory);
        await WorkloadsAsync(directory);
        await RolesAsync(directory);
        var stranger = DirectoryOf(_world.Identities.Rotators.Values.First());
        await Assert.ThrowsAsync<ExternalCallException>(() => stranger.FindAsync("ada@contoso.com", Ct));
        await Assert.ThrowsAsync<ExternalCallException>(() => stranger.TagsAsync(ArmFacts.GroupId, Ct));
        Assert.Empty(_world.RefusedHosts);
    }

    private async Task PeopleAsync(AzureOwnerDirectory directory)
    {
        var people = _world.Tenant.People;
        var ada = people.AddUser("ada@contoso.com", "Ada");
        var o = people.AddUser("o'neill@contoso.com");
        var team = people.AddGroup("team@contoso.com", "Team");
        Assert.Equal(new Principal(ada, PrincipalType.User, PrincipalState.Active, "ada@contoso.com"), await directory.FindAsync("ADA@contoso.com", Ct));
        Assert.Equal(new Principal(ada, PrincipalType.User, PrincipalState.Active, "ada@contoso.com"), await directory.FindAsync(ada, Ct));
        Assert.Equal(o, (await directory.FindAsync("o'neill@contoso.com", Ct)).Id);
        Assert.Equal(new Principal(team, PrincipalType.Group, PrincipalState.Active, "team@contoso.com"), await directory.FindAsync("team@contoso.com", Ct));
        Assert.Equal(PrincipalType.Group, (await directory.FindAsync(team, Ct)).Type);
        Assert.Equal(PrincipalType.Service, (await directory.FindAsync(_world.Identities.Watcher.ObjectId, Ct)).Type);
        Assert.Equal(PrincipalState.Unknown, (await directory.FindAsync("nobody@elsewhere.org", Ct)).State);

        people.SetEnabled(ada, false);
        Assert.Equal(PrincipalState.Disabled, (await directory.FindAsync("ada@contoso.com", Ct)).State);
        people.Delete(o);
        Assert.Equal((o, PrincipalState.Deleted), await StateAsync("o'neill@contoso.com"));
        Assert.Equal((o, PrincipalState.Deleted), await StateAsync(o));
        people.Purge(o);
        Assert.Equal((o, PrincipalState.Deleted), await StateAsync(o));
        Assert.Equal(PrincipalState.Unknown, (await directory.FindAsync("o'neill@contoso.com", Ct)).State);

        async Task<(string, PrincipalState)> StateAsync(string who) => await directory.FindAsync(who, Ct) is var found ? (found.Id, found.State) : default;
    }

    private async Task ApplicationsAsync(AzureOwnerDirectory directory)
    {
        var application = _world.Tenant.Add("billing", _world.Identities.Rotators.Values.First());
        Assert.Empty(await directory.ApplicationOwnersAsync(application.AppId, Ct));
        var bob = _world.Tenant.People.AddUser("bob@contoso.com");
        _world.Tenant.AddOwner(application, bob);
        Assert.Equal([bob], await directory.ApplicationOwnersAsync(application.AppId, Ct));
        Assert.Empty(await directory.ApplicationOwnersAsync("99999999-0000-4000-8000-000000000009", Ct));
    }

    private async Task ResourcesAsync(AzureOwnerDirectory directory)
    {
        var account = _world.AddStorageAccount("ownedaccount").ResourceId.ToLowerInvariant();
        Assert.Empty((await directory.TagsAsync(account, Ct))!);
        Assert.Null(await directory.TagsAsync(account + "x", Ct));
        _world.Arm.Facts.Tag(account, ("Owner", "ada@contoso.com"));
        Assert.Equal("ada@contoso.com", (await directory.TagsAsync(account, Ct))!["owner"]);
        Assert.NotNull(await directory.TagsAsync(ArmFacts.GroupId.ToLowerInvariant(), Ct));
        await Assert.ThrowsAsync<ExternalCallException>(() => directory.TagsAsync("/subscriptions/x/../y?z", Ct));

        var now = _world.Clock.GetUtcNow();
        Assert.Null(await directory.CreatorAsync(account, now, Ct));
        // Three pages: who changed it later, and one who made it before it was made anew, say nothing.
        for (var i = 1; i <= 3; i++)
            _world.Arm.Facts.Wrote(account, $"changer{i}@contoso.com", now.AddDays(-i), made: false);
        _world.Arm.Facts.Wrote(account, "maker@contoso.com", now.AddDays(-10));
        _world.Arm.Facts.Wrote(account, "too-long-ago@contoso.com", now.AddDays(-120));
        Assert.Equal("maker@contoso.com", await directory.CreatorAsync(account, now, Ct));
    }

    private async Task WorkloadsAsync(AzureOwnerDirectory directory)
    {
        var workload = WorldIdentity.Of("billing-job");
        var id = _world.Tenant.People.Add(workload);
        Assert.Equal(PrincipalState.Active, await directory.WorkloadAsync(id, Ct));
        Assert.Equal(PrincipalState.Active, await directory.WorkloadAsync(workload.ClientId, Ct));
        _world.Tenant.People.SetEnabled(id, false);
        Assert.Equal(PrincipalState.Disabled, await directory.WorkloadAsync(id, Ct));
        _world.Tenant.People.Delete(id);
        Assert.Equal(PrincipalState.Deleted, await directory.WorkloadAsync(id, Ct));
        Assert.Equal(PrincipalState.Deleted, await directory.WorkloadAsync(workload.ClientId, Ct));

        var managed = $"{ArmFacts.GroupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/job".ToLowerInvariant();
        _world.Arm.Facts.Tag(managed);
        Assert.Equal(PrincipalState.Active, await directory.WorkloadAsync(managed, Ct));
        _world.Arm.Facts.Remove(managed);
        Assert.Equal(PrincipalState.Deleted, await directory.WorkloadAsync(managed, Ct));
        Assert.Equal(PrincipalState.Deleted, await directory.WorkloadAsync(managed.Replace($"/{WorldNames.ResourceGroup}/", "/elsewhere/", StringComparison.OrdinalIgnoreCase), Ct));
        // Its subscription moved to another tenant: nobody here sees it, and it may be well.
        Assert.Equal("SubscriptionNotFound", (await Assert.ThrowsAsync<ExternalCallException>(() => directory.WorkloadAsync(managed.Replace(WorldNames.Subscription, Elsewhere, StringComparison.Ordinal), Ct))).Code);
    }

    private async Task RolesAsync(AzureOwnerDirectory directory)
    {
        var identity = WorldIdentity.Of("mighty");
        Assert.Empty((await directory.RolesAsync(identity.ClientId, Ct)).Grants);
        _world.Tenant.People.Add(identity);
        foreach (var scope in (string[])["/", $"/subscriptions/{WorldNames.Subscription}", ArmFacts.GroupId])
            _world.Arm.Facts.Assign(identity.ObjectId, Owner, scope);
        _world.Arm.Facts.Assign(_world.Identities.Writer.ObjectId, Owner, "/");
        var roles = await directory.RolesAsync(identity.ClientId, Ct);
        Assert.Equal(identity.ObjectId, roles.ObjectId);
        Assert.Equal(["/", ArmFacts.GroupId.ToLowerInvariant(), $"/subscriptions/{WorldNames.Subscription}"], roles.Grants.Select(grant => grant.Scope).OrderBy(scope => scope.Length == 1 ? 0 : scope.Contains("groups", StringComparison.Ordinal) ? 1 : 2));
        Assert.All(roles.Grants, grant => Assert.Equal(new RoleGiven { Principal = "p", Role = Owner, Scope = "/" }.Made, grant.Created));
        Assert.All(roles.Grants, grant => Assert.Equal((Owner, grant.IsWideScope ? "may change everything" : null), (grant.RoleId, grant.Role?.Power)));
        await RolesOfGroupsAndCustomRolesAsync(directory, identity);
    }

    private async Task RolesOfGroupsAndCustomRolesAsync(AzureOwnerDirectory directory, WorldIdentity identity)
    {
        var (group, subscription) = (_world.Tenant.People.AddGroup("mighty-ones@contoso.com"), $"/subscriptions/{WorldNames.Subscription}");
        const string Custom = "77777777-0000-4000-8000-000000000007", Unknown = "88888888-0000-4000-8000-000000000008", Reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
        _world.Arm.Facts.Join(identity.ObjectId, group);
        _world.Arm.Facts.Define(Custom, "Our\nhelper", ["Microsoft.Authorization/roleAssignments/*", new string('x', 300)]);
        foreach (var role in (string[])[Custom, Unknown, Reader])
            _world.Arm.Facts.Assign(group, role, subscription);
        var grants = (await directory.RolesAsync(identity.ClientId, Ct)).Grants.Where(grant => grant.Scope == subscription).ToDictionary(grant => grant.RoleId, grant => grant.Role);
        Assert.Equal(4, grants.Count);
        Assert.Equal("may give rights away", grants[Custom]!.Power);
        Assert.DoesNotContain('\n', grants[Custom]!.Name);
        Assert.Equal(new RoleFacts("Reader", null), grants[Reader]);
        Assert.Null(grants[Unknown]);
    }

    private sealed class As(TokenCredential credential) : ICredentialSource
    {
        public TokenCredential Watcher => credential;

        public TokenCredential Rotator(string environment) => credential;
    }
}
