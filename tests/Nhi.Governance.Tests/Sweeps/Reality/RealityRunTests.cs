using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Use;
using Nhi.Governance.Tests.Sweeps.Use;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Tests.Sweeps.Reality;

#pragma warning disable CA5394 // Seeded on purpose: a failure names its seed.
public sealed class RealityRunTests
{
    internal static readonly DateTimeOffset Begin = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset CutFrom = Begin.AddHours(9.5), CutTo = Begin.AddHours(13.2);

    internal static RealityRun Run(SweepMemory memory, ICursors? places = null)
    {
        var cursors = places ?? memory;
        var own = ProductIdentities.None with { ClientIds = [AuditLines.Own] };
        var desk = new FindingDesk(memory, memory);
        return new RealityRun(
            new AuditWalk([memory], memory, cursors, own, NullLogger<AuditWalk>.Instance), memory, [], memory, memory, memory, memory, new MemorySweptEstate(), memory, memory, desk, new CoverageBook(cursors, memory), cursors,
            new DeadLetters(memory, memory, (_, _) => Task.FromResult(GovernReport.Nothing), memory, memory, desk, cursors, NullLogger<DeadLetters>.Instance),
            new MissedEvents(memory, memory, memory, memory, memory, desk, cursors), own, NullLogger<RealityRun>.Instance);
    }

    [Theory]
    [InlineData(1, "prompt")]
    [InlineData(2, "prompt")]
    [InlineData(3, "late")]
    [InlineData(4, "late")]
    [InlineData(5, "cut")]
    [InlineData(6, "cut")]
    public async Task Of_a_thousand_changes_exactly_those_without_evidence_are_named_and_exactly_the_records_without_a_change(int seed, string log)
    {
        var story = new Story(new Random(seed), log);
        var memory = story.Memory;
        var run = Run(memory);
        List<PlatformChange> told = [];
        List<Deed> lies = [];
        var partial = 0;
        for (var hour = -1; hour < 34; hour++)
        {
            memory.Now = Begin.AddHours(hour).AddMinutes(40);
            if (hour == 11)
                run = Run(memory); // Another instance: nothing is remembered but the tables.
            var report = await run.RunAsync(memory.Now, CancellationToken.None);
            told.AddRange(report.Told);
            lies.AddRange(report.Lies);
            partial += hour >= 0 && hour < 24 && report.Failures.Count > 0 ? 1 : 0;
        }

        Assert.Equal(1_000, story.Changes);
        Assert.Equal(story.Unexplained.Order(), told.Select(change => $"{change.Time:O} {change.Operation} {change.Subject}").Order());
        Assert.Equal(story.Lies.Order(), lies.Select(deed => deed.Op).Order());
        Assert.True(log == "prompt" ? partial == 0 : partial > 0, $"{partial} runs were partial.");
        var windows = memory.Written.Where(record => record.Action == "estate.reconcile").Select(record => record.Coverage!).ToList();
        Assert.Equal(35, windows.Count);
        for (var i = 1; i < windows.Count; i++)
            Assert.Equal(windows[i - 1].To, windows[i].From);
        var ours = memory.Findings.Where(finding => finding.Signal == SignalNames.UngovernedChange && finding.Facts.Any(fact => fact.Contains(AuditLines.Own, StringComparison.Ordinal)));
        Assert.All(ours.Where(finding => finding.Facts.Any(fact => fact.Contains("SecretSet", StringComparison.Ordinal) && fact.Contains(AuditLines.Own, StringComparison.Ordinal))), finding => Assert.Equal("critical", finding.Severity));
        Assert.NotEmpty(ours);
    }

    [Fact]
    public async Task A_vault_without_a_log_is_said_to_be_unseen_and_nothing_of_it_is_accused()
    {
        var memory = new SweepMemory();
        var story = new Story(new Random(7), "prompt");
        memory.Deeds.AddRange(story.Memory.Deeds);
        var run = Run(memory);
        for (var hour = -1; hour < 30; hour++)
        {
            memory.Now = Begin.AddHours(hour).AddMinutes(40);
            var report = await run.RunAsync(memory.Now, CancellationToken.None);
            Assert.Empty(report.Lies);
            Assert.Contains(report.Failures, failure => failure.Contains("no log", StringComparison.Ordinal));
        }

        Assert.All(memory.Written.Where(record => record.Coverage is not null), record => Assert.True(record.Coverage!.Partial));
    }

