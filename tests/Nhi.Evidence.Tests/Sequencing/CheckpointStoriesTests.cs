using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Tree;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Tests.Sequencing;

/// <summary>Checkpoints, whatever somebody does to their names (stories L1 to L6).</summary>
public sealed class CheckpointStoriesTests : IDisposable
{
    private readonly SequencerBench bench = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_batch_gets_a_checkpoint_that_its_leaves_yield_and_a_second_look_signs_nothing()
    {
        var sequencer = bench.NewSequencer();
        for (var i = 0; i < 3; i++)
        {
            await bench.WriteAsync(i * 10, 10);
            var report = await sequencer.RunAsync(Ct);
            Assert.Equal((i, 10 * (i + 1L), CheckpointName.Of(i)), (report.Checkpoint!.Checkpoint.Batch, report.Checkpoint.Checkpoint.Size, report.Checkpoint.Path));
            Assert.Empty(report.Alarms);
        }

        var creates = bench.Store.Creates;
        var again = await bench.RunAfreshAsync();
        Assert.Equal((creates, 2L), (bench.Store.Creates, again.Checkpoint!.Checkpoint.Batch));
        var audit = await bench.AuditAsync();
        audit.AssertCheckpointed();
        Assert.Equal((audit.Root, 3, 0, 0), (again.Checkpoint.Checkpoint.Root, audit.Checkpoints.Count, audit.Forks.Count, audit.VoidNotes.Count));
    }

    [Fact]
    public async Task L1_A_genuine_checkpoint_copied_to_the_next_name_is_void_and_the_log_goes_on_beside_it()
    {
        await bench.WriteAsync(0, 5);
        var genuine = (await bench.RunAfreshAsync()).Checkpoint!;
        await bench.PutAsync(CheckpointName.Of(1), genuine.Note.ToArray());
        await bench.WriteAsync(5, 5);
        var report = await bench.RunAfreshAsync();
        Assert.StartsWith("log/000000/000000001.checkpoint~", report.Checkpoint!.Path, StringComparison.Ordinal);
        Assert.Equal((SequencerAlarmKind.VoidCheckpoint, CheckpointName.Of(1)), Assert.Single(report.Alarms.Select(alarm => (alarm.Kind, alarm.Path))));
        Assert.Contains("batch 0", report.Alarms[0].What, StringComparison.Ordinal);
        await AssertWholeAsync(batches: 2, voidNotes: 1);
    }

    [Fact]
    public async Task L2_A_wrong_checkpoint_that_the_log_key_signed_is_an_alarm_and_the_next_one_is_right()
    {
        await bench.WriteAsync(0, 5);
        await bench.RunAfreshAsync();
        await bench.PutAsync(CheckpointName.Of(1), await bench.ForgeAsync(7, TreeHash.Leaf("lie"u8), 1));
        await bench.WriteAsync(5, 5);
        var report = await bench.RunAfreshAsync();
        var fork = Assert.Single(report.Alarms);
        Assert.Equal((SequencerAlarmKind.Fork, CheckpointName.Of(1)), (fork.Kind, fork.Path));
        Assert.StartsWith("FORK", fork.What, StringComparison.Ordinal);
        await bench.WriteAsync(10, 5);
        Assert.Equal(CheckpointName.Of(2), (await bench.RunAfreshAsync()).Checkpoint!.Path);
        await AssertWholeAsync(batches: 3, forks: 1);
    }

