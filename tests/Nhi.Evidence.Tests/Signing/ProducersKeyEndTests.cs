using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Signing;

/// <summary>A version of the key `producers` that was stolen is brought to its end; what it certified before stays authentic.</summary>
public sealed class ProducersKeyEndTests : IDisposable
{
    private readonly EvidenceBench bench = new();
    private readonly PemSigner next = PemSigner.Create();
    private readonly Versions versions;
    private readonly Producer honest;
    private readonly Producer thief;

    public ProducersKeyEndTests()
    {
        versions = new Versions(bench.ProducersKey);
        honest = New("i-1", versions);
        // Whoever stole the version certifies himself, and goes on to.
        thief = New("i-2", null);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private DateTimeOffset Now => bench.Clock.GetUtcNow();

    private Producer New(string instance, ILogKeys? keys) => new(bench.ProducersKey, new ProducerDescription("nhi-governor", "1", instance), keys, bench.Clock);

    private async Task<string> WriteAsync(Producer by, int number) => (await bench.NewWriter(by).WriteAsync(Samples.Intent(number, Now), default, Ct)).Reference.Path;

    private async Task<SequencerReport> SequenceAsync()
    {
        using var sequencer = new Sequencer(bench.Store, new LogKeys(bench.LogKey), honest, bench.Pending, new IndexSink(new MemoryEvidenceIndex()), null, bench.Clock, new SequencerOptions());
        return await sequencer.RunAsync(Ct);
    }

    private async Task<VerificationReport> VerifyAsync() => await VerifyAsync(await versions.EndingAsync(Ct), isKeeperAsked: false);

    private async Task<VerificationReport> VerifyAsync(IReadOnlyList<ProducersKey> keys, bool isKeeperAsked)
    {
        var logKey = await bench.LogKey.PublicKeyAsync(Ct);
        return await LogVerifier.VerifyAsync(new StoreLog(bench.Store), new VerifyOptions { LogKeys = [logKey], LogKeyVersions = isKeeperAsked ? [logKey] : null, ProducerKeys = keys, At = Now, SealAge = TimeSpan.FromDays(99) }, null, Ct);
    }

    /// <summary>As an auditor who has the public keys, oldest first, and was told nothing of their ends.</summary>
    private async Task<VerificationReport> VerifyUntoldAsync() => await VerifyAsync([.. (await versions.EndingAsync(Ct)).Select(key => new ProducersKey(key.Spki))], isKeeperAsked: false);

    private ShardKeeper NewKeeper()
    {
        var log = YearlyContainers.Single(bench.Store);
        return new ShardKeeper(log, log, store => new Sequencer(store, new LogKeys(bench.LogKey), honest, bench.Pending, new IndexSink(new MemoryEvidenceIndex()), null, bench.Clock, new SequencerOptions()), honest, bench.Pending, bench.Clock, bench.Clock, bench.Options);
    }

    private static async Task RunAsync(ShardKeeper keeper) => Assert.All((await keeper.RunAsync(Ct)).Logs, log => Assert.Null(log.Failure));

    /// <summary>A sequencer that believes whatever the stolen version certifies.</summary>
    private async Task SequenceGulliblyAsync()
    {
        using var sequencer = new Sequencer(bench.Store, new LogKeys(bench.LogKey), thief, bench.Pending, new IndexSink(new MemoryEvidenceIndex()), null, bench.Clock, new SequencerOptions());
        await sequencer.RunAsync(Ct);
    }

    private async Task<string> SayEndedAsync(Producer by, PemSigner version, DateTimeOffset until) =>
        (await bench.NewWriter(by).WriteAsync(EndedKeyRecord.Of(new ProducersKey(await version.PublicKeyAsync(Ct), until)), new WriteRequest(FirstWriterWins: true), Ct)).Reference.Path;

    private async Task<string[]> EndsAsync() => [.. (await bench.NamesAsync()).Where(name => name.Contains("__end_2-FINDING_", StringComparison.Ordinal))];

    private static IEnumerable<(LogFindingKind Kind, string Path)> Told(VerificationReport report) =>
        report.Findings.Where(one => one.Kind is LogFindingKind.RecordForged or LogFindingKind.RecordForeign or LogFindingKind.RecordUnlogged or LogFindingKind.ProducersKeyEnded or LogFindingKind.ProducersKeyEndForeign).Select(one => (one.Kind, one.Path!));

    [Fact]
    public async Task What_a_version_certified_counts_in_what_was_created_before_its_end_and_in_nothing_after()
    {
        var path = await WriteAsync(honest, 1);
        var bytes = (await bench.Store.ReadAsync(path, RecordLimits.Bytes, Ct))!.Bytes;
        using var judge = new RecordAuthenticity([new ProducersKey(await bench.ProducersKey.PublicKeyAsync(Ct), Now.AddHours(1))]);
        Assert.True(RecordPath.TryParse(path, out var name));
        foreach (var (created, isAuthentic) in ((DateTimeOffset?, bool)[])[(Now, true), (Now.AddHours(1).AddTicks(-1), true), (Now.AddHours(1), false), (Now.AddDays(9), false), (null, true)])
        {
            var judgement = judge.Check(bytes.Span, path, EvidenceBench.Origin, created);
            Assert.Equal(isAuthentic, judgement.IsAuthentic);
            Assert.Equal(isAuthentic, judge.Glance(bytes, path, name, EvidenceBench.Origin, created).Gist is not null);
            if (!isAuthentic)
                Assert.Contains("counts for what was created before 2026-11-24T14:05:07Z", judgement.Why, StringComparison.Ordinal);
        }

        // The end may come, go and come again while it is known.
        judge.Trust([new ProducersKey(await bench.ProducersKey.PublicKeyAsync(Ct))]);
        Assert.True(judge.Check(bytes.Span, path, EvidenceBench.Origin, Now.AddDays(9)).IsAuthentic);
        judge.Trust([new ProducersKey(await bench.ProducersKey.PublicKeyAsync(Ct), Now)]);
        Assert.False(judge.Check(bytes.Span, path, EvidenceBench.Origin, Now).IsAuthentic);
    }

    [Fact]
    public async Task A_stolen_version_that_has_ended_brings_nothing_more_into_the_log_and_what_it_brought_in_is_named()
    {
        var before = await WriteAsync(honest, 1);
        Assert.Equal(1, (await SequenceAsync()).Logged);
        bench.Clock.Advance(TimeSpan.FromMinutes(10));
        var ended = Now;
        var early = await WriteAsync(thief, 2);
        await SequenceAsync();
        bench.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.DoesNotContain((await VerifyAsync()).Counts.Keys, kind => kind is LogFindingKind.RecordForged or LogFindingKind.RecordForeign);

        versions.Add(next);
        versions.End(0, ended);
        bench.Clock.Advance(TimeSpan.FromMinutes(10));
        var late = await WriteAsync(thief, 3);
        var after = await WriteAsync(honest, 4);
        Assert.Equal((1, 1), await SequenceAsync() is var report ? (report.Logged, report.Foreign) : default);
        var found = await VerifyAsync();
        Assert.Equal([(LogFindingKind.RecordForged, early), (LogFindingKind.RecordForeign, late)], found.Findings.Where(one => one.Kind is LogFindingKind.RecordForged or LogFindingKind.RecordForeign).Select(one => (one.Kind, one.Path!)));
        Assert.All(found.Findings.Where(one => one.Kind is LogFindingKind.RecordForged or LogFindingKind.RecordForeign), one => Assert.Contains("the key of the producers", one.Found, StringComparison.Ordinal));
        Assert.DoesNotContain(found.Findings, one => one.Kind != LogFindingKind.NotYet && (one.Path == before || one.Path == after));
    }

    [Fact]
    public async Task Who_was_certified_by_a_version_that_ends_is_certified_anew_before()
    {
        versions.Add(next);
        var mine = await honest.IdentityAsync(Ct);
        await honest.AuthenticityAsync(Ct);
        versions.End(0, Now.AddHours(1));
        Assert.Same(mine, await honest.IdentityAsync(Ct));
        bench.Clock.Advance(TimeSpan.FromMinutes(45));
        var other = await honest.IdentityAsync(Ct);
        Assert.NotEqual(mine.Facts.Cert, other.Facts.Cert);
        Assert.Same(other, await honest.IdentityAsync(Ct));
        bench.Clock.Advance(TimeSpan.FromHours(1));
        var path = await WriteAsync(honest, 1);
        Assert.True((await honest.AuthenticityAsync(Ct)).Check((await bench.Store.ReadAsync(path, RecordLimits.Bytes, Ct))!.Bytes.Span, path, EvidenceBench.Origin, Now).IsAuthentic);
        // What was begun with the former identity can be signed to its end.
        Assert.Equal(64, mine.Sign("x"u8).Length);
    }

    [Fact]
    public async Task Where_no_other_version_signs_the_former_identity_serves_on()
    {
        var mine = await honest.IdentityAsync(Ct);
        await honest.AuthenticityAsync(Ct);
        versions.End(0, Now);
        Assert.Same(mine, await honest.IdentityAsync(Ct));
    }

    [Fact]
    public async Task L5_the_log_says_once_that_a_version_has_ended_and_whoever_was_told_nothing_names_what_it_certified_later()
    {
        await WriteAsync(honest, 1);
        using var keeper = NewKeeper();
        await RunAsync(keeper);
        versions.Add(next);
        versions.End(0, Now.AddMinutes(30));
        bench.Clock.Advance(TimeSpan.FromMinutes(29));
        await RunAsync(keeper);
        Assert.Empty(await EndsAsync());
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        var ended = Now;
        using var rival = NewKeeper();
        for (var i = 0; i < 3; i++)
        {
            await RunAsync(keeper);
            await RunAsync(rival);
        }

        var said = Assert.Single(await EndsAsync());
        var record = await bench.StoredAsync(said);
        Assert.Equal((ended, ended), (record.Time, record.EndedKey!.Until));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData((await bench.ProducersKey.PublicKeyAsync(Ct)).Span)), record.EndedKey.Sha256);
        Assert.Equal([(LogFindingKind.ProducersKeyEnded, said)], Told(await VerifyUntoldAsync()));
        // Who knows it already is told nothing.
        Assert.Empty(Told(await VerifyAsync()));

        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        var logged = await WriteAsync(thief, 2);
        await SequenceGulliblyAsync();
        var late = await WriteAsync(thief, 3);
        await WriteAsync(honest, 4);
        await RunAsync(keeper);
        bench.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal([(LogFindingKind.RecordForged, logged), (LogFindingKind.RecordForeign, late), (LogFindingKind.ProducersKeyEnded, said)], Told(await VerifyUntoldAsync()));
    }

    [Fact]
    public async Task L5_no_word_of_a_version_ends_itself_or_a_newer_one_and_where_the_keeper_was_asked_his_word_stands()
    {
        versions.Add(next);
        using var newer = new Producer(next, new ProducerDescription("nhi-governor", "1", "i-3"), versions, bench.Clock);
        using var stolen = New("i-2", versions);
        using var sequencer = new Sequencer(bench.Store, new LogKeys(bench.LogKey), honest, bench.Pending, new IndexSink(new MemoryEvidenceIndex()), null, bench.Clock, new SequencerOptions());
        var ofNewer = await SayEndedAsync(stolen, next, Now);
        var ofItself = await SayEndedAsync(stolen, bench.ProducersKey, Now);
        await sequencer.RunAsync(Ct);
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        await WriteAsync(newer, 1);
        await WriteAsync(honest, 2);
        await sequencer.RunAsync(Ct);
        Assert.Equal([(LogFindingKind.ProducersKeyEndForeign, ofNewer), (LogFindingKind.ProducersKeyEndForeign, ofItself)], Told(await VerifyUntoldAsync()).OrderBy(one => one.Path != ofNewer));

        // A newer one's word counts with whoever has files alone; the keeper knows better.
        var ofOlder = await SayEndedAsync(newer, bench.ProducersKey, Now.AddSeconds(1));
        await sequencer.RunAsync(Ct);
        Assert.Contains((LogFindingKind.ProducersKeyEnded, ofOlder), Told(await VerifyUntoldAsync()));
        Assert.Contains((LogFindingKind.ProducersKeyEndForeign, ofOlder), Told(await VerifyAsync(await versions.EndingAsync(Ct), isKeeperAsked: true)));
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        var after = await WriteAsync(honest, 3);
        await sequencer.RunAsync(Ct);
        Assert.Contains((LogFindingKind.RecordForged, after), Told(await VerifyUntoldAsync()));
        Assert.DoesNotContain(Told(await VerifyAsync(await versions.EndingAsync(Ct), isKeeperAsked: true)), one => one.Kind == LogFindingKind.RecordForged);
    }

    [Fact]
    public async Task An_instance_that_the_ended_version_certified_says_nothing_of_it()
    {
        await honest.IdentityAsync(Ct);
        versions.End(0, Now);
        Assert.Empty(await honest.EndedAsync(Ct));
        versions.Add(next);
        bench.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(Now.AddMinutes(-2), Assert.Single(await honest.EndedAsync(Ct)).Until);
    }

    public void Dispose()
    {
        honest.Dispose();
        thief.Dispose();
        next.Dispose();
        bench.Dispose();
    }

    /// <summary>As their keeper has them, with the ends that he set.</summary>
    private sealed class Versions(PemSigner first) : ILogKeys
    {
        private IReadOnlyList<ISigner> all = [first];
        private readonly List<DateTimeOffset?> ends = [null];

        public ReadOnlyMemory<byte>? First => null;

        internal void Add(ISigner version)
        {
            all = [.. all, version];
            ends.Add(null);
        }

        internal void End(int version, DateTimeOffset until)
        {
            all = [.. all];
            ends[version] = until;
        }

        public ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct) => new(all);

        public async ValueTask<IReadOnlyList<ProducersKey>> EndingAsync(CancellationToken ct) => [.. (await all.PublicKeysAsync(ct)).Zip(ends, (spki, until) => new ProducersKey(spki, until))];
    }
}
