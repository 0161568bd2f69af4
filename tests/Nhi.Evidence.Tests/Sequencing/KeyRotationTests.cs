using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Tests.Sequencing;

/// <summary>The log key changes by a line in a batch, and by nothing else (story L5).</summary>
public sealed class KeyRotationTests : IDisposable
{
    private readonly SequencerBench bench = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private PemSigner Old => bench.Log.LogKey;

    private static async Task<string> IdAsync(PemSigner key) => Es256.KeyId((await key.PublicKeyAsync(Ct)).Span);

    private async Task<IReadOnlyList<string>> SignersAsync(long batch, params PemSigner[] keys)
    {
        var note = await bench.Store.ReadAsync(CheckpointName.Of(batch), SignedNote.MostBytes, Ct);
        List<NoteKey> all = [];
        foreach (var key in keys)
            all.Add(new NoteKey(EvidenceBench.Origin, (await key.PublicKeyAsync(Ct)).Span));
        var judged = CheckpointNote.Judge(note!.Bytes.Span, EvidenceBench.Origin, batch, all);
        all.ForEach(key => key.Dispose());
        return judged.KeyIds;
    }

    [Fact]
    public async Task A_new_version_is_named_by_the_old_one_and_both_sign_checkpoints_for_a_day()
    {
        var next = bench.NewKey();
        var (oldId, nextId) = (await IdAsync(Old), await IdAsync(next));
        await bench.WriteAsync(0, 3);
        await bench.RunAfreshAsync();
        var sequencer = bench.NewSequencer(new LogKeys(Old, next));
        await bench.WriteAsync(3, 3);
        Assert.Equal(1, (await sequencer.RunAsync(Ct)).Claimed);
        Assert.Equal([oldId], await SignersAsync(1, Old, next));
        await bench.WriteAsync(6, 3);
        await sequencer.RunAsync(Ct);
        Assert.Equal(new[] { oldId, nextId }.Order(), (await SignersAsync(2, Old, next)).Order());
        var audit = await bench.AuditAsync(Old);
        audit.AssertCheckpointed();
        Assert.Equal([(oldId, 1L + BatchChain.FormerKeyCounts), (nextId, long.MaxValue)], audit.Keys.Select(key => (key.Id, key.Until)));
        Assert.Equal((3, 9), (audit.Valid.Count, audit.Leaves.Count));
        await audit.AssertTiledAsync(bench.Tiles, bench.Store);
    }

    [Fact]
    public async Task A_quiet_log_is_told_too_and_only_once_however_many_know_the_key()
    {
        var next = bench.NewKey();
        await bench.WriteAsync(0, 3);
        await bench.RunAfreshAsync();
        var sequencers = Enumerable.Range(0, 3).Select(_ => bench.NewSequencer(new LogKeys(Old, next))).ToArray();
        await Task.WhenAll(sequencers.Select(sequencer => sequencer.RunAsync(Ct)));
        foreach (var sequencer in sequencers)
            await sequencer.RunAsync(Ct);
        var audit = await bench.AuditAsync(Old);
        Assert.Equal([null, Convert.ToBase64String((await next.PublicKeyAsync(Ct)).Span)], audit.Valid.Select(batch => batch.NextKey));
        Assert.Equal(2, audit.Keys.Count);
    }