    [Fact]
    public async Task L2_A_batch_line_without_a_blob_is_a_leaf_like_any_other_and_the_tree_is_the_same_whenever_one_looks()
    {
        await bench.WriteAsync(0, 3);
        await bench.RunAfreshAsync();
        var absent = LeafHash.EntryOf("records/2026/11/24/13/absent.json", "nothing is there"u8);
        var late = LeafHash.EntryOf("records/2026/11/24/13/late.json", "lands later"u8);
        await bench.PutAsync(BatchName.Of(1), await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 1, 3, [absent, late])));
        var before = (await bench.RunAfreshAsync()).Checkpoint!.Checkpoint;
        await bench.PutAsync(late.Path, "lands later");
        await bench.WriteAsync(3, 3);
        await bench.RunAfreshAsync();
        var audit = await AssertWholeAsync(batches: 3);
        Assert.Equal(before.Root, ReferenceTree.Root([.. audit.Leaves.Take(5)]));
        Assert.Equal(8, audit.Leaves.Count);
    }

    [Fact]
    public async Task L3_Junk_at_3000_checkpoint_names_and_beside_them_delays_no_checkpoint()
    {
        for (var i = 0; i < 3_000; i++)
            await bench.PutAsync(CheckpointName.Of(i), "junk");
        for (var i = 0; i < 200; i++)
            await bench.PutAsync(CheckpointName.Beside(1, BitConverter.GetBytes(i)), "junk");
        for (var i = 0; i < 4; i++)
        {
            await bench.WriteAsync(i * 3, 3);
            var report = await bench.RunAfreshAsync();
            Assert.Equal((i, 1), (report.Checkpoint!.Checkpoint.Batch, report.Claimed));
        }

        await AssertWholeAsync(batches: 4, voidNotes: 3_200);
    }

    [Fact]
    public async Task L3_A_note_too_long_to_read_is_void()
    {
        await bench.PutAsync(CheckpointName.Of(0), new byte[SignedNote.MostBytes + 1]);
        await bench.WriteAsync(0, 3);
        Assert.Contains("bytes", Assert.Single((await bench.RunAfreshAsync()).Alarms).What, StringComparison.Ordinal);
        await AssertWholeAsync(batches: 1, voidNotes: 1);
    }

    [Fact]
    public async Task L4_What_is_listed_counts_whoever_certified_its_producer_and_whenever()
    {
        using var strangers = PemSigner.Create();
        using var producer = new Producer(strangers, new ProducerDescription("nhi-governor", "1", "i-9"));
        var foreign = await bench.Log.NewWriter(producer).WriteAsync(Samples.Intent(1), default, Ct);
        var blob = await bench.Store.ReadAsync(foreign.Reference.Path, 65_535, Ct);
        Assert.Equal((0, 1), ((await bench.RunAfreshAsync()).Logged, (await bench.RunAfreshAsync()).Foreign));
        // Once the log key has signed for it, it is a leaf for everybody and for ever.
        await bench.PutAsync(BatchName.Of(0), await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 0, 0, [LeafHash.EntryOf(foreign.Reference.Path, blob!.Bytes.Span)])));
        Assert.Equal(1, (await bench.RunAfreshAsync()).Size);
        // What the log key did not sign is none, whatever the records in it are.
        await bench.PutAsync(BatchName.Of(1), await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 1, 1, [LeafHash.EntryOf("records/2026/11/24/13/x.json", "x"u8)]), strangers));
        Assert.Equal(1, (await bench.RunAfreshAsync()).Size);
        await AssertWholeAsync(batches: 1, voids: 1);
    }

    [Fact]
    public async Task L6_The_end_of_a_run_of_void_batches_gets_a_checkpoint_too_and_numbers_far_ahead_mislead_nobody()
    {
        await bench.WriteAsync(0, 2);
        await bench.RunAfreshAsync();
        await bench.PutAsync(BatchName.Of(1), "junk");
        await bench.PutAsync(BatchName.Of(2), "junk");
        await bench.PutAsync(BatchName.Of(1_000), await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 1_000, 2, [LeafHash.EntryOf("records/2026/11/24/13/x.json", "x"u8)])));
        await bench.PutAsync(CheckpointName.Of(1_000), await bench.ForgeAsync(2, TreeHash.Leaf("x"u8), 1_000));
        var report = await bench.RunAfreshAsync();
        Assert.Equal((2L, 2L, 3L), (report.Checkpoint!.Checkpoint.Batch, report.Checkpoint.Checkpoint.Size, report.Next));
        Assert.Equal(2, report.Alarms.Count(alarm => alarm.Kind == SequencerAlarmKind.VoidBatch));
        await bench.WriteAsync(2, 2);
        Assert.Equal(4, (await bench.RunAfreshAsync()).Next);
        var audit = await bench.AuditAsync();
        Assert.Equal([0L, 2L, 3L], audit.Checkpoints.Select(checkpoint => checkpoint.Batch).Order());
    }

    [Fact]
    public async Task A_log_of_void_batches_alone_has_a_checkpoint_of_nothing()
    {
        await bench.PutAsync(BatchName.Of(0), "junk");
        var checkpoint = (await bench.RunAfreshAsync()).Checkpoint!.Checkpoint;
        Assert.Equal((0L, TreeHash.Empty, 0L), (checkpoint.Size, checkpoint.Root, checkpoint.Batch));
        await bench.WriteAsync(0, 2);
        Assert.Equal((2L, 1L), ((await bench.RunAfreshAsync()).Next, (await bench.AuditAsync()).Valid[0].Number));
    }

    [Fact]
    public async Task A_flood_of_void_names_is_said_once()
    {
        for (var i = 0; i < 1_200; i++)
            await bench.PutAsync(BatchName.Of(i), "junk");
        await bench.WriteAsync(0, 2);
        var report = await bench.RunAfreshAsync();
        Assert.Equal((1_200, 2), (report.Void, report.Logged));
        Assert.Equal(20, report.Alarms.Count);
        await AssertWholeAsync(batches: 1, voids: 1_200);
    }

    [Fact]
    public async Task While_the_key_signs_nothing_nothing_is_claimed_and_afterwards_everything_is_caught_up()
    {
        var key = new StubbornKey(bench.Log.LogKey);
        var sequencer = bench.NewSequencer(new LogKeys(key));
        await bench.WriteAsync(0, 5);
        await sequencer.RunAsync(Ct);
        key.Refuses = true;
        await bench.WriteAsync(5, 5);
        await Assert.ThrowsAsync<SigningException>(() => sequencer.RunAsync(Ct));
        Assert.Single((await bench.AuditAsync()).Valid);
        // It fails between a claim and its checkpoint: the claim stands, the next waits.
        (key.Refuses, key.Allowed) = (false, 1);
        await Assert.ThrowsAsync<SigningException>(() => sequencer.RunAsync(Ct));
        await bench.WriteAsync(10, 5);
        Assert.Contains("no checkpoint for batch 1", (await Assert.ThrowsAsync<SigningException>(() => sequencer.RunAsync(Ct))).Message, StringComparison.Ordinal);
        Assert.Equal(2, (await bench.AuditAsync()).Valid.Count);
        key.Allowed = int.MaxValue;
        Assert.Equal(5, (await sequencer.RunAsync(Ct)).Logged);
        await AssertWholeAsync(batches: 3);
    }

    [Fact]
    public async Task A_checkpoint_that_is_refused_with_nothing_there_is_a_missing_right()
    {
        await bench.WriteAsync(0, 5);
        bench.Store.OnCall = (call, _) => new(call.Verb == "create" && call.Path.Contains("checkpoint", StringComparison.Ordinal) ? StoreFault.Refused : StoreFault.None);
        var sequencer = bench.NewSequencer();
        Assert.Contains("right", (await Assert.ThrowsAsync<EvidenceStoreException>(() => sequencer.RunAsync(Ct))).Message, StringComparison.Ordinal);
        bench.Store.OnCall = null;
        await sequencer.RunAsync(Ct);
        await AssertWholeAsync(batches: 1);
    }

    [Fact]
    public async Task A_rival_that_signed_first_is_right_too()
    {
        await bench.WriteAsync(0, 5);
        var rival = bench.NewSequencer();
        var raced = false;
        bench.Store.OnCall = async (call, ct) =>
        {
            if (call.Verb == "create" && call.Path == CheckpointName.Of(0) && !raced)
            {
                raced = true;
                await rival.RunAsync(ct);
            }

            return StoreFault.None;
        };
        var report = await bench.RunAfreshAsync();
        Assert.True(raced);
        Assert.Empty(report.Alarms);
        await AssertWholeAsync(batches: 1);
    }

    [Fact]
    public async Task Before_a_checkpoint_is_signed_its_batch_is_read_again_and_another_answer_signs_nothing()
    {
        await bench.WriteAsync(0, 5);
        await bench.NewSequencer(tiles: false).RunAsync(Ct);
        var blob = await bench.Store.ReadAsync(BatchName.Of(0), BatchFile.MostBytes, Ct);
        var lying = new SecondAnswer(bench.Store, BatchName.Of(1));
        await bench.WriteAsync(5, 5);
        var sequencer = bench.NewSequencer(store: lying, tiles: false);
        lying.Instead = new StoredBlob(await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 1, 5, [LeafHash.EntryOf("records/2026/11/24/13/x.json", "x"u8)])), blob!.Created);
        Assert.Contains("nothing is signed", (await Assert.ThrowsAsync<EvidenceStoreException>(() => sequencer.RunAsync(Ct))).Message, StringComparison.Ordinal);
        Assert.Single((await bench.AuditAsync()).Checkpoints);
        lying.Instead = null;
        await sequencer.RunAsync(Ct);
        (await bench.AuditAsync()).AssertCheckpointed();
    }

    [Fact]
    public async Task A_log_that_is_closed_has_everything_that_waited_and_its_last_checkpoint()
    {
        await bench.WriteAsync(0, 5);
        var sequencer = bench.NewSequencer();
        var report = await sequencer.CloseAsync(Ct);
        Assert.Equal((2L, 5L, true, 1L), (report.Next, report.Size, report.IsClosed, report.Checkpoint!.Checkpoint.Batch));
        await bench.WriteAsync(5, 5);
        Assert.Equal((2L, 0), ((await sequencer.CloseAsync(Ct)).Next, (await bench.RunAfreshAsync()).Claimed));
        await AssertWholeAsync(batches: 2);
    }

    public void Dispose() => bench.Dispose();

    private async Task<LogAuditor> AssertWholeAsync(int batches, int forks = 0, int voidNotes = 0, int voids = 0)
    {
        var audit = await bench.AuditAsync();
        audit.AssertCheckpointed();
        Assert.Equal((batches, forks, voidNotes, voids), (audit.Valid.Count, audit.Forks.Count, audit.VoidNotes.Count, audit.Void.Count));
        await audit.AssertTiledAsync(bench.Tiles, bench.Store);
        return audit;
    }

    private sealed class StubbornKey(PemSigner inner) : ISigner
    {
        internal bool Refuses { get; set; }

        internal int Allowed { get; set; } = int.MaxValue;

        public ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct) => inner.PublicKeyAsync(ct);

        public Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct) =>
            Refuses || Allowed-- <= 0 ? throw new SigningException("The key vault does not answer.") : inner.SignAsync(digest, ct);
    }

    /// <summary>Answers the second read of a name with something else.</summary>
    private sealed class SecondAnswer(IEvidenceStore inner, string name) : IEvidenceStore
    {
        private int asked;

        internal StoredBlob? Instead { get; set; }

        public string Origin => inner.Origin;

        public Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct) => inner.TryCreateAsync(path, bytes, contentType, ct);

        public async Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
        {
            var there = await inner.ReadAsync(path, maxBytes, ct);
            return path == name && there is not null && Instead is { } instead && ++asked > 1 ? instead : there;
        }

        public IAsyncEnumerable<ListedBlob> ListAsync(string prefix, CancellationToken ct) => inner.ListAsync(prefix, ct);
    }
}
