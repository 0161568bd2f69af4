using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Tests.Sweeps.Inventory;

public sealed class ResourceSurveyTests
{
    private const string Kv0 = "kv0.vault.azure.net", Kv1 = "kv1.vault.azure.net";
    private static readonly ResourceId Account = new("acct");

    private static InventoryRig Rig()
    {
        var rig = new InventoryRig();
        rig.Vaults.Fill(2, 0);
        foreach (var (host, name) in new[] { (Kv0, "a"), (Kv0, "b"), (Kv1, "a") })
            rig.Vaults.Set(host, name, false, ("nhi-kind", InventoryRig.Kind), ("nhi-resource", "ACCT"));
        rig.Clock.Advance(TimeSpan.FromHours(1));
        return rig;
    }

    [Fact]
    public async Task A_resource_is_asked_once_however_many_secrets_open_it()
    {
        var rig = Rig();

        var report = await rig.MustRunAsync();

        Assert.Equal(["survey acct"], rig.Surveys);
        Assert.Equal(1, report.Asked);
        var seen = (await rig.Memory.FindAsync(Account, default))!;
        Assert.Equal((true, rig.Now, "key1"), (seen.Exists, seen.SeenAt, Assert.Single(seen.Credentials).Place));
        Assert.Equal((InventoryRig.Kind, Account), ((await rig.RowAsync(Kv1, "a"))!.Kind, (await rig.RowAsync(Kv1, "a"))!.Resource!.Value));
    }

    [Fact]
    public async Task It_is_asked_again_when_a_secret_of_it_changed_else_a_day_later()
    {
        var rig = Rig();
        await rig.MustRunAsync();
        await rig.NextAsync();
        Assert.Empty(rig.Surveys);

        rig.Vaults.Change(Kv0, "b", version => version with { Enabled = false });
        await rig.NextAsync();
        Assert.Single(rig.Surveys);
        await rig.NextAsync();
        // The change was made in the second of the look before, so it is looked at once more; its resource too.
        rig.Clock.Advance(TimeSpan.FromHours(22));
        await rig.NextAsync();
        Assert.Empty(rig.Surveys.Skip(1));

        rig.Clock.Advance(TimeSpan.FromHours(24));
        await rig.NextAsync();
        Assert.Single(rig.Surveys);
        Assert.Equal(rig.Now, (await rig.Memory.FindAsync(Account, default))!.SeenAt);
    }

    [Fact]
    public async Task So_many_credentials_are_kept_the_newest_and_what_another_sweep_learnt_stays()
    {
        var rig = Rig();
        var roles = new IdentityRoles("o", []);
        await rig.Memory.WriteAsync(new SweptResource { Id = Account, Kind = InventoryRig.Kind, SeenAt = DateTimeOffset.UnixEpoch, Roles = roles, RolesAt = rig.Now }, default);
        rig.Provider = (id, now) => new SweptResource
        {
            Id = id, Kind = InventoryRig.Kind, SeenAt = now, Exists = true, Credentials = [.. Enumerable.Range(0, 1_000).Select(i => new ProviderCredential($"k{i}", Created: now.AddDays(-i)))],
        };

        await rig.MustRunAsync();

        var seen = (await rig.Memory.FindAsync(Account, default))!;
        Assert.Equal(Enumerable.Range(0, SweptResource.MostCredentials).Select(i => $"k{i}"), seen.Credentials.Select(credential => credential.Place));
        Assert.Equal((roles, rig.Now), (seen.Roles, seen.RolesAt));
    }

    [Fact]
    public async Task A_resource_that_is_gone_is_an_answer()
    {
        var rig = Rig();
        rig.Provider = (id, now) => new SweptResource { Id = id, Kind = InventoryRig.Kind, SeenAt = now, Exists = false };

        Assert.False((await rig.MustRunAsync()).IsPartial);
        Assert.False((await rig.Memory.FindAsync(Account, default))!.Exists);
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_makes_the_run_partial_keeps_what_was_seen_and_is_asked_by_the_next_run()
    {
        var rig = Rig();
        rig.Fails = step => step.StartsWith("survey", StringComparison.Ordinal) ? InventoryRig.Down("ask") : null;
        Assert.Equal("acct", Assert.Single((await rig.MustRunAsync()).Failures.Distinct()));
        Assert.Equal((null, DateTimeOffset.UnixEpoch), ((await rig.Memory.FindAsync(Account, default))!.Exists, (await rig.Memory.FindAsync(Account, default))!.SeenAt));

        rig.Fails = _ => null;
        Assert.False((await rig.NextAsync()).IsPartial);
        var seen = await rig.Memory.FindAsync(Account, default);
        Assert.True(seen!.Exists);

        rig.Fails = step => step.StartsWith("survey", StringComparison.Ordinal) ? InventoryRig.Down("ask") : null;
        rig.Clock.Advance(TimeSpan.FromDays(1));
        Assert.True((await rig.NextAsync()).IsPartial);
        Assert.Equal(seen, await rig.Memory.FindAsync(Account, default));
    }

    [Fact]
    public async Task A_provider_that_refuses_the_watcher_is_not_looked_at_which_is_said_and_no_failure()
    {
        var rig = Rig();
        rig.Fails = step => step.StartsWith("survey", StringComparison.Ordinal) ? InventoryRig.Down("ask", transient: false) : null;

        var report = await rig.MustRunAsync();

        Assert.Equal((false, 1), (report.IsPartial, report.NotLooked));
        Assert.Contains("1 of them not looked at", Assert.Single(rig.Records).Summary, StringComparison.Ordinal);
        Assert.Null((await rig.Memory.FindAsync(Account, default))!.Exists);
        await rig.NextAsync();
        Assert.Empty(rig.Surveys);
    }

    [Fact]
    public async Task A_kind_tag_without_a_resource_that_reads_names_the_kind_alone()
    {
        var rig = new InventoryRig();
        rig.Vaults.Fill(1, 0);
        rig.Vaults.Set(Kv0, "a", false, ("nhi-kind", InventoryRig.Kind));
        rig.Vaults.Set(Kv0, "b", false, ("nhi-kind", "no-such-kind"), ("nhi-resource", "x"));

        await rig.MustRunAsync();

        Assert.Equal((InventoryRig.Kind, null), ((await rig.RowAsync(Kv0, "a"))!.Kind, (await rig.RowAsync(Kv0, "a"))!.Resource));
        Assert.Equal((null, null), ((await rig.RowAsync(Kv0, "b"))!.Kind, (await rig.RowAsync(Kv0, "b"))!.Resource));
        Assert.Empty(rig.Surveys);
    }
}
