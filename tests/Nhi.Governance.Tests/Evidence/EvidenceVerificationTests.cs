using Microsoft.Extensions.Logging;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Verification;
using Nhi.Governance.Evidence.Verifying;
using Nhi.Governance.Operators;
using Nhi.Governance.Publishing;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Tests.Sweeps;

namespace Nhi.Governance.Tests.Evidence;

/// <summary>The timer that verifies: what it reads, where it goes on, what it tells.</summary>
public sealed class EvidenceVerificationTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);
    private readonly LogRig rig = new(Start, [2026, 2027, 2028]);
    private readonly SweepTables tables = new();
    private readonly ListLogger<VerifiedFindings> told = new();
    private readonly ListLogger<EvidenceVerification> log = new();
    private ContainerPolicyState? state = new(true, 2_557, false, false);
    private int number;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    private EvidenceVerification Over(TimeSpan? budget = null, int part = 1_000_000) => new(
        [rig.Containers], rig.LogKey, rig.ProducersKey, null, new State(this), rig.Pending, tables, new VerifiedFindings(tables, new FindingDesk(tables, tables), told), new CoverageBook(tables, tables), rig.Clock, log)
    {
        Budget = budget ?? TimeSpan.FromMinutes(8), NamesInAPart = part,
    };

    private async Task<EvidenceVerified> RunAsync(TimeSpan? budget = null, int part = 1_000_000) => await Over(budget, part).RunAsync(rig.Clock.GetUtcNow(), Ct);

    /// <summary>Hours of work: a few records each, sequenced and sealed.</summary>
    private async Task WorkAsync(int hours)
    {
        for (var hour = 0; hour < hours; hour++)
        {
            await rig.WriteAsync(Looked());
            await rig.WriteAsync(Looked());
            await rig.Sequencing.RunAsync(Ct);
            rig.Clock.Advance(TimeSpan.FromHours(1));
            await rig.Sequencing.RunAsync(Ct);
            // The seal is written behind the batches, and stands in the next one.
            await rig.Sequencing.RunAsync(Ct);
        }
    }

    private EvidenceRecord Looked() => new()
    {
        Op = Nhi.Governance.Rotation.RotationId.Op($"{++number}", "look", rig.Clock.GetUtcNow(), number),
        Stage = RecordStage.Outcome,
        Action = "credential.look",
        Result = "ok",
        Time = new DateTimeOffset(rig.Clock.GetUtcNow().UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero),
        Summary = "Looked.",
    };

    private MemoryEvidenceStore Store => rig.Year(2026);

    [Fact]
    public async Task Each_record_is_read_once_and_an_honest_log_has_no_finding()
    {
        await WorkAsync(3);
        var first = await RunAsync();
        Assert.True(first.Records > 6);
        Assert.Equal((0L, 0L), (await RunAsync() is var again ? again.Records : -1, again.Names));
        await WorkAsync(1);
        var third = await RunAsync();
        Assert.InRange(third.Records, 2, 5);
        Assert.Equal("", string.Join("\n", told.Lines.Select(line => line.Text)));
        Assert.Empty(tables.Open);
        Assert.Empty(first.Failures.Concat(third.Failures));
        var records = tables.Of("evidence.verify").ToList();
        Assert.Equal(records[0].Coverage!.To, records[^1].Coverage!.From);
    }

    [Fact]
    public async Task What_was_changed_in_the_log_is_a_critical_finding_and_an_alarm_told_once_until_there_is_more()
    {
        await WorkAsync(2);
        var path = await ForgeAsync();
        Assert.Equal(1, (await RunAsync()).Told);
        Assert.Equal("", string.Join("\n", told.Lines.Skip(1).Select(line => line.Text)));
        var finding = Assert.Single(tables.Open);
        Assert.Equal((SignalNames.EvidenceBroken, "critical", $"RecordForged in {Store.Origin}"), (finding.Signal, finding.Severity, finding.Subject));
        Assert.Equal([path], finding.Facts);
        Assert.Equal((4211, LogLevel.Critical), (Assert.Single(told.Lines).Event, told.Lines.Single().Level));
        Assert.Equal(0, (await RunAsync()).Told);
    }

    [Fact]
    public async Task A_hidden_record_goes_to_pending_and_is_critical_after_70_minutes()
    {
        await WorkAsync(1);
        // Of an attempt that began longer ago than the sequencer looks for strays.
        await rig.WriteAsync(Looked() with { Time = new DateTimeOffset(2026, 11, 20, 8, 0, 0, TimeSpan.Zero) });
        var hidden = (await rig.Pending.ListAsync(Ct).ToListAsync(Ct)).Single();
        await rig.Pending.RemoveAsync(hidden, Ct);
        await RunAsync();
        Assert.Equal(hidden, Assert.Single(await rig.Pending.ListAsync(Ct).ToListAsync(Ct)));
        await rig.Pending.RemoveAsync(hidden, Ct);
        Assert.Empty(tables.Open);
        // A sequencer that stands still hides nothing.
        rig.Clock.Advance(TimeSpan.FromDays(1));
        await RunAsync();
        Assert.Empty(tables.Open);
        foreach (var pending in await rig.Pending.ListAsync(Ct).ToListAsync(Ct))
            await rig.Pending.RemoveAsync(pending, Ct);
        await WorkAsync(1);
        rig.Clock.Advance(TimeSpan.FromDays(1));
        await RunAsync();
        Assert.Contains(tables.Open, finding => finding.Subject == $"RecordUnlogged in {Store.Origin}" && finding.Facts.Contains(hidden.Path));
    }

    [Fact]
    public async Task Junk_that_a_person_has_dealt_with_is_told_again_only_when_there_is_more()
    {
        await WorkAsync(1);
        await Store.TryCreateAsync("tmp/one", "junk"u8.ToArray(), "text/plain", Ct);
        Assert.Equal(1, (await RunAsync()).Told);
        await new FindingClosing(tables, tables, new SweepMemory(), new SweepMemory(), rig.Clock).ResolveAsync($"BlobForeign in {Store.Origin}", SignalNames.EvidenceBroken, OperatorRequest.Of("nhi findings resolve", "somebody", "seen"), Ct);
        rig.Clock.Advance(TimeSpan.FromDays(1));
        await RunAsync();
        Assert.DoesNotContain(tables.Open, finding => finding.Subject.StartsWith("BlobForeign", StringComparison.Ordinal));
        await Store.TryCreateAsync("tmp/two", "junk"u8.ToArray(), "text/plain", Ct);
        rig.Clock.Advance(TimeSpan.FromDays(1));
        await RunAsync();
        Assert.Contains("tmp/two", Assert.Single(tables.Open, finding => finding.Subject.StartsWith("BlobForeign", StringComparison.Ordinal)).Facts);
    }

    [Theory]
    [InlineData("junk")]
    [InlineData("of another log")]
    [InlineData("signed by nobody")]
    [InlineData("signed, and not in the container")]
    public async Task A_place_that_the_container_does_not_bear_out_is_not_believed(string what)
    {
        await WorkAsync(2);
        var all = (await RunAsync()).Records;
        var note = (await Store.ReadAsync(CheckpointName.Of(2), 10_000, Ct))!.Bytes;
        var said = new Checkpoint(what == "of another log" ? rig.Year(2027).Origin : Store.Origin, 99, Nhi.Evidence.Tree.TreeHash.Empty, 2);
        using var thief = Nhi.Evidence.Signing.PemSigner.Create();
        var text = what == "junk" ? "junk" : System.Text.Encoding.UTF8.GetString(await CheckpointNote.SignAsync(said, [what == "signed by nobody" ? thief : rig.LogKey], Ct));
        var name = $"verify-log-{CrockfordBase32.OfSha256(Store.Origin)}";
        ICursors cursors = tables;
        Assert.NotNull(await cursors.TryMoveAsync(name, text, await cursors.ReadAsync(name, Ct), Ct));
        Assert.True(note.Length > 0);
        Assert.Equal(all, (await RunAsync()).Records);
        Assert.Contains(log.Lines, line => line.Event == 4215);
    }

    [Fact]
    public async Task What_no_time_is_left_for_is_done_by_the_next_runs()
    {
        await WorkAsync(4);
        long records = 0, runs = 0;
        EvidenceVerified run;
        do
        {
            run = await RunAsync(TimeSpan.FromTicks(-1), part: 3);
            records += run.Records;
        }
        while (run.Failures.Count > 0 && ++runs < 50 && !run.Failures.All(failure => failure.StartsWith("names of", StringComparison.Ordinal)));
        // Some are read ahead of where a run ends, and again by the next one.
        Assert.True(records >= await Store.ListAsync("records/", Ct).CountAsync(Ct));
        Assert.Equal(0, (await RunAsync(TimeSpan.FromTicks(-1), part: 3)).Records);
        Assert.True(runs > 2);
        Assert.Contains(run.Failures, failure => failure.Contains("part 1 of", StringComparison.Ordinal));
        Assert.Empty((await RunAsync(part: 3)).Failures);
    }

    [Fact]
    public async Task What_could_not_be_told_is_found_again_and_stands_in_the_log_stream_meanwhile()
    {
        await WorkAsync(2);
        await ForgeAsync();
        tables.FindingsFail = new Nhi.Governance.Credentials.ExternalCallException("the table is down");
        await Assert.ThrowsAsync<Nhi.Governance.Credentials.ExternalCallException>(() => RunAsync());
        Assert.Contains(told.Lines, line => line.Event == 4211);
        tables.FindingsFail = null;
        Assert.Equal(1, (await RunAsync()).Told);
    }

    [Fact]
    public async Task A_container_that_is_not_locked_is_told_until_it_is()
    {
        await WorkAsync(1);
        state = state! with { Locked = false };
        await RunAsync();
        Assert.Equal($"PolicyUnlocked in {Store.Origin}", Assert.Single(tables.Open).Subject);
        state = null;
        await RunAsync();
        Assert.Single(tables.Open);
        state = new ContainerPolicyState(true, 2_557, false, false);
        await RunAsync();
        Assert.Empty(tables.Open);
        state = state with { Locked = false };
        await RunAsync();
        Assert.Single(tables.Open);
    }

    [Fact]
    public async Task An_account_that_cannot_be_read_is_said_and_the_run_is_partial()
    {
        await WorkAsync(1);
        Store.OnCall = (call, _) => new(call.Verb == "list" ? StoreFault.Unreachable : StoreFault.None);
        Assert.NotEmpty((await RunAsync()).Failures);
        Assert.True(tables.Of("evidence.verify").Single().Coverage!.Partial);
    }

    /// <summary>Who holds the log key lists a record that no producer wrote.</summary>
    private async Task<string> ForgeAsync()
    {
        var (next, size) = (0L, 0L);
        while (await Store.ReadAsync(BatchName.Of(next), BatchFile.MostBytes, Ct) is { } blob && BatchParser.TryParse(blob.Bytes, out var signed, out _))
            (next, size) = (next + 1, size + signed.Batch.Entries.Count);
        var path = $"records/2026/11/24/13/130000Z_forged_rotate_2-ok_{new string('0', 26)}.json";
        await Store.TryCreateAsync(path, "{}"u8.ToArray(), "application/json", Ct);
        var text = new BatchFile(Store.Origin, next, size, [LeafHash.EntryOf(path, "{}"u8.ToArray())], null, false).Text();
        var signature = await rig.LogKey.SignAsync(System.Security.Cryptography.SHA256.HashData(BatchFile.SignedText(text)), Ct);
        var spki = await rig.LogKey.PublicKeyAsync(Ct);
        await Store.TryCreateAsync(BatchName.Of(next), BatchFile.Seal(text, Nhi.Evidence.Signing.Es256.KeyId(spki.Span), signature), "text/plain", Ct);
        await WorkAsync(1);
        return path;
    }

    private sealed class State(EvidenceVerificationTests tests) : IContainerPolicyState
    {
        public Task<ContainerPolicyLook> ReadAsync(string origin, CancellationToken ct) => Task.FromResult(new ContainerPolicyLook(tests.state, "nobody was there"));
    }
}
