using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Seals;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Verification;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>One log with honest writers, three rival sequencers that die now and then, a clock, and whatever an attacker needs to do what its means let it do.</summary>
internal sealed class AttackWorld : IDisposable
{
    private readonly Random random;
    private readonly DisablingSigner key;
    private readonly Host?[] hosts = new Host?[3];
    private readonly Producer thief;
    private readonly Dictionary<string, DateTimeOffset> rotated = new(StringComparer.Ordinal);
    private (EvidenceRecord Intent, EvidenceRecord Closing) next;

    internal AttackWorld(Random random)
    {
        this.random = random;
        Log = new HonestLog();
        key = new DisablingSigner(Log.Bench.LogKey);
        thief = Log.Bench.NewProducer("i-thief");
        Plan(anew: true);
    }

    internal HonestLog Log { get; }
    internal MemoryEvidenceStore Store => Log.Bench.Memory;
    internal MemoryPendingRecords Pending => Log.Bench.Pending;
    internal ContainerPolicyState Policy { get; set; } = new(Locked: true, 2_557, AppendWritesAllowed: false, SharedKeyAllowed: false);

    /// <summary>What honest writers wrote, by name.</summary>
    internal Dictionary<string, string> Honest { get; } = new(StringComparer.Ordinal);

    /// <summary>What really changed at the platform by honest hands: credential and version.</summary>
    internal HashSet<string> Changes { get; } = new(StringComparer.Ordinal);
    internal HashSet<string> Ungoverned { get; } = new(StringComparer.Ordinal);
    internal HashSet<string> Lies { get; } = new(StringComparer.Ordinal);
    internal List<(long Batch, string Path)> Forks { get; } = [];
    internal List<SequencerAlarm> Alarms { get; } = [];

    /// <summary>Somebody closed the log, which who has the log key and a right in log/ can.</summary>
    internal bool IsStalled { get; set; }
    /// <summary>Somebody named another key: honest sequencers go on by the former one.</summary>
    internal bool IsGivenAway { get; set; }
    internal bool IsSealedAhead { get; set; }

    /// <summary>The newest checkpoint that an honest sequencer told of.</summary>
    internal ReadOnlyMemory<byte>? Checkpoint { get; private set; }

