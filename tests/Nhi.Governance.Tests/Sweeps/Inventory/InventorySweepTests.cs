using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Publishing;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Governance.Tests.Sweeps.Inventory;

public sealed class InventorySweepTests
{
    private const string Kv0 = "kv0.vault.azure.net", Kv1 = "kv1.vault.azure.net", Kv2 = "kv2.vault.azure.net";

    private static InventoryRig Filled(int vaults, int secrets)
    {
        var rig = new InventoryRig();
        rig.Vaults.Fill(vaults, secrets);
        rig.Clock.Advance(TimeSpan.FromHours(1));
        return rig;
    }

    [Fact]
    public async Task A_first_sweep_lists_each_vault_page_by_page_and_the_versions_of_each_secret_once()
    {
        var rig = Filled(3, 60);

        var report = await rig.MustRunAsync();

        Assert.Equal(3 * 3, rig.Lists.Count());
        Assert.Equal((180, 180), (rig.VersionLists.Count(), rig.VersionLists.Distinct().Count()));
        Assert.Equal((180, 180, 0, false), (report.Listed, report.Changed, report.Gone, report.IsPartial));
        var row = (await rig.RowAsync(Kv1, "s7"))!;
        Assert.Equal(("prod", rig.Now, null), (row.Environment, row.FirstSeen, row.Gone));
        var none = new Dictionary<string, string>();
        Assert.Equal(rig.Vaults.Truth(Kv1).Single(secret => secret.Id.Name == "s7").Versions.Select(version => version with { Tags = none }), row.Versions.Select(version => version with { Tags = none }));
        Assert.Equal(("", 0, rig.Now), (row.Newest.Version, row.OlderVersions, row.VersionsSeen));
    }

    [Fact]
    public async Task A_second_sweep_over_an_unchanged_estate_only_lists_and_writes_nothing_but_its_cursors()
    {
        var rig = Filled(3, 60);
        await rig.MustRunAsync();

        var report = await rig.NextAsync();

        Assert.Equal(9, rig.Lists.Count());
        Assert.Empty(rig.VersionLists);
        Assert.Empty(rig.Writes);
        Assert.DoesNotContain(rig.Steps, step => step.StartsWith("find ", StringComparison.Ordinal));
        Assert.Equal((180, 0), (report.Listed, report.Changed));
    }

    [Fact]
    public async Task Whatever_a_list_shows_as_changed_costs_one_version_list_and_one_write()
    {
        var rig = Filled(1, 60);
        await rig.MustRunAsync();
        rig.Clock.Advance(TimeSpan.FromMinutes(10));
        rig.Vaults.Set(Kv0, "s1");
        rig.Vaults.Set(Kv0, "brand-new");
        rig.Vaults.Change(Kv0, "s2", version => version with { Tags = FakeVaults.Tagged(("nhi-owner", "me")) });
        rig.Vaults.Change(Kv0, "s3", version => version with { Enabled = false });
        rig.Vaults.Change(Kv0, "s4", version => version with { Expires = null });

        var report = await rig.NextAsync();

        string[] changed = ["brand-new", "s1", "s2", "s3", "s4"];
        Assert.Equal(changed.Select(name => $"versions kv:{Kv0}/{name}"), rig.VersionLists.Order(StringComparer.Ordinal));
        Assert.Equal(changed.Select(name => $"write kv:{Kv0}/{name}"), rig.Writes.Order(StringComparer.Ordinal));
        Assert.Equal((61, 5), (report.Listed, report.Changed));
        Assert.Equal(2, (await rig.RowAsync(Kv0, "s1"))!.Versions.Count);
        Assert.Equal("me", (await rig.RowAsync(Kv0, "s2"))!.Newest.Tags["nhi-owner"]);
        Assert.False((await rig.RowAsync(Kv0, "s3"))!.Newest.Enabled);
        Assert.Equal(rig.Now.AddHours(-1).AddMinutes(-10), (await rig.RowAsync(Kv0, "s1"))!.FirstSeen);
    }

