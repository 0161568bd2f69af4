using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;

namespace Nhi.Governance.Tests.Evidence;

public sealed class EvidenceLogTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);
    private static readonly ResourceId Resource = new("entra:payroll");
    private readonly FakeTimeProvider clock = new(Start);
    private readonly PemSigner keys = PemSigner.Create();
    private readonly MemoryEvidenceIndex index = new();
    private readonly MemoryPendingRecords pending = new();
    private readonly MemoryEvidenceStore store;
    private readonly MemoryEvidenceStore old;
    private readonly MemoryEvidenceStore second;
    private readonly Producer producer;
    private readonly EvidenceLog log;

    public EvidenceLogTests()
    {
        store = new MemoryEvidenceStore("a/evidence-2026", clock);
        old = new MemoryEvidenceStore("a/evidence-2025", clock);
        second = new MemoryEvidenceStore("b/evidence-2026", clock);
        producer = new Producer(keys, new ProducerDescription("nhi", "1", "i"));
        log = NewLog();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_written_is_found_before_any_sequencer_ran()
    {
        await log.WriteAsync(Intent(1), default, Ct);
        Assert.False(Assert.Single(await log.OfResourceAsync(Resource, Ct)).Closed);
        Assert.Single(await OpenAsync());
        await log.WriteAsync(Outcome(1), default, Ct);
        Assert.Equal([(RecordStage.Outcome, false), (RecordStage.Intent, true)], (await log.OfResourceAsync(Resource, Ct)).Select(record => (record.Stage, record.Closed)));
        Assert.Empty(await OpenAsync());
    }

    [Fact]
    public async Task Another_process_sees_it_once_it_is_indexed_and_memory_and_index_give_each_record_once()
    {
        await log.WriteAsync(Intent(1), default, Ct);
        await log.WriteAsync(Outcome(1) with { Slots = [new SlotFacts("key1", "closed")] }, default, Ct);
        await log.WriteAsync(Intent(2), default, Ct);
        var other = NewLog();
        Assert.Empty(await other.OfResourceAsync(Resource, Ct));
        await SequenceAsync();
        var theirs = await other.OfResourceAsync(Resource, Ct);
        var ours = await log.OfResourceAsync(Resource, Ct);
        Assert.Equal(3, theirs.Count);
        Assert.Equal(ours.Select(record => record with { Slots = [] }), theirs.Select(record => record with { Slots = [] }));
        Assert.Equal([new SlotFacts("key1", "closed")], theirs.Single(record => record.Stage == RecordStage.Outcome).Slots);
        Assert.Equal(Op(2), Assert.Single(await OpenAsync(other)).Op);
        Assert.Equal(Op(2), Assert.Single(await OpenAsync()).Op);
    }

    [Fact]
    public async Task An_intent_that_another_process_closed_is_not_open_for_the_one_that_began_it()
    {
        await log.WriteAsync(Intent(1), default, Ct);
        await NewLog().WriteAsync(Outcome(1), default, Ct);
        await SequenceAsync();
        Assert.Empty(await OpenAsync());
        Assert.Empty(await OpenAsync(NewLog()));
    }

    [Fact]
    public async Task The_newest_record_of_an_action_is_found_in_the_containers_alone()
    {
        Assert.Null(await log.NewestAsync("credential.rotate", Start, Ct));
        await log.WriteAsync(Intent(1), default, Ct);
        var later = await log.WriteAsync(Intent(2) with { Time = Start.AddDays(40) }, default, Ct);
        await store.TryCreateAsync(RecordPath.Of(Intent(3) with { Time = Start.AddDays(41) }), Encoding.ASCII.GetBytes("junk"), "text/plain", Ct);
        await log.WriteAsync(Intent(4) with { Time = Start.AddDays(42), Action = "estate.sweep" }, default, Ct);

        Assert.Equal(later.Sha256, (await NewLog().NewestAsync("credential.rotate", Start.AddDays(50), Ct))!.Sha256);
        Assert.Equal(Op(1), (await log.NewestAsync("credential.rotate", Start.AddDays(40), Ct))!.Record.Op);
        Assert.Null(await log.NewestAsync("credential.rotate", Start, Ct));
    }

    [Fact]
    public async Task An_older_container_is_looked_through_where_the_newer_one_has_nothing()
    {
        var lastYear = new EvidenceWriter(YearlyContainers.Single(old), null, producer, null, clock, clock, new WriterOptions());
        var found = await lastYear.WriteAsync(Intent(1) with { Time = new DateTimeOffset(2025, 12, 30, 7, 0, 0, TimeSpan.Zero) }, default, Ct);
        await log.WriteAsync(Intent(2) with { Action = "estate.sweep" }, default, Ct);
        var lists = old.Lists;

        Assert.Equal(found.Reference.Sha256, (await log.NewestAsync("credential.rotate", Start, Ct))!.Sha256);
        Assert.InRange(old.Lists - lists, 1, 8);
    }

    [Fact]
    public async Task An_unknown_outcome_closes_nothing()
    {
        await log.WriteAsync(Intent(1), default, Ct);
        await log.WriteAsync(Intent(1) with { Stage = RecordStage.Reconciled, Result = "unknown", Deadline = null }, default, Ct);
        Assert.Single(await OpenAsync());
        await SequenceAsync();
        Assert.Single(await OpenAsync(NewLog()));
        await NewLog().WriteAsync(Intent(1) with { Stage = RecordStage.Reconciled, Result = "reconciled", Shown = "absent", Deadline = null }, default, Ct);
        await SequenceAsync();
        Assert.Empty(await OpenAsync(NewLog()));
    }

    [Fact]
    public async Task The_newest_attempt_comes_first_by_time_then_fence_and_reconciled_before_outcome()
    {
        await log.WriteAsync(Intent(1), default, Ct);
        await log.WriteAsync(Intent(2) with { Time = Start.AddMinutes(-5) }, default, Ct);
        await log.WriteAsync(Outcome(1), default, Ct);
        await log.WriteAsync(Intent(1) with { Stage = RecordStage.Reconciled, Result = "reconciled" }, default, Ct);
        await log.WriteAsync(Intent(3) with { Fence = 9 }, default, Ct);
        Assert.Equal([(Op(3), 1), (Op(1), 3), (Op(1), 2), (Op(1), 1), (Op(2), 1)], (await log.OfResourceAsync(Resource, Ct)).Select(record => (record.Op, (int)record.Stage)));
        await SequenceAsync();
        Assert.Equal([(Op(3), 1), (Op(1), 3), (Op(1), 2), (Op(1), 1), (Op(2), 1)], (await NewLog().OfResourceAsync(Resource, Ct)).Select(record => (record.Op, (int)record.Stage)));
    }

    [Fact]
    public void A_resource_has_the_same_key_in_the_index_as_in_the_other_tables() => Assert.Equal("r:" + Resource.Key, IndexKeys.Resource(Resource.Value));

    [Fact]
    public async Task Memory_ends_after_two_hours()
    {
        await log.WriteAsync(Intent(1), default, Ct);
        clock.Advance(TimeSpan.FromHours(2) + TimeSpan.FromSeconds(1));
        Assert.Empty(await log.OfResourceAsync(Resource, Ct));
    }

    [Fact]
    public async Task A_record_is_read_from_any_container_if_it_is_authentic()
    {
        var reference = await log.WriteAsync(Intent(1), default, Ct);
        Assert.Equal(Op(1), (await log.ReadAsync(reference.Path, Ct))!.Record.Op);
        clock.SetUtcNow(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(Op(1), (await log.ReadAsync(reference.Path, Ct))!.Record.Op);
        var copied = RecordPath.Of(Intent(7));
        await store.TryCreateAsync(copied, (await store.ReadAsync(reference.Path, 70_000, Ct))!.Bytes, "application/json", Ct);
        await old.TryCreateAsync(RecordPath.Of(Intent(8)), Encoding.UTF8.GetBytes("{}"), "application/json", Ct);
        foreach (var path in new[] { copied, RecordPath.Of(Intent(8)), RecordPath.Of(Intent(9)), "../x", "log/000000/000000000.batch.txt" })
            Assert.Null(await log.ReadAsync(path, Ct));
    }

    [Fact]
    public async Task A_whole_operation_stays_in_the_secondary_account_once_it_is_there()
    {
        store.OnCall = (call, _) => new(call.Verb == "create" ? StoreFault.Refused : StoreFault.None);
        await Assert.ThrowsAsync<EvidenceRefusedException>(() => log.WriteAsync(Intent(2), default, Ct));
        await log.WriteAsync(Intent(1), new WriteRules(MayFallBack: true), Ct);
        store.OnCall = null;
        var outcome = await log.WriteAsync(Outcome(1), default, Ct);
        Assert.Equal(0, await store.ListAsync("", Ct).CountAsync(Ct));
        Assert.Equal(2, await second.ListAsync("", Ct).CountAsync(Ct));
        Assert.Equal("secondary", (await log.ReadAsync(outcome.Path, Ct))!.Record.Location);
    }

    [Fact]
    public async Task What_closes_an_intent_of_the_secondary_account_goes_there_too_although_another_process_writes_it_and_the_primary_one_is_back()
    {
        store.OnCall = (call, _) => new(call.Verb == "create" ? StoreFault.Refused : StoreFault.None);
        var intent = await log.WriteAsync(Intent(1), new WriteRules(MayFallBack: true), Ct);
        store.OnCall = null;
        var lines = new ListLogger<EvidenceLog>();
        var other = NewLog(lines);
        var closing = await other.WriteAsync(Closing((await other.ReadAsync(intent.Path, Ct))!.Record), new WriteRules(MayFallBack: true), Ct);
        Assert.Equal(0, await store.ListAsync("", Ct).CountAsync(Ct));
        Assert.Equal(("secondary", second.Origin), ((await other.ReadAsync(closing.Path, Ct))!.Record.Location, (await other.ReadAsync(closing.Path, Ct))!.Record.Log));
        Assert.DoesNotContain(lines.Lines, line => line.Event == 4101);
    }

    private static EvidenceRecord Closing(EvidenceRecord intent) => intent with { Log = null, Path = null, Recorded = null, Producer = null, Stage = RecordStage.Reconciled, Result = "reconciled", Shown = "absent", Deadline = null };

    [Fact]
    public async Task What_stands_in_the_secondary_account_is_read_while_the_primary_one_is_silent_and_what_is_nowhere_is_not_called_absent()
    {
        store.OnCall = old.OnCall = (_, _) => new(StoreFault.Refused);
        var intent = await log.WriteAsync(Intent(1), new WriteRules(MayFallBack: true), Ct);
        var outcome = await log.WriteAsync(Outcome(1), default, Ct);
        store.OnCall = old.OnCall = (_, _) => new(StoreFault.Unreachable);
        Assert.Equal(Op(1), (await log.ReadAsync(intent.Path, Ct))!.Record.Op);
        Assert.Equal(outcome.Path, await log.ClosingOfAsync(intent.Path, Ct));
        await Assert.ThrowsAsync<ExternalCallException>(() => log.ReadAsync(RecordPath.Of(Intent(2)), Ct));
        await Assert.ThrowsAsync<ExternalCallException>(() => log.ClosingOfAsync(RecordPath.Of(Intent(2)), Ct));
    }

    [Fact]
    public async Task One_account_is_sequenced_while_the_other_one_is_silent()
    {
        store.OnCall = (_, _) => new(StoreFault.Refused);
        var intent = await log.WriteAsync(Intent(1), new WriteRules(MayFallBack: true), Ct);
        using var sequencing = new EvidenceSequencing([new LogAccount(new Silent(), new Silent()), new LogAccount(YearlyContainers.Single(second), YearlyContainers.Single(second))], keys, producer, pending, index, clock, NullLogger<EvidenceSequencing>.Instance);
        Assert.Contains("(account 1)", (await Assert.ThrowsAsync<ExternalCallException>(() => sequencing.RunAsync(Ct))).Message, StringComparison.Ordinal);
        Assert.Equal([intent.Path], await index.OfResourceAsync(Resource.Value, Ct).Select(row => row.Path).ToListAsync(Ct));
    }

    [Fact]
    public async Task A_silent_index_or_store_is_an_external_failure()
    {
        index.OnCall = (_, _) => throw new EvidenceIndexException("down");
        await Assert.ThrowsAsync<ExternalCallException>(() => log.OfResourceAsync(Resource, Ct));
        await Assert.ThrowsAsync<ExternalCallException>(() => OpenAsync());
        store.OnCall = (_, _) => new(StoreFault.Unreachable);
        Assert.True((await Assert.ThrowsAsync<ExternalCallException>(() => log.ReadAsync(RecordPath.Of(Intent(1)), Ct))).Transient);
    }

    public void Dispose()
    {
        producer.Dispose();
        keys.Dispose();
    }

    private sealed class Silent : IEvidenceContainers
    {
        public ValueTask<IEvidenceStore> CurrentAsync(DateTimeOffset now, CancellationToken ct) => throw new EvidenceStoreException("silent");

        public ValueTask<IReadOnlyList<IEvidenceStore>> AllAsync(CancellationToken ct) => throw new EvidenceStoreException("silent");
    }

    private EvidenceLog NewLog(ListLogger<EvidenceLog>? lines = null)
    {
        var containers = new YearlyContainers(() => new Dictionary<int, IEvidenceStore> { [2025] = old, [2026] = store });
        var secondary = YearlyContainers.Single(second);
        var own = new Producer(keys, new ProducerDescription("nhi", "1", "i"));
        return new EvidenceLog(new EvidenceWriter(containers, secondary, own, pending, clock, clock, new WriterOptions { Guard = GuardMode.Throw }), containers, secondary, own, index, clock, lines ?? (Microsoft.Extensions.Logging.ILogger<EvidenceLog>)NullLogger<EvidenceLog>.Instance);
    }

    private async Task SequenceAsync()
    {
        using var sequencer = new Sequencer(store, keys, null, producer, pending, new IndexSink(index), clock, new SequencerOptions());
        await sequencer.RunAsync(Ct);
    }

    private async Task<List<IndexedRecord>> OpenAsync(EvidenceLog? of = null) => await (of ?? log).OpenIntentsAsync(Start.AddMinutes(1), Ct).ToListAsync(Ct);

    private static string Op(int number) => CrockfordBase32.OfSha256($"op {number}");

    private static EvidenceRecord Intent(int number) => new()
    {
        Op = Op(number), Stage = RecordStage.Intent, Action = "credential.rotate", Time = Start, Summary = "Rotate.", Fence = number, Deadline = Start.AddMinutes(10),
        Credential = new CredentialFacts("kv:kv1.vault.azure.net/payroll", Name: "payroll"), Resource = new ResourceFacts(Resource.Value),
    };

    private static EvidenceRecord Outcome(int number) => Intent(number) with { Stage = RecordStage.Outcome, Result = "ok", Deadline = null };
}