    internal DateTimeOffset Now => Log.Bench.Clock.GetUtcNow();
    internal DateTimeOffset Second => new(Now.UtcTicks - (Now.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
    internal DateTimeOffset Hour => new(Now.UtcTicks - (Now.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    /// <summary>Names follow from rows that a thief may have read: this one comes next.</summary>
    internal string NextIntent => RecordPath.Of(next.Intent);

    internal async Task PrepareAsync() =>
        await new ShardPreparation(await Log.PublicKeysAsync(), [await Log.Bench.ProducersKey.PublicKeyAsync(default)], "mode: observe\n"u8.ToArray()).PrepareAsync(Store, default);

    /// <summary>One honest operation as it was planned, begun and closed.</summary>
    internal async Task OperateAsync()
    {
        var (intent, closing) = next;
        var written = await WriteAsync(intent);
        Log.Bench.Clock.Advance(TimeSpan.FromSeconds(random.Next(1, 40)));
        await WriteAsync(closing with { Intent = written.Reference });
        if (closing is { Result: "ok", Change.After.Version: { } version })
        {
            Changes.Add($"{intent.Credential!.Name} {version}");
            rotated.TryAdd(intent.Credential.Name!, intent.Time);
        }

        Plan(anew: true);
    }

    internal async Task SweepAsync() => await Log.SweepAsync();

    internal bool HasRotated(string name) => rotated.TryGetValue(name, out var first) && first < Second;

    internal void Pass(TimeSpan time)
    {
        Log.Bench.Clock.Advance(time);
        Plan();
    }

    /// <summary>A host's timer: it sequences and seals, or dies at it.</summary>
    internal async Task RunAsync(int number, bool steady = false)
    {
        var host = hosts[number] ??= new Host(this, steady ? null : random);
        try
        {
            await host.RunAsync();
        }
        catch (Exception e) when (e is CrashException || (e is AggregateException many && many.Flatten().InnerExceptions.All(inner => inner is CrashException)))
        {
            host.Dispose();
            hosts[number] = null;
        }
        catch (EvidenceStoreException) when (!steady)
        {
        }
    }

    /// <summary>Whoever died is started again; nobody dies any more, and the timers go on for a while.</summary>
    internal async Task RecoverAsync(TimeSpan time)
    {
        for (var i = 0; i < hosts.Length; i++)
        {
            hosts[i]?.Dispose();
            hosts[i] = null;
        }

        for (var until = Now + time; Now < until; Pass(TimeSpan.FromMinutes(20)))
        {
            for (var i = 0; i < hosts.Length; i++)
                await RunAsync(i, steady: true);
        }

        for (var i = 0; i < hosts.Length; i++)
            await RunAsync(i, steady: true);
    }

    /// <summary>The log key says no: every run that has something to sign says so, nothing is claimed, records go on.</summary>
    internal async Task WithoutKeyAsync(int operations)
    {
        key.IsDisabled = true;
        var (before, size) = (await NextBatchAsync(), await SizeAsync());
        for (var i = 0; i < operations; i++)
            await OperateAsync();
        using var host = new Host(this, null);
        var said = await Xunit.Record.ExceptionAsync(host.RunAsync);
        Assert.True(said is SigningException || (IsStalled && said is null), $"Without the log key a run says '{said}'.");
        Assert.Equal((before, size), (await NextBatchAsync(), await SizeAsync()));
        key.IsDisabled = false;
    }

    /// <summary>Nobody sequences: after 65 minutes the quick look says so, after 70 the full one names what was left out.</summary>
    internal async Task WithoutSequencersAsync()
    {
        if (await SizeAsync() == 0)
            return;
        await OperateAsync();
        var left = await UnloggedAsync();
        Log.Bench.Clock.Advance(TimeSpan.FromMinutes(132) - (Now - Hour));
        var quick = await VerifyAsync(VerifyLevel.Quick);
        Assert.True(IsSealedAhead || IsStalled || quick.Findings.Any(finding => finding.Kind == LogFindingKind.SealLate), "The quick look does not say that seals stopped.");
        var full = await VerifyAsync(VerifyLevel.Full);
        Assert.True(left is null || full.Findings.Any(finding => finding.Kind == LogFindingKind.RecordUnlogged && finding.Path == left), $"'{left}' was left out for more than 70 minutes, and the full look does not say so.");
        Plan();
    }

    internal async Task<VerificationReport> VerifyAsync(VerifyLevel level, IReadOnlyList<ReadOnlyMemory<byte>>? saved = null, Action<string, EvidenceRecord, long>? onRecord = null, IEvidenceIndex? index = null) =>
        await LogVerifier.VerifyAsync([new LogShard(new StoreLog(Store, 1), Log.Tiles, new PolicyState(this))],
            await Log.OptionsAsync() with { LogKeyVersions = [await Log.Bench.LogKey.PublicKeyAsync(default)], Level = level, SavedCheckpoints = saved ?? [], OnRecord = onRecord, Index = index }, null, default);

    /// <summary>Somebody creates a blob; nothing has to be named where the name was taken.</summary>
    internal async Task<IReadOnlyList<Naming>> PutAsync(string path, byte[] bytes, params LogFindingKind[] anyOf) =>
        (await Store.TryCreateAsync(path, bytes, "text/plain", default)).Answer == CreateAnswer.Created && anyOf.Length > 0 ? [new Naming(path, anyOf)] : Deed.NoEffect;

    internal async Task<byte[]?> BytesAsync(string path) => (await Store.ReadAsync(path, int.MaxValue, default))?.Bytes.ToArray();

    internal async Task<long> NextBatchAsync()
    {
        var number = 0L;
        while (await Store.ReadAsync(BatchName.Of(number), 1, default) is not null)
            number++;
        return number;
    }

    internal async Task<long> SizeAsync() => (await ReadAsync()).Sum(batch => batch.Entries.Count);

    internal async Task<List<BatchFile>> ReadAsync() => (await LogReader.ReadAsync(Store, await Log.Bench.LogKey.PublicKeyAsync(default))).Valid;

    /// <summary>An honest record that is logged.</summary>
    internal async Task<string?> SomeRecordAsync()
    {
        var logged = (await ReadAsync()).SelectMany(batch => batch.Entries).Select(entry => entry.Path).Where(Honest.ContainsKey).ToArray();
        return logged.Length == 0 ? null : logged[random.Next(logged.Length)];
    }

    /// <summary>An honest record that waits.</summary>
    internal async Task<string?> UnloggedAsync()
    {
        var logged = (await ReadAsync()).SelectMany(batch => batch.Entries).Select(entry => entry.Path).ToHashSet();
        return Honest.Keys.Order(StringComparer.Ordinal).LastOrDefault(path => !logged.Contains(path));
    }

    internal Task<byte[]> ForgeAsync(Checkpoint checkpoint) => CheckpointNote.SignAsync(checkpoint, [Log.Bench.LogKey], default);

    /// <summary>A thief's batch at the next name; what it lists has to be named where it came to that.</summary>
    internal async Task<IReadOnlyList<Naming>> ListAsync(IReadOnlyList<BatchEntry> entries, params IReadOnlyList<Naming> named) =>
        !IsStalled && await SignBatchAsync(new BatchFile(EvidenceBench.Origin, await NextBatchAsync(), await SizeAsync(), entries)) is not null ? named : Deed.NoEffect;

    internal async Task<string?> SignBatchAsync(BatchFile batch)
    {
        var (text, keyId) = (batch.Text(), Es256.KeyId((await Log.Bench.LogKey.PublicKeyAsync(default)).Span));
        var signature = await Log.Bench.LogKey.SignAsync(SHA256.HashData(BatchFile.SignedText(text)), default);
        var file = BatchFile.Seal(text, keyId, signature);
        return !IsStalled && (await Store.TryCreateAsync(BatchName.Of(batch.Number), file, BatchName.ContentType, default)).Answer == CreateAnswer.Created ? BatchName.Of(batch.Number) : null;
    }

    internal async Task<RecordReference> WriteAsThiefAsync(EvidenceRecord record, TimeSpan shift = default)
    {
        var writer = new EvidenceWriter(YearlyContainers.Single(Store), null, thief, null, new FakeTimeProvider(Now + shift), Log.Bench.Clock, Log.Bench.Options);
        return (await writer.WriteAsync(record, default, default)).Reference;
    }

    public void Dispose()
    {
        foreach (var host in hosts)
            host?.Dispose();
        thief.Dispose();
        Log.Dispose();
    }

    private async Task<WrittenRecord> WriteAsync(EvidenceRecord record)
    {
        var written = await Log.Bench.WriteAsync(record);
        Honest[written.Reference.Path] = written.Reference.Sha256;
        return written;
    }

    /// <summary>The next operation: what it will do stays, when it begins is now.</summary>
    private void Plan(bool anew = false)
    {
        if (anew)
            next = Log.Operation($"app-{random.Next(4):D3}", random.Next(5) == 0 ? "RETRY" : "ok");
        next = (next.Intent with { Time = Second, Deadline = Second.AddMinutes(10) }, next.Closing with { Time = Second });
    }

    private sealed class Host : IDisposable
    {
        private readonly AttackWorld world;
        private readonly Sequencer sequencer;
        private readonly Sealer sealer;

        internal Host(AttackWorld world, Random? mortal)
        {
            this.world = world;
            IEvidenceStore store = mortal is null ? world.Store : new CrashingStore(world.Store, mortal, 0.004, 0.004);
            sequencer = new Sequencer(store, new LogKeys(world.key), world.Log.Bench.Producer, world.Pending, new IndexSink(world.Log.Index), world.Log.Tiles, world.Log.Bench.Clock,
                new SequencerOptions { Parallel = 1, PartialBundleEvery = TimeSpan.Zero }) { OnAlarm = world.Alarms.Add };
            sealer = new Sealer(world.Store, world.Log.Bench.Writer, world.Log.Bench.Producer);
        }

        internal async Task RunAsync()
        {
            if ((await sequencer.RunAsync(default)).Checkpoint is { } checkpoint)
                world.Checkpoint = checkpoint.Note;
            if (await sealer.SealAsync(sequencer, world.Now, default) is { } seal)
                world.Honest[seal.Reference.Path] = seal.Reference.Sha256;
        }

        public void Dispose() => sequencer.Dispose();
    }

    private sealed class DisablingSigner(ISigner inner) : ISigner
    {
        internal bool IsDisabled { get; set; }

        public ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct) => inner.PublicKeyAsync(ct);

        public Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct) => IsDisabled ? throw new SigningException("The log key is disabled.") : inner.SignAsync(digest, ct);
    }

    private sealed class PolicyState(AttackWorld world) : IContainerPolicyState
    {
        public Task<ContainerPolicyLook> ReadAsync(string origin, CancellationToken ct) => Task.FromResult(new ContainerPolicyLook(world.Policy));
    }
}