    [Fact]
    public async Task What_others_noted_of_a_credential_stays_when_the_sweep_writes_its_row()
    {
        var rig = Filled(1, 1);
        await rig.MustRunAsync();
        await rig.Memory.WriteAsync((await rig.RowAsync(Kv0, "s0"))! with { Fingerprint = "f", FingerprintOf = "v", VerifiedOf = "v" }, default);
        rig.Vaults.Set(Kv0, "s0");

        await rig.NextAsync();

        var row = (await rig.RowAsync(Kv0, "s0"))!;
        Assert.Equal((2, "f", "v", "v"), (row.Versions.Count, row.Fingerprint, row.FingerprintOf, row.VerifiedOf));
    }

    [Fact]
    public async Task A_certificates_secret_is_kept_without_a_version_list_or_a_resource()
    {
        var rig = Filled(1, 0);
        rig.Vaults.Set(Kv0, "cert", managed: true, ("nhi-kind", InventoryRig.Kind), ("nhi-resource", "acct"));

        await rig.MustRunAsync();
        Assert.Empty(rig.VersionLists);
        var row = (await rig.RowAsync(Kv0, "cert"))!;
        Assert.Equal((true, null, null, 0), (row.Newest.Managed, row.Kind, row.Resource, row.Versions.Count));

        await rig.NextAsync();
        Assert.Empty(rig.Writes);
    }

    [Fact]
    public async Task A_secret_that_is_gone_is_noted_once_and_is_back_when_it_is_listed_again()
    {
        var rig = Filled(1, 30);
        await rig.MustRunAsync();
        rig.Vaults.Delete(Kv0, "s5");

        var report = await rig.NextAsync();
        Assert.Equal((29, 1), (report.Listed, report.Gone));
        Assert.Equal(rig.Now, (await rig.RowAsync(Kv0, "s5"))!.Gone);

        Assert.Equal(0, (await rig.NextAsync()).Gone);
        Assert.Empty(rig.Writes);

        rig.Vaults.Set(Kv0, "s5");
        await rig.NextAsync();
        Assert.Null((await rig.RowAsync(Kv0, "s5"))!.Gone);
    }

    [Fact]
    public async Task A_secret_that_a_list_leaves_out_is_asked_after_before_it_counts_as_gone()
    {
        var rig = Filled(1, 30);
        await rig.MustRunAsync();
        rig.Vaults.Unlisted.Add(CredentialId.Of(Kv0, "s5"));

        var report = await rig.NextAsync();

        Assert.Equal([$"versions kv:{Kv0}/s5"], rig.VersionLists);
        Assert.Equal((0, null), (report.Gone, (await rig.RowAsync(Kv0, "s5"))!.Gone));
        Assert.Empty(rig.Writes);
    }

    [Fact]
    public async Task A_change_in_the_very_second_of_the_look_is_looked_at_once_more()
    {
        var rig = Filled(1, 0);
        rig.Vaults.Set(Kv0, "s0");
        await rig.MustRunAsync();
        rig.Vaults.Set(Kv0, "s0");

        await rig.NextAsync();
        Assert.Equal(2, (await rig.RowAsync(Kv0, "s0"))!.Versions.Count);

        await rig.NextAsync();
        Assert.Empty(rig.VersionLists);
    }

