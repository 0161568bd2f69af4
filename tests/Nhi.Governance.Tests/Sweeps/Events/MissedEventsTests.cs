using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Tests.Sweeps.Use;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Tests.Sweeps.Events;

public sealed class MissedEventsTests
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private static CredentialId Id(string name) => CredentialId.Of(AuditLines.Host, name);

    private static void Add(SweepMemory memory, string name, DateTimeOffset created, DateTimeOffset? expires = null) =>
        memory.Entries[Id(name)] = new InventoryEntry { Id = Id(name), NewestCreated = created, NewestUpdated = created, Expires = expires, NextLook = created };

    private static async Task<int> RunAsync(SweepMemory memory, double firstHour, double lastHour)
    {
        var missed = 0;
        var since = await GovernedSince.ReadAsync(memory, memory.All.Select(vault => vault.Host), firstHour > 0 ? Begin.AddHours(firstHour - 1) : null, Begin.AddHours(firstHour).AddMinutes(40), default);
        for (var hour = firstHour; hour <= lastHour; hour++)
            missed += await new MissedEvents(memory, memory, memory, memory, memory, new FindingDesk(memory, memory), memory).RunAsync(Begin.AddHours(hour).AddMinutes(40), Begin.AddHours(hour), since, default);
        return missed;
    }

    [Fact]
    public async Task A_version_that_no_event_ever_told_is_missed_once_and_one_that_came_late_is_not()
    {
        var memory = new SweepMemory();
        await RunAsync(memory, 0, 0);
        Add(memory, "before", Begin.AddHours(-1));
        Add(memory, "silent", Begin.AddHours(1.5));
        Add(memory, "late", Begin.AddHours(1.5));
        Add(memory, "told", Begin.AddHours(1.5));
        await memory.NoteAsync(Id("told"), SecretEvents.NewVersionCreated, Begin.AddHours(1.5), default);
        await memory.NoteAsync(Id("late"), SecretEvents.NewVersionCreated, Begin.AddHours(20), default);
        await memory.NoteAsync(Id("silent"), SecretEvents.NewVersionCreated, Begin.AddHours(-20), default); // of the version before

        Assert.Equal(0, await RunAsync(memory, 1, 26));
        Assert.Equal(1, await RunAsync(memory, 27, 60));
        var finding = Assert.Single(memory.Findings);
        Assert.Equal((SignalNames.EventMissed, AuditLines.Host), (finding.Signal, finding.Subject));
        Assert.Equal(["2026-03-02T09:30:00Z SecretNewVersionCreated of silent"], finding.Facts);
    }

    [Fact]
    public async Task Of_a_vault_that_is_governed_later_nothing_of_before_is_missed()
    {
        var memory = new SweepMemory { All = [] };
        await RunAsync(memory, 0, 30);
        Add(memory, "before", Begin.AddHours(28));
        Add(memory, "since", Begin.AddHours(31));
        memory.All = [new GovernedVault(AuditLines.Host, "prod")];

        Assert.Equal(1, await RunAsync(memory, 30, 60));
        Assert.Equal(["2026-03-03T15:00:00Z SecretNewVersionCreated of since"], Assert.Single(memory.Findings).Facts);
    }

    [Fact]
    public async Task An_end_that_no_event_announced_thirty_days_before_is_missed()
    {
        var memory = new SweepMemory();
        await RunAsync(memory, 0, 0);
        foreach (var name in (string[])["silent", "told"])
            Add(memory, name, Begin.AddDays(-60), Begin.AddHours(3).AddDays(30));
        await memory.NoteAsync(Id("told"), SecretEvents.NearExpiry, Begin.AddHours(3), default);

        Assert.Equal(1, await RunAsync(memory, 1, 40));
        Assert.Equal(["2026-03-02T11:00:00Z SecretNearExpiry of silent"], Assert.Single(memory.Findings).Facts);
    }

    [Fact]
    public async Task S22_an_end_that_the_vault_announced_and_no_event_told_is_missed_also_where_the_timer_was_faster()
    {
        var memory = new SweepMemory();
        await RunAsync(memory, 0, 0);
        // Rotated since: by the timer, by their event, before their vault announced anything. Of the last one it was announced afterwards: that is of its newest version, whose end the inventory knows.
        foreach (var (name, announced) in ((string, double?)[])[("silent", 3), ("told", 3), ("faster", null), ("again", 4)])
        {
            Add(memory, name, Begin.AddHours(3.2));
            await memory.NoteAsync(Id(name), SecretEvents.NewVersionCreated, Begin.AddHours(3.2), default);
            if (announced is { } hour)
                await memory.NoteAsync(new PlatformChange { Time = Begin.AddHours(hour), Kind = ChangeKind.NearExpiry, Operation = "SecretNearExpiryEventGridNotification", Subject = Id(name).ToString(), Credential = Id(name) }, default);
        }

        await memory.NoteAsync(Id("told"), SecretEvents.NearExpiry, Begin.AddHours(4), default);
        Assert.Equal(0, await RunAsync(memory, 1, 27));
        Assert.Equal(1, await RunAsync(memory, 28, 50));
        Assert.Equal(["2026-03-02T11:00:00Z SecretNearExpiry of silent"], Assert.Single(memory.Findings).Facts);
    }

    [Fact]
    public async Task S44_a_version_that_no_event_told_is_missed_also_where_another_one_came_within_the_day()
    {
        var memory = new SweepMemory();
        await RunAsync(memory, 0, 0);
        // Made twice in the time in which an event may still come; the log tells of both, and of the newest a second before the list does.
        foreach (var name in (string[])["silent", "told", "half", "quick"])
        {
            Add(memory, name, Begin.AddHours(9));
            foreach (var at in (DateTimeOffset[])[name == "quick" ? Begin.AddHours(9).AddMinutes(-4) : Begin.AddHours(3), Begin.AddHours(9).AddSeconds(-1)])
                await memory.NoteAsync(new PlatformChange { Time = at, Kind = ChangeKind.Published, Operation = "SecretSet", Subject = Id(name).ToString(), Credential = Id(name), Version = $"{at.Ticks:x32}" }, default);
        }

        // Of the first of two, and of both; whatever came later is taken for the first one too.
        await memory.NoteAsync(Id("half"), SecretEvents.NewVersionCreated, Begin.AddHours(3), default);
        await memory.NoteAsync(Id("told"), SecretEvents.NewVersionCreated, Begin.AddHours(9), default);
        Assert.Equal(4, await RunAsync(memory, 1, 50));
        Assert.Equal(
            ["2026-03-02T11:00:00Z SecretNewVersionCreated of silent", .. ((string[])["half", "quick", "silent"]).Select(name => $"2026-03-02T17:00:00Z SecretNewVersionCreated of {name}")],
            Assert.Single(memory.Findings).Facts);
    }

    private static string Letter(string name, string reason) => $$"""
        [{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","topic":"/subscriptions/{{AuditLines.Subscription}}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv1","subject":"{{name}}","eventType":"Microsoft.KeyVault.SecretNearExpiry","eventTime":"2026-03-02T08:00:00Z",
        "data":{"Id":"https://{{AuditLines.Host}}/secrets/{{name}}/{{AuditLines.V1}}","VaultName":"kv1","ObjectType":"Secret","ObjectName":"{{name}}","Version":"{{AuditLines.V1}}"},"dataVersion":"1","metadataVersion":"1",
        "deadLetterReason":"{{reason}}","deliveryAttempts":30,"lastDeliveryOutcome":"Timeout","publishTime":"2026-03-02T08:00:00Z","lastDeliveryAttemptTime":"2026-03-03T08:00:00Z"}]
        """;

    [Fact]
    public async Task Each_dead_event_is_looked_at_once_and_counted_by_its_reason()
    {
        var memory = new SweepMemory();
        List<string> looked = [];
        DeadLetters Reader() => new(memory, memory, (trigger, _) =>
        {
            looked.Add(trigger.Credential!.Value.Name);
            return trigger.Credential.Value.Name == "held" ? throw new ExternalCallException("later", mayHaveHappened: false, transient: true) : Task.FromResult(GovernReport.Nothing);
        }, memory, memory, new FindingDesk(memory, memory), memory, NullLogger<DeadLetters>.Instance);
        foreach (var (name, reason) in (ReadOnlySpan<(string, string)>)[("a", "MaxDeliveryAttemptsExceeded"), ("held", "MaxDeliveryAttemptsExceeded"), ("b", "<script>")])
            memory.Letters.Add((new DeadLetterBlob(name, Begin), Letter(name, reason)));
        memory.Letters.Add((new DeadLetterBlob("rubbish", Begin), "rubbish"));

        Assert.Equal(3, await Reader().RunAsync(Begin.AddHours(1), Begin.AddHours(1), default));
        Assert.Equal(0, await Reader().RunAsync(Begin.AddHours(2), Begin.AddHours(2), default));
        Assert.Equal(["a", "b", "held"], looked.Order());
        Assert.Equal(["2026-03-02T09:00Z 2 MaxDeliveryAttemptsExceeded, 1 unknown"], Assert.Single(memory.Findings).Facts);

        // One of the same second that came later is new all the same.
        memory.Letters.Add((new DeadLetterBlob("c", Begin), Letter("c", "Expired")));
        Assert.Equal(1, await Reader().RunAsync(Begin.AddHours(3), Begin.AddHours(3), default));
        Assert.Equal(0, await Reader().RunAsync(Begin.AddHours(4), Begin.AddHours(4), default));
    }

    [Fact]
    public async Task S46_however_many_dead_letters_lie_there_memory_holds_those_of_one_run_and_each_is_read_once_the_oldest_first()
    {
        const int Blobs = 20_000;
        var memory = new SweepMemory();
        List<WeakReference> listed = [];
        var alive = 0;
        List<int> read = [];
        var there = new Dead(() => Listing(listed, Blobs, () =>
        {
            GC.Collect();
            alive = Math.Max(alive, listed.Count(one => one.IsAlive));
        }), name => read.Add(int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)));
        var letters = new DeadLetters(there, memory, (_, _) => Task.FromResult(GovernReport.Nothing), memory, memory, new FindingDesk(memory, memory), memory, NullLogger<DeadLetters>.Instance);
        for (var hour = 1; hour <= 3; hour++)
            await letters.RunAsync(Begin.AddHours(hour), Begin.AddHours(hour), default);
        Assert.Equal(Enumerable.Range(0, 1_500), read);
        Assert.InRange(alive, 1, 1_000);
    }

    /// <summary>Names are in no order of time.</summary>
    private static async IAsyncEnumerable<DeadLetterBlob> Listing(List<WeakReference> listed, int blobs, Action end)
    {
        await Task.CompletedTask;
        listed.Clear();
        for (var i = 0; i < blobs; i++)
        {
            var number = (int)(i * 7_919L % blobs);
            var blob = new DeadLetterBlob($"{number}", Begin.AddSeconds(number));
            listed.Add(new WeakReference(blob));
            yield return blob;
        }

        end();
    }

    private sealed class Dead(Func<IAsyncEnumerable<DeadLetterBlob>> list, Action<string> read) : IDeadLetters
    {
        public IAsyncEnumerable<DeadLetterBlob> SinceAsync(DateTimeOffset since, CancellationToken ct) => list().Where(blob => blob.Written >= since);

        public Task<string?> ReadAsync(string name, int mostBytes, CancellationToken ct)
        {
            read(name);
            return Task.FromResult<string?>(null);
        }
    }

    [Fact]
    public async Task S25_an_event_that_is_dead_is_not_missed_as_well_but_that_of_a_name_that_no_secret_has_leaves_nothing()
    {
        var memory = new SweepMemory();
        await RunAsync(memory, 0, 0);
        foreach (var name in (string[])["dead", "silent", "unknown"])
        {
            Add(memory, name, Begin.AddDays(-60), Begin.AddHours(3).AddDays(30));
            if (name != "silent")
                memory.Letters.Add((new DeadLetterBlob(name, Begin.AddHours(27)), Letter(name, "MaxDeliveryAttemptsExceeded")));
        }

        var reader = new DeadLetters(memory, memory, (trigger, _) => Task.FromResult(new GovernReport { Gone = trigger.Credential!.Value.Name == "unknown" }), memory, memory, new FindingDesk(memory, memory), memory, NullLogger<DeadLetters>.Instance);
        Assert.Equal(2, await reader.RunAsync(Begin.AddHours(27.7), Begin.AddHours(27), default));
        Assert.Equal(2, await RunAsync(memory, 1, 40));
        Assert.Equal(["2026-03-02T11:00:00Z SecretNearExpiry of silent", "2026-03-02T11:00:00Z SecretNearExpiry of unknown"], memory.Findings.Single(finding => finding.Signal == SignalNames.EventMissed).Facts);
    }
}
