using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Writing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;

namespace Nhi.Governance.Tests.Evidence;

/// <summary>What the log stream hears of the logs: alerts hang on these numbers.</summary>
public sealed class EvidenceSequencingTests : IDisposable
{
    private const string Origin = "nhievidence.blob.core.windows.net/evidence-2026";
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 24, 13, 0, 0, TimeSpan.Zero));
    private readonly MemoryEvidenceStore _store;
    private readonly PemSigner _key = PemSigner.Create();
    private readonly StubbornKeys _keys;
    private readonly Producer _producer;
    private readonly MemoryPendingRecords _pending = new();
    private readonly MemoryTileStore _tiles = new();
    private readonly HeardLogger _heard = new();
    private readonly EvidenceSequencing _sequencing;

    public EvidenceSequencingTests()
    {
        _store = new MemoryEvidenceStore(Origin, _clock);
        _keys = new StubbornKeys(_key);
        _producer = new Producer(_key, new ProducerDescription("nhi", "1", "i"));
        _sequencing = new EvidenceSequencing([new LogAccount(YearlyContainers.Single(_store), YearlyContainers.Single(_store))], _keys, _producer, _pending, new MemoryEvidenceIndex(), _clock, _heard, new OneTileStore(_tiles));
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task WriteAsync(char op)
    {
        var writer = new EvidenceWriter(YearlyContainers.Single(_store), null, _producer, _pending, _clock, _clock, new WriterOptions());
        await writer.WriteAsync(new EvidenceRecord { Op = new string(op, 26), Stage = RecordStage.Outcome, Result = "ok", Action = "credential.rotate", Time = _clock.GetUtcNow(), Summary = "s" }, default, Ct);
    }

    [Fact]
    public async Task Each_checkpoint_is_told_once_with_all_that_it_says()
    {
        await WriteAsync('a');
        Assert.Equal(1, await _sequencing.RunAsync(Ct));
        // The hour's seal is logged by the next run; after that nothing is new.
        await _sequencing.RunAsync(Ct);
        await _sequencing.RunAsync(Ct);
        Assert.Equal(2, _heard.Of(4203).Count);
        var note = await _store.ReadAsync(CheckpointName.Of(0), SignedNote.MostBytes, Ct);
        Assert.True(SignedNote.TryParse(note!.Bytes.Span, out var signed, out _));
        Assert.True(Checkpoint.TryParse(signed.Text, out var checkpoint, out _));
        Assert.Equal($"Checkpoint {Origin} 1 {checkpoint.Root.ToBase64()} batch 0", _heard.Of(4203)[0].Text);
        Assert.NotNull(await _tiles.ReadAsync(TilePath.Checkpoint, SignedNote.MostBytes, Ct));
    }

    [Fact]
    public async Task Of_several_checkpoints_that_one_run_writes_each_is_told()
    {
        await WriteAsync('a');
        // While the first batch is signed another record comes.
        _keys.OnSign = async () =>
        {
            _keys.OnSign = null;
            await WriteAsync('b');
        };
        Assert.Equal(2, await _sequencing.RunAsync(Ct));
        Assert.Equal(["1", "2"], _heard.Of(4203).Select(line => line.Text.Split(' ')[2]));
    }

    [Fact]
    public async Task An_account_that_failed_once_days_ago_has_not_stood_still_since()
    {
        var containers = new DumbContainers(YearlyContainers.Single(_store));
        using var sequencing = new EvidenceSequencing([new LogAccount(containers, containers)], _keys, _producer, _pending, new MemoryEvidenceIndex(), _clock, _heard);
        for (var blip = 0; blip < 2; blip++)
        {
            containers.AreDumb = true;
            await Assert.ThrowsAsync<ExternalCallException>(() => sequencing.RunAsync(Ct));
            containers.AreDumb = false;
            await sequencing.RunAsync(Ct);
            _clock.Advance(TimeSpan.FromDays(3));
        }

        Assert.Empty(_heard.Of(4206));
        containers.AreDumb = true;
        for (var minute = 0; minute < 6; minute++)
        {
            await Assert.ThrowsAsync<ExternalCallException>(() => sequencing.RunAsync(Ct));
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Contains("(account 1) has stood still for 5 minutes", Assert.Single(_heard.Of(4206)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_is_sequenced_and_never_sealed_is_critical_too()
    {
        _store.OnCall = (call, _) => new(call.Verb == "read" && call.Path.Contains("__seal_", StringComparison.Ordinal) ? StoreFault.Unreachable : StoreFault.None);
        for (var minute = 0; minute < 7; minute++)
        {
            await WriteAsync((char)('a' + minute));
            await Assert.ThrowsAsync<ExternalCallException>(() => _sequencing.RunAsync(Ct));
            Assert.Equal(Math.Max(0, minute - 4), _heard.Of(4206).Count);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(7, _heard.Of(4203).Count);
        Assert.All(_heard.Of(4206), still => Assert.Contains("records are sequenced, and the log's own ones", still.Text, StringComparison.Ordinal));
        _store.OnCall = null;
        await _sequencing.RunAsync(Ct);
        Assert.Equal(2, _heard.Of(4206).Count);
    }

    [Fact]
    public async Task L2_A_fork_is_critical_and_other_alarms_are_warnings()
    {
        var forged = await CheckpointNote.SignAsync(new Checkpoint(Origin, 9, TreeHash.Empty, 0), [_key], Ct);
        await _store.TryCreateAsync(CheckpointName.Of(0), forged, "text/plain", Ct);
        await _store.TryCreateAsync(CheckpointName.Of(1), "junk"u8.ToArray(), "text/plain", Ct);
        await WriteAsync('a');
        await _sequencing.RunAsync(Ct);
        await WriteAsync('b');
        await _sequencing.RunAsync(Ct);
        var fork = Assert.Single(_heard.Of(4204));
        Assert.Equal(LogLevel.Critical, fork.Level);
        Assert.Contains(CheckpointName.Of(0), fork.Text, StringComparison.Ordinal);
        Assert.Contains(CheckpointName.Of(1), Assert.Single(_heard.Of(4205)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hosts_wrong_clock_is_critical()
    {
        var account = YearlyContainers.Single(_store);
        using var sequencing = new EvidenceSequencing([new LogAccount(account, account)], _keys, _producer, _pending, new MemoryEvidenceIndex(), new FakeTimeProvider(_clock.GetUtcNow() - TimeSpan.FromMinutes(6)), _heard);
        await WriteAsync('a');
        Assert.Equal(1, await sequencing.RunAsync(Ct));
        var wrong = Assert.Single(_heard.Of(4209));
        Assert.Equal(LogLevel.Critical, wrong.Level);
        Assert.Contains("WrongClock", wrong.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_stands_still_is_critical_after_five_minutes_and_goes_on_by_itself()
    {
        _keys.Refuse = true;
        await WriteAsync('a');
        for (var minute = 0; minute < 7; minute++)
        {
            await Assert.ThrowsAsync<ExternalCallException>(() => _sequencing.RunAsync(Ct));
            Assert.Equal(Math.Max(0, minute - 4), _heard.Of(4206).Count);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(LogLevel.Critical, _heard.Of(4206)[0].Level);
        Assert.Contains("for 5 minutes: records are safe and not sequenced. The errors", _heard.Of(4206)[0].Text, StringComparison.Ordinal);
        _keys.Refuse = false;
        Assert.Equal(1, await _sequencing.RunAsync(Ct));
        _keys.Refuse = true;
        await WriteAsync('b');
        await Assert.ThrowsAsync<ExternalCallException>(() => _sequencing.RunAsync(Ct));
        Assert.Equal(2, _heard.Of(4206).Count);
    }

    [Fact]
    public async Task A_log_that_was_closed_in_mid_year_is_critical_at_once_and_stands_still_until_somebody_acts()
    {
        var text = new BatchFile(Origin, 0, 0, [], Closes: true).Text();
        var keyId = Es256.KeyId((await _key.PublicKeyAsync(Ct)).Span);
        var signature = await _key.SignAsync(SHA256.HashData(BatchFile.SignedText(text)), Ct);
        await _store.TryCreateAsync(BatchName.Of(0), BatchFile.Seal(text, keyId, signature), BatchName.ContentType, Ct);
        for (var minute = 0; minute < 7; minute++)
        {
            await _sequencing.RunAsync(Ct);
            Assert.Equal(Math.Max(0, minute - 4), _heard.Of(4206).Count);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.All(_heard.Of(4206), still => Assert.Contains("records are safe and not sequenced", still.Text, StringComparison.Ordinal));
        var ending = Assert.Single(_heard.Of(4209));
        Assert.Equal(LogLevel.Critical, ending.Level);
        Assert.Contains("ClosedEarly", ending.Text, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _sequencing.Dispose();
        _producer.Dispose();
        _key.Dispose();
    }

    private sealed class OneTileStore(MemoryTileStore tiles) : ITileStores
    {
        public ITileStore Of(string origin) => tiles;
    }

    private sealed class StubbornKeys(PemSigner key) : ILogKeys, ISigner
    {
        internal bool Refuse { get; set; }

        internal Func<Task>? OnSign { get; set; }

        public ReadOnlyMemory<byte>? First => null;

        public ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct) => new([this]);

        public ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct) => key.PublicKeyAsync(ct);

        public async Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct)
        {
            if (Refuse)
                throw new SigningException("The vault does not sign.");
            await (OnSign?.Invoke() ?? Task.CompletedTask);
            return await key.SignAsync(digest, ct);
        }
    }

    /// <summary>An account that says nothing of its containers for a while.</summary>
    private sealed class DumbContainers(IEvidenceContainers containers) : IEvidenceContainers
    {
        internal bool AreDumb { get; set; }

        public ValueTask<IEvidenceStore> CurrentAsync(DateTimeOffset now, CancellationToken ct) => AreDumb ? throw new EvidenceStoreException("The account does not answer.") : containers.CurrentAsync(now, ct);

        public ValueTask<IReadOnlyList<IEvidenceStore>> AllAsync(CancellationToken ct) => containers.AllAsync(ct);
    }

    private sealed class HeardLogger : ILogger<EvidenceSequencing>
    {
        private readonly List<(int Event, LogLevel Level, string Text)> _all = [];

        internal IReadOnlyList<(int Event, LogLevel Level, string Text)> Of(int number) => [.. _all.Where(line => line.Event == number)];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _all.Add((eventId.Id, logLevel, formatter(state, exception)));
    }
}
