using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Signals;
using Nhi.Governance.Sweeps.Signals.Rules;
using static Nhi.Governance.Tests.Sweeps.Signals.Views;

namespace Nhi.Governance.Tests.Sweeps.Signals;

/// <summary>Each signal about a resource: that it fires, and its nearest innocents.</summary>
public sealed class ResourceSignalTests
{
    private static readonly Shadow _shadow = new();
    private static readonly ProviderCredential _held = new("k1", "made by hand", Now.AddDays(-10));

    [Fact]
    public void A_credential_that_no_version_holds_is_a_shadow()
    {
        _shadow.IsSo(Resource(OverlapClass.Multi, _held, new("k9", "laptop", Now.AddDays(-200))));
        _shadow.IsNotSo(Resource(OverlapClass.Multi, _held));
        _shadow.IsNotSo(Resource(OverlapClass.Multi, new ProviderCredential("K1")));
        Assert.Equal(
            "k9 (laptop), made 2025-11-13T12:00:00Z, is held by no version that is known.",
            Assert.Single(_shadow.Judge(Resource(OverlapClass.Multi, _held, new("k9", "laptop", Now.AddDays(-200)))).Facts));
    }

    [Theory]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    [InlineData(OverlapClass.Retire)]
    public void The_idle_slot_of_a_pair_is_no_shadow(OverlapClass overlap) => _shadow.IsNotSo(Resource(overlap, new("key1"), new("key2")));

    [Fact]
    public void What_expired_or_is_superseded_or_dead_is_no_shadow()
    {
        _shadow.IsNotSo(Resource(OverlapClass.Multi, _held, new("k9", Expires: Now)));
        _shadow.IsSo(Resource(OverlapClass.Multi, _held, new("k9", Expires: Now.AddSeconds(1))));
        _shadow.IsNotSo(Resource(OverlapClass.Multi, _held, new("k0")) with { Secrets = [Swept(Version(20, "v0", "k0"), Version(10, "v1", "k1"))] });
        _shadow.IsNotSo(Resource(OverlapClass.Multi, _held, new("k0")) with { Secrets = [Swept(Version(20, "v0", "k0", dead: true, enabled: false), Version(10, "v1", "k1"))] });
    }

    [Fact]
    public void A_leftover_of_our_own_rotation_is_chased_and_a_namesake_of_another_deployment_is_a_shadow()
    {
        var rotation = RotationId.Of(Id, "v1");
        var view = Resource(OverlapClass.Multi, _held, new("k9", RotationId.DisplayName(rotation)));
        _shadow.IsNotSo(view with { Rotations = new HashSet<string> { rotation } });
        _shadow.IsSo(view);
    }

    [Fact]
    public void As_many_versions_as_have_no_known_handle_may_hold_as_many_credentials()
    {
        var unknown = Swept(Version(20, "v0"), Version(10, "v1", "?"));
        _shadow.IsNotSo(Resource(OverlapClass.Multi, new("k8"), new("k9")) with { Secrets = [unknown] });
        _shadow.IsSo(Resource(OverlapClass.Multi, new("k7"), new("k8"), new("k9")) with { Secrets = [unknown] });
        _shadow.IsSo(Resource(OverlapClass.Multi, new ProviderCredential("k9")) with { Secrets = [] });
    }

    [Fact]
    public void S18_what_is_made_later_than_a_version_or_lives_longer_is_not_hidden_by_it()
    {
        ResourceView With(int madeDaysAgo, params CredentialVersion[] versions) => Resource(OverlapClass.Multi, _held, new("k9", null, Now.AddDays(-madeDaysAgo))) with { Secrets = [Swept([.. versions, Version(10, "v9", "k1")])] };
        _shadow.IsSo(With(5, Version(20, "v0")));
        _shadow.IsNotSo(With(20, Version(20, "v0")));
        _shadow.IsNotSo(With(30, Version(20, "v0")));
        _shadow.IsSo(With(30, Version(20, "v0", expiresIn: -1)));
        // One version is one credential, and the younger of two takes the version that may be it.
        _shadow.IsSo(Resource(OverlapClass.Multi, new("k8", null, Now.AddDays(-30)), new("k9", null, Now.AddDays(-5))) with { Secrets = [Swept(Version(20, "v0"), Version(15, "v1"))] });
        _shadow.IsNotSo(Resource(OverlapClass.Multi, new("k8", null, Now.AddDays(-30)), new("k9", null, Now.AddDays(-5))) with { Secrets = [Swept(Version(20, "v0"), Version(5, "v1"))] });
    }

