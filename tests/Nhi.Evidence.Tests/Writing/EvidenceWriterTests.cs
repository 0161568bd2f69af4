using System.Security.Cryptography;
using System.Text;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Writing;

public sealed class EvidenceWriterTests : IDisposable
{
    private readonly EvidenceBench bench = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_WithNothingInTheWay_IsOneCreateAndNothingElse()
    {
        var written = await bench.WriteAsync(Samples.Intent());
        Assert.Equal((1, 0, 0), (bench.Memory.Creates, bench.Memory.Reads, bench.Memory.Lists));
        var blob = await bench.Memory.ReadAsync(written.Reference.Path, RecordLimits.Bytes, Ct);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(blob!.Bytes.Span)), written.Reference.Sha256);
        var judgement = (await bench.Producer.AuthenticityAsync(Ct)).Check(blob.Bytes.Span, written.Reference.Path, EvidenceBench.Origin);
        Assert.Null(judgement.Why);
        Assert.Equal(Samples.Start, judgement.Record!.Recorded);
        Assert.Equal((false, false), (judgement.Record.Late, written.AtSecondary));
        Assert.Equal(new PendingRecord(written.Record.Op, "1-intent", written.Reference.Path), Assert.Single(await PendingAsync()));
    }

    [Fact]
    public async Task Write_AfterALostAnswer_KnowsItsOwnBytesAgain()
    {
        Fail(StoreFault.AnswerLost, 1);
        var written = await bench.EndOfAsync(bench.WriteAsync(Samples.Intent()));
        Assert.Equal(RecordPath.Of(Samples.Intent()), written.Reference.Path);
        Assert.Equal([written.Reference.Path], await bench.NamesAsync());
        Assert.Equal(Samples.Start, (await bench.StoredAsync(written.Reference.Path)).Recorded);
    }

    [Fact]
    public async Task Write_AfterMoreThan200SecondsOfSilence_IsMadeAnewAndSaysThatItIsLate()
    {
        var until = Samples.Start.AddSeconds(210);
        bench.Memory.OnCall = (_, _) => new(bench.Clock.GetUtcNow() < until ? StoreFault.Unreachable : StoreFault.None);
        var written = await bench.EndOfAsync(bench.WriteAsync(Samples.Outcome(Samples.Intent())));
        var stored = await bench.StoredAsync(written.Reference.Path);
        Assert.True(stored.Late);
        Assert.True(stored.Recorded >= Samples.Start.AddSeconds(200));
        Assert.Equal(RecordPath.Of(stored), written.Reference.Path);
    }

    [Fact]
    public async Task Write_WhoseFirstBytesLandedBeforeTheyWereMadeAnew_CountsThoseThatAreThere()
    {
        var until = Samples.Start.AddSeconds(210);
        bench.Memory.OnCall = (call, _) => new(call.Number == 1 ? StoreFault.AnswerLost : bench.Clock.GetUtcNow() < until ? StoreFault.Unreachable : StoreFault.None);
        var written = await bench.EndOfAsync(bench.WriteAsync(Samples.Outcome(Samples.Intent())));
        Assert.False((await bench.StoredAsync(written.Reference.Path)).Late);
        Assert.False(written.Record.Late);
        Assert.Single(await bench.NamesAsync());
        Assert.Equal(Hash((await bench.Memory.ReadAsync(written.Reference.Path, 70_000, Ct))!.Bytes), written.Reference.Sha256);
    }

    [Fact]
    public async Task Write_AgainInTheSameProcess_FindsItsEarlierBytes()
    {
        var first = await bench.WriteAsync(Samples.Intent());
        bench.Clock.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(first.Reference, (await bench.WriteAsync(Samples.Intent())).Reference);
        Assert.Single(await bench.NamesAsync());
    }

    [Fact]
    public async Task Write_RefusedWithNothingThere_FailsClosed()
    {
        bench.Memory.OnCall = (call, _) => new(call.Verb == "create" ? StoreFault.Refused : StoreFault.None);
        var refusal = await Assert.ThrowsAsync<EvidenceWriteRefusedException>(() => bench.WriteAsync(Samples.Intent()));
        Assert.Contains(EvidenceBench.Origin, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(RecordPath.Of(Samples.Intent()), refusal.Message, StringComparison.Ordinal);
        Assert.Empty(await bench.NamesAsync());
        Assert.Empty(await PendingAsync());
    }

    [Fact]
    public async Task Write_WhileTheStoreIsDown_RefusesAnIntentIn30Seconds_AndAnOutcomeIn4Minutes_AndRecovers()
    {
        bench.Memory.OnCall = (_, _) => new(StoreFault.Unreachable);
        await Assert.ThrowsAsync<EvidenceWriteRefusedException>(() => bench.EndOfAsync(bench.WriteAsync(Samples.Intent())));
        var afterIntent = bench.Clock.GetUtcNow() - Samples.Start;
        Assert.InRange(afterIntent.TotalSeconds, 10, 31);
        await Assert.ThrowsAsync<EvidenceWriteRefusedException>(() => bench.EndOfAsync(bench.WriteAsync(Samples.Outcome(Samples.Intent()))));
        Assert.InRange((bench.Clock.GetUtcNow() - Samples.Start - afterIntent).TotalSeconds, 200, 241);
        bench.Memory.OnCall = null;
        Assert.Equal(RecordPath.Of(Samples.Intent()), (await bench.WriteAsync(Samples.Intent())).Reference.Path);
    }

    [Fact]
    public async Task Write_OfARevocationWhileThePrimaryRefuses_GoesToTheSecondary_AndTheRestOfTheOperationStaysThere()
    {
        bench.Memory.OnCall = (call, _) => new(call.Verb == "create" ? StoreFault.Refused : StoreFault.None);
        var intent = await bench.WriteAsync(Samples.Intent(), new WriteRequest(MayFallBack: true));
        Assert.True(intent.AtSecondary);
        Assert.Equal("secondary", (await bench.StoredAsync(intent.Reference.Path, bench.Secondary)).Location);
        bench.Memory.OnCall = null;
        var outcome = await bench.WriteAsync(Samples.Outcome(Samples.Intent()), new WriteRequest(AtSecondary: true));
        Assert.Equal(bench.Secondary.Origin, outcome.Log);
        Assert.Empty(await bench.NamesAsync());
        Assert.Equal(2, (await bench.NamesAsync(bench.Secondary)).Count);
    }

    [Fact]
    public async Task Write_ToThePrimary_OfARecordMadeOfOneInTheSecondary_DoesNotSayThatItStandsThere()
    {
        var written = await bench.WriteAsync(Samples.Intent() with { Location = "secondary" });
        Assert.Equal((false, null), (written.AtSecondary, (await bench.StoredAsync(written.Reference.Path)).Location));
    }

    [Fact]
    public async Task Write_AtASquattedName_TakesARandomNameBesideIt_AndSaysSoInThePath()
    {
        var plain = RecordPath.Of(Samples.Intent());
        await bench.Memory.TryCreateAsync(plain, "junk"u8.ToArray(), "text/plain", Ct);
        var written = await bench.WriteAsync(Samples.Intent());
        Assert.NotEqual(plain, written.Reference.Path);
        Assert.True(RecordPath.TryParse(written.Reference.Path, out var name));
        Assert.Equal(16, name.Suffix!.Length);
        Assert.Equal(plain, RecordPath.Plain(written.Reference.Path));
        var blob = await bench.Memory.ReadAsync(written.Reference.Path, 70_000, Ct);
        Assert.True((await bench.Producer.AuthenticityAsync(Ct)).Check(blob!.Bytes.Span, written.Reference.Path, EvidenceBench.Origin).IsAuthentic);
    }

    [Fact]
    public async Task Write_AtARowsNameThatAnotherInstancesRecordHas_IsSquattedToo()
    {
        using var other = bench.NewProducer("i-2");
        var theirs = await bench.NewWriter(other).WriteAsync(Samples.Intent(), default, Ct);
        var ours = await bench.WriteAsync(Samples.Intent());
        Assert.NotEqual(theirs.Reference.Path, ours.Reference.Path);
    }

    [Fact]
    public async Task Write_AtATimersName_LetsTheFirstAuthenticRecordWin_ButNotJunk()
    {
        var rule = new WriteRequest(FirstWriterWins: true);
        using var other = bench.NewProducer("i-2");
        var theirs = await bench.NewWriter(other).WriteAsync(Samples.Intent(1), default, Ct);
        var ours = await bench.WriteAsync(Samples.Intent(1), rule);
        Assert.Equal(theirs.Reference, ours.Reference);
        Assert.True(ours.WasThere);
        Assert.Equal("i-2", ours.Record.Producer!.Instance);

        await bench.Memory.TryCreateAsync(RecordPath.Of(Samples.Intent(2)), "junk"u8.ToArray(), "text/plain", Ct);
        Assert.NotNull(Name(await bench.WriteAsync(Samples.Intent(2), rule)).Suffix);
    }

    [Fact]
    public async Task Write_WhileEveryNameIsSquatted_RefusesInTheEnd()
    {
        bench.Memory.OnCall = Squat;
        var refusal = await Assert.ThrowsAsync<EvidenceWriteRefusedException>(() => bench.WriteAsync(Samples.Intent()));
        Assert.Contains("squats", refusal.Message, StringComparison.Ordinal);

        async ValueTask<StoreFault> Squat(StoreCall call, CancellationToken ct)
        {
            if (call.Verb != "create")
                return StoreFault.None;
            bench.Memory.OnCall = null;
            await bench.Memory.TryCreateAsync(call.Path, "junk"u8.ToArray(), "text/plain", ct);
            bench.Memory.OnCall = Squat;
            return StoreFault.None;
        }
    }

    [Fact]
    public async Task Write_WithAWorkListThatFailsOrHangs_IsDurableAllTheSame()
    {
        var failing = bench.NewWriter(bench.Producer, new BadPending(hang: false));
        Assert.NotNull(await failing.WriteAsync(Samples.Intent(1), default, Ct));
        var hanging = bench.NewWriter(bench.Producer, new BadPending(hang: true));
        Assert.NotNull(await bench.EndOfAsync(hanging.WriteAsync(Samples.Intent(2), default, Ct)));
        Assert.Equal(2, (await bench.NamesAsync()).Count);
    }

    [Fact]
    public async Task Write_WithoutACertificate_Refuses_AndAsksAgainLater()
    {
        var down = new Dormant(bench.ProducersKey);
        using var producer = new Producer(down, new ProducerDescription("s", "1", "i"));
        var writer = bench.NewWriter(producer);
        await Assert.ThrowsAsync<EvidenceWriteRefusedException>(() => bench.EndOfAsync(writer.WriteAsync(Samples.Intent(), default, Ct)));
        down.Awake = true;
        Assert.NotNull(await writer.WriteAsync(Samples.Intent(), default, Ct));
    }

    [Fact]
    public async Task Write_OfWhatLooksLikeASecret_ThrowsHere_AndWithholdsInProduction()
    {
        var record = Samples.Intent() with { Summary = "Set Password=hunter2hunter2; done." };
        await Assert.ThrowsAsync<SecretInRecordException>(() => bench.WriteAsync(record));
        using var production = new EvidenceBench(new WriterOptions());
        var stored = await production.StoredAsync((await production.WriteAsync(record)).Reference.Path);
        Assert.Equal(("[withheld]", "$.summary"), (stored.Summary, Assert.Single(stored.Withheld)));
    }

    [Fact]
    public async Task Write_InAYearWithoutAContainer_GoesOnInTheNewest()
    {
        var old = new MemoryEvidenceStore("a/evidence-2025", bench.Clock);
        var next = new MemoryEvidenceStore("a/evidence-2027", bench.Clock);
        var containers = new YearlyContainers(() => new Dictionary<int, IEvidenceStore> { [2025] = old, [2027] = next });
        Assert.Same(old, await containers.CurrentAsync(Samples.Start, Ct));
        Assert.Same(next, await containers.CurrentAsync(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero), Ct));
        Assert.Same(old, await containers.CurrentAsync(new DateTimeOffset(2026, 12, 31, 23, 59, 59, TimeSpan.Zero), Ct));
        await Assert.ThrowsAsync<EvidenceStoreException>(async () => await new YearlyContainers(() => new Dictionary<int, IEvidenceStore>()).CurrentAsync(Samples.Start, Ct));
    }

    public void Dispose() => bench.Dispose();

    private static string Hash(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes.Span));

    private static RecordName Name(WrittenRecord written) => RecordPath.TryParse(written.Reference.Path, out var name) ? name : throw new InvalidOperationException("no record's name");

    private void Fail(StoreFault fault, long call) => bench.Memory.OnCall = (now, _) => new(now.Number == call ? fault : StoreFault.None);

    private async Task<List<PendingRecord>> PendingAsync()
    {
        List<PendingRecord> rows = [];
        await foreach (var row in bench.Pending.ListAsync(Ct))
            rows.Add(row);
        return rows;
    }

    private sealed class BadPending(bool hang) : IPendingRecords
    {
        public Task AddAsync(string op, string stage, string path, CancellationToken ct) => hang ? new TaskCompletionSource().Task : throw new InvalidOperationException("table gone");

        public IAsyncEnumerable<PendingRecord> ListAsync(CancellationToken ct) => AsyncEnumerable.Empty<PendingRecord>();

        public Task RemoveAsync(PendingRecord pending, CancellationToken ct) => Task.CompletedTask;
    }

    private sealed class Dormant(ISigner inner) : ISigner
    {
        internal bool Awake { get; set; }

        public ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct) => inner.PublicKeyAsync(ct);

        public Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct) => Awake ? inner.SignAsync(digest, ct) : throw new SigningException("Key Vault is down.");
    }
}
