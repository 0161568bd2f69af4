using System.Security.Cryptography;
using System.Text;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Seals;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Sequencing;

public sealed class SequencerTests : IDisposable
{
    private readonly EvidenceBench bench = new();
    private readonly MemoryEvidenceIndex index = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Sequencer NewSequencer(IPendingRecords? pending = null, SequencerOptions? options = null, ISigner? key = null, IBatchSink? sink = null) =>
        new(bench.Store, key ?? bench.LogKey, null, bench.Producer, pending ?? bench.Pending, sink ?? new IndexSink(index), bench.Clock, options ?? new SequencerOptions());

    private async Task<List<BatchFile>> LogAsync() => (await LogReader.ReadAsync(bench.Store, await bench.LogKey.PublicKeyAsync(Ct))).Valid;

    private async Task<List<string>> LoggedAsync() => [.. (await LogAsync()).SelectMany(batch => batch.Entries).Select(entry => entry.Path)];

    [Fact]
    public async Task Run_WithAnnouncedRecords_PutsThemIntoOneBatch_AndClearsTheWorkList()
    {
        var intent = await bench.WriteAsync(Samples.Intent());
        var outcome = await bench.WriteAsync(Samples.Outcome(Samples.Intent(), reference: intent.Reference));
        using var sequencer = NewSequencer();
        var report = await sequencer.RunAsync(Ct);
        Assert.Equal(new SequencerReport(1, 2, 1, 2, 0, 0, 0, false), report with { Checkpoint = null });
        var batch = Assert.Single(await LogAsync());
        Assert.Equal([intent.Reference.Path, outcome.Reference.Path], batch.Entries.Select(entry => entry.Path));
        Assert.Equal([intent.Reference.Sha256, outcome.Reference.Sha256], batch.Entries.Select(entry => entry.Sha256));
        Assert.Empty(await bench.Pending.ListAsync(Ct).ToListAsync(Ct));
        Assert.Equal(report with { Claimed = 0, Logged = 0, Checkpoint = null }, await sequencer.RunAsync(Ct));
    }

    [Fact]
    public async Task Run_AfterOneThatEndedBeforeItCameToTheIntents_StillListsThemFirst()
    {
        var hints = new MemoryPendingRecords();
        List<string> intents = [];
        foreach (var number in (int[])[1, 2])
        {
            var intent = await bench.WriteAsync(Samples.Intent(number));
            var outcome = await bench.WriteAsync(Samples.Outcome(Samples.Intent(number), reference: intent.Reference));
            intents.Add(intent.Reference.Path);
            await hints.AddAsync(Samples.Intent(number).Op, "2-ok", outcome.Reference.Path, Ct);
        }

        // Outcomes are read first, for they were announced; then the store fails.
        var store = new FailingOnce(bench.Store, intents);
        using var sequencer = new Sequencer(store, bench.LogKey, null, bench.Producer, hints, new IndexSink(index), bench.Clock, new SequencerOptions { Parallel = 1, BatchEntries = 2 });
        await Assert.ThrowsAsync<EvidenceStoreException>(() => sequencer.RunAsync(Ct));
        for (var i = 0; i < 4; i++)
            await sequencer.RunAsync(Ct);
        var logged = await LoggedAsync();
        Assert.Equal(4, logged.Count);
        Assert.All(intents, intent => Assert.True(logged.IndexOf(intent) < logged.FindIndex(path => path.EndsWith(intent[^31..], StringComparison.Ordinal) && path != intent), intent));
    }

    [Fact]
    public async Task Run_WithNothingNew_ReadsOneName_AndListsNothing()
    {
        await bench.WriteAsync(Samples.Intent());
        using var sequencer = NewSequencer();
        await sequencer.RunAsync(Ct);
        var (reads, lists, creates) = (bench.Memory.Reads, bench.Memory.Lists, bench.Memory.Creates);
        await sequencer.RunAsync(Ct);
        Assert.Equal((1, 0, 0), (bench.Memory.Reads - reads, bench.Memory.Lists - lists, bench.Memory.Creates - creates));
    }

