using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Tests.Sweeps.Use;
using Nhi.Governance.Triggers;
using static Nhi.Governance.Tests.Sweeps.Reality.RealityRunTests;

namespace Nhi.Governance.Tests.Sweeps.Reality;

/// <summary>A vault's log says that a version's end is near: within a day something is done about it, or somebody hears of it.</summary>
public sealed class NearExpiryTests
{
    private static readonly CredentialId App = CredentialId.Of(AuditLines.Host, "app");
    private static readonly ResourceId Resource = new("postgres/server/app");
    private static readonly DateTimeOffset Said = Begin.AddHours(1.1);
    private readonly SweepMemory _memory = new();

    private void Known(Func<InventoryEntry, InventoryEntry>? but = null)
    {
        var entry = new InventoryEntry { Id = App, Resource = Resource, Kind = "generated", Owner = "ada", Enforced = true, NewestCreated = Begin.AddDays(-60), NewestUpdated = Begin.AddDays(-60), Expires = Said.AddDays(30), Due = Said, NextLook = Begin };
        _memory.Entries[App] = but?.Invoke(entry) ?? entry;
    }

    private void Record(string action, double hour, string result = "ok", CredentialId? of = null, OverlapClass overlap = OverlapClass.Multi, string? shown = null) => _memory.Deeds.Add((Begin.AddHours(hour), new EvidenceRecord
    {
        Op = RotationId.Op($"{of ?? App}", action, Begin.AddHours(hour), 1),
        Stage = shown is null ? RecordStage.Outcome : RecordStage.Reconciled,
        Action = action,
        Result = result,
        Shown = shown,
        Time = Begin.AddHours(hour),
        Recorded = Begin.AddHours(hour).AddSeconds(20),
        Summary = "Did.",
        Credential = new CredentialFacts((of ?? App).ToString(), "generated", "app"),
        Resource = new ResourceFacts(Resource.Value, overlap.ToString()),
        Path = "records/outcome",
    }));

    /// <summary>Hours from the announcement to two days later, with the finding's hour where there is one.</summary>
    private async Task<int?> ToldAtAsync()
    {
        int? told = null;
        var run = Run(_memory);
        Hear(_memory, Begin.AddHours(-3), Begin.AddHours(50));
        await AtAsync(run, _memory, 0);
        var line = AuditLines.Line(Said, "SecretNearExpiryEventGridNotification", "app", AuditLines.V1, oid: null, app: null, ip: "");
        _memory.Lines.Add((Said, Trigger.Floor(Said, TimeSpan.FromHours(1)), AuditLines.Bytes(line)));
        // That an event came is no answer: whoever looked may have been able to do nothing.
        await _memory.NoteAsync(App, SecretEvents.NearExpiry, Said.AddMinutes(3), default);
        for (var hour = 1; hour < 48; hour++)
            if ((await AtAsync(run, _memory, hour)).Told.Any(change => change.Kind == ChangeKind.NearExpiry))
                told = told is null ? hour : throw new InvalidOperationException("It is told twice.");
        return told;
    }

    [Fact]
    public async Task S43_an_end_that_was_announced_and_that_no_operation_followed_within_a_day_is_told_once()
    {
        Known();
        Record("credential.rotate", 1.3, "BLOCKED");
        Record("credential.rotate", 9.3, "RETRY");
        Record("credential.revoke", 1.4);
        Record("credential.govern", 1.5);
        Record("removal.tell", 1.6);
        Record("credential.rotate", 0.5);
        Record("credential.rotate", 1.7, of: CredentialId.Of(AuditLines.Host, "other"));
        Assert.Equal(25, await ToldAtAsync());
        var finding = Assert.Single(_memory.Findings);
        Assert.Equal((SignalNames.NearExpiryUnanswered, App, "warning", "ada"), (finding.Signal, finding.Credential, finding.Severity, finding.Owner));
        Assert.Contains($"SecretNearExpiryEventGridNotification {AuditLines.V1}", Assert.Single(finding.Facts), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("credential.rotate", "ok", null)]
    [InlineData("credential.repair", "ok", null)]
    [InlineData("credential.follow", "ok", null)]
    [InlineData("credential.rotate", "reconciled", "published")]
    [InlineData("removal.quarantine", "ok", null)]
    [InlineData("removal.revoke", "ok", null)]
    public async Task S43_an_operation_of_that_day_answers_it(string action, string result, string? shown)
    {
        Known();
        Record(action, 20, result, shown: shown);
        Assert.Null(await ToldAtAsync());
        Assert.Empty(_memory.Findings);
    }

    [Theory]
    [InlineData(OverlapClass.Cutover, true)]
    [InlineData(OverlapClass.Multi, false)]
    public async Task S43_a_sibling_answers_only_where_one_attempt_is_for_all_of_a_resource(OverlapClass overlap, bool answered)
    {
        Known();
        Record("credential.rotate", 20, of: CredentialId.Of(AuditLines.Host, "sibling"), overlap: overlap);
        Assert.Equal(answered, await ToldAtAsync() is null);
    }

    [Theory]
    [InlineData("observed")]
    [InlineData("later")]
    [InlineData("managed")]
    [InlineData("gone")]
    public async Task S43_where_a_rule_only_observes_or_wants_nothing_yet_nobody_has_to_answer(string why)
    {
        Known(entry => why switch
        {
            "observed" => entry with { Enforced = false },
            "later" => entry with { Due = Said.AddDays(20) },
            "managed" => entry with { Managed = true },
            _ => entry with { Gone = true },
        });
        Assert.Null(await ToldAtAsync());
        Assert.Empty(_memory.Findings);
    }

    [Fact]
    public void S43_a_removal_that_only_speaks_is_no_answer() => Assert.False(Deed.Of([new EvidenceRecord
    {
        Op = "o", Stage = RecordStage.Outcome, Action = RemovalVerbs.Action(RemovalVerbs.Keep), Result = "ok", Time = Begin, Summary = "Kept.",
    }])[0].Answers);
}