    [Fact]
    public void What_could_not_be_seen_whole_says_nothing_of_shadows()
    {
        var view = Resource(OverlapClass.Multi, new ProviderCredential("k9"));
        _shadow.IsNotLooked(view with { Overlap = null });
        _shadow.IsNotLooked(view with { Secrets = null });
        _shadow.IsNotLooked(view with { Swept = view.Swept with { Exists = null } });
        _shadow.IsNotLooked(view with { Secrets = [Swept(Version(10, "v1", "k1")) with { Versions = [] }] });
        _shadow.IsNotSo(view with { Swept = view.Swept with { Exists = false } });
    }

    [Fact]
    public void A_role_that_is_too_wide_says_since_when_it_is_given()
    {
        var grant = new RoleGrant("88888888-0000-4000-8000-000000000008", "/", new RoleFacts("Owner", "may change everything"), Now.AddDays(-400));
        Assert.Equal(["Owner at /: may change everything.", "Owner at / was given 2025-04-27T12:00:00Z."], new OverPrivileged().Judge(Resource() with { Roles = new IdentityRoles("x", [grant]) }).Facts);
    }

    private const string Subscription = "/subscriptions/00000000-0000-4000-8000-000000000001";

    [Theory]
    [InlineData("/", "*", "")]
    [InlineData(Subscription, "*", "")]
    [InlineData("/providers/Microsoft.Management/managementGroups/all", "*/write", "")]
    [InlineData(Subscription + "/", "Microsoft.Authorization/roleAssignments/write", "")]
    [InlineData(Subscription, "Microsoft.Authorization/*", "")]
    [InlineData(Subscription, "*/read,microsoft.authorization/*/Write", "")]
    [InlineData(Subscription, "", "Microsoft.KeyVault/vaults/secrets/*")]
    [InlineData(Subscription, "", "Microsoft.KeyVault/vaults/secrets/getSecret/action")]
    [InlineData(Subscription, "", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*")]
    public void A_wide_role_at_a_wide_scope_is_a_finding(string scope, string actions, string dataActions)
    {
        new OverPrivileged().IsSo(Bearing(scope, actions, dataActions));
        new OverPrivileged().IsSo(Bearing(scope, actions, dataActions, new RoleGrant("99999999-0000-4000-8000-000000000009", Subscription)));
        new OverPrivileged().IsNotSo(Bearing($"{Subscription}/resourcegroups/app", actions, dataActions));
    }

    [Theory]
    [InlineData("*/read", "")]
    [InlineData("Microsoft.Storage/storageAccounts/read,Microsoft.Storage/*", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read")]
    [InlineData("Microsoft.Authorization/roleAssignments/read,Microsoft.Authorization/roleAssignments/delete", "Microsoft.KeyVault/vaults/secrets/readMetadata/action")]
    public void A_narrow_role_is_none(string actions, string dataActions) => new OverPrivileged().IsNotSo(Bearing(Subscription, actions, dataActions));

    [Fact]
    public void A_role_at_a_wide_scope_whose_definition_nobody_could_read_says_nothing() =>
        new OverPrivileged().IsNotLooked(Bearing(Subscription, "*/read", "", new RoleGrant("99999999-0000-4000-8000-000000000009", Subscription)));

    private static ResourceView Bearing(string scope, string actions, string dataActions, params RoleGrant[] also) => Resource() with
    {
        Roles = new IdentityRoles("22222222-0000-4000-8000-000000000001", [new RoleGrant("88888888-0000-4000-8000-000000000008", scope, RoleFacts.Of("role", Listed(actions), Listed(dataActions))), .. also]),
    };

    private static string[] Listed(string texts) => texts.Split(',', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public void Roles_that_nobody_could_ask_for_say_nothing_and_what_is_no_identity_has_none()
    {
        new OverPrivileged().IsNotLooked(Resource() with { Roles = null });
        new OverPrivileged().IsNotSo(Resource() with { Roles = null, IsIdentity = false });
        var view = Resource() with { Roles = null };
        new OverPrivileged().IsNotSo(view with { Swept = view.Swept with { Exists = false } });
    }
}
