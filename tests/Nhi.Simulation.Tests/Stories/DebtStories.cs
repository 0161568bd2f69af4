using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Opening;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>What is owed, when it is paid, and what looks owed and is not.</summary>
public sealed class DebtStories
{
    [Fact]
    public void H7_A_value_that_caches_used_after_its_successor_was_published_is_killed_after_a_quiet_period()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.RotateInPeace(id);
        var superseded = world.Clock.Now;
        var lastUse = superseded + Hours(3.5);
        world.LastUseOf = (_, _) => new LastUse(true, world.Clock.Now < lastUse ? world.Clock.Now : lastUse, "sign-in log");
        world.StartTimers();
        world.AdvanceTo(lastUse + Minutes(20));
        world.AssertAt(world.ResourceOf(id).Keys.Count == 2, "it was used a moment ago, so it lives although its overlap is over");
        world.Advance(Hours(2));
        world.AssertAt(world.ResourceOf(id).Keys.Count == 1, "used since the overlap began, and quiet since: it is dead");
        world.AssertNoBreach();
    }

    [Fact]
    public void H9_A_secret_that_is_soft_deleted_does_not_make_its_credential_a_leftover()
    {
        var world = Siblings(OverlapClass.Multi, out var id, out var sibling);
        world.AdvanceToDue(id);

        // Published late, after its attempt was closed as absent: no outcome names the key as published.
        world.Next("vault.publish", Fault.Late, lasting: Minutes(14));
        world.Ask(id);
        world.Advance(Minutes(11));
        world.StartReconcile();
        world.Advance(Minutes(5));
        var living = world.ValueOf(id);
        world.AssertAt(world.Works(id) && world.Vault.CurrentOf(id)!.Version.Nhi is not null, "the late one is current and works");

        world.Vault.Delete(id);
        world.StartTimers();
        for (var hour = 0; hour < 9; hour++)
        {
            world.Advance(Hours(1));
            world.AssertAt(world.Resources["res-app"].Keys.Values.Any(key => key.Secret == living), "what the deleted secret published lives on");
        }

        world.Vault.Recover(id);
        world.AssertAt(world.Works(id), "it works when the secret is recovered");
        world.AssertAt(world.Works(sibling), "and so does the sibling's");
    }

    [Fact]
    public void H9_A_secret_whose_tags_were_wiped_does_not_make_its_credential_a_leftover()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.RotateInPeace(id);
        var current = world.Vault.CurrentOf(id)!;
        world.Vault.Update(id, current.Version.Version, new VersionUpdate { Tags = current.Version.Tags.Where(tag => tag.Key != NhiTag.Name).ToDictionary() });
        world.StartTimers();
        world.Advance(Hours(6));
        world.AssertAt(world.Works(id) && world.ValueOf(id) == current.Value.Reveal(), "it is known by its evidence and lives");
        world.AssertNoBreach();
    }

    [Fact]
    public void H12_A_mint_that_lands_after_its_leftover_was_closed_is_found_by_the_sweep()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        var (a, b) = (world.Hosts[0], world.Hosts[1]);
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.FreezeBefore, a, lasting: Hours(2));
        world.Ask(id, a);
        world.Advance(Minutes(12));
        world.AskNow(id, b);
        Assert.Equal(2, world.Vault.VersionsOf(id).Count);
        Assert.Empty(world.Evidence.OpenIntents());
        world.Advance(Hours(2));
        world.AssertAt(world.ResourceOf(id).Keys.Values.Count(key => key.DisplayName.StartsWith("nhi-", StringComparison.Ordinal)) == 2, "the frozen mint landed and nobody knows its value");

        world.StartTimers();
        world.Advance(Hours(4));
        world.AssertAt(world.ResourceOf(id).Keys.Count == 1, "it was found by its name and killed");
        world.AssertAt(world.Works(id), "the published one lives");
        world.AssertNoBreach();
    }

    [Fact]
    public void H14_A_version_that_a_person_disabled_is_owed_all_the_same()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.RotateInPeace(id);
        world.SetEnabled(id, world.Vault.VersionsOf(id)[0].Version.Version, false);
        world.StartTimers();
        world.Advance(Hours(5));
        world.AssertAt(world.ResourceOf(id).Keys.Count == 1, "its credential is dead, not only its version disabled");
        Assert.True(world.Vault.VersionsOf(id)[0].Version.IsDead);
        world.AssertNoBreach();
    }

    [Fact]
    public void H23_One_debt_that_cannot_be_paid_does_not_stop_the_others()
    {
        var used = "";
        var world = Quiet(OverlapClass.Multi, out var id, made => made.Add("other", OverlapClass.Multi));
        var other = CredentialId.Of(SimVault.Host, "other");
        world.RotateInPeace(id);
        used = world.Vault.VersionsOf(id)[0].Version.Nhi!.Handle!;
        world.LastUseOf = (_, handle) => handle == used ? new LastUse(true, world.Clock.Now, "sign-in log") : LastUse.NotReported;
        world.AskNow(other);
        world.PersonRotates(id);
        var second = world.Vault.VersionsOf(id)[1].Version.Nhi!.Handle!;
        world.ProviderRefuses = (what, resource) => what == "kill" && resource == "res-broken";
        world.StartTimers();
        world.Advance(Hours(6));
        world.AssertAt(world.ResourceOf(id).Keys.ContainsKey(used), "the first is in use and waits");
        world.AssertAt(!world.ResourceOf(id).Keys.ContainsKey(second), "the second is paid");
        world.AssertAt(world.ResourceOf(other).Keys.Count == 1, "the other secret's is paid");
        world.AssertNoBreach();
    }

    [Fact]
    public void H23_A_provider_that_refuses_kills_does_not_stop_those_of_other_resources()
    {
        var world = Quiet(OverlapClass.Multi, out var id, made => made.Add("other", OverlapClass.Multi));
        var other = CredentialId.Of(SimVault.Host, "other");
        world.RotateInPeace(id);
        world.AskNow(other);
        world.ProviderRefuses = (what, resource) => what == "kill" && resource == "res-app";
        world.StartTimers();
        world.Advance(Hours(6));
        Assert.Equal(2, world.ResourceOf(id).Keys.Count);
        world.AssertAt(world.ResourceOf(other).Keys.Count == 1, "the other's is paid");
        world.ProviderRefuses = (_, _) => false;
        world.Advance(Hours(9));
        world.AssertAt(world.ResourceOf(id).Keys.Count <= 2 && world.Vault.VersionsOf(id)[0].Version.IsDead, "it was tried until it went");
        world.AssertNoBreach();
    }

    [Fact]
    public void H26_A_living_credential_that_evidence_names_as_published_needs_a_person_before_it_is_killed()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        world.RotateInPeace(id);
        var living = world.ValueOf(id);
        world.Vault.RestoreBackup(id, 1);
        world.AssertAt(world.ValueOf(id) != living, "the backup is of before the rotation");
        world.StartTimers();
        world.Advance(Hours(12));
        world.AssertAt(world.Resources["res-app"].Keys.Values.Any(key => key.Secret == living), "consumers may hold it: it is not taken for a leftover");
        Assert.Contains(world.Tables.Debts.Values, note => note.Waiting?.Contains("evidence names it as published", StringComparison.Ordinal) == true);
        world.AssertNoBreach();
    }

    [Fact]
    public void H27_A_slot_that_was_regenerated_by_hand_is_not_killed_for_a_debt_that_this_paid()
    {
        var world = Quiet(OverlapClass.DualSlot, out var id);
        world.RotateInPeace(id);
        world.Advance(Hours(1));
        var theirs = world.Regenerate("res-app", "key1");
        world.StartTimers();
        world.Advance(Hours(5));
        world.AssertAt(world.Resources["res-app"].Places["key1"] == theirs, "what a person made there lives");
        world.AssertAt(world.Vault.VersionsOf(id)[0].Version.IsDead, "and the debt is recorded as paid");
        world.AssertNoBreach();
    }

    [Fact]
    public void H30_An_expired_and_revoked_current_version_does_not_keep_its_predecessors_debt_from_being_paid()
    {
        var world = Quiet(OverlapClass.Multi, out var id, made => made.Patience = _ => Hours(20));
        world.RotateInPeace(id);
        var predecessor = world.Vault.VersionsOf(id)[0].Version.Nhi!.Handle!;
        world.Tables.Debts[(new("res-app"), predecessor)] = new DebtNote { Resource = new("res-app"), Handle = predecessor, HeldUntil = world.Clock.Now + Hours(18) };
        world.PolicyOf = subject => SimWorld.Short(subject) with { OnExpired = ExpiredAction.Revoke, RotateBefore = TimeSpan.Zero };
        world.StartTimers();
        world.Advance(Hours(14));
        world.AssertAt(world.Vault.CurrentOf(id)!.Version.IsDead, "the current version is revoked");
        world.AssertAt(world.Resources["res-app"].Keys.ContainsKey(predecessor), "the predecessor is held by a person");
        world.Advance(Hours(8));
        world.AssertAt(world.ResourceOf(id).Keys.Count == 0, "then it is killed too");
        world.AssertNoBreach();
    }

    [Fact]
    public void H34_The_overlap_of_a_quarantined_secrets_predecessor_counts_from_its_release()
    {
        var world = Quiet(OverlapClass.Multi, out var id);
        var held = world.ValueOf(id);
        world.RotateInPeace(id);
        var current = world.Vault.CurrentOf(id)!.Version.Version;
        world.StartTimers();
        world.Advance(Hours(1));
        world.SetEnabled(id, current, false);
        world.Advance(Hours(7));
        world.AssertAt(world.ResourceOf(id).Keys.Values.Any(key => key.Secret == held), "consumers could not refresh: nothing is killed");
        world.SetEnabled(id, current, true);
        var released = world.Clock.Now;
        while (world.Clock.Now < released + Hours(2.8))
        {
            world.Advance(Minutes(15));
            world.AssertAt(world.ResourceOf(id).Keys.Values.Any(key => key.Secret == held), "they have a whole overlap after the release");
        }

        world.Advance(Hours(2));
        world.AssertAt(world.ResourceOf(id).Keys.Values.All(key => key.Secret != held), "then it is dead");
        world.AssertNoBreach();
    }

    /// <summary>H12 for principals: what is left is an open role, and the attempt to close it must not make it forgotten.</summary>
    [Theory]
    [InlineData(nameof(Fault.None))]
    [InlineData(nameof(Fault.Throttled))]
    [InlineData(nameof(Fault.RequestLost))]
    [InlineData(nameof(Fault.CrashBefore))]
    [InlineData(nameof(Fault.CrashAfter))]
    public void H12_A_role_that_a_dead_attempt_opened_is_closed_although_closing_it_failed_once(string fault)
    {
        var world = Quiet(OverlapClass.Pair, out var id);
        world.AdvanceToDue(id);
        world.Next("provider.mint", Fault.CrashAfter);
        world.Ask(id);
        world.Advance(Minutes(1));

        // A person publishes the living value once more: the next rotation has another R, and nothing stages under the old one.
        world.PersonPublishes(id, world.ValueOf(id));
        world.AssertAt(world.Resources["res-app"].Places["role-b"] is not null, "the role is open and no version carries it");
        world.Next("provider.kill", Enum.Parse<Fault>(fault));
        world.StartTimers();
        world.Advance(Hours(7));
        world.AssertAt(world.Resources["res-app"].Places["role-b"] is null, "it is closed");
        world.AssertAt(world.Works(id), "and the published one lives");
        world.AssertNoBreach();
    }

    [Fact]
    public void A_superseded_version_without_a_provider_is_disabled_by_the_first_sweep_after_its_overlap()
    {
        var world = Quiet(OverlapClass.Retire, out var id);
        world.RotateInPeace(id);
        world.StartTimers();
        world.Advance(Hours(2.9));
        world.AssertAt(world.Vault.VersionsOf(id)[0].Version.Enabled, "its overlap is not over");
        world.Advance(Minutes(25));
        world.AssertAt(world.Vault.VersionsOf(id)[0].Version is { Enabled: false, IsDead: true }, "nobody had to wait for the daily look");
        world.AssertNoBreach();
    }
}