    [Fact]
    public async Task A_sequencer_that_has_only_the_former_key_goes_on_for_a_day_and_names_no_other()
    {
        var (next, thief) = (bench.NewKey(), bench.NewKey());
        await bench.WriteAsync(0, 3);
        await bench.NewSequencer(new LogKeys(Old)).RunAsync(Ct);
        await bench.NewSequencer(new LogKeys(Old, next)).RunAsync(Ct);
        await bench.WriteAsync(3, 3);
        Assert.Equal(3, (await bench.NewSequencer(new LogKeys(Old)).RunAsync(Ct)).Logged);
        // Whoever has the former key alone cannot give the log away: one that would only goes on by it.
        await bench.WriteAsync(6, 3);
        Assert.Equal(3, (await bench.NewSequencer(new LogKeys(Old, thief)).RunAsync(Ct)).Logged);
        await bench.PutAsync(BatchName.Of(4), await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 4, 9, [], Convert.ToBase64String((await thief.PublicKeyAsync(Ct)).Span)), Old));
        await bench.WriteAsync(9, 3);
        Assert.Equal(3, (await bench.NewSequencer(new LogKeys(Old, next)).RunAsync(Ct)).Logged);
        var audit = await bench.AuditAsync(Old);
        Assert.Contains("former key", Assert.Single(audit.Void).Why, StringComparison.Ordinal);
        Assert.Equal((2, 12), (audit.Keys.Count, audit.Leaves.Count));
    }

    [Fact]
    public async Task A_key_that_a_thief_of_the_log_key_named_alarms_at_once_and_records_go_on()
    {
        var thief = bench.NewKey();
        await bench.WriteAsync(0, 3);
        await bench.RunAfreshAsync();
        await bench.PutAsync(BatchName.Of(1), await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 1, 3, [], Convert.ToBase64String((await thief.PublicKeyAsync(Ct)).Span)), Old));
        await bench.WriteAsync(3, 3);
        var sequencer = bench.NewSequencer(new LogKeys(Old));
        var report = await sequencer.RunAsync(Ct);
        Assert.Equal((3, SequencerAlarmKind.ForeignKey), (report.Logged, Assert.Single(report.Alarms).Kind));
        Assert.Contains(await IdAsync(thief), report.Alarms[0].What, StringComparison.Ordinal);
        await bench.WriteAsync(6, 3);
        Assert.Empty((await sequencer.RunAsync(Ct)).Alarms);
    }

    /// <summary>Keys that the log was given, from the first: A ours, B ours too but not named yet, T and U a thief's, who has A and can name A or B again.</summary>
    [Theory, InlineData("TA", "T"), InlineData("TB", "T"), InlineData("TUA", "TU"), InlineData("TAT", "T"), InlineData("BTA", "T"), InlineData("B", "")]
    public async Task Who_names_ours_again_behind_a_key_of_his_own_is_alarmed_of_all_the_same(string named, string foreign)
    {
        var keys = new Dictionary<char, PemSigner> { ['A'] = Old, ['B'] = bench.NewKey(), ['T'] = bench.NewKey(), ['U'] = bench.NewKey() };
        await bench.WriteAsync(0, 3);
        var versions = new LeavesOut(keys['B'], Old);
        var running = bench.NewSequencer(versions);
        await running.RunAsync(Ct);
        await GiveAsync(named, keys);
        await bench.WriteAsync(3, 3);
        foreach (var sequencer in (Sequencer[])[running, bench.NewSequencer(versions)])
        {
            var report = await sequencer.RunAsync(Ct);
            Assert.Equal(foreign.Length, report.Alarms.Count(alarm => alarm.Kind == SequencerAlarmKind.ForeignKey));
            foreach (var one in foreign)
            {
                var id = await IdAsync(keys[one]);
                Assert.Contains(report.Alarms, alarm => alarm.What.Contains(id, StringComparison.Ordinal));
            }

            Assert.DoesNotContain((await sequencer.RunAsync(Ct)).Alarms, alarm => alarm.Kind == SequencerAlarmKind.ForeignKey);
        }

        // The log goes on, though a key of ours is in it twice.
        var audit = await bench.AuditAsync(Old);
        Assert.Equal((6, 0), (audit.Leaves.Count, audit.VoidNotes.Count));
        Assert.Contains(audit.Checkpoints, checkpoint => checkpoint.Batch == audit.Valid[^1].Number);
    }

    [Fact]
    public async Task A_log_that_a_thief_gave_a_key_goes_on_by_its_former_ones_also_when_ours_rotates()
    {
        await bench.WriteAsync(0, 3);
        await bench.RunAfreshAsync();
        await GiveAsync("T", new() { ['T'] = bench.NewKey() });
        await bench.WriteAsync(3, 3);
        var report = await bench.NewSequencer(new LogKeys(Old, bench.NewKey())).RunAsync(Ct);
        Assert.Equal((3, 1), (report.Logged, report.Alarms.Count(alarm => alarm.Kind == SequencerAlarmKind.ForeignKey)));
    }

    /// <summary>Each is named by the one before it, from batch 1 on; the first by A.</summary>
    private async Task GiveAsync(string named, Dictionary<char, PemSigner> keys, int from = 1)
    {
        var signer = Old;
        foreach (var one in named)
        {
            await bench.PutAsync(BatchName.Of(from), await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, from, 3, [], Convert.ToBase64String((await keys[one].PublicKeyAsync(Ct)).Span)), signer));
            (signer, from) = (keys[one], from + 1);
        }
    }

    [Fact]
    public async Task A_foreign_key_that_counts_no_more_when_it_is_read_is_alarmed_of_and_no_junk_crowds_it_out()
    {
        var thief = bench.NewKey();
        await bench.WriteAsync(0, 3);
        await bench.RunAfreshAsync();
        for (var number = 1; number <= 30; number++)
            await bench.PutAsync(BatchName.Of(number), "junk");
        await GiveAsync("TA", new() { ['A'] = Old, ['T'] = thief }, from: 31);
        for (var number = 33; number <= 33 + BatchChain.FormerKeyCounts; number++)
            await bench.PutAsync(BatchName.Of(number), "junk");
        var report = await bench.NewSequencer().RunAsync(Ct);
        Assert.Contains(await IdAsync(thief), Assert.Single(report.Alarms, alarm => alarm.Kind == SequencerAlarmKind.ForeignKey).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_the_settings_leave_out_is_no_strangers_and_is_said_to_be_what_the_log_goes_by()
    {
        var next = bench.NewKey();
        await bench.WriteAsync(0, 3);
        await bench.NewSequencer(new LogKeys(Old)).RunAsync(Ct);
        await bench.NewSequencer(new LogKeys(Old, next)).RunAsync(Ct);
        await bench.WriteAsync(3, 3);
        var report = await bench.NewSequencer(new LeavesOut(next, Old)).RunAsync(Ct);
        Assert.Equal((3, SequencerAlarmKind.KeyLeftOut), (report.Logged, Assert.Single(report.Alarms).Kind));
        Assert.Contains(await IdAsync(next), report.Alarms[0].What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_that_a_log_began_with_is_no_strangers_where_it_is_said_and_no_version()
    {
        var next = bench.NewKey();
        await bench.WriteAsync(0, 3);
        await bench.NewSequencer(new LogKeys(Old)).RunAsync(Ct);
        await bench.NewSequencer(new LogKeys(Old, next)).RunAsync(Ct);
        await bench.WriteAsync(3, 3);
        Assert.Empty((await bench.NewSequencer(new LogKeys(next) { First = await Old.PublicKeyAsync(Ct) }).RunAsync(Ct)).Alarms);
    }

    [Fact]
    public async Task L5_No_record_rotates_the_key_and_no_batch_of_a_stranger_does()
    {
        var thief = bench.NewKey();
        var thiefSpki = Convert.ToBase64String((await thief.PublicKeyAsync(Ct)).Span);
        await bench.WriteAsync(0, 2);
        await bench.Log.WriteAsync(Samples.Intent(7) with { Action = "log.key", Summary = $"The log key is {await IdAsync(thief)} from now on." });
        await bench.RunAfreshAsync();
        await bench.PutAsync(BatchName.Of(1), await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 1, 3, [], thiefSpki), thief));
        await bench.PutAsync(BatchName.Of(2), await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 2, 3, [LeafHash.EntryOf("records/2026/11/24/13/x.json", "x"u8)]), thief));
        await bench.PutAsync(CheckpointName.Of(2), await bench.ForgeAsync(4, TreeHash.Leaf("x"u8), 2, key: thief));
        await bench.WriteAsync(10, 2);
        Assert.Equal(2, (await bench.RunAfreshAsync()).Logged);
        var audit = await bench.AuditAsync();
        audit.AssertCheckpointed();
        Assert.Equal((2, 2, 5, 1, 0), (audit.Valid.Count, audit.Void.Count, audit.Leaves.Count, audit.Keys.Count, audit.Forks.Count));
    }

    [Fact]
    public async Task A_former_key_that_signs_no_more_delays_nothing_and_is_said()
    {
        var next = bench.NewKey();
        await bench.WriteAsync(0, 3);
        await bench.NewSequencer(new LogKeys(Old)).RunAsync(Ct);
        await bench.NewSequencer(new LogKeys(Old, next)).RunAsync(Ct);
        await bench.WriteAsync(3, 3);
        var report = await bench.NewSequencer(new LogKeys(new PublicKeyOnly(Old), next)).RunAsync(Ct);
        Assert.Equal(SequencerAlarmKind.FormerKeySilent, Assert.Single(report.Alarms).Kind);
        Assert.Equal([await IdAsync(next)], await SignersAsync(2, Old, next));
    }

    [Fact]
    public async Task A_log_begins_with_whichever_version_was_first_and_a_late_one_asks_for_the_versions_again()
    {
        var (older, newer) = (bench.NewKey(), bench.NewKey());
        var growing = new GrowingKeys(older);
        var late = bench.NewSequencer(growing);
        await bench.WriteAsync(0, 2);
        await bench.NewSequencer(new LogKeys(older, newer)).RunAsync(Ct);
        growing.All = [older, newer];
        await bench.WriteAsync(2, 2);
        Assert.Equal((0, 2), ((await late.RunAsync(Ct)) is var report ? report.Alarms.Count(alarm => alarm.Kind == SequencerAlarmKind.Fork) : -1, report.Logged));
        var audit = await bench.AuditAsync(newer);
        audit.AssertCheckpointed();
        Assert.Equal((2, 0, 1), (audit.Valid.Count, audit.Void.Count, audit.Keys.Count));
    }

    [Fact]
    public async Task Read_from_its_middle_every_key_that_is_trusted_counts()
    {
        var next = bench.NewKey();
        IReadOnlyList<ReadOnlyMemory<byte>> both = [await Old.PublicKeyAsync(Ct), await next.PublicKeyAsync(Ct)];
        using var middle = new BatchChain(EvidenceBench.Origin, both, next: 5, size: 7);
        var entry = LeafHash.EntryOf("records/2026/11/24/13/x.json", "x"u8);
        Assert.True(middle.Take(await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 5, 7, [entry]), next)).IsValid);
        Assert.True(middle.Take(await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 6, 8, [entry]), Old)).IsValid);
        using var beginning = new BatchChain(EvidenceBench.Origin, both);
        Assert.False(beginning.Take(await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 0, 0, [], "AAAA"), Old)).IsValid);
        Assert.True(beginning.Take(await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 1, 0, [entry]), next)).IsValid);
        Assert.False(beginning.Take(await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, 2, 1, [entry]), Old)).IsValid);
        Assert.Equal([await IdAsync(next)], beginning.Keys.Select(key => key.Id));
    }

    [Fact]
    public async Task The_key_of_the_producers_rotates_and_what_the_former_one_certified_is_still_authentic()
    {
        var newProducers = bench.NewKey();
        using var producer = new Producer(newProducers, new ProducerDescription("nhi-governor", "2", "i-2"), new LogKeys(bench.Log.ProducersKey, newProducers));
        await bench.WriteAsync(0, 3);
        await bench.Log.NewWriter(producer).WriteAsync(Samples.Intent(9), default, Ct);
        using var sequencer = new Sequencer(bench.Store, new LogKeys(Old), producer, bench.Log.Pending, new Nhi.Evidence.Index.IndexSink(bench.Index), null, bench.Log.Clock, new SequencerOptions());
        Assert.Equal((4, 0), (await sequencer.RunAsync(Ct)) is var report ? (report.Logged, report.Foreign) : default);
    }

    [Fact]
    public async Task A_process_that_runs_on_asks_for_the_versions_once_a_minute_and_looks_again_at_what_it_took_for_foreign()
    {
        var (next, third) = (bench.NewKey(), bench.NewKey());
        var versions = new GrowingKeys(bench.Log.ProducersKey);
        using var running = new Producer(bench.Log.ProducersKey, new ProducerDescription("nhi-governor", "1", "i-1"), versions, bench.Log.Clock);
        using var newer = new Producer(next, new ProducerDescription("nhi-governor", "2", "i-2"));
        using var newest = new Producer(third, new ProducerDescription("nhi-governor", "3", "i-3"));
        using var stranger = new Producer(bench.NewKey(), new ProducerDescription("nhi-governor", "2", "i-3"));
        using var sequencer = new Sequencer(bench.Store, new LogKeys(Old), running, bench.Log.Pending, new Nhi.Evidence.Index.IndexSink(bench.Index), null, bench.Log.Clock, new SequencerOptions());
        await bench.WriteAsync(0, 2);
        await bench.Log.NewWriter(newer).WriteAsync(Samples.Intent(9), default, Ct);
        await bench.Log.NewWriter(stranger).WriteAsync(Samples.Intent(10), default, Ct);
        Assert.Equal((2, 2), await RunAsync());

        // The version is there now: the stranger met before makes the process ask.
        versions.All = [bench.Log.ProducersKey, next];
        Assert.Equal((1, 1), await RunAsync());

        // Strangers make it ask no more than once a minute, so it takes as long to know the next one.
        versions.All = [bench.Log.ProducersKey, next, third];
        await bench.Log.NewWriter(newest).WriteAsync(Samples.Intent(11), default, Ct);
        Assert.Equal((0, 2), await RunAsync());
        Assert.Equal((0, 2), await RunAsync());
        bench.Log.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((1, 1), await RunAsync());

        async Task<(int, int)> RunAsync()
        {
            var report = await sequencer.RunAsync(Ct);
            return (report.Logged, report.Foreign);
        }
    }

    [Fact]
    public async Task Versions_that_cannot_be_had_any_more_take_no_trust_away()
    {
        var broken = new BrokenLater(bench.Log.ProducersKey);
        using var running = new Producer(bench.Log.ProducersKey, new ProducerDescription("nhi-governor", "1", "i-1"), broken, bench.Log.Clock);
        var judge = await running.AuthenticityAsync(Ct);
        broken.IsDown = true;
        var asked = broken.Asked;
        for (var i = 0; i < 3; i++)
            Assert.Same(judge, await running.AuthenticityAsync(Ct));
        Assert.Equal(asked + 1, broken.Asked);
        using var later = new Producer(bench.Log.ProducersKey, new ProducerDescription("nhi-governor", "1", "i-2"), broken, bench.Log.Clock);
        await Assert.ThrowsAsync<SigningException>(async () => await later.AuthenticityAsync(Ct));
        broken.IsDown = false;
        await later.AuthenticityAsync(Ct);
    }

    public void Dispose() => bench.Dispose();

    private sealed class BrokenLater(ISigner key) : ILogKeys
    {
        internal bool IsDown { get; set; }

        internal int Asked { get; private set; }

        public ReadOnlyMemory<byte>? First => null;

        public ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct)
        {
            Asked++;
            return IsDown ? throw new SigningException("The vault is down.") : new([key]);
        }
    }

    private sealed class PublicKeyOnly(PemSigner key) : ISigner
    {
        public ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct) => key.PublicKeyAsync(ct);

        public Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct) => throw new SigningException("This version is disabled.");
    }

    /// <summary>Its keeper has a version more than it signs with.</summary>
    private sealed class LeavesOut(PemSigner later, PemSigner signing) : ILogKeys
    {
        public ReadOnlyMemory<byte>? First => null;

        public ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct) => new([signing]);

        public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> KnownAsync(CancellationToken ct) => [await signing.PublicKeyAsync(ct), await later.PublicKeyAsync(ct)];
    }

    /// <summary>Remembers its versions until it is asked afresh.</summary>
    private sealed class GrowingKeys(params ISigner[] first) : ILogKeys
    {
        private IReadOnlyList<ISigner> remembered = first;

        internal IReadOnlyList<ISigner> All { get; set; } = first;

        public ReadOnlyMemory<byte>? First => null;

        public ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct) => new(fresh ? remembered = All : remembered);
    }
}
