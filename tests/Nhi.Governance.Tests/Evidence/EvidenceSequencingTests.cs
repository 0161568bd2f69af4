<<<<<<< HEAD
using System.Security.Cryptography;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Evidence.Storage;

namespace Nhi.Governance.Tests.Evidence;

public sealed class EvidenceSequencingTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_batches_seals_and_tells_the_checkpoint_to_the_log_stream()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await rig.WriteAsync(1);
        Assert.Equal(1, await rig.Sequencing.RunAsync(Ct));
        Assert.Equal(1, await rig.Sequencing.RunAsync(Ct));
        Assert.Equal(0, await rig.Sequencing.RunAsync(Ct));

        Assert.Equal(2, rig.Log.Lines.Count(line => line.Event == 4203));
        Assert.All(rig.Log.Lines.Where(line => line.Event == 4203), line => Assert.Matches(@"\ACheckpoint a\.blob\.core\.windows\.net/evidence-2026 [12] [A-Za-z0-9+/]{43}= batch [01]\z", line.Text));
        Assert.Null((await rig.Sequencing.OutlookAsync(Ct))[0].Warning(rig.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Sixty_days_before_the_last_container_runs_out_it_says_so_once_an_hour()
    {
        using var rig = new LogRig(new DateTimeOffset(2026, 11, 2, 0, 0, 0, TimeSpan.Zero), [2026]);
        await rig.Sequencing.RunAsync(Ct);
        Assert.DoesNotContain(rig.Log.Lines, line => line.Event == 4207);

        rig.Clock.Advance(TimeSpan.FromDays(1));
        for (var minute = 0; minute < 61; minute++)
        {
            await rig.Sequencing.RunAsync(Ct);
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(2, rig.Log.Lines.Count(line => line.Event == 4207));
        Assert.Contains("runs out on 2027-01-01", rig.Log.Lines.First(line => line.Event == 4207).Text, StringComparison.Ordinal);
        Assert.NotNull((await rig.Sequencing.OutlookAsync(Ct))[0].Warning(rig.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_year_without_its_container_is_told_of_and_the_newest_goes_on()
    {
        using var rig = new LogRig(new DateTimeOffset(2027, 1, 5, 0, 0, 0, TimeSpan.Zero), [2026]);
        await rig.WriteAsync(1);
        Assert.Equal(1, await rig.Sequencing.RunAsync(Ct));
        // A seal, and the finding.
        Assert.Equal(2, await rig.Sequencing.RunAsync(Ct));
        Assert.Contains(rig.Log.Lines, line => line.Event == 4207 && line.Text.Contains("evidence-2027 is missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_policys_text_lies_in_the_log_by_its_hash_once_a_year_and_once_a_change()
    {
        var policies = new Texts { Now = "a: 1\n"u8.ToArray() };
        using var rig = new LogRig(new DateTimeOffset(2026, 12, 31, 23, 0, 0, TimeSpan.Zero), [2026, 2027, 2028], policies);
        for (var i = 0; i < 3; i++)
            await rig.Sequencing.RunAsync(Ct);
        policies.Now = "a: 2\n"u8.ToArray();
        await rig.Sequencing.RunAsync(Ct);
        rig.Clock.Advance(TimeSpan.FromHours(2));
        await rig.Sequencing.RunAsync(Ct);

        Assert.Equal([.. new[] { "a: 1\n", "a: 2\n" }.Select(Name).Order()], await NamesAsync(rig.Year(2026)));
        Assert.Equal([Name("a: 2\n")], await NamesAsync(rig.Year(2027)));
    }

    [Fact]
    public async Task A_log_that_fails_is_told_of_and_the_failure_is_thrown_at_the_end()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await rig.WriteAsync(1);
        rig.Year(2026).OnCall = (call, _) => new(call is { Verb: "create", Path: ['l', 'o', 'g', ..] } ? StoreFault.Unreachable : StoreFault.None);
        var thrown = await Assert.ThrowsAsync<ExternalCallException>(() => rig.Sequencing.RunAsync(Ct));
        Assert.True(thrown.Transient);
        Assert.Contains(rig.Log.Lines, line => line.Event == 4202);

        rig.Year(2026).OnCall = null;
        Assert.Equal(1, await rig.Sequencing.RunAsync(Ct));
    }

    private static string Name(string text) => $"policies/{Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(text)))}.yaml";

    private static async Task<List<string>> NamesAsync(MemoryEvidenceStore store)
    {
        List<string> names = [];
        await foreach (var blob in store.ListAsync("policies/", Ct))
            names.Add(blob.Path);
        return names;
    }

    private sealed class Texts : IPolicySource
    {
        public byte[] Now { get; set; } = [];

        public ValueTask<Policy> CurrentAsync(CancellationToken ct) => new(new TextPolicy(Now));
    }

    private sealed class TextPolicy(byte[] text) : Policy
    {
        public override ReadOnlyMemory<byte> Text => text;
        public override string Sha256 => Convert.ToHexStringLower(SHA256.HashData(text));
        public override EffectivePolicy For(PolicySubject subject) => throw new NotSupportedException("Nobody asks.");
=======
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
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
        _keys.Refuse = false;
        Assert.Equal(1, await _sequencing.RunAsync(Ct));
        _keys.Refuse = true;
        await WriteAsync('b');
        await Assert.ThrowsAsync<ExternalCallException>(() => _sequencing.RunAsync(Ct));
        Assert.Equal(2, _heard.Of(4206).Count);
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

        public ReadOnlyMemory<byte>? First => null;

        public ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct) => new([this]);

        public ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct) => key.PublicKeyAsync(ct);

        public Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct) => Refuse ? throw new SigningException("The vault does not sign.") : key.SignAsync(digest, ct);
    }

    private sealed class HeardLogger : ILogger<EvidenceSequencing>
    {
        private readonly List<(int Event, LogLevel Level, string Text)> _all = [];

        internal IReadOnlyList<(int Event, LogLevel Level, string Text)> Of(int number) => [.. _all.Where(line => line.Event == number)];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _all.Add((eventId.Id, logLevel, formatter(state, exception)));
>>>>>>> 9a77d3272db9a73506bc9f0ea28a9a055d2199a6
    }
}