    [Fact]
    public async Task Run_WithOneBatch_ReadsOneNameBeyondIt_AndABacklogAtFullWidth()
    {
        using var sequencer = NewSequencer();
        await bench.WriteAsync(Samples.Intent(100));
        await sequencer.RunAsync(Ct);
        await bench.WriteAsync(Samples.Intent());
        Assert.Equal(4, await BatchReadsAsync(sequencer)); // What is new, what was claimed, the name behind it; and what was claimed once more, before its checkpoint is signed.

        using var late = NewSequencer();
        for (var i = 2; i < 42; i++)
        {
            await bench.WriteAsync(Samples.Intent(i));
            await sequencer.RunAsync(Ct);
        }

        // 42 batches: one, then 1, 2, 4, 8, 16, 32 at a time, the last of them beyond the end.
        Assert.InRange(await BatchReadsAsync(late), 43, 70);
    }

    private async Task<int> BatchReadsAsync(Sequencer sequencer)
    {
        var reads = 0;
        bench.Memory.OnCall = (call, _) =>
        {
            if (call.Verb == "read" && call.Path.EndsWith(".batch.txt", StringComparison.Ordinal))
                Interlocked.Increment(ref reads);
            return default;
        };
        await sequencer.RunAsync(Ct);
        bench.Memory.OnCall = null;
        return reads;
    }