    [Fact]
    public async Task What_was_changed_before_the_first_run_is_nobodys()
    {
        var story = new Story(new Random(8), "prompt");
        story.Memory.Now = Begin.AddHours(30);
        var report = await Run(story.Memory).RunAsync(story.Memory.Now, CancellationToken.None);

        Assert.Empty(report.Told);
        Assert.Equal((1_000, 0), (report.Before, report.Late));
    }

    [Fact]
    public async Task Changes_of_a_vault_are_critical_only_where_something_is_governed_or_ours()
    {
        var memory = new SweepMemory();
        var run = Run(memory);
        memory.Now = Begin.AddMinutes(40);
        await run.RunAsync(memory.Now, CancellationToken.None);
        foreach (var (operation, name, app) in (ReadOnlySpan<(string, string, string)>)[("SecretSet", "theirs", AuditLines.ReaderApp), ("SecretUpdate", "tags", AuditLines.ReaderApp), ("SecretSet", "ours", AuditLines.Own), ("SecretGet", "read", AuditLines.Own)])
            memory.Lines.Add((Begin.AddHours(1), Begin.AddHours(1), AuditLines.Bytes(AuditLines.Line(Begin.AddHours(1.1), operation, name, app: app))));
        memory.Lines.Add((Begin.AddHours(1), Begin.AddHours(1), AuditLines.Bytes(AuditLines.Line(Begin.AddHours(1.1), "SecretSet", "denied", status: 403))));
        memory.Now = Begin.AddHours(2).AddMinutes(40);
        await run.RunAsync(memory.Now, CancellationToken.None);

        Assert.Equal(
            [("ours", "critical"), ("tags", "info"), ("theirs", "warning")],
            memory.Findings.Select(finding => (finding.Credential!.Value.Name, finding.Severity)).Order());
    }

    internal static void Hear(SweepMemory memory, DateTimeOffset from, DateTimeOffset to, string vault = "KV1")
    {
        for (var at = from; at < to; at = at.AddMinutes(15))
            Add(memory, AuditLines.Line(at, "SecretList", name: null, app: AuditLines.Own, vault: vault), at);
    }

    private static void Add(SweepMemory memory, JsonObject line, DateTimeOffset at) =>
        memory.Lines.Add((at, new DateTimeOffset(at.Year, at.Month, at.Day, at.Hour, 0, 0, TimeSpan.Zero), AuditLines.Bytes(line)));

    internal static Task<RealityReport> AtAsync(RealityRun run, SweepMemory memory, double hour)
    {
        memory.Now = Begin.AddHours(hour).AddMinutes(40);
        return run.RunAsync(memory.Now, CancellationToken.None);
    }

    [Fact]
    public async Task S26_after_an_outage_what_happened_meanwhile_is_judged_as_far_back_as_logs_are_read_and_the_run_says_what_nobody_looked_at()
    {
        var memory = new SweepMemory();
        var run = Run(memory);
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(400));
        await AtAsync(run, memory, 0);
        Assert.Empty((await AtAsync(run, memory, 1)).Failures);
        Add(memory, AuditLines.Line(Begin.AddHours(2), "SecretSet", "early"), Begin.AddHours(2));
        Add(memory, AuditLines.Line(Begin.AddHours(90), "SecretSet", "late"), Begin.AddHours(90));

        var report = await AtAsync(run, memory, 97);
        Assert.Equal(["early", "late"], report.Told.Select(change => change.Credential!.Value.Name).Order());
        Assert.Empty(report.Failures);
        var coverage = memory.Written.Last(record => record.Coverage is not null).Coverage!;
        Assert.Equal((Begin.AddHours(1), Begin.AddHours(97), false), (coverage.From, coverage.To, coverage.Partial));

