using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Signals;

namespace Nhi.Governance.Tests.Sweeps.Signals;

public sealed class SignalSweepTests
{
    private static readonly DateTimeOffset _now = LabelledEstate.Now;

    private static (SignalRig Rig, LabelledEstate Estate) Labelled(int seed)
    {
        var rig = new SignalRig();
#pragma warning disable CA5394, RS0030 // A seed that the test names, so that a failure comes again.
        return (rig, new LabelledEstate(rig, new Random(seed)));
#pragma warning restore CA5394, RS0030
    }

    [Fact]
    public async Task An_unchanged_estate_costs_no_write_but_its_coverage_and_no_value()
    {
        var (rig, _) = Labelled(7);
        await rig.SweepAsync(_now);
        await rig.SweepAsync(_now.AddMinutes(1));
        var (writes, rows, reads) = (rig.Tables.Writes, rig.Estate.Writes, rig.Reads.Count);
        var report = await rig.SweepAsync(_now.AddHours(1));
        Assert.Equal((0, 0), (report.Raised, report.Resolved));
        Assert.Equal((writes + 2, rows, reads), (rig.Tables.Writes, rig.Estate.Writes, rig.Reads.Count));
        Assert.Equal(2, rig.Tables.Of("estate.judge").Count());

        // A day later the sources of owners are asked again, and that is noted for a hundred at once.
        var before = rig.Tables.Owners.Values.ToDictionary(entry => entry.Credential);
        writes = rig.Tables.Writes;
        await rig.SweepAsync(_now.AddDays(2));
        Assert.All(rig.Tables.Owners.Values, entry => Assert.Equal(before[entry.Credential] with { Asked = before[entry.Credential].Asked! with { At = _now.AddDays(2) } }, entry));
        Assert.InRange(rig.Tables.Writes - writes - 2, rig.Estate.All.Count, (before.Count / 100) + rig.Estate.All.Count);
    }

    [Fact]
    public async Task S70_what_waits_is_raised_stays_while_nobody_can_say_and_is_over_when_it_waits_no_more()
    {
        var (rig, _) = Labelled(7);
        var secret = rig.Estate.InOrder.First(credential => credential is { Gone: null, Newest: { Enabled: true, Managed: false, IsDead: false }, Versions.Count: > 0, Id.Name: var name } && name.StartsWith("ok-", StringComparison.Ordinal));
        rig.Estate.Waiting.Add(new WaitingSecret(secret.Id, new StandingWait { Version = secret.Versions[^1].Version, Verb = Verbs.Rotate, Subject = "r", Reason = "slot-not-free", Why = "It is taken.", Remedy = "Free it.", Since = _now }));
        await rig.SweepAsync(_now);
        var finding = Assert.Single(rig.Tables.Open, finding => finding.Signal == SignalNames.RotationWaits);
        Assert.Equal((secret.Id.ToString(), "Free it.", secret.Resource), (finding.Subject, finding.Remedy, finding.Resource));

        rig.Estate.WaitingAreDown = true;
        Assert.True((await rig.SweepAsync(_now.AddHours(1))).BySignal[SignalNames.RotationWaits].NotLooked > 100);
        Assert.Single(rig.Tables.Open, finding => finding.Signal == SignalNames.RotationWaits);

        rig.Estate.WaitingAreDown = false;
        await rig.SweepAsync(_now.AddHours(2));
        Assert.Single(rig.Tables.Of("finding.raise"), record => record.Finding!.Signal == SignalNames.RotationWaits);
        rig.Estate.Waiting.Clear();
        await rig.SweepAsync(_now.AddHours(3));
        Assert.DoesNotContain(rig.Tables.Open, finding => finding.Signal == SignalNames.RotationWaits);
        Assert.Single(rig.Tables.Of("finding.resolve"), record => record.Finding!.Signal == SignalNames.RotationWaits);
    }

    /// <summary>Lists tell of all resources and values, and of secrets that were judged: only who has a value that two have is asked for.</summary>
    [Fact]
    public async Task What_a_run_has_read_it_does_not_ask_for_again()
    {
        var (rig, _) = Labelled(7);
        await rig.SweepAsync(_now);
        await rig.SweepAsync(_now.AddMinutes(1));
        var (asked, ofTables) = (rig.Estate.Asked, rig.Tables.Asked);
        await rig.SweepAsync(_now.AddHours(1));
        Assert.Equal(0, rig.Tables.Asked - ofTables);
        var shared = rig.Estate.Credentials.Values.Count(credential => credential.Fingerprint is { } fingerprint && rig.Estate.Shared.Contains(fingerprint));
        Assert.InRange(shared, 1, 100);
        // Each of them, and whoever else has its value.
        Assert.InRange(rig.Estate.Asked - asked, 1, 3 * shared);
    }