    [Fact]
    public async Task Run_FindsARecordThatNobodyAnnounced_ByTheHourlyScan_AndOneOfAnOldOpenIntentToo()
    {
        var silent = bench.NewWriter(bench.Producer, new NoPending());
        using var sequencer = NewSequencer();
        var old = Samples.Intent(1, Samples.Start.AddDays(-20));
        await bench.WriteAsync(old);
        await sequencer.RunAsync(Ct);
        await SealAsync(sequencer);
        await silent.WriteAsync(Samples.Intent(2), default, Ct);
        await silent.WriteAsync(Samples.Outcome(old, "RETRY"), default, Ct);
        Assert.Equal(0, (await sequencer.RunAsync(Ct)).Logged);
        bench.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, (await sequencer.RunAsync(Ct)).Logged);
        // Closed: its folder is not looked into any more.
        await silent.WriteAsync(Samples.Outcome(old, "FAILED"), default, Ct);
        bench.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, (await sequencer.RunAsync(Ct)).Logged);
    }

    [Fact]
    public async Task L11_Run_WithAnOutcomeWhoseIntentNobodyAnnounced_ListsTheIntentFirst()
    {
        var early = Samples.Intent(1, Samples.Start.AddDays(-20));
        var silent = bench.NewWriter(bench.Producer, new NoPending());
        var intent = await silent.WriteAsync(early, default, Ct);
        // Another verb, so that the outcome's name sorts before its intent's.
        var outcome = await bench.WriteAsync(Samples.Outcome(early, reference: intent.Reference) with { Action = "credential.aaa" });
        using var sequencer = NewSequencer(options: new SequencerOptions { BatchEntries = 1 });
        Assert.Equal(2, (await sequencer.RunAsync(Ct)).Claimed);
        Assert.Equal([intent.Reference.Path, outcome.Reference.Path], await LoggedAsync());
    }

    [Fact]
    public async Task L7_L12_Run_WithJunkUnderRecords_JudgesItOnce_AndLogsWhatIsOurs()
    {
        var folder = RecordPath.HourFolder(Samples.Start);
        for (var i = 0; i < 300; i++)
            await PutAsync($"{folder}junk-{i}.json", "{}");
        await PutAsync($"{folder}a\nb.json", "{}");
        await PutAsync($"{folder}{new string('x', 201)}.json", "{}");
        await PutAsync($"{folder}deep/er.json", "{}");
        await PutAsync($"{folder}big.json", new string('x', 70_000));
        await PutAsync($"{folder}../../../../../../etc/passwd", "root");
        for (var i = 0; i < 50; i++)
            await bench.Pending.AddAsync("x", "y", $"{folder}junk-{i}.json", Ct);
        await bench.Pending.AddAsync("x", "y", "log/000000/000000000.batch.txt\n", Ct);
        await bench.Pending.AddAsync("x", "y", $"{folder}absent.json", Ct);
        var written = await bench.WriteAsync(Samples.Intent());
        using var sequencer = NewSequencer();
        var report = await sequencer.RunAsync(Ct);
        Assert.Equal((1, 305), (report.Logged, report.Foreign));
        Assert.Equal([written.Reference.Path], await LoggedAsync());
        var reads = bench.Memory.Reads;
        bench.Clock.Advance(TimeSpan.FromHours(1));
        await sequencer.RunAsync(Ct);
        Assert.InRange(bench.Memory.Reads - reads, 1, 2);
        Assert.True((await bench.Pending.ListAsync(Ct).ToListAsync(Ct)).Count <= 1);
    }

    [Fact]
    public async Task L9_Run_WithASquattedName_LogsTheRecordBesideIt()
    {
        await PutAsync(RecordPath.Of(Samples.Intent()), "mine!");
        var written = await bench.WriteAsync(Samples.Intent());
        using var sequencer = NewSequencer();
        await sequencer.RunAsync(Ct);
        Assert.Equal([written.Reference.Path], await LoggedAsync());
    }

    [Fact]
    public async Task L10_Run_WithARecordCopiedFromAnotherLog_LeavesItOut()
    {
        var written = await bench.Writer.WriteAsync(Samples.Intent(), new WriteRequest(AtSecondary: true), Ct);
        var blob = await bench.Secondary.ReadAsync(written.Reference.Path, 70_000, Ct);
        await bench.Memory.TryCreateAsync(written.Reference.Path, blob!.Bytes, "application/json", Ct);
        using var sequencer = NewSequencer();
        var report = await sequencer.RunAsync(Ct);
        Assert.Equal((0, 1), (report.Logged, report.Foreign));
    }

    [Fact]
    public async Task L2_Run_WithASquattedBatchName_GoesOnAtTheNextOne()
    {
        await PutAsync(BatchName.Of(0), "0000  records/x");
        await PutAsync(BatchName.Of(1), new string('#', BatchFile.MostBytes + 5));
        await PutAsync(BatchName.Of(3), "ahead");
        var first = await bench.WriteAsync(Samples.Intent(1));
        using var sequencer = NewSequencer();
        Assert.Equal((3, 2), ((await sequencer.RunAsync(Ct)).Next - 1, (await LogAsync())[0].Number));
        var second = await bench.WriteAsync(Samples.Intent(2));
        await sequencer.RunAsync(Ct);
        Assert.Equal([first.Reference.Path, second.Reference.Path], await LoggedAsync());
        Assert.Equal([2, 4], (await LogAsync()).Select(batch => batch.Number));
    }

    [Fact]
    public async Task Run_ThatLosesItsClaim_TakesTheNextNumber_AndListsNothingTwice()
    {
        await bench.WriteAsync(Samples.Intent(1));
        using var rival = NewSequencer();
        using var sequencer = NewSequencer();
        var raced = false;
        bench.Memory.OnCall = async (call, ct) =>
        {
            if (call.Verb == "create" && !raced)
            {
                raced = true;
                await bench.WriteAsync(Samples.Intent(2));
                await rival.RunAsync(ct);
                await bench.WriteAsync(Samples.Intent(3));
            }

            return StoreFault.None;
        };
        var report = await sequencer.RunAsync(Ct);
        Assert.Equal((1, 1), (report.Lost, report.Claimed));
        var logged = await LoggedAsync();
        Assert.Equal(3, logged.Count);
        Assert.Equal(3, logged.Distinct().Count());
    }

    [Fact]
    public async Task Run_WithAKeyThatTheLogDoesNotKnow_ClaimsNothing()
    {
        using var stranger = PemSigner.Create();
        await bench.WriteAsync(Samples.Intent());
        using var sequencer = new Sequencer(bench.Store, stranger, await bench.LogKey.PublicKeyAsync(Ct), bench.Producer, bench.Pending, new IndexSink(index), bench.Clock, new SequencerOptions());
        await Assert.ThrowsAsync<SigningException>(() => sequencer.RunAsync(Ct));
        Assert.Single(await bench.NamesAsync());
    }

    [Fact]
    public async Task Run_WhoseClaimIsRefusedWithNothingThere_SaysSo()
    {
        await bench.WriteAsync(Samples.Intent());
        bench.Memory.OnCall = (call, _) => new(call.Verb == "create" ? StoreFault.Refused : StoreFault.None);
        using var sequencer = NewSequencer();
        Assert.Contains("log/", (await Assert.ThrowsAsync<EvidenceStoreException>(() => sequencer.RunAsync(Ct))).Message, StringComparison.Ordinal);
        bench.Memory.OnCall = null;
        Assert.Equal(1, (await sequencer.RunAsync(Ct)).Logged);
    }

    [Fact]
    public async Task Run_WhoseIndexFails_GoesOn_SaysSo_AndCatchesUp()
    {
        var failing = true;
        index.OnCall = (_, _) => failing ? throw new EvidenceIndexException("down") : default;
        using var sequencer = NewSequencer();
        for (var i = 1; i <= 3; i++)
        {
            await bench.WriteAsync(Samples.Intent(i));
            Assert.Equal(1, (await sequencer.RunAsync(Ct)).Logged);
        }

        failing = false;
        Assert.Empty(await LogReader.RowsAsync(index));
        Assert.Empty((await sequencer.RunAsync(Ct)).Alarms);
        Assert.Equal(3, await IndexedAsync());
    }

    [Fact]
    public async Task Run_WhoseIndexFails_IsCaughtUpWith_ByWhoeverStartsNext()
    {
        await bench.WriteAsync(Samples.Intent(1));
        using (var first = NewSequencer())
            await first.RunAsync(Ct);
        var failing = true;
        index.OnCall = (_, _) => failing ? throw new EvidenceIndexException("down") : default;
        using (var dying = NewSequencer())
        {
            for (var i = 2; i <= 4; i++)
            {
                await bench.WriteAsync(Samples.Intent(i));
                var report = await dying.RunAsync(Ct);
                Assert.Equal(i == 2 ? [SequencerAlarmKind.Index] : [], report.Alarms.Select(alarm => alarm.Kind));
            }
        }

        failing = false;
        var questions = 0;
        index.OnCall = (what, _) =>
        {
            questions += what.StartsWith("x:", StringComparison.Ordinal) ? 1 : 0;
            return default;
        };
        using var next = NewSequencer();
        await next.RunAsync(Ct);
        Assert.Equal(4, await IndexedAsync());
        // Whole again, it costs the next one a single look.
        questions = 0;
        using var after = NewSequencer();
        await after.RunAsync(Ct);
        Assert.InRange(questions, 1, 3);
    }

    private async Task<int> IndexedAsync() => (await LogReader.RowsAsync(index)).Count(row => row.PartitionKey.StartsWith("x:", StringComparison.Ordinal));

    [Fact]
    public async Task Run_WithoutAWorkList_ListsFoldersEachTime()
    {
        using var sequencer = NewSequencer(new BrokenPending());
        for (var i = 1; i <= 3; i++)
        {
            await bench.WriteAsync(Samples.Intent(i));
            var report = await sequencer.RunAsync(Ct);
            Assert.Equal(1, report.Logged);
            Assert.Equal(i == 1 ? [SequencerAlarmKind.Hints] : [], report.Alarms.Select(alarm => alarm.Kind));
        }
    }

    [Fact]
    public async Task Run_WithACrowdOfHintsAboutNothing_LogsWhatIsThere_AndDropsThemAfterAnHour()
    {
        for (var i = 0; i < 50; i++)
            await bench.Pending.AddAsync("0", $"{i}", $"{RecordPath.HourFolder(Samples.Start)}0-{i}.json", Ct);
        using var sequencer = NewSequencer(options: new SequencerOptions { MostWaiting = 20 });
        for (var i = 1; i <= 3; i++)
        {
            await bench.WriteAsync(Samples.Intent(i));
            Assert.Equal(1, (await sequencer.RunAsync(Ct)).Logged);
        }

        for (var hour = 0; hour < 6; hour++)
        {
            bench.Clock.Advance(TimeSpan.FromHours(1));
            await sequencer.RunAsync(Ct);
        }

        Assert.Empty(await bench.Pending.ListAsync(Ct).ToListAsync(Ct));
    }

    [Fact]
    public async Task Run_AfterDaysOfOutage_FindsAllThatNobodyAnnounced_FromTheNewestSealOn()
    {
        using var sequencer = NewSequencer();
        await sequencer.RunAsync(Ct);
        await SealAsync(sequencer);
        var silent = bench.NewWriter(bench.Producer, new NoPending());
        for (var day = 0; day < 5; day++)
        {
            await silent.WriteAsync(Samples.Intent(day + 1, bench.Clock.GetUtcNow()), default, Ct);
            bench.Clock.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal(5, (await sequencer.RunAsync(Ct)).Logged);
    }

    /// <summary>The hour's seal is written and logged.</summary>
    private async Task SealAsync(Sequencer sequencer)
    {
        await new Sealer(bench.Store, bench.NewWriter(bench.Producer, bench.Pending), bench.Producer).SealAsync(sequencer, bench.Clock.GetUtcNow(), Ct);
        Assert.Equal(1, (await sequencer.RunAsync(Ct)).Logged);
    }

    [Fact]
    public async Task Run_OfALogWithoutASeal_FindsWhatLiesThereHoweverOldItIs()
    {
        await bench.NewWriter(bench.Producer, new NoPending()).WriteAsync(Samples.Intent(1, Samples.Start.AddDays(-30)), default, Ct);
        using var sequencer = NewSequencer();
        Assert.Equal(1, (await sequencer.RunAsync(Ct)).Logged);
    }

    [Fact]
    public async Task A_checkpoint_that_was_written_before_a_run_failed_is_told_by_the_next()
    {
        await bench.WriteAsync(Samples.Intent(1));
        using var sequencer = NewSequencer();
        await sequencer.RunAsync(Ct);
        await bench.WriteAsync(Samples.Intent(2));
        using (var rival = NewSequencer())
            await rival.RunAsync(Ct);
        bench.Clock.Advance(TimeSpan.FromHours(1));
        // Behind the head's checkpoint folders are listed.
        bench.Memory.OnCall = (call, _) => new(call.Verb == "list" ? StoreFault.Unreachable : StoreFault.None);
        await Assert.ThrowsAsync<EvidenceStoreException>(() => sequencer.RunAsync(Ct));
        bench.Memory.OnCall = null;
        Assert.Equal(1, (await sequencer.RunAsync(Ct)).Checkpoint!.Checkpoint.Batch);
        Assert.Null((await sequencer.RunAsync(Ct)).Checkpoint);
    }

    [Fact]
    public async Task Each_checkpoint_that_a_run_writes_is_told_at_once_and_once()
    {
        for (var i = 0; i < 5; i++)
            await bench.WriteAsync(Samples.Intent(i));
        using var sequencer = NewSequencer(options: new SequencerOptions { BatchEntries = 2 });
        List<(long Batch, long Size)> told = [];
        sequencer.OnCheckpoint = one => told.Add((one.Checkpoint.Batch, one.Checkpoint.Size));
        var report = await sequencer.RunAsync(Ct);
        Assert.Equal([(0, 2), (1, 4), (2, 5)], told);
        Assert.Equal(told[^1].Batch, report.Checkpoint!.Checkpoint.Batch);
        await sequencer.RunAsync(Ct);
        Assert.Equal(3, told.Count);
        // What is there already a process that begins has found, and tells once: the newest.
        using var afresh = NewSequencer();
        afresh.OnCheckpoint = sequencer.OnCheckpoint;
        await afresh.RunAsync(Ct);
        Assert.Equal((2, 5), told[3..].Single());
    }

    /// <summary>Whoever stole a writer's key seals hours to come, and then nothing else is announced: what was written in a long outage is looked for from the last seal that can be true.</summary>
    [Fact]
    public async Task L13_A_seal_of_hours_to_come_hides_nothing_that_an_outage_left_out()
    {
        using (var sequencer = NewSequencer())
        {
            await bench.WriteAsync(Samples.Intent(1));
            await sequencer.RunAsync(Ct);
            await SealAsync(sequencer);
            var ahead = SealRecord.Of(EvidenceBench.Origin, new DateTimeOffset(2026, 11, 29, 0, 0, 0, TimeSpan.Zero), new SealFacts(Samples.Start, Samples.Start.AddDays(5), 0, 0, new Dictionary<string, long>(), 0));
            await bench.WriteAsync(ahead);
            Assert.Equal(1, (await sequencer.RunAsync(Ct)).Logged);
        }

        bench.Clock.Advance(TimeSpan.FromHours(2));
        await bench.NewWriter(bench.Producer, new NoPending()).WriteAsync(Samples.Intent(2, bench.Clock.GetUtcNow()), default, Ct);
        bench.Clock.Advance(TimeSpan.FromDays(4));
        using var late = NewSequencer();
        Assert.Equal(1, (await late.RunAsync(Ct)).Logged);
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 13, 0, 0, TimeSpan.Zero), late.Log!.Logged.SealedTo);
    }

    [Fact]
    public async Task Run_OnAClosedLog_ClaimsNothing()
    {
        var text = new BatchFile(EvidenceBench.Origin, 0, 0, [], Closes: true).Text();
        var spki = await bench.LogKey.PublicKeyAsync(Ct);
        var signature = await bench.LogKey.SignAsync(SHA256.HashData(BatchFile.SignedText(text)), Ct);
        await bench.Memory.TryCreateAsync(BatchName.Of(0), BatchFile.Seal(text, Es256.KeyId(spki.Span), signature), "text/plain", Ct);
        await bench.WriteAsync(Samples.Intent());
        using var sequencer = NewSequencer();
        var report = await sequencer.RunAsync(Ct);
        Assert.True(report.IsClosed);
        Assert.Equal((1, 0), (report.Next, report.Claimed));
        // Its year is under way: nobody honest closes it, and whoever goes on with the year hears of it.
        Assert.Equal((SequencerAlarmKind.ClosedEarly, BatchName.Of(0)), (Assert.Single(report.Alarms).Kind, report.Alarms[0].Path));
        bench.Clock.Advance(TimeSpan.FromDays(60));
        using var later = NewSequencer();
        Assert.Empty((await later.RunAsync(Ct)).Alarms);
    }

    public void Dispose() => bench.Dispose();

    private Task<CreateResult> PutAsync(string path, string text) => bench.Memory.TryCreateAsync(path, Encoding.UTF8.GetBytes(text), "text/plain", Ct);

    private sealed class BrokenPending : IPendingRecords
    {
        public Task AddAsync(string op, string stage, string path, CancellationToken ct) => throw new EvidenceStoreException("down");

        public IAsyncEnumerable<PendingRecord> ListAsync(CancellationToken ct) => throw new EvidenceStoreException("down");

        public Task RemoveAsync(PendingRecord pending, CancellationToken ct) => throw new EvidenceStoreException("down");
    }

    private sealed class NoPending : IPendingRecords
    {
        public Task AddAsync(string op, string stage, string path, CancellationToken ct) => Task.CompletedTask;

        public IAsyncEnumerable<PendingRecord> ListAsync(CancellationToken ct) => AsyncEnumerable.Empty<PendingRecord>();

        public Task RemoveAsync(PendingRecord pending, CancellationToken ct) => Task.CompletedTask;
    }

    /// <summary>The first read of one of these gets no answer.</summary>
    private sealed class FailingOnce(IEvidenceStore inner, IReadOnlyList<string> names) : IEvidenceStore
    {
        private bool failed;

        public string Origin => inner.Origin;

        public Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct) => inner.TryCreateAsync(path, bytes, contentType, ct);

        public Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) =>
            names.Contains(path) && !failed && (failed = true) ? throw new EvidenceStoreException("no answer") : inner.ReadAsync(path, maxBytes, ct);

        public IAsyncEnumerable<ListedBlob> ListAsync(string prefix, CancellationToken ct) => inner.ListAsync(prefix, ct);
    }
}