        Add(memory, AuditLines.Line(Begin.AddHours(99), "SecretSet", "unread"), Begin.AddHours(99));
        Add(memory, AuditLines.Line(Begin.AddHours(200), "SecretSet", "read"), Begin.AddHours(200));
        report = await AtAsync(run, memory, 300);
        Assert.Equal("read", Assert.Single(report.Told).Credential!.Value.Name);
        Assert.StartsWith("everything between 2026-03-06T01:00Z and 2026-03-07T12:40Z", report.Failures[0], StringComparison.Ordinal);
        Assert.Contains("hole", Assert.Single(report.Failures[1..]), StringComparison.Ordinal);
        Assert.True(memory.Written.Last(record => record.Coverage is not null).Coverage!.Partial);
        Assert.Empty((await AtAsync(run, memory, 301)).Failures);
        Assert.DoesNotContain(memory.Findings, finding => finding.Signal == SignalNames.LogLate);
    }

    [Fact]
    public async Task S26_what_was_read_days_late_is_counted_and_told_once_a_vault_with_the_worst_of_it_and_what_came_in_time_is_judged()
    {
        var memory = new SweepMemory();
        var run = Run(memory);
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(120));
        await AtAsync(run, memory, 0);
        var log = memory.Lines.Count;
        for (var i = 0; i < 40; i++)
            Add(memory, AuditLines.Line(Begin.AddHours(1).AddSeconds(i), i == 3 ? "SecretBackup" : "SecretUpdate", $"kept-back-{i}"), Begin.AddHours(1));
        Add(memory, AuditLines.Line(Begin.AddHours(6), "SecretSet", "in-time"), Begin.AddHours(6));
        // Whoever has the archive's account keeps its lines back: all of the days come at once.
        for (var i = 0; i < memory.Lines.Count; i++)
            if (i >= log || memory.Lines[i].Visible > Begin.AddMinutes(40))
                memory.Lines[i] = memory.Lines[i] with { Visible = Begin.AddHours(76) };
        for (var hour = 1; hour < 76; hour++)
            Assert.Empty((await AtAsync(run, memory, hour)).Told);

        var report = await AtAsync(run, memory, 76);
        Assert.Equal(("in-time", 40L), (Assert.Single(report.Told).Credential!.Value.Name, report.Late));
        Assert.Contains("changes that were read more than 3 days late: 40", report.Failures);
        var finding = Assert.Single(memory.Findings, finding => finding.Signal == SignalNames.LogLate);
        Assert.Equal((AuditLines.Host, "critical", 11), (finding.Subject, finding.Severity, finding.Facts.Count));
        Assert.Contains(finding.Facts, fact => fact.Contains("SecretBackup", StringComparison.Ordinal) && fact.EndsWith(": kept-back-3", StringComparison.Ordinal));
        Assert.Contains("2026-03-05T04:40Z: 40 changes between 2026-03-02T01:00Z and 2026-03-02T01:00Z were read too late and held against nothing", finding.Facts);
        Assert.True(memory.Written.Last(record => record.Coverage is not null).Coverage!.Partial);
        Assert.Equal(0, (await AtAsync(run, memory, 77)).Late);
        Assert.Single(memory.Written, record => record.Finding?.Signal == SignalNames.LogLate);
    }

    [Theory]
    [InlineData(Verbs.Govern, 0)]
    [InlineData(Verbs.Adopt, 0)]
    [InlineData(Verbs.Rotate, 1)]
    public async Task S1_a_version_that_others_made_before_there_was_a_log_is_nobodys_lie(string verb, int lies)
    {
        var memory = new SweepMemory();
        var run = Run(memory);
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(8));
        await AtAsync(run, memory, 0);
        var at = Begin.AddHours(1);
        memory.Deeds.Add((at, new EvidenceRecord
        {
            Op = RotationId.Op("old", verb, at, 1),
            Stage = RecordStage.Outcome,
            Action = Verbs.Action(verb),
            Result = "ok",
            Time = at,
            Recorded = at.AddSeconds(5),
            Summary = "Did.",
            Credential = new CredentialFacts(CredentialId.Of(AuditLines.Host, "old").ToString(), "generated", "old"),
            Change = new ChangeFacts(new VersionFacts(AuditLines.V1), new VersionFacts(AuditLines.V1)),
        }));
        var told = 0;
        for (var hour = 1; hour < 8; hour++)
            told += (await AtAsync(run, memory, hour)).Lies.Count;
        Assert.Equal(lies, told);
    }

    [Fact]
    public async Task S19_nobody_is_accused_in_the_first_run_after_an_outage_by_an_attempt_that_nobody_could_close_meanwhile()
    {
        var memory = new SweepMemory();
        var run = Run(memory);
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(15));
        await AtAsync(run, memory, 0);
        await AtAsync(run, memory, 1);
        var at = Begin.AddHours(2);
        var version = 7.ToString("x32", CultureInfo.InvariantCulture);
        var intent = new EvidenceRecord
        {
            Op = RotationId.Op("app", Verbs.Rotate, at, 1),
            Stage = RecordStage.Intent,
            Action = Verbs.Action(Verbs.Rotate),
            Time = at,
            Recorded = at,
            Summary = "About to.",
            Credential = new CredentialFacts(CredentialId.Of(AuditLines.Host, "app").ToString(), "generated", "app"),
        };
        memory.Deeds.Add((at, intent));
        Add(memory, AuditLines.Line(at.AddSeconds(3), "SecretSet", "app", version, app: AuditLines.Own), at);
        Assert.Empty((await AtAsync(run, memory, 8)).Told);

        memory.Deeds.Add((Begin.AddHours(9), intent with { Stage = RecordStage.Reconciled, Result = "reconciled", Shown = "published", Recorded = Begin.AddHours(9), Change = new ChangeFacts(null, new VersionFacts(version)) }));
        Assert.Equal((0, 1L), ((await AtAsync(run, memory, 9)).Told.Count, memory.Written.Last(record => record.Coverage is not null).Coverage!.Matched));

        // Where somebody could have closed it, it explains nothing for ever.
        memory.Deeds.Add((Begin.AddHours(10.1), intent with { Op = RotationId.Op("app", Verbs.Rotate, at, 2), Time = Begin.AddHours(10.1), Recorded = Begin.AddHours(10.1) }));
        Add(memory, AuditLines.Line(Begin.AddHours(10.1), "SecretSet", "app", 8.ToString("x32", CultureInfo.InvariantCulture), app: AuditLines.Own), Begin.AddHours(10.1));
        foreach (var hour in (int[])[10, 11, 12])
            Assert.Empty((await AtAsync(run, memory, hour)).Told);
        Assert.Single((await AtAsync(run, memory, 13)).Told);
    }

    [Fact]
    public async Task A_hole_anywhere_in_the_window_makes_it_partial()
    {
        var memory = new SweepMemory();
        var run = Run(memory);
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(2));
        Hear(memory, Begin.AddHours(3), Begin.AddHours(8));
        await AtAsync(run, memory, 0);
        Assert.Contains("hole", Assert.Single((await AtAsync(run, memory, 6)).Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task However_much_was_changed_each_change_reaches_a_record_and_the_worst_comes_first()
    {
        var memory = new SweepMemory();
        var run = Run(memory);
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(8));
        await AtAsync(run, memory, 0);
        for (var i = 0; i < 45; i++)
            Add(memory, AuditLines.Line(Begin.AddHours(1).AddSeconds(i), i == 3 ? "SecretBackup" : "SecretUpdate", "app", version: i.ToString("x32", CultureInfo.InvariantCulture)), Begin.AddHours(1));

        var first = await AtAsync(run, memory, 2);
        Assert.Equal(("SecretBackup", 20), (first.Told[0].Operation, first.Told.Count));
        Assert.Contains("25 more changes", Assert.Single(first.Failures), StringComparison.Ordinal);
        Assert.Contains(memory.Written.Single(record => record.Finding is not null).Finding!.Facts!, fact => fact.Contains("SecretBackup", StringComparison.Ordinal));
        Assert.Equal((20, 5), ((await AtAsync(run, memory, 3)).Told.Count, (await AtAsync(run, memory, 4)).Told.Count));
        var said = memory.Written.Where(record => record.Finding is not null).SelectMany(record => record.Finding!.Facts!).Distinct().ToList();
        Assert.Equal(45, said.Count);
    }

    [Fact]
    public async Task Of_a_vault_that_is_governed_later_nothing_of_before_is_told()
    {
        var memory = new SweepMemory { All = [] };
        var run = Run(memory);
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(60));
        await AtAsync(run, memory, 0);
        Set(memory, "before", Begin.AddHours(40));
        Set(memory, "onboarding", Begin.AddHours(50).AddMinutes(39));
        Set(memory, "since", Begin.AddHours(50).AddMinutes(41));
        memory.All = [new GovernedVault(AuditLines.Host, "prod")];
        List<PlatformChange> told = [.. (await AtAsync(run, memory, 50)).Told, .. (await AtAsync(run, memory, 51)).Told, .. (await AtAsync(run, memory, 52)).Told];

        Assert.Equal("since", Assert.Single(told).Credential!.Value.Name);
    }

    internal static void Set(SweepMemory memory, string name, DateTimeOffset at, TimeSpan late = default) =>
        memory.Lines.Add((at + late, Trigger.Floor(at, TimeSpan.FromHours(1)), AuditLines.Bytes(AuditLines.Line(at, "SecretSet", name))));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task S24_what_was_changed_before_the_first_run_is_counted_and_told_to_nobody_and_what_came_a_minute_later_is_told_however_late_its_line_comes(int late)
    {
        var memory = new SweepMemory();
        var run = Run(memory);
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(8));
        foreach (var (i, minute) in ((double[])[-50, -1, -0.02]).Index())
            Set(memory, $"onboarding-{i}", Begin.AddMinutes(40 + minute), TimeSpan.FromHours(late));
        foreach (var (i, minute) in ((double[])[0.02, 1, 50]).Index())
            Set(memory, $"since-{i}", Begin.AddMinutes(40 + minute), TimeSpan.FromHours(late));

        var (told, before) = (new List<string>(), 0L);
        for (var hour = 0; hour < 5; hour++)
        {
            var report = await AtAsync(run, memory, hour);
            told.AddRange(report.Told.Select(change => change.Credential!.Value.Name));
            before += report.Before;
        }

        Assert.Equal(["since-0", "since-1", "since-2"], told.Order());
        Assert.Equal(3, before);
        Assert.Single(memory.Written, record => record.Coverage is not null && record.Summary.Contains("3 changes of before governance", StringComparison.Ordinal));
        Assert.DoesNotContain(memory.Findings, finding => finding.Subject.Contains("onboarding", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S24_what_was_changed_before_the_first_run_is_written_down_many_at_a_time()
    {
        var memory = new SweepMemory();
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(1));
        for (var i = 0; i < 2_300; i++)
            Set(memory, $"onboarding-{i}", Begin.AddSeconds(i));

        Assert.Equal(2_300, (await AtAsync(Run(memory), memory, 0)).Before);
        Assert.Equal([1_000, 1_000, 300], memory.JudgedAtOnce);
        Assert.Empty(await memory.OpenAsync(Begin.AddDays(-1), CancellationToken.None).ToListAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task S24_however_often_the_first_run_fails_what_came_after_it_began_is_told(int written)
    {
        const string Second = "kv2.vault.azure.net";
        var memory = new SweepMemory { All = [new GovernedVault(AuditLines.Host, "prod"), new GovernedVault(Second, "prod")] };
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(8));
        Set(memory, "onboarding", Begin.AddMinutes(39));
        Set(memory, "since", Begin.AddMinutes(41));
        // The first one dies behind its first, second, … write of a cursor, the next one before its record is written.
        memory.Moves = written;
        await Assert.ThrowsAsync<ExternalCallException>(() => AtAsync(Run(memory), memory, 0));
        memory.Moves = null;
        memory.Refuses = true;
        await Assert.ThrowsAsync<EvidenceRefusedException>(() => AtAsync(Run(memory), memory, 1));
        memory.Refuses = false;
        List<PlatformChange> told = [.. (await AtAsync(Run(memory), memory, 2)).Told, .. (await AtAsync(Run(memory), memory, 3)).Told];

        // Nobody governs before anything says so: whoever died before the first write has not begun.
        Assert.Equal(written == 0 ? [] : ["since"], told.Select(change => change.Credential!.Value.Name));
        var window = memory.Written.First(record => record.Coverage is not null).Coverage!;
        Assert.True(window.From <= Begin.AddMinutes(written == 0 ? 100 : 40) && window.To == Begin.AddHours(2), $"It covers {window.From:O} to {window.To:O}.");
        var since = await GovernedSince.ReadAsync(memory, memory.All.Select(vault => vault.Host), window.To, Begin.AddHours(9), default);
        Assert.Equal((since.Estate, since.Estate), (since.Of(AuditLines.Host), since.Of(Second)));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("2036-01-01T00:00:00Z")]
    public async Task S24_words_that_no_run_wrote_take_nothing_from_what_is_answered_for(string words)
    {
        var memory = new SweepMemory();
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(8));
        await AtAsync(Run(memory), memory, 0);
        foreach (var name in memory.Cursors.Keys.Where(name => name.Contains("since", StringComparison.Ordinal)).ToList())
            memory.Cursors[name] = memory.Cursors[name] with { Value = words };
        Set(memory, "since", Begin.AddMinutes(41));

        Assert.Single((await AtAsync(Run(memory), memory, 2)).Told);
    }

    [Fact]
    public async Task An_instance_that_has_just_begun_asks_what_is_in_scope_before_it_reads_the_logs()
    {
        var memory = new SweepMemory { All = [], Discovers = [new GovernedVault(AuditLines.Host, "prod")] };
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(8));
        memory.Now = Begin.AddMinutes(40);
        await new GovernanceTriggers(null!, null!, null!, null!, null!, null!, null!, null!, null!, null!, null!, memory, null!, Run(memory), null!, new FakeTimeProvider(memory.Now)).ReconcileRealityAsync(CancellationToken.None);

        Assert.Contains("of 1 vaults' logs", Assert.Single(memory.Written).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_was_chosen_to_answer_is_told_before_whom_the_tag_names()
    {
        var memory = new SweepMemory();
        var run = Run(memory);
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(8));
        await AtAsync(run, memory, 0);
        var id = CredentialId.Of(AuditLines.Host, "app");
        memory.Entries[id] = new InventoryEntry { Id = id, Enforced = true, Owner = "tag", NewestCreated = Begin, NewestUpdated = Begin, NextLook = Begin };
        var chosen = new OwnerAnswer(new OwnerCandidate("user", AuditLines.Reader, "ann@contoso.com", OwnerSources.Application, 60), []);
        foreach (var (hour, entry, told) in new (int, OwnerEntry?, string)[]
        {
            (1, null, "tag"),
            (2, new OwnerEntry { Credential = id, Answer = chosen, Asked = new OwnersAsked("", Begin) }, "ann@contoso.com"),
            (3, new OwnerEntry { Credential = id, Answer = chosen, Asked = new OwnersAsked("", Begin), Assigned = new OwnerWord("team", "bob", Begin.AddHours(1), "r") }, "team"),
            (4, new OwnerEntry { Credential = id, Answer = chosen, Asked = new OwnersAsked("", Begin.AddHours(2)), Assigned = new OwnerWord("left", "bob", Begin.AddHours(1), "r") }, "ann@contoso.com"),
        })
        {
            if (entry is not null)
                memory.Owners[id] = entry;
            Add(memory, AuditLines.Line(Begin.AddHours(hour + 0.9), "SecretSet", "app", version: hour.ToString("x32", CultureInfo.InvariantCulture)), Begin.AddHours(hour + 0.9));
            await AtAsync(run, memory, hour + 1);
            Assert.Equal(told, Assert.Single(memory.Findings).Owner);
        }
    }

    [Fact]
    public async Task Where_a_rule_only_observes_what_others_change_is_one_piece_of_information_a_vault_and_day()
    {
        var memory = new SweepMemory();
        var run = Run(memory);
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(80));
        foreach (var (name, enforced) in new[] { ("seen", false), ("ruled", true) })
            memory.Entries[CredentialId.Of(AuditLines.Host, name)] = new InventoryEntry { Id = CredentialId.Of(AuditLines.Host, name), Enforced = enforced, NewestCreated = Begin, NewestUpdated = Begin, NextLook = Begin };
        await AtAsync(run, memory, 0);
        string[] names = ["seen", "seen", "seen", "seen", "ruled", "seen"];
        foreach (var (i, operation) in ((string[])["SecretSet", "SecretSet", "SecretUpdate", "SecretBackup", "SecretSet", "SecretSet"]).Index())
            Add(memory, AuditLines.Line(Begin.AddHours(1).AddSeconds(i), operation, names[i], version: i.ToString("x32", CultureInfo.InvariantCulture), app: i == 5 ? AuditLines.Own : AuditLines.ReaderApp), Begin.AddHours(1));
        var told = (await AtAsync(run, memory, 2)).Told;

        // What left the vault, what our own identity did, and what a rule enforces: told as ever.
        Assert.Equal([("ruled", "SecretSet"), ("seen", "SecretBackup"), ("seen", "SecretSet")], told.Select(change => (change.Credential!.Value.Name, change.Operation)).Order());
        for (var hour = 3; hour < 24; hour++)
            Assert.Empty((await AtAsync(run, memory, hour)).Told);
        Assert.DoesNotContain(memory.Findings, finding => finding.Signal == SignalNames.ObservedChanges);
        await AtAsync(run, memory, 24);
        await AtAsync(run, memory, 25);
        var observed = Assert.Single(memory.Findings, finding => finding.Signal == SignalNames.ObservedChanges);
        Assert.Equal((AuditLines.Host, "info", $"2026-03-02: 3 changes by {AuditLines.Reader}"), (observed.Subject, observed.Severity, Assert.Single(observed.Facts)));
        Assert.Single(memory.Written, record => record.Finding?.Signal == SignalNames.ObservedChanges);

        // A day on which nobody changed anything ends it.
        await AtAsync(run, memory, 48);
        Assert.NotNull(Assert.Single(memory.Findings, finding => finding.Signal == SignalNames.ObservedChanges).Resolved);
    }

    [Fact]
    public async Task Lost_cursors_make_no_change_one_of_before()
    {
        var memory = new SweepMemory();
        Hear(memory, Begin.AddHours(-3), Begin.AddHours(8));
        await AtAsync(Run(memory), memory, 0);
        Add(memory, AuditLines.Line(Begin.AddHours(1), "SecretSet", "meanwhile"), Begin.AddHours(1));
        memory.Cursors.Clear();

        Assert.Single((await AtAsync(Run(memory), memory, 5)).Told);
    }

    /// <summary>A day of one vault: 963 changes that evidence explains, 37 that it does not, and five records of changes that never were.</summary>
    private sealed class Story
    {
        private readonly Random _random;
        private readonly string _log;
        private int _ids;

        public Story(Random random, string log)
        {
            (_random, _log) = (random, log);
            for (var at = Begin.AddHours(-3); at < Begin.AddHours(36); at = at.AddMinutes(15))
                Write(AuditLines.Line(at, "SecretList", name: null, app: AuditLines.Own), at);
            for (var i = 0; i < 963; i++)
                Governed(i);
            for (var i = 0; i < 37; i++)
                Ungoverned(i);
            for (var i = 0; i < 5; i++)
                Lie(i);
        }

        public SweepMemory Memory { get; } = new();
        public int Changes { get; private set; }
        public List<string> Unexplained { get; } = [];
        public List<string> Lies { get; } = [];

        /// <summary>Each credential has minutes of its own, so that two attempts at it never touch.</summary>
        private static DateTimeOffset Slot(int credential, int slot) => Begin.AddMinutes(60 + (slot * 240) + (credential % 200));

        private static string Name(int credential) => $"app-{credential % 200:D3}";

        private void Governed(int i)
        {
            var start = Slot(i, i / 200).AddSeconds(_random.Next(30));
            var version = Version();
            var at = start.AddSeconds(1 + _random.Next(20)).AddTicks(_random.Next(1, 9_999_999));
            var closed = at.AddSeconds(1 + _random.Next(20));
            switch (_random.Next(5))
            {
                case 4:
                    // A version that others made, perhaps long before any log, comes under policy.
                    Attempt(Name(i), Verbs.Govern, start, closed, version, published: true, named: version);
                    Change("SecretUpdate", Name(i), version, at, AuditLines.Own);
                    break;
                case 0:
                    Attempt(Name(i), Verbs.Revoke, start, closed, version, published: false);
                    Change("SecretUpdate", Name(i), version, at, AuditLines.Own);
                    break;
                case 1:
                    // A crash: the next holder of the row says what became of it.
                    Attempt(Name(i), Verbs.Rotate, start, at.AddMinutes(2 + _random.Next(20)), version, published: true, crashed: true);
                    Change("SecretSet", Name(i), version, at, AuditLines.Own);
                    break;
                default:
                    Attempt(Name(i), Verbs.Rotate, start, closed, version, published: true);
                    Change("SecretSet", Name(i), version, at, AuditLines.Own);
                    break;
            }
        }

        private void Ungoverned(int i)
        {
            var credential = i * 5;
            // Some in the very minute in which we publish another version, the others far from anything.
            var inside = i % 3 == 0;
            var at = inside ? Slot(credential, 1).AddSeconds(10).AddTicks(i + 1) : Slot(credential, 1).AddMinutes(100).AddTicks(i + 1);
            var operation = ((string[])["SecretSet", "SecretBackup", "SecretDelete", "SecretUpdate", "SecretPurge"])[inside ? i / 3 % 5 : i % 5];
            Change(operation, Name(credential), Version(), at, i % 2 == 0 ? AuditLines.Own : AuditLines.ReaderApp);
            if (!IsCut(at))
                Unexplained.Add($"{at:O} {operation} {CredentialId.Of(AuditLines.Host, Name(credential))}");
        }

        private void Lie(int i)
        {
            var start = Slot(150 + i, 4).AddMinutes(30 + (i * 7));
            if (i == 0)
                start = Begin.AddHours(11); // In what is cut, where it is.
            // Whoever writes a record says when it was: long before it came, or long after.
            var says = i switch { 1 => Begin.AddHours(-2), 2 => Begin.AddDays(10), _ => start };
            var op = Attempt($"lie-{i}", Verbs.Rotate, says, start.AddSeconds(9), Version(), published: true, recorded: says.AddSeconds(9));
            if (!IsCut(start))
                Lies.Add(op);
        }

        private void Change(string operation, string name, string version, DateTimeOffset at, string app)
        {
            Changes++;
            var line = AuditLines.Line(at, operation, name, version, oid: app, app: app, correlation: new Guid(Changes, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]).ToString(), type: operation == "SecretPurge" ? "deletedsecrets" : "secrets");
            Write(line, at);
            if (_random.Next(10) == 0)
                Write(line, at);
        }

        private bool IsCut(DateTimeOffset at) => _log == "cut" && at >= CutFrom && at < CutTo;

        private void Write(JsonObject line, DateTimeOffset at)
        {
            if (IsCut(at))
                return;
            // Lines of minutes change places, and a late log is late as a whole.
            var visible = at.AddSeconds(_random.Next(600)) + (_log == "late" ? TimeSpan.FromHours(2) : TimeSpan.Zero);
            var hour = new DateTimeOffset(at.Year, at.Month, at.Day, at.Hour, 0, 0, TimeSpan.Zero);
            Memory.Lines.Add((visible, hour, AuditLines.Bytes(line)));
        }

        private string Attempt(string name, string verb, DateTimeOffset start, DateTimeOffset closed, string version, bool published, bool crashed = false, string? named = null, DateTimeOffset? recorded = null)
        {
            var id = CredentialId.Of(AuditLines.Host, name);
            var begun = new DateTimeOffset(start.Ticks - (start.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
            var op = RotationId.Op($"{id} {_ids++}", verb, begun, 1);
            var intent = new EvidenceRecord
            {
                Op = op,
                Stage = RecordStage.Intent,
                Action = Verbs.Action(verb),
                Time = begun,
                Recorded = begun,
                Summary = "About to.",
                Credential = new CredentialFacts(id.ToString(), "generated", name),
                Change = new ChangeFacts(new VersionFacts(Version())),
                Decision = named is null ? null : new DecisionFacts("allow", "r", Reasons: ["a new secret comes under policy", $"version {named}"]),
                Debt = published ? null : new DebtFacts("h", Versions: [$"{id}/{version}"]),
                Path = "records/intent",
            };
            Memory.Deeds.Add((begun, intent));
            Memory.Deeds.Add((closed, intent with
            {
                Stage = crashed ? RecordStage.Reconciled : RecordStage.Outcome,
                Result = crashed ? "reconciled" : "ok",
                Shown = crashed ? "published" : null,
                Recorded = recorded ?? closed,
                Change = new ChangeFacts(intent.Change!.Before, published ? new VersionFacts(version) : null),
                Path = "records/outcome",
            }));
            return op;
        }

        private string Version() => (++_ids).ToString("x32", CultureInfo.InvariantCulture);
    }
}
