using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Use;
using Nhi.Governance.Tests.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps.Reality;

/// <summary>The run over logs that are not the vaults' own: each fails alone, lines come late, and what evidence explains is told to nobody.</summary>
public sealed class OtherLogsTests
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly ResourceId Account = new("/subscriptions/6e68692d-6c6f-4361-8c73-756273637269/resourcegroups/rg/providers/microsoft.storage/storageaccounts/data");
    private static readonly ResourceId Application = new("entra:7c9a1c38-1d83-4f3a-8e55-6a0d0f2a9b22");
    private static readonly CredentialId App = CredentialId.Of(AuditLines.Host, "app");
    private readonly SweepMemory _memory = new();
    private readonly MemorySweptEstate _estate = new();
    private readonly Log _log = new("activity-log"), _other = new("directory-audits");

    private async Task<RealityReport> RunAsync(double hour)
    {
        _memory.Now = Begin.AddHours(hour).AddMinutes(40);
        (_log.Now, _other.Now) = (_memory.Now, _memory.Now);
        var own = ProductIdentities.None with { ClientIds = [AuditLines.Own] };
        var desk = new FindingDesk(_memory, _memory);
        return await new RealityRun(
            new AuditWalk([_memory], _memory, _memory, own, NullLogger<AuditWalk>.Instance), _memory, [_log, _other], _memory, _memory, _memory, _memory, _estate, _memory, _memory, desk, new CoverageBook(_memory, _memory), _memory,
            new DeadLetters(_memory, _memory, (_, _) => Task.FromResult(GovernReport.Nothing), _memory, _memory, desk, _memory, NullLogger<DeadLetters>.Instance),
            new MissedEvents(_memory, _memory, _memory, _memory, _memory, desk, _memory), own, NullLogger<RealityRun>.Instance).RunAsync(_memory.Now, CancellationToken.None);
    }

    private static PlatformChange Change(DateTimeOffset at, ChangeKind kind, ResourceId resource, string? handle = null, string app = AuditLines.Own) => new()
    {
        Time = at, Kind = kind, Operation = "Op", Subject = resource.Value, Resource = resource, Handle = handle, Principal = AuditLines.Reader, AppId = app, UserName = app == AuditLines.Own ? null : "ann@contoso.com", Ip = "20.1.2.3",
    };

    private void Attempt(string verb, ResourceId resource, string? handle, DateTimeOffset start, DateTimeOffset end)
    {
        var intent = new EvidenceRecord
        {
            Op = RotationId.Op($"{resource} {handle}", verb, start, 1),
            Stage = RecordStage.Intent,
            Action = Verbs.Action(verb),
            Time = start,
            Recorded = start,
            Summary = "About to.",
            Credential = new CredentialFacts(App.ToString(), "k", "app", Handle: verb == Verbs.Revoke ? handle : null),
            Resource = new ResourceFacts(resource.Value),
            Path = "records/intent",
        };
        _memory.Deeds.Add((start, intent));
        _memory.Deeds.Add((end, intent with { Stage = RecordStage.Outcome, Result = "ok", Recorded = end, Change = verb == Verbs.Revoke ? null : new ChangeFacts(null, new VersionFacts("1", Handle: handle)), Path = "records/outcome" }));
    }

    [Fact]
    public async Task What_our_records_explain_is_told_to_nobody_and_the_same_by_a_person_is_told_with_who_and_from_where()
    {
        await RunAsync(0);
        var at = Begin.AddHours(1.1);
        Attempt(Verbs.Rotate, Account, "key1", at.AddSeconds(-5), at.AddSeconds(5));
        Attempt(Verbs.Rotate, Application, "kid-1", at.AddSeconds(-5), at.AddSeconds(5));
        Attempt(Verbs.Revoke, Application, "kid-0", at.AddSeconds(-5), at.AddSeconds(5));
        _log.Add(Change(at, ChangeKind.Minted, Account));
        _other.Add(Change(at, ChangeKind.Minted, Application, "kid-1"));
        _other.Add(Change(at, ChangeKind.Killed, Application, "kid-0"));
        Assert.Equal(3, (await RunAsync(2)).Matched);
        Assert.Empty(_memory.Findings);

        _memory.Entries[App] = new InventoryEntry { Id = App, Resource = Account, Kind = "storage-account-key", Owner = "team@contoso.com", NewestCreated = Begin, NewestUpdated = Begin, NextLook = Begin };
        _log.Add(Change(Begin.AddHours(2.9), ChangeKind.Minted, Account, app: AuditLines.ReaderApp));
        _other.Add(Change(Begin.AddHours(2.9), ChangeKind.Minted, Application, "kid-2", AuditLines.ReaderApp));
        _other.Add(Change(Begin.AddHours(2.9), ChangeKind.Killed, Application, "kid-1", AuditLines.ReaderApp));
        Assert.Equal(3, (await RunAsync(4)).Told.Count);
        Assert.Equal([Account.Value, Application.Value], _memory.Findings.Select(finding => finding.Subject).Order(StringComparer.Ordinal));
        Assert.All(_memory.Findings, finding =>
        {
            Assert.Equal((SignalNames.UngovernedChange, "critical"), (finding.Signal, finding.Severity));
            Assert.All(finding.Facts, fact => Assert.EndsWith($"by ann@contoso.com ({AuditLines.Reader}) from 20.1.2.3", fact));
        });
        Assert.Equal("team@contoso.com", _memory.Findings.Single(finding => finding.Subject == Account.Value).Owner);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)] // Ours was explained by an earlier run.
    public async Task A_second_regeneration_in_the_minute_of_ours_is_not_ours(int hoursLate)
    {
        await RunAsync(0);
        var at = Begin.AddHours(1.1);
        Attempt(Verbs.Rotate, Account, "key1", at.AddSeconds(-5), at.AddSeconds(5));
        _log.Add(Change(at, ChangeKind.Minted, Account));
        _log.Add(Change(at.AddSeconds(1), ChangeKind.Minted, Account, app: AuditLines.Own), late: TimeSpan.FromHours(hoursLate));
        var (told, matched) = (0, 0L);
        for (var hour = 2; hour < 6; hour++)
        {
            var report = await RunAsync(hour);
            (told, matched) = (told + report.Told.Count, matched + report.Matched);
        }

        Assert.Equal((1, 1L), (told, matched));
    }

    [Theory]
    [InlineData("SecretDelete", ChangeKind.Removed, 1)]
    [InlineData("SecretPurge", ChangeKind.Removed, 2)]
    [InlineData("SecretRecover", ChangeKind.Removed, 2)]
    [InlineData("SecretBackup", ChangeKind.CopiedOut, 2)]
    public async Task A_removal_explains_one_deletion_and_nothing_else_that_takes_a_secret_away(string operation, ChangeKind kind, int told)
    {
        await RunAsync(0);
        var at = Begin.AddHours(1.1);
        Attempt(RemovalVerbs.Delete, Account, null, at.AddSeconds(-5), at.AddSeconds(5));
        for (var i = 0; i < 2; i++)
            _log.Add(Change(at.AddSeconds(i), kind, Account) with { Operation = operation, Credential = App, Subject = App.ToString() });
        Assert.Equal(told, (await RunAsync(2)).Told.Count);
    }

    private static PlatformChange Of(CredentialId id, string operation, ChangeKind kind, string version, DateTimeOffset at) =>
        Change(at, kind, Account) with { Operation = operation, Credential = id, Subject = id.ToString(), Version = version, Resource = null };

    private static EvidenceRecord Recorded(string action, DateTimeOffset at, OverlapClass overlap, ChangeFacts? change = null, string[]? reasons = null, string[]? buried = null) => new()
    {
        Op = RotationId.Op(App.ToString(), action, at, 1),
        Stage = RecordStage.Outcome,
        Action = action,
        Result = "ok",
        Time = at,
        Recorded = at.AddSeconds(20),
        Summary = "Did.",
        Credential = new CredentialFacts(App.ToString(), "k", "app"),
        Resource = new ResourceFacts(Account.Value, overlap.ToString()),
        Change = change,
        Decision = new DecisionFacts("allow", "r", Reasons: reasons),
        Debt = buried is null ? null : new DebtFacts("h", Versions: buried),
        Path = "records/outcome",
    };

    [Theory]
    [InlineData("credential.govern", "v1", true)]
    [InlineData("credential.govern", "v2", false)]
    [InlineData("credential.rotate", "v0", true)]
    [InlineData("credential.rotate", "v1", false)]
    [InlineData("credential.adopt", "v1", true)]
    [InlineData("credential.emergency", "v1", true)]
    [InlineData("removal.quarantine", "v1", true)]
    [InlineData("removal.restore", "v1", true)]
    [InlineData("removal.quarantine", "v2", false)]
    [InlineData("removal.tell", "v1", false)]
    [InlineData("removal.keep", "v1", false)]
    [InlineData("credential.hold", "v1", false)]
    [InlineData("owner.confirm", "v1", false)]
    public async Task S9_an_attempt_explains_the_updates_of_the_versions_that_its_record_says_it_wrote_and_no_others(string action, string version, bool explained)
    {
        await RunAsync(0);
        var at = Begin.AddHours(1.1);
        var named = action is "credential.rotate" ? null : (string[])["because", "version v1"];
        _memory.Deeds.Add((at, Recorded(action, at, OverlapClass.Multi, new ChangeFacts(new VersionFacts("v1"), action == "credential.rotate" ? new VersionFacts("v2") : null), named, [$"{App}/v0"])));
        _log.Add(Of(App, "SecretUpdate", ChangeKind.Altered, version, at.AddSeconds(5)));
        Assert.Equal(explained ? 0 : 1, (await RunAsync(2)).Told.Count);
    }

    [Theory]
    [InlineData(OverlapClass.Cutover, 2)]
    [InlineData(OverlapClass.Multi, 3)]
    public async Task S10_a_rotation_explains_what_was_published_to_a_sibling_only_where_the_old_value_died_with_it_and_once(OverlapClass overlap, int told)
    {
        var (sibling, other) = (CredentialId.Of(AuditLines.Host, "sibling"), CredentialId.Of(AuditLines.Host, "third"));
        foreach (var id in (CredentialId[])[App, sibling, other])
            _memory.Entries[id] = new InventoryEntry { Id = id, Resource = Account, Kind = "k", NewestCreated = Begin, NewestUpdated = Begin, NextLook = Begin };
        await RunAsync(0);
        var at = Begin.AddHours(1.1);
        _memory.Deeds.Add((at, Recorded("credential.rotate", at, overlap, new ChangeFacts(null, new VersionFacts("a1")))));
        _log.Add(Of(App, "SecretSet", ChangeKind.Published, "a1", at.AddSeconds(5)));
        _log.Add(Of(sibling, "SecretSet", ChangeKind.Published, "b1", at.AddSeconds(6)));
        _log.Add(Of(sibling, "SecretSet", ChangeKind.Published, "b2", at.AddSeconds(7)));
        Assert.Equal(told - 1, (await RunAsync(2)).Told.Count);

        // Also where the second one is seen later.
        _log.Add(Of(sibling, "SecretSet", ChangeKind.Published, "b3", at.AddSeconds(8)));
        Assert.Single((await RunAsync(3)).Told);
    }

    private static readonly string Kid = "0f0f0f0f-0000-4000-8000-00000000000a";

    /// <summary>What a record says was made or removed at its provider.</summary>
    private void Says(string verb, ResourceId resource, string handle, DateTimeOffset at, string result = "ok", int tries = 1, string[]? reasons = null)
    {
        var outcome = Recorded($"credential.{verb}", at, OverlapClass.Multi, verb == "rotate" ? new ChangeFacts(new VersionFacts("0", Handle: "old"), new VersionFacts("1", Handle: handle)) : null, reasons);
        outcome = outcome with { Result = result, Tries = tries, Resource = new ResourceFacts(resource.Value), Credential = outcome.Credential! with { Handle = handle }, Op = RotationId.Op(handle, verb, at, tries) };
        _memory.Deeds.Add((at, outcome));
    }

    private async Task KnownAsync(ResourceId resource, DateTimeOffset since)
    {
        var version = new CredentialVersion { Version = "1", Enabled = true, Created = since, Updated = since, Tags = new Dictionary<string, string>() };
        await _estate.WriteAsync(new SweptCredential { Id = App, Environment = "", Newest = version, Versions = [version], Kind = "k", Resource = resource, FirstSeen = since }, default);
    }

    private async Task<List<string>> LiesAsync()
    {
        List<string> lies = [];
        for (var hour = 2; hour < 8; hour++)
            lies.AddRange((await RunAsync(hour)).Lies.Select(deed => deed.Verb));
        return lies;
    }

    [Theory]
    [InlineData("rotate", ChangeKind.Minted)]
    [InlineData("revoke", ChangeKind.Killed)]
    [InlineData("clean", ChangeKind.Killed)]
    public async Task S16_what_a_record_says_was_made_or_removed_stands_in_the_log_of_its_provider_or_is_a_lie(string verb, ChangeKind kind)
    {
        await KnownAsync(Application, Begin);
        await RunAsync(0);
        Says(verb, Application, Kid, Begin.AddHours(1.1));
        _other.Add(Change(Begin.AddHours(1.1), kind, Application, Kid), late: TimeSpan.FromHours(2));
        Assert.Empty(await LiesAsync());
        Says(verb, Application, "0f0f0f0f-0000-4000-8000-00000000000b", Begin.AddHours(8.1));
        _other.Add(Change(Begin.AddHours(8.1), kind, Application, Kid));
        _other.Add(Change(Begin.AddHours(8.1), kind == ChangeKind.Minted ? ChangeKind.Killed : ChangeKind.Minted, Application, "0f0f0f0f-0000-4000-8000-00000000000b"));
        List<Deed> lies = [];
        for (var hour = 9; hour < 13; hour++)
            lies.AddRange((await RunAsync(hour)).Lies);
        Assert.Equal(verb, Assert.Single(lies).Verb);
        var finding = Assert.Single(_memory.Findings, finding => finding.Signal == SignalNames.EvidenceWithoutChange);
        Assert.Equal("critical", finding.Severity);
        Assert.Contains("0f0f0f0f-0000-4000-8000-00000000000b at entra:", Assert.Single(finding.Facts), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rotate", "key2:fp", true, 0)]
    [InlineData("revoke", "key1:fp", true, 0)]
    [InlineData("rotate", "key2:fp", false, 1)]
    [InlineData("revoke", "key1:fp", false, 1)]
    public async Task S16_a_key_that_was_made_anew_or_ended_is_one_regeneration(string verb, string handle, bool happened, int lies)
    {
        await KnownAsync(Account, Begin);
        await RunAsync(0);
        Says(verb, Account, handle, Begin.AddHours(1.1));
        if (happened)
            _log.Add(Change(Begin.AddHours(1.1), ChangeKind.Minted, Account));
        Assert.Equal(lies, (await LiesAsync()).Count);
    }

    [Fact]
    public async Task S16_what_changed_nothing_or_nobody_could_have_seen_is_no_lie()
    {
        await KnownAsync(Application, Begin);
        await RunAsync(0);
        Says("rotate", Application, "0f0f0f0f-0000-4000-8000-000000000001", Begin.AddHours(1.1), result: "RETRY");
        Says("rotate", Application, "0f0f0f0f-0000-4000-8000-000000000002", Begin.AddHours(1.1), tries: 2);
        Says("revoke", Application, "0f0f0f0f-0000-4000-8000-000000000003", Begin.AddHours(1.1), reasons: ["found dead already"]);
        Says("rotate", new ResourceId("postgres/other"), "0f0f0f0f-0000-4000-8000-000000000004", Begin.AddHours(1.1));
        Assert.Empty(await LiesAsync());

        // The log was not read, or begins later; the inventory did not know it, so nobody asked.
        _other.Down = _log.Down = true;
        Says("rotate", Application, "0f0f0f0f-0000-4000-8000-000000000005", Begin.AddHours(8.1));
        for (var hour = 9; hour < 13; hour++)
            Assert.Empty((await RunAsync(hour)).Lies);
        Assert.Contains(_memory.Written.Last(record => record.Coverage is not null).Summary.Split('\n'), line => line.Contains("PARTIAL", StringComparison.Ordinal));
        _other.Down = _log.Down = false;
        await KnownAsync(Application, Begin.AddHours(14));
        Says("rotate", Application, "0f0f0f0f-0000-4000-8000-000000000006", Begin.AddHours(13.1));
        List<string> failures = [];
        for (var hour = 14; hour < 18; hour++)
        {
            var report = await RunAsync(hour);
            Assert.Empty(report.Lies);
            failures.AddRange(report.Failures);
        }

        Assert.Contains(failures, failure => failure.Contains("could not be held", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ChangeKind.Diagnostics, SignalNames.DiagnosticsDeleted, "critical")]
    [InlineData(ChangeKind.Subscription, SignalNames.SubscriptionDeleted, "critical")]
    [InlineData(ChangeKind.Immutability, SignalNames.PolicyDeleted, "critical")]
    [InlineData(ChangeKind.Policy, SignalNames.PolicyDeleted, "critical")]
    [InlineData(ChangeKind.Lock, SignalNames.LockDeleted, "critical")]
    [InlineData(ChangeKind.Access, SignalNames.UngovernedChange, "warning")]
    public async Task Each_deletion_has_its_own_signal(ChangeKind kind, string signal, string severity)
    {
        await RunAsync(0);
        // No attempt of ours explains it, not even one at that moment.
        Attempt(Verbs.Rotate, Account, "key1", Begin.AddHours(1), Begin.AddHours(1.2));
        _log.Add(Change(Begin.AddHours(1.1), kind, Account));
        await RunAsync(2);
        var finding = Assert.Single(_memory.Findings);
        Assert.Equal((signal, severity), (finding.Signal, finding.Severity));
    }

    [Theory]
    [InlineData(ChangeKind.Diagnostics, "Microsoft.Insights/diagnosticSettings/write", SignalNames.DiagnosticsDeleted)]
    [InlineData(ChangeKind.Subscription, "Microsoft.EventGrid/systemTopics/eventSubscriptions/write", SignalNames.SubscriptionDeleted)]
    [InlineData(ChangeKind.Immutability, "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/write", SignalNames.PolicyDeleted)]
    [InlineData(ChangeKind.Policy, "Microsoft.Authorization/policyExemptions/write", SignalNames.PolicyDeleted)]
    public async Task A_guard_that_was_changed_is_told_and_is_no_deletion(ChangeKind kind, string operation, string signal)
    {
        await RunAsync(0);
        _log.Add(Change(Begin.AddHours(1.1), kind, Account) with { Operation = operation, AppId = AuditLines.ReaderApp });
        await RunAsync(2);
        var finding = Assert.Single(_memory.Findings);
        Assert.Equal((signal, "warning"), (finding.Signal, finding.Severity));
    }

    [Fact]
    public async Task A_line_that_comes_two_hours_late_is_seen_and_judged_once()
    {
        await RunAsync(0);
        _log.Add(Change(Begin.AddHours(1.1), ChangeKind.Lock, Account), late: TimeSpan.FromHours(2));
        var told = 0;
        for (var hour = 1; hour < 8; hour++)
            told += (await RunAsync(hour)).Told.Count;
        Assert.Equal(1, told);
        Assert.All(_log.Asked.Zip(_log.Asked.Skip(1)), pair => Assert.Equal(pair.First.To - _log.Lateness, pair.Second.From));
    }

    [Fact]
    public async Task A_source_that_is_down_stops_no_other_and_is_asked_again_from_where_it_was()
    {
        await RunAsync(0);
        _log.Down = true;
        _log.Add(Change(Begin.AddHours(1.1), ChangeKind.Lock, Account));
        _other.Add(Change(Begin.AddHours(1.1), ChangeKind.Minted, Application, "kid-2", AuditLines.ReaderApp));
        var report = await RunAsync(2);
        Assert.Contains("activity-log", report.Failures);
        Assert.True(_memory.Written.Last(record => record.Coverage is not null).Coverage!.Partial);
        Assert.Equal(Application.Value, Assert.Single(report.Told).Subject);

        await RunAsync(8);
        _log.Down = false;
        Assert.Equal(Account.Value, Assert.Single((await RunAsync(9)).Told).Subject);
        Assert.Equal(Begin.AddMinutes(40) - _log.Lateness, _log.Asked[^1].From);

        _log.Down = true;
        await RunAsync(200);
        Assert.Equal(Begin.AddHours(200).AddMinutes(40) - TimeSpan.FromDays(7) - _log.Lateness, _log.Asked[^1].From);
    }

    [Fact]
    public async Task S42_whatever_a_source_throws_ends_neither_the_run_nor_its_coverage()
    {
        await RunAsync(0);
        foreach (var (hour, thrown) in ((Exception[])[new InvalidOperationException(), new FormatException(), new TaskCanceledException()]).Index())
        {
            _log.Throws = thrown;
            _other.Add(Change(Begin.AddHours(hour + 1.1), ChangeKind.Minted, Application, $"kid-{hour}", AuditLines.ReaderApp));
            var report = await RunAsync(hour + 2);
            Assert.Contains("activity-log", report.Failures);
            Assert.Single(report.Told);
            var coverage = _memory.Written.Last(record => record.Coverage is not null).Coverage!;
            Assert.Equal((true, Begin.AddHours(hour + 2)), (coverage.Partial, coverage.To));
        }
    }

    [Fact]
    public async Task S47_what_a_source_never_looks_at_stands_in_the_coverage_record_and_makes_it_no_partial_one()
    {
        await RunAsync(0);
        _log.NotLooked = "what lies above";
        RealityRunTests.Hear(_memory, Begin.AddHours(-3), Begin.AddHours(3));
        await RunAsync(1);
        var record = _memory.Written.Last(record => record.Coverage is not null);
        Assert.Contains("; not looked at: what lies above", record.Summary, StringComparison.Ordinal);
        Assert.False(record.Coverage!.Partial);
    }

    /// <summary>A log of the platform: each line can be read from some instant on.</summary>
    private sealed class Log(string name) : IChangeSource
    {
        private readonly List<(DateTimeOffset Shown, PlatformChange Change)> _lines = [];

        public DateTimeOffset Now { get; set; }
        public bool Down { get; set; }
        public Exception? Throws { get; set; }
        public string? NotLooked { get; set; }
        public List<(DateTimeOffset From, DateTimeOffset To)> Asked { get; } = [];
        public string Name => name;
        public TimeSpan Lateness => TimeSpan.FromHours(3);

        public bool TellsOf(ResourceId resource) => resource == Account || resource == Application;

        public void Add(PlatformChange change, TimeSpan late = default) => _lines.Add((change.Time + late, change));

        public async IAsyncEnumerable<PlatformChange> ChangesAsync(DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            Asked.Add((from, to));
            if (Down)
                throw new ExternalCallException("Down.", mayHaveHappened: false, transient: true);
            if (Throws is { } thrown)
                throw thrown;
            foreach (var (_, change) in _lines.Where(line => line.Shown <= Now && line.Change.Time >= from && line.Change.Time <= to))
                yield return change;
        }
    }
}