    [Fact]
    public async Task More_than_a_run_keeps_is_asked_for_one_by_one_and_comes_to_the_same()
    {
        var (rig, _) = Labelled(7);
        var memory = new RunMemory(rig.Estate, rig.Estate, rig.Tables, most: 3);
        await memory.LoadAsync([], TestContext.Current.CancellationToken);
        foreach (var swept in rig.Estate.InOrder.Take(5))
            memory.Keep(swept, owner: null);
        Assert.Equal(rig.Estate.InOrder.Take(3).Select(swept => swept.Id), rig.Estate.InOrder.Where(swept => memory.Find(swept.Id) is not null).Select(swept => swept.Id));
        var last = rig.Estate.Resources.Values.MaxBy(resource => resource.Id.Value)!;
        Assert.Equal(last, await memory.FindAsync(last.Id, TestContext.Current.CancellationToken));
        Assert.Equal(1, rig.Estate.Asked);
        Assert.Equal((true, true), (memory.Uses is null, memory.Secrets is null));
        Assert.Equal(rig.Estate.Resources.Count, await memory.ResourcesAsync(TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The hourly run that reads the logs may come in between: a window that goes further than the reads that were listed would make unused what was read just then.</summary>
    [Fact]
    public async Task S28_reads_that_a_run_remembers_are_known_no_longer_than_when_they_were_listed()
    {
        const string Host = "kv1.vault.azure.net";
        var (rig, _) = Labelled(7);
        var (window, read) = (rig.Tables.Known[Host], rig.Tables.Uses[0] with { Last = _now, Reads = 99 });
        rig.Tables.WhileListed = () =>
        {
            rig.Tables.Known[Host] = window with { To = _now };
            rig.Tables.Uses.Add(read);
        };
        var memory = new RunMemory(rig.Estate, rig.Estate, rig.Tables);
        await memory.LoadAsync([Host], TestContext.Current.CancellationToken);
        Assert.Equal(window, memory.Uses!.Windows[Host]);
        Assert.DoesNotContain(read, memory.Uses.Of[read.Credential]);
    }

    [Fact]
    public async Task Coverage_says_what_was_judged_and_what_was_not_looked_at_and_windows_join()
    {
        var (rig, _) = Labelled(1);
        await rig.SweepAsync(_now);
        await rig.SweepAsync(_now.AddHours(3));
        var records = rig.Tables.Of("estate.judge").ToList();
        Assert.Equal(records[0].Coverage!.To, records[1].Coverage!.From);
        Assert.Equal(("signals", false, rig.Estate.Credentials.Count + (long)rig.Estate.Resources.Count), (records[0].Coverage!.Source, records[0].Coverage!.Partial, records[0].Coverage!.Observed));
        Assert.Contains("reused-value", records[0].Summary, StringComparison.Ordinal);
        Assert.Contains("(not looked: ", records[0].Summary, StringComparison.Ordinal);
        Assert.True(records[0].Summary.Length < 2_000);
    }

    [Fact]
    public async Task What_is_open_is_told_to_the_log_stream_at_once_and_all_of_it_four_times_a_day()
    {
        var (rig, _) = Labelled(1);
        Assert.Equal(0, _now.Hour % 6);
        await rig.SweepAsync(_now.AddHours(1));
        await rig.SweepAsync(_now.AddHours(1).AddMinutes(1));
        Assert.Equal(Said(rig.Tables.Open), Told(2404));
        rig.Logged.Lines.Clear();
        await rig.SweepAsync(_now.AddHours(2));
        Assert.Empty(rig.Logged.Lines);
        await rig.SweepAsync(_now.AddHours(6));
        Assert.Equal(Said(rig.Tables.Open), Told(2404));

        var gone = rig.Tables.Open.First(finding => finding.Signal == SignalNames.NoExpiry);
        rig.Estate.Credentials[gone.Credential!.Value] = Ending(rig, gone.Credential.Value, _now.AddDays(70));
        rig.Logged.Lines.Clear();
        await rig.SweepAsync(_now.AddHours(7));
        Assert.Contains($"Finding no-expiry of {gone.Subject} is over: ", Assert.Single(Told(2405)), StringComparison.Ordinal);

        IReadOnlyList<string> Told(int id) => [.. rig.Logged.Lines.Where(line => line.Event == id).Select(line => line.Text).Distinct().Order(StringComparer.Ordinal)];
        static IReadOnlyList<string> Said(IEnumerable<Finding> open) => [.. open.Select(one => $"Finding {one.Signal} of {one.Subject}, score {one.Score}, open since {one.FirstSeen:yyyy-MM-dd}: {one.Record}").Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task What_is_due_within_a_month_is_told_and_nothing_that_rests_or_is_far()
    {
        var (rig, _) = Labelled(1);
        var ids = rig.Estate.InOrder.Where(one => one.Id.Name.StartsWith("ok-", StringComparison.Ordinal) && one is { Gone: null, Newest: { Managed: false, IsDead: false, Enabled: true } }).Take(3).Select(one => one.Id).ToList();
        foreach (var id in rig.Estate.Credentials.Keys.Except(ids).ToList())
            rig.Estate.Credentials.TryRemove(id, out _);
        rig.Estate.Credentials[ids[0]] = Ending(rig, ids[0], _now.AddDays(70));
        rig.Estate.Credentials[ids[1]] = Ending(rig, ids[1], _now.AddDays(-2));
        var resting = Ending(rig, ids[2], _now.AddDays(1));
        rig.Estate.Credentials[ids[2]] = resting with { Newest = resting.Newest with { Enabled = false }, Versions = [resting.Newest with { Enabled = false }] };
        await rig.SweepAsync(_now);
        var told = rig.Logged.Lines.Where(line => line.Event == 2403).Select(line => line.Text).ToList();
        Assert.Equal($"{ids[1]} is due on {_now.AddDays(-2 - 30):yyyy-MM-dd} by the rule most, which enforces", Assert.Single(told));
        rig.Logged.Lines.Clear();
        await rig.SweepAsync(_now.AddHours(1));
        Assert.DoesNotContain(rig.Logged.Lines, line => line.Event == 2403);
    }

    /// <summary>One version, made a week ago, that ends then.</summary>
    private static SweptCredential Ending(SignalRig rig, CredentialId id, DateTimeOffset end)
    {
        var known = rig.Estate.Credentials[id];
        var version = known.Newest with { Created = _now.AddDays(-7), Expires = end };
        return known with { Newest = version, Versions = [version] };
    }

    [Fact]
    public async Task One_that_fails_stops_no_other_and_makes_the_run_partial()
    {
        var (rig, estate) = Labelled(1);
        rig.Estate.Down.Add("kv2.vault.azure.net");
        var broken = rig.Estate.InOrder.First(credential => credential.Id.Vault == "kv1.vault.azure.net" && !estate.Labels.Any(label => label.Subject == credential.Id.ToString()));
        rig.Tables.OwnersFail = broken.Id;
        var report = await rig.SweepAsync(_now);
        Assert.Equal(2, report.Failed);
        Assert.Equal(["kv2.vault.azure.net", broken.Id.ToString()], report.Failures);
        var coverage = Assert.Single(rig.Tables.Of("estate.judge")).Coverage!;
        Assert.True(coverage.Partial);
        Assert.Equal(report.Failures, coverage.Unmatched);
        Assert.Contains(rig.Tables.Open, finding => finding.Credential?.Vault == "kv1.vault.azure.net");
        Assert.DoesNotContain(rig.Tables.Open, finding => finding.Signal is not (SignalNames.Shadow or SignalNames.OverPrivileged) && finding.Credential?.Vault == "kv2.vault.azure.net");
    }

    [Fact]
    public async Task Where_nothing_could_be_read_coverage_says_that_nothing_was_seen()
    {
        var (rig, _) = Labelled(1);
        rig.Estate.Down.UnionWith(rig.Estate.All.Select(vault => vault.Host));
        rig.Estate.Resources.Clear();
        await rig.SweepAsync(_now);
        var coverage = Assert.Single(rig.Tables.Of("estate.judge")).Coverage!;
        Assert.Equal((0, 0, true), (coverage.Observed, coverage.Matched, coverage.Partial));
    }

    [Fact]
    public async Task Failures_are_counted_all_and_named_only_so_many()
    {
        var (rig, _) = Labelled(1);
        rig.Tables.LogFails = new EvidenceRefusedException("no");
        await Assert.ThrowsAsync<EvidenceRefusedException>(() => rig.SweepAsync(_now));
        Assert.Empty(rig.Tables.Findings);
        var report = new SignalReport();
        for (var i = 0; i < 60; i++)
            report.Fail($"{i}");
        Assert.Equal((60, 50), (report.Failed, report.Failures.Count));
    }

    [Fact]
    public async Task Values_are_read_once_a_version_under_enforcing_rules_and_so_many_a_run()
    {
        var (rig, _) = Labelled(5);
        await rig.SweepAsync(_now);
        Assert.InRange(rig.Reads.Count, 300, 500);
        Assert.Equal(rig.Reads.Count, rig.Reads.Distinct().Count());
        Assert.DoesNotContain(rig.Reads, read => read.Id.Name.StartsWith("unruled", StringComparison.Ordinal));

        var (observed, _) = Labelled(5);
        observed.Policy = SignalRig.Rules.Replace("enforce", "observe", StringComparison.Ordinal);
        await observed.SweepAsync(_now);
        Assert.Empty(observed.Reads);
        Assert.DoesNotContain(observed.Tables.Open, finding => finding.Signal is SignalNames.ReusedValue or SignalNames.ExpiredAccepted or SignalNames.PublishedRefused);
    }

    [Fact]
    public async Task A_vault_that_hands_out_no_value_leaves_it_unlooked_and_the_rest_is_judged()
    {
        var (rig, estate) = Labelled(5);
        rig.VaultIsDown = true;
        var report = await rig.SweepAsync(_now);
        Assert.False(report.IsPartial);
        Assert.True(report.BySignal[SignalNames.PublishedRefused].NotLooked > 300);
        Assert.Equal(0, report.BySignal[SignalNames.ReusedValue].So);
        Assert.All(estate.Labels.Where(label => label.Signal == SignalNames.NoExpiry), label => Assert.Contains(rig.Tables.Open, finding => (finding.Signal, finding.Subject) == label));
    }

    [Fact]
    public async Task A_refused_value_is_tried_again_a_day_later_and_the_finding_ends_when_it_is_accepted()
    {
        var (rig, estate) = Labelled(5);
        await rig.SweepAsync(_now);
        rig.Refused.Clear();
        await rig.SweepAsync(_now.AddHours(5));
        Assert.Contains(rig.Tables.Open, finding => finding.Signal == SignalNames.PublishedRefused);
        await rig.SweepAsync(_now.AddHours(25));
        Assert.DoesNotContain(rig.Tables.Open, finding => finding.Signal == SignalNames.PublishedRefused);
        Assert.Equal(estate.Labels.Count(label => label.Signal == SignalNames.PublishedRefused), rig.Tables.Of("finding.resolve").Count(record => record.Finding!.Signal == SignalNames.PublishedRefused));
    }

    [Fact]
    public async Task What_becomes_of_a_secret_ends_its_findings_and_what_is_not_looked_at_keeps_them()
    {
        var (rig, estate) = Labelled(5);
        await rig.SweepAsync(_now);
        var nobody = CredentialId.Parse(estate.Labels.First(label => label.Signal == SignalNames.NoOwner).Subject);
        rig.Directory.Down.Add(nameof(IOwnerDirectory.ApplicationOwnersAsync));
        await rig.SweepAsync(_now.AddHours(1));
        Assert.Contains(rig.Tables.Open, finding => finding.Subject == nobody.ToString());
        rig.Estate.Credentials[nobody] = rig.Estate.Credentials[nobody] with { Gone = _now };
        await rig.SweepAsync(_now.AddHours(2));
        Assert.DoesNotContain(rig.Tables.Open, finding => finding.Subject == nobody.ToString());
    }

    [Fact]
    public async Task The_products_own_are_never_judged_nor_read()
    {
        var (rig, _) = Labelled(5);
        await rig.SweepAsync(_now, new ProductIdentities(["kv1.vault.azure.net"], [], [], []));
        Assert.DoesNotContain(rig.Tables.Open, finding => finding.Subject.StartsWith("kv:kv1.", StringComparison.Ordinal));
        Assert.DoesNotContain(rig.Reads, read => read.Id.Vault == "kv1.vault.azure.net");
    }

    [Fact]
    public async Task Owners_are_told_when_the_answer_changed_with_the_runners_up()
    {
        var (rig, _) = Labelled(5);
        await rig.SweepAsync(_now);
        var credential = rig.Estate.InOrder.First(one => one.Newest.Tags["nhi-owner"] == "left@contoso.com;team@contoso.com");
        var record = Assert.Single(rig.Tables.Of("owner.resolve"), record => record.Credential!.Id == credential.Id.ToString());
        Assert.Equal(("group", "aaaaaaaa-0000-4000-8000-000000000002", "team@contoso.com", OwnerSources.Tag, 80), (record.Owner!.Type, record.Owner.Id, record.Owner.Name, record.Owner.Via, record.Owner.Confidence));
        Assert.Equal("also named: user left@contoso.com (aaaaaaaa-0000-4000-8000-000000000001), tag nhi-owner, 80, left", Assert.Single(record.Decision!.Reasons!));
        Assert.Equal("team@contoso.com", rig.Tables.Owners[credential.Id].Answer!.Chosen!.Address);

        var told = rig.Tables.Of("owner.resolve").Count();
        rig.Directory.Principals["team@contoso.com"] = rig.Directory.Principals["team@contoso.com"] with { State = PrincipalState.Deleted };
        await rig.SweepAsync(_now.AddDays(1));
        Assert.True(rig.Tables.Of("owner.resolve").Count() > told);
        Assert.Contains(rig.Tables.Open, finding => finding.Signal == SignalNames.OwnerLeft && finding.Subject == credential.Id.ToString());
    }

    [Fact]
    public async Task A_directory_is_asked_once_a_day_and_at_once_where_something_changed()
    {
        var (rig, _) = Labelled(5);
        await rig.SweepAsync(_now);
        var first = rig.Directory.Asked.Count;
        Assert.True(first > 300);
        await rig.SweepAsync(_now.AddHours(1));
        await rig.SweepAsync(_now.AddHours(17));
        Assert.Equal(first, rig.Directory.Asked.Count);

        var one = rig.Estate.InOrder.First(one => one.Newest.Tags["nhi-owner"] == "team@contoso.com");
        rig.Estate.Credentials[one.Id] = one with { Newest = one.Newest with { Tags = new Dictionary<string, string>(one.Newest.Tags) { ["nhi-owner"] = "new@contoso.com" } } };
        await rig.SweepAsync(_now.AddHours(17));
        Assert.Contains("FindAsync new@contoso.com", rig.Directory.Asked);
        Assert.InRange(rig.Directory.Asked.Count, first + 1, first + 5);

        // Not all in one run: between 18 and 24 hours later.
        var before = rig.Directory.Asked.Count;
        await rig.SweepAsync(_now.AddHours(20));
        var between = rig.Directory.Asked.Count - before;
        await rig.SweepAsync(_now.AddHours(24));
        Assert.True(between > 0 && rig.Directory.Asked.Count - before > between, $"{between} of {rig.Directory.Asked.Count - before}");
    }

    [Theory]
    [InlineData(nameof(IOwnerDirectory.RolesAsync), SignalNames.OverPrivileged)]
    [InlineData(nameof(IOwnerDirectory.WorkloadAsync), SignalNames.WorkloadGone)]
    public async Task What_a_directory_said_counts_until_it_says_something_else(string method, string signal)
    {
        var (rig, estate) = Labelled(5);
        var labels = estate.Labels.Count(label => label.Signal == signal);
        await rig.SweepAsync(_now);
        rig.Directory.Down.Add(method);
        await rig.SweepAsync(_now.AddDays(2));
        Assert.Equal(labels, rig.Tables.Open.Count(finding => finding.Signal == signal));
        rig.Directory.Down.Clear();
        rig.Directory.Roles.Clear();
        rig.Directory.Workloads.Clear();
        foreach (var workload in rig.Estate.InOrder.Select(one => one.Newest.Tags.GetValueOrDefault(SignalTags.Workload)).OfType<string>())
            rig.Directory.Workloads[workload] = PrincipalState.Active;
        await rig.SweepAsync(_now.AddDays(2).AddHours(1));
        Assert.Equal(0, rig.Tables.Open.Count(finding => finding.Signal == signal));
    }

    [Fact]
    public async Task A_source_that_is_down_costs_a_few_calls_and_no_other_source_an_answer()
    {
        var (rig, _) = Labelled(5);
        rig.Directory.Down.Add(nameof(IOwnerDirectory.ApplicationOwnersAsync));
        await rig.SweepAsync(_now);
        // As many again may be on their way when the last of them fails.
        Assert.InRange(rig.Directory.Asked.Count(asked => asked.StartsWith(nameof(IOwnerDirectory.ApplicationOwnersAsync), StringComparison.Ordinal)), SweepDirectory.MostFailures, SweepDirectory.MostFailures + rig.Pace.AtOnce);
        Assert.Contains(rig.Directory.Asked, asked => asked.StartsWith(nameof(IOwnerDirectory.RolesAsync), StringComparison.Ordinal));
        var asked = rig.Directory.Asked.Count;
        rig.Directory.Down.Clear();
        await rig.SweepAsync(_now.AddHours(1));
        Assert.True(rig.Directory.Asked.Count > asked + 300);
    }

    [Fact]
    public async Task A_run_whose_time_is_over_says_so_and_the_next_one_goes_on_from_there()
    {
        var (rig, estate) = Labelled(1);
        rig.Pace = rig.Pace with { AtOnce = 1 };
        var second = rig.Estate.InOrder.Where(one => one.Id.Vault == "kv2.vault.azure.net").Min(one => one.Id)!;
        rig.Directory.OnAsk = what => rig.Clock.Advance(rig.Tables.Owners.ContainsKey(second) ? TimeSpan.FromHours(1) : TimeSpan.Zero);
        var report = await rig.SweepAsync(_now);
        Assert.Equal(["kv2.vault.azure.net: the run's time was over", "kv3.vault.azure.net: the run's time was over", "resources: the run's time was over"], report.Failures);
        Assert.True(Assert.Single(rig.Tables.Of("estate.judge")).Coverage!.Partial);
        Assert.DoesNotContain(rig.Tables.Open, finding => finding.Subject.StartsWith("kv:kv3.", StringComparison.Ordinal));

        // Its time is over again before it comes round: it began with the second vault, not with the first one.
        rig.Directory.OnAsk = what => rig.Clock.Advance(rig.Tables.Open.Any(finding => finding.Signal == SignalNames.OverPrivileged) ? TimeSpan.FromHours(1) : TimeSpan.Zero);
        report = await rig.SweepAsync(_now.AddDays(1));
        Assert.Contains("kv1.vault.azure.net: the run's time was over", report.Failures);
        Assert.DoesNotContain("kv3.vault.azure.net: the run's time was over", report.Failures);
        rig.Directory.OnAsk = null;
        Assert.False((await rig.SweepAsync(_now.AddDays(1).AddHours(1))).IsPartial);
        await rig.SweepAsync(_now.AddDays(1).AddHours(2));
        Assert.Equal([], estate.Labels.Except(rig.Tables.Open.Select(finding => (finding.Signal, finding.Subject))));
    }

    [Fact]
    public async Task A_vault_that_takes_all_of_a_run_keeps_no_other_waiting()
    {
        var (rig, _) = Labelled(1);
        rig.Pace = rig.Pace with { AtOnce = 1 };
        rig.Directory.OnAsk = _ => rig.Clock.Advance(TimeSpan.FromHours(1));
        for (var run = 0; run < 4; run++)
            await rig.SweepAsync(_now.AddHours(run));
        Assert.Equal(["kv1.vault.azure.net", "kv2.vault.azure.net", "kv3.vault.azure.net"], rig.Tables.Owners.Keys.Select(id => id.Vault).Distinct().Order());
        Assert.Contains(rig.Estate.Resources.Values, resource => resource.RolesAt is not null);
    }

    [Fact]
    public async Task A_vault_that_refuses_values_costs_a_few_calls_and_no_others_share_of_them()
    {
        var (rig, _) = Labelled(5);
        rig.Pace = new SignalPace(AtOnce: 1, Values: 200);
        rig.Refusing.Add("kv1.vault.azure.net");
        await rig.SweepAsync(_now);
        Assert.Equal(LookBudget.MostRefusals, rig.Reads.Count(read => read.Id.Vault == "kv1.vault.azure.net"));
        Assert.Equal(200, rig.Reads.Count(read => read.Id.Vault != "kv1.vault.azure.net"));
    }

    [Fact]
    public async Task One_secret_with_rights_of_its_own_stops_no_other_of_its_vault()
    {
        var (rig, _) = Labelled(5);
        rig.Pace = rig.Pace with { AtOnce = 1, Values = 5_000 };
        await rig.SweepAsync(_now);
        var all = rig.Reads.Select(read => read.Id).Distinct().ToList();
        var (other, _) = Labelled(5);
        other.Pace = rig.Pace;
        other.Refusing.UnionWith(all.Where((_, i) => i % 3 == 0).Select(id => id.ToString()));
        await other.SweepAsync(_now);
        Assert.Equal(all, other.Reads.Select(read => read.Id).Distinct());
    }
}
