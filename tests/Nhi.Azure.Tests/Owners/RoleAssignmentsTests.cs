using Azure.Core;
using Nhi.Azure.Owners;
using Nhi.Azure.Rest;
using Nhi.Azure.Settings;
using Nhi.Azure.Tests.Settings;
using Nhi.Azure.Tests.Vaults;
using Nhi.Governance.Credentials;
using Nhi.Local;
using Nhi.Local.Emulators;
using Nhi.Local.Emulators.Arm;

namespace Nhi.Azure.Tests.Owners;

/// <summary>Role assignments read and deleted at the local world's ARM over HTTPS, by the curtailer and by nobody else.</summary>
public sealed class RoleAssignmentsTests : IAsyncLifetime
{
    private const string Owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    private const string CurtailerId = "55555555-5555-5555-5555-555555555555";
    private static readonly string _subscription = $"/subscriptions/{WorldNames.Subscription}";
    private static readonly WorldIdentity _mighty = WorldIdentity.Of("mighty"), _person = WorldIdentity.Of("ada");
    private World _world = null!;

    public async ValueTask InitializeAsync() => _world = await World.StartAsync(new WorldOptions { Postgres = false });

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal static NhiSettings SettingsWith(string? curtailer)
    {
        (string, string?)[] named = [("Identities__Watcher", VaultRig.WatcherId), ("Identities__Writer", VaultRig.WatcherId), ("Identities__Sequencer", VaultRig.WatcherId), ("Identities__Rotators__prod", VaultRig.RotatorId)];
        return TestSettings.Read(curtailer is null ? named : [.. named, ("Identities__Curtailer", curtailer)]);
    }

    private RoleAssignments Of(TokenCredential? curtailer) => new(
        new AzureRest(new As(curtailer, _world.CredentialOf(_world.Identities.Watcher)), TimeProvider.System, new RestTuning { Transport = _world.CreateTransport(), ReadRetryDelay = TimeSpan.FromMilliseconds(1) }),
        CloudHosts.Public, SettingsWith(curtailer is null ? null : CurtailerId));

    [Fact]
    public async Task The_curtailer_reads_all_that_makes_an_assignment_again_deletes_it_once_and_sees_that_it_is_gone()
    {
        var facts = _world.Arm.Facts;
        var made = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var given = new RoleGiven { Principal = _mighty.ObjectId, Role = Owner, Scope = _subscription, Condition = "(1 Equals 1)", Description = "in a hurry", Made = made, By = _person.ObjectId };
        facts.Assign(given);
        facts.Assign(given with { Scope = ArmFacts.GroupId });
        facts.Assign(given with { Scope = "/" });
        facts.Assign(given with { Principal = _person.ObjectId, Type = "User" });
        var roles = Of(_world.CredentialOf(_world.Identities.Curtailer));
        Assert.True(roles.MayCurtail);

        var own = Assert.Single(await roles.OfAsync(_mighty.ObjectId, _subscription, Ct));
        Assert.Equal((given.Id, _mighty.ObjectId, "ServicePrincipal", _subscription, "(1 Equals 1)", "2.0", "in a hurry"), (own.Id, own.Principal, own.Type, own.Scope, own.Condition, own.ConditionVersion, own.Description));
        Assert.Equal((made, made, _person.ObjectId, Owner, false), (own.Created, own.Changed, own.CreatedBy, own.RoleId, own.IsDelegated));
        Assert.Equal(["/", _subscription, _subscription], (await roles.OwnersAsync(_subscription, Ct)).Select(owner => owner.Scope).Order(StringComparer.Ordinal));

        Assert.Equal(own, await roles.FindAsync(own.Id, Ct));
        Assert.True(await roles.DeleteAsync(own.Id, Ct));
        Assert.Null(await roles.FindAsync(own.Id, Ct));
        Assert.False(await roles.DeleteAsync(own.Id, Ct));
        // One that nobody here sees is not gone.
        var moved = own.Id.Replace(WorldNames.Subscription, "22222222-0000-4000-8000-000000000002", StringComparison.OrdinalIgnoreCase);
        Assert.Equal("SubscriptionNotFound", (await Assert.ThrowsAsync<ExternalCallException>(() => roles.FindAsync(moved, Ct))).Code);
        Assert.Equal("SubscriptionNotFound", (await Assert.ThrowsAsync<ExternalCallException>(() => roles.DeleteAsync(moved, Ct))).Code);
        Assert.DoesNotContain(given, facts.Assigned);
        Assert.Equal(3, facts.Assigned.Count);
        Assert.Empty(_world.RefusedHosts);
    }

    [Fact]
    public async Task What_its_right_does_not_reach_is_refused_and_says_what_to_do()
    {
        _world.Arm.Facts.Assign(new RoleGiven { Principal = _person.ObjectId, Role = Owner, Scope = _subscription, Type = "User" });
        var roles = Of(_world.CredentialOf(_world.Identities.Curtailer));
        var refused = await Assert.ThrowsAsync<ExternalCallException>(() => roles.DeleteAsync(_world.Arm.Facts.Assigned[0].Id, Ct));
        Assert.Equal((false, false), (refused.MayHaveHappened, refused.Transient));
        Assert.Contains("curtailer's identity", refused.Message, StringComparison.Ordinal);
        Assert.Single(_world.Arm.Facts.Assigned);
        await Assert.ThrowsAsync<ExternalCallException>(() => Of(_world.CredentialOf(_world.Identities.Watcher)).DeleteAsync(_world.Arm.Facts.Assigned[0].Id, Ct));
        await Assert.ThrowsAsync<ExternalCallException>(() => roles.FindAsync("/subscriptions/x/../y?z", Ct));
    }

    [Fact]
    public async Task Without_such_an_identity_nothing_is_asked_and_no_other_one_stands_in()
    {
        var roles = Of(null);
        Assert.False(roles.MayCurtail);
        Assert.Equal("NoIdentity", (await Assert.ThrowsAsync<ExternalCallException>(() => roles.DeleteAsync($"{_subscription}/providers/Microsoft.Authorization/roleAssignments/x", Ct))).Code);
    }

    private sealed class As(TokenCredential? curtailer, TokenCredential watcher) : ICredentialSource
    {
        public TokenCredential Watcher => watcher;
        public TokenCredential Curtailer => curtailer ?? throw new InvalidOperationException("There is none.");

        public TokenCredential Rotator(string environment) => watcher;
    }
}