    [Fact]
    public async Task Of_hundreds_of_versions_the_newest_are_kept_and_the_row_says_how_many_are_not()
    {
        var rig = Filled(1, 0);
        for (var i = 0; i < 250; i++)
        {
            rig.Vaults.Set(Kv0, "s0", false, ("nhi", "{}"), ("big", new string('x', 400)));
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        await rig.MustRunAsync();

        var row = (await rig.RowAsync(Kv0, "s0"))!;
        Assert.Equal((SweptCredential.MostVersions, 150), (row.Versions.Count, row.OlderVersions));
        Assert.Equal(rig.Vaults.Truth(Kv0)[0].Versions.Skip(150).Select(version => version.Version), row.Versions.Select(version => version.Version));
        Assert.All(row.Versions.SkipLast(1), version => Assert.Equal(["nhi"], version.Tags.Keys));
        Assert.Equal(["nhi"], row.Versions[^1].Tags.Keys);
    }

    [Fact]
    public async Task A_run_that_is_killed_at_any_step_goes_on_and_repeats_no_call_but_those_of_its_last_page()
    {
        var whole = Uneven();
        await whole.MustRunAsync();
        for (var at = 0; at < whole.Steps.Count; at++)
        {
            var rig = Uneven();
            rig.KillAt = at;
            Assert.False(await rig.TryRunAsync());
            var before = rig.Steps.ToList();
            rig.Clock.Advance(TimeSpan.FromMinutes(at % 3 == 0 ? 70 : 1));
            rig.Forget();
            var report = await rig.MustRunAsync();

            var again = rig.Lists.Intersect(before).ToList();
            Assert.True(again.Count <= 1, $"killed at step {at} ({(before.Count > 0 ? before[^1] : "none")}), it repeats {string.Join(", ", again)}");
            Assert.Equal(again, before.Where(step => step.StartsWith("list ", StringComparison.Ordinal)).TakeLast(again.Count));
            // Of the last page, only the one secret whose row was not yet written.
            Assert.True(rig.VersionLists.Intersect(before).Count() <= 1);
            Assert.Equal((65, false), (report.Listed, report.IsPartial));
            Assert.Equal(65, await CountAsync(rig, Kv0, Kv1));
            Assert.Single(rig.Records);
        }

        static InventoryRig Uneven()
        {
            var rig = Filled(1, 55);
            rig.Vaults.Add("kv1");
            for (var i = 0; i < 10; i++)
                rig.Vaults.Set(Kv1, $"s{i}");
            rig.Clock.Advance(TimeSpan.FromHours(1));
            return rig;
        }
    }

    private static async Task<int> CountAsync(InventoryRig rig, params string[] vaults)
    {
        var count = 0;
        foreach (var vault in vaults)
            count += await rig.Memory.OfVaultAsync(vault, default).CountAsync(row => row.Gone is null && row.Stamp is not null && row.Versions.Count > 0);
        return count;
    }

    [Fact]
    public async Task A_list_that_goes_on_from_the_middle_still_tells_what_is_gone()
    {
        var rig = Filled(1, 120);
        await rig.MustRunAsync();
        foreach (var name in (string[])["s3", "s50", "s99"])
            rig.Vaults.Delete(Kv0, name);
        rig.Clock.Advance(TimeSpan.FromHours(1));
        rig.Fails = step => step == $"list {Kv0} 75" ? InventoryRig.Down("list") : null;
        await rig.MustRunAsync();
        rig.Fails = _ => null;

        var report = await rig.NextAsync();

        Assert.Equal([$"list {Kv0} 75", $"list {Kv0} 100"], rig.Lists);
        Assert.Equal((117, 3), (report.Listed, report.Gone));
    }

    [Fact]
    public async Task In_a_vault_too_large_to_remember_its_names_an_uninterrupted_list_tells_what_is_gone()
    {
        var rig = Filled(1, SeenNames.Most + 60);
        await rig.MustRunAsync();
        rig.Vaults.Delete(Kv0, "s3");
        rig.Clock.Advance(TimeSpan.FromHours(1));
        rig.Fails = step => step == $"list {Kv0} {SeenNames.Most + 25}" ? InventoryRig.Down("list") : null;
        await rig.MustRunAsync();
        rig.Fails = _ => null;

        Assert.Equal((SeenNames.Most + 59, 0), (await rig.NextAsync() is var resumed ? resumed.Listed : 0, resumed.Gone));
        // Nobody looked for what is gone: it says so, and does not call itself complete.
        Assert.Equal([$"{Kv0}: what is gone"], resumed.Failures);
        Assert.Equal((false, true), (await rig.ProgressAsync(Kv0) is var part && part.IsWhole, part.Why!.Contains("what is gone", StringComparison.Ordinal)));
        Assert.Equal((1, false), (await rig.NextAsync() is var whole ? whole.Gone : 0, whole.IsPartial));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_continuation_that_is_refused_or_too_old_begins_that_vault_anew(bool refused)
    {
        var rig = Filled(1, 60);
        rig.Fails = step => step == $"list {Kv0} 25" ? InventoryRig.Down("list") : null;
        Assert.True((await rig.MustRunAsync()).IsPartial);
        rig.Fails = _ => null;
        rig.Vaults.RefusesContinuation = _ => refused;
        if (!refused)
            rig.Clock.Advance(TimeSpan.FromDays(1));

        var report = await rig.NextAsync();

        Assert.Equal(refused ? [$"list {Kv0} 25", $"list {Kv0} 0", $"list {Kv0} 25", $"list {Kv0} 50"] : [$"list {Kv0} 0", $"list {Kv0} 25", $"list {Kv0} 50"], rig.Lists);
        Assert.Equal((60, 35, false), (report.Listed, report.Changed, report.IsPartial));
    }

    [Fact]
    public async Task A_vault_that_is_down_one_that_is_throttled_and_one_that_is_closed_leave_the_others_whole_and_the_run_partial()
    {
        var rig = Filled(5, 60);
        string down = "kv1.vault.azure.net", throttled = "kv2.vault.azure.net", closed = "kv3.vault.azure.net";
        rig.Fails = step => step.StartsWith($"list {down}", StringComparison.Ordinal) ? InventoryRig.Down("list the secrets")
            : step == $"list {throttled} 25" ? new ExternalCallException("Could not list: HTTP 429 Throttled.", false, true, "Throttled")
            : step.StartsWith($"list {closed}", StringComparison.Ordinal) ? InventoryRig.Down("list the secrets", transient: false)
            : null;

        var report = await rig.MustRunAsync();

        Assert.Equal([down, throttled, closed], report.Failures);
        Assert.Equal(120, report.Listed);
        Assert.Equal(120, await CountAsync(rig, Kv0, "kv4.vault.azure.net"));
        var record = Assert.Single(rig.Records);
        Assert.Equal(("estate.inventory", true, InventorySweep.Source), (record.Action, record.Coverage!.Partial, record.Coverage.Source));
        Assert.Equal([down, throttled, closed], record.Coverage.Unmatched);
        Assert.Contains("PARTIAL", record.Summary, StringComparison.Ordinal);
        Assert.Contains("429", (await rig.ProgressAsync(throttled)).Why, StringComparison.Ordinal);
        Assert.Contains("down", (await rig.ProgressAsync(down)).Why, StringComparison.Ordinal);
        Assert.Equal((true, null, rig.Now, 60), (await rig.ProgressAsync(Kv0) is var fine && fine.IsWhole, fine.Why, fine.Complete, fine.Secrets));

        rig.Fails = _ => null;
        report = await rig.NextAsync();
        Assert.False(report.IsPartial);
        Assert.Equal(300, report.Listed);
        Assert.Equal([$"list {throttled} 25", $"list {throttled} 50"], rig.Lists.Where(step => step.Contains(throttled, StringComparison.Ordinal)));
        Assert.Null((await rig.ProgressAsync(down)).Why);
    }

    [Fact]
    public async Task A_secret_whose_versions_cannot_be_read_is_known_named_and_looked_at_again()
    {
        var rig = Filled(1, 60);
        rig.Fails = step => step == $"versions kv:{Kv0}/s7" ? InventoryRig.Down("list versions", transient: false) : null;

        var report = await rig.MustRunAsync();

        Assert.Equal([$"kv:{Kv0}/s7"], report.Failures);
        Assert.Equal((0, null), ((await rig.RowAsync(Kv0, "s7"))!.Versions.Count, (await rig.RowAsync(Kv0, "s7"))!.Stamp));
        Assert.Equal((false, null, 60), (await rig.ProgressAsync(Kv0) is var progress && progress.IsWhole, progress.Complete, progress.Secrets));
        Assert.Contains("s7", progress.Why, StringComparison.Ordinal);

        rig.Fails = _ => null;
        Assert.False((await rig.NextAsync()).IsPartial);
        Assert.Equal([$"versions kv:{Kv0}/s7"], rig.VersionLists);
    }

    [Fact]
    public async Task A_page_on_which_three_secrets_fail_is_a_vault_that_is_down()
    {
        var rig = Filled(1, 60);
        var failures = 0;
        rig.Fails = step => step.StartsWith("versions ", StringComparison.Ordinal) && ++failures <= 3 ? InventoryRig.Down("list versions") : null;

        Assert.Equal([Kv0], (await rig.MustRunAsync()).Failures);
        Assert.Equal([$"list {Kv0} 0"], rig.Lists);
    }

    [Fact]
    public async Task Coverage_windows_join_over_kills_outages_and_skipped_hours_also_when_nothing_was_found()
    {
        var rig = Filled(1, 30);
        rig.Clock.Advance(TimeSpan.FromMinutes(20));
        await rig.MustRunAsync();
        await rig.NextAsync();
        rig.Clock.Advance(TimeSpan.FromHours(1));
        rig.KillAt = 6;
        Assert.False(await rig.TryRunAsync());
        await rig.NextAsync();
        rig.Clock.Advance(TimeSpan.FromHours(7));
        rig.Cursors.Remove("sweep-inventory");
        await rig.NextAsync();
        await rig.MustRunAsync();

        var windows = rig.Records.Select(record => record.Coverage!).ToList();
        Assert.Equal(4, windows.Count);
        Assert.All(windows.Zip(windows.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        Assert.Equal(rig.Records.Select(record => record.Time), windows.Select(window => window.To));
        Assert.Equal((30L, 30L, false), (windows[1].Observed, windows[1].Matched, windows[1].Partial));
    }

    [Fact]
    public async Task The_vaults_that_are_left_out_are_said_and_never_asked()
    {
        var rig = Filled(1, 1);
        rig.LeftOut.Add(new LeftOutVault("kv-nhi.vault.azure.net", "the product's own vault"));

        await rig.MustRunAsync();

        Assert.Contains("left out: kv-nhi.vault.azure.net", Assert.Single(rig.Records).Summary, StringComparison.Ordinal);
        Assert.DoesNotContain(rig.Steps, step => step.Contains("kv-nhi", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_discovery_that_fails_makes_the_run_partial_and_the_known_vaults_are_swept()
    {
        var rig = Filled(1, 1);
        rig.DiscoveryFails = "Resource Graph is down.";

        var report = await rig.MustRunAsync();

        Assert.Equal(["vault discovery"], report.Failures);
        Assert.Equal(1, report.Listed);
    }

    [Fact]
    public async Task Of_two_sweeps_at_one_vault_one_leaves_it_to_the_other()
    {
        var rig = Filled(2, 60);
        rig.Fails = step =>
        {
            if (step == $"list {Kv0} 25")
                rig.Cursors[$"inventory.{Kv0}"] = new Cursor("{}", "another's");
            return null;
        };

        var report = await rig.MustRunAsync();

        Assert.Equal([Kv0], report.Failures);
        Assert.Equal(60, report.Listed);
        Assert.Equal("another's", rig.Cursors[$"inventory.{Kv0}"].ETag);
    }

    [Fact]
    public async Task A_run_that_was_stopped_more_than_a_day_ago_is_begun_anew_and_covers_up_to_now()
    {
        var rig = Filled(2, 60);
        rig.KillAt = 90;
        Assert.False(await rig.TryRunAsync());
        rig.Clock.Advance(TimeSpan.FromDays(1));
        rig.Forget();

        await rig.MustRunAsync();

        Assert.Equal(6, rig.Lists.Count());
        Assert.Equal(rig.Now, Assert.Single(rig.Records).Time);
    }

    [Fact]
    public async Task Where_another_instance_begins_at_the_same_moment_this_one_does_nothing()
    {
        var rig = Filled(1, 60);
        rig.Fails = step =>
        {
            if (step == "move inventory.run")
                rig.Cursors["inventory.run"] = new Cursor("{}", "another's");
            return null;
        };

        Assert.True((await rig.MustRunAsync()).Elsewhere);
        Assert.Empty(rig.Lists);
        Assert.Empty(rig.Records);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_kept_of_a_vault_is_bounded_and_what_does_not_read_is_begun_anew(bool broken)
    {
        var rig = Filled(1, 60);
        rig.Vaults.Padding = broken ? "" : new string('x', VaultProgress.LongestContinuation);
        rig.Fails = step => step == $"list {Kv0} 50" ? InventoryRig.Down("list") : null;
        await rig.MustRunAsync();
        rig.Fails = _ => null;
        if (broken)
            rig.Cursors[$"inventory.{Kv0}"] = new Cursor("no JSON", "x");

        var report = await rig.NextAsync();

        Assert.Equal((60, false, 3), (report.Listed, report.IsPartial, rig.Lists.Count()));
    }

    [Fact]
    public async Task A_table_that_is_down_fails_the_vaults_and_not_the_process()
    {
        var rig = Filled(1, 60);
        rig.Fails = step => step.StartsWith("stamps ", StringComparison.Ordinal) ? InventoryRig.Down("query the table") : null;

        Assert.Equal([Kv0], (await rig.MustRunAsync()).Failures);
        Assert.Empty(rig.Lists);
    }

    [Fact]
    public async Task What_becomes_of_an_older_version_is_seen_within_a_day_and_costs_a_list_of_versions_a_day()
    {
        var rig = Filled(1, 0);
        rig.Vaults.Set(Kv0, "s0");
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        rig.Vaults.Set(Kv0, "s0");
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await rig.MustRunAsync();
        foreach (var enabled in (bool[])[false, true])
        {
            rig.Vaults.ChangeOldest(Kv0, "s0", version => version with { Enabled = enabled });
            var lists = 0;
            for (var hour = 0; hour < 24; hour++)
            {
                await rig.NextAsync();
                lists += rig.VersionLists.Count();
            }

            Assert.Equal((1, enabled), (lists, (await rig.RowAsync(Kv0, "s0"))!.Versions[0].Enabled));
        }
    }

    [Fact]
    public async Task An_address_that_no_rotator_read_is_not_kept()
    {
        const string Pasted = "Server=db;User=app;Password=Nachtigall-im-Feld-5c1e";
        var rig = Filled(1, 0);
        rig.Vaults.Set(Kv0, "bare", false, ("nhi-kind", "bare"), ("nhi-resource", Pasted), ("ProviderAddress", Pasted));
        rig.Vaults.Set(Kv0, "beside", false, ("nhi-kind", InventoryRig.Kind), ("nhi-resource", "account"), ("ProviderAddress", Pasted));
        await rig.MustRunAsync();
        Assert.Equal(["nhi-kind"], (await rig.RowAsync(Kv0, "bare"))!.Newest.Tags.Keys);
        Assert.Equal(["nhi-kind", "nhi-resource"], (await rig.RowAsync(Kv0, "beside"))!.Newest.Tags.Keys.Order());
        Assert.NotNull((await rig.RowAsync(Kv0, "bare"))!.Resource);
    }

    [Fact]
    public async Task S12_a_vault_that_discovery_no_longer_finds_is_told_once_and_over_when_it_comes_back_or_a_person_says_so()
    {
        var rig = new InventoryRig();
        rig.Scope.Add(new GovernedVault("kv9.vault.azure.net", "", Discovered: true));
        await rig.MustRunAsync();
        rig.Scope.Clear();
        rig.LeftOut.Add(new LeftOutVault("own.vault.azure.net", "the product's own vault"));
        rig.LeftOut.Add(new LeftOutVault("kv9.vault.azure.net", "gone", rig.Now));
        await rig.NextAsync();
        await rig.NextAsync();
        Assert.Equal(("kv9.vault.azure.net", "vault-left", "critical", null), Assert.Single(rig.Told.Findings) is var told ? (told.Subject, told.Signal, told.Severity, told.Resolved) : default);
        Assert.Single(rig.Records, record => record.Action == "finding.raise");

        // A person closed it: it stays closed although the vault is still away.
        await rig.Told.WriteAsync(told with { Resolved = rig.Now }, default);
        await rig.NextAsync();
        Assert.Single(rig.Records, record => record.Action == "finding.raise");

        // It left again, and came back.
        rig.LeftOut[1] = rig.LeftOut[1] with { Missing = rig.Now.AddMinutes(1) };
        await rig.NextAsync();
        Assert.Null(Assert.Single(rig.Told.Findings).Resolved);
        (rig.LeftOut[1], _) = (rig.LeftOut[0], 0);
        rig.Scope.Add(new GovernedVault("kv9.vault.azure.net", "", Discovered: true));
        await rig.NextAsync();
        Assert.NotNull(Assert.Single(rig.Told.Findings).Resolved);
    }
}
