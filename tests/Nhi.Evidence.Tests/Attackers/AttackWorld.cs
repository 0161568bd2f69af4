using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Verification;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>Two accounts over a year's end, with honest writers, three rival hosts that die now and then, keys that rotate, tables and tiles that get lost, a clock, and whatever an attacker needs to do what its means let it do.</summary>
internal sealed class AttackWorld : IDisposable
{
    /// <summary>Few, so that a thief can name more.</summary>
    internal const int MostWaiting = 200;

    internal static readonly DateTimeOffset NewYear = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Random random;
    private readonly AttackHost?[] hosts = new AttackHost?[3];
    private readonly Producer thief;

    /// <param name="random">All that happens by chance.</param>
    /// <param name="containerOf">Makes the container of that origin, whose blobs are created when that clock says; null: in memory.</param>
    internal AttackWorld(Random random, Func<string, TimeProvider, IEvidenceStore>? containerOf = null)
    {
        this.random = random;
        Clock = new FakeTimeProvider(NewYear.AddSeconds(-random.Next(60, 15_000)));
        containerOf ??= (origin, clock) => new MemoryEvidenceStore(origin, clock);
        AttackAccount Account(string host, bool isSecondary) => new([.. new[] { 2026, 2027 }.Select(year => new AttackedLog(new UnlockedStore(containerOf($"{host}.blob.core.windows.net/evidence-{year}", Clock), Clock), isSecondary))]);
        Accounts = [Account("nhievidence", false), Account("nhisecond", true)];
        Target = Primary.Logs[0];
        thief = NewProducer("i-thief");
        Writers = new AttackWriters(this, random);
    }

    internal static WriterOptions Options { get; } = new() { Guard = GuardMode.Throw, GiveUpIntent = TimeSpan.FromMilliseconds(1), GiveUpOutcome = TimeSpan.FromMilliseconds(1) };

    internal FakeTimeProvider Clock { get; }
    internal MemoryPendingRecords Pending { get; } = new();
    internal MemoryEvidenceIndex Index { get; } = new();
    internal AttackKeys LogKeys { get; } = new();
    internal AttackKeys ProducersKeys { get; } = new();
    internal AttackWriters Writers { get; }
    internal IReadOnlyList<AttackAccount> Accounts { get; }
    internal AttackAccount Primary => Accounts[0];
    internal AttackAccount Secondary => Accounts[1];
    internal IEnumerable<AttackedLog> Logs => Accounts.SelectMany(account => account.Logs);

    /// <summary>The log that the attacker is at.</summary>
    internal AttackedLog Target { get; set; }

    internal ContainerPolicyState Policy { get; set; } = new(Locked: true, 2_557, AppendWritesAllowed: false, SharedKeyAllowed: false);

    /// <summary>Blobs of which something has to be said.</summary>
    internal HashSet<string> Named { get; } = new(StringComparer.Ordinal);
    internal HashSet<string> Ungoverned { get; } = new(StringComparer.Ordinal);
    internal HashSet<string> Lies { get; } = new(StringComparer.Ordinal);
    internal List<(AttackedLog Log, long Batch, string Path)> Forks { get; } = [];
    internal List<(string Log, SequencerAlarm Alarm)> Alarms { get; } = [];

    internal DateTimeOffset Now => Clock.GetUtcNow();
    internal DateTimeOffset Second => TimerOp.Floor(Now, TimeSpan.FromSeconds(1));
    internal DateTimeOffset Hour => TimerOp.Floor(Now, TimeSpan.FromHours(1));

    internal AttackedLog LogOf(string origin) => Logs.Single(log => log.Origin == origin);

    /// <summary>An instance's key, certified by the newest version of the producers' key; it knows the versions of now until it meets a stranger.</summary>
    internal Producer NewProducer(string instance) => new(ProducersKeys.Newest, new ProducerDescription("nhi-governor", "1.4.2", instance, "abc", "westeurope"), ProducersKeys.Known(), Clock);

    internal async Task PrepareAsync()
    {
        foreach (var log in Logs)
            await new ShardPreparation(await LogKeys.PublicAsync(), await ProducersKeys.PublicAsync(), "mode: observe\n"u8.ToArray()).PrepareAsync(log.Store, default);
    }

    internal void Pass(TimeSpan time)
    {
        Clock.Advance(time);
        Writers.Plan();
    }

    /// <summary>One account gives no answer for a while; never both.</summary>
    internal void Toggle()
    {
        var account = Accounts[random.Next(3) == 0 ? 1 : 0];
        account.IsDown = !account.IsDown && !Accounts.Any(other => other.IsDown);
    }

    /// <summary>Work list, index and tiles of a log are lost, or a part of them.</summary>
    internal async Task LoseAsync()
    {
        foreach (var row in await Pending.ListAsync(default).ToListAsync())
            await Pending.RemoveAsync(row, default);
        if (random.Next(2) == 0)
            Index.Drop();
        await LoseTilesAsync(Logs.ElementAt(random.Next(4)).Tiles);
    }

    internal async Task LoseTilesAsync(MemoryTileStore tiles)
    {
        foreach (var name in tiles.Names.Order(StringComparer.Ordinal))
        {
            if (random.Next(3) == 0)
                tiles.Drop(name);
            else if (random.Next(3) == 0 && await tiles.ReadAsync(name, EntryBundle.MostBytes, default) is { Length: > 0 } bytes)
                await tiles.WriteAsync(name, bytes[..random.Next(bytes.Length)], default);
        }
    }

    /// <summary>A host's timer.</summary>
    internal async Task RunAsync(int number, bool steady = false)
    {
        var host = hosts[number] ??= new AttackHost(this, steady ? null : random);
        var failures = await host.RunAsync();
        Assert.True(!steady || failures.Count == 0 || Logs.Any(log => log.IsStalled), $"A host that nothing disturbs says: {string.Join("; ", failures)}");
        if (!host.IsDead)
            return;
        host.Dispose();
        hosts[number] = null;
    }

    /// <summary>Whoever died is started again; nobody dies any more, what was down is up, what was left is closed, and the timers go on for a while.</summary>
    internal async Task RecoverAsync(TimeSpan time, TimeSpan step)
    {
        foreach (var account in Accounts)
            account.IsDown = false;
        await Writers.ReconcileAsync();
        for (var i = 0; i < hosts.Length; i++)
        {
            hosts[i]?.Dispose();
            hosts[i] = null;
        }

        for (var until = Now + time; Now < until; Pass(step))
            await RunAsync(random.Next(hosts.Length), steady: true);

        for (var i = 0; i < hosts.Length; i++)
            await RunAsync(i, steady: true);
    }

    /// <summary>The log key says no: every run that has something to sign says so, nothing is claimed, records go on.</summary>
    internal async Task WithoutKeyAsync(int operations)
    {
        Primary.IsDown = Secondary.IsDown = false;
        LogKeys.IsDisabled = true;
        var before = await SizesAsync();
        for (var i = 0; i < operations; i++)
            await Writers.OperateAsync();
        using var host = new AttackHost(this, null);
        var said = await host.RunAsync();
        Assert.True(said.Any(failure => failure is SigningException) || Primary.At(Now).IsStalled, $"Without the log key a run says '{string.Join("; ", said)}'.");
        Assert.Equal(before, await SizesAsync());
        LogKeys.IsDisabled = false;
    }

    /// <summary>Nobody sequences: after 65 minutes the quick look says so, after 70 the full one names what was left out.</summary>
    internal async Task WithoutSequencersAsync()
    {
        Primary.IsDown = false;
        var log = Primary.At(Now);
        Target = log;
        if (log != Primary.At(Now.AddHours(3)) || await SizeAsync() == 0)
            return;
        await Writers.OperateAsync();
        var left = await UnloggedAsync();
        Clock.Advance(TimeSpan.FromMinutes(132) - (Now - Hour));
        var quick = await VerifyAsync(VerifyLevel.Quick);
        Assert.True(log.IsSealedAhead || log.IsStalled || quick.Findings.Any(finding => finding.Kind == LogFindingKind.SealLate), "The quick look does not say that seals stopped.");
        var full = await VerifyAsync(VerifyLevel.Full);
        Assert.True(left is null || full.Findings.Any(finding => finding.Kind == LogFindingKind.RecordUnlogged && finding.Path == left), $"'{left}' was left out for more than 70 minutes, and the full look does not say so.");
        Writers.Plan();
    }

    /// <summary>Both accounts as <c>nhi verify</c> looks at them: containers made ahead are no logs yet.</summary>
    internal async Task<VerificationReport> VerifyAsync(VerifyLevel level, IReadOnlyList<ReadOnlyMemory<byte>>? saved = null, Action<string, EvidenceRecord, long>? onRecord = null, IEvidenceIndex? index = null)
    {
        List<IReadOnlyList<LogShard>> accounts = [];
        foreach (var account in Accounts)
        {
            List<LogShard> shards = [];
            foreach (var log in account.Logs)
            {
                if (log.Shard.Begins <= Now || await log.BytesAsync(BatchName.Of(0)) is not null)
                    shards.Add(new LogShard(new StoreLog(log.Store, 1), log.Tiles, new PolicyState(this)));
            }

            accounts.Add(shards);
        }

        var reports = await LogVerifier.VerifyAccountsAsync(accounts, await VerifyOptionsAsync() with { Level = level, SavedCheckpoints = saved ?? [], OnRecord = onRecord, Index = index }, null, default);
        return reports[0] with { Findings = [.. reports.SelectMany(report => report.Findings)], Logs = [.. reports.SelectMany(report => report.Logs)] };
    }

    internal async Task<VerifyOptions> VerifyOptionsAsync() => new()
    {
        LogKeys = await LogKeys.PublicAsync(), LogKeyVersions = await LogKeys.PublicAsync(), ProducerKeys = [.. await ProducersKeys.PublicAsync()], At = Now, Cores = 1,
    };

    /// <summary>Somebody creates a blob; nothing has to be named where the name was taken.</summary>
    internal async Task<IReadOnlyList<Naming>> PutAsync(string path, byte[] bytes, params LogFindingKind[] anyOf) =>
        (await Target.Store.TryCreateAsync(path, bytes, "text/plain", default)).Answer == CreateAnswer.Created && anyOf.Length > 0 ? [new Naming(path, anyOf)] : Deed.NoEffect;

    internal Task<byte[]?> BytesAsync(string path) => Target.BytesAsync(path);

    internal Task<long> NextBatchAsync() => Target.NextBatchAsync();

    internal async Task<long> SizeAsync() => (await ReadAsync(Target)).Sum(batch => batch.Entries.Count);

    internal async Task<List<BatchFile>> ReadAsync(AttackedLog log)
    {
        var (valid, chain) = await log.ReadAsync(await LogKeys.PublicAsync());
        chain.Dispose();
        return valid;
    }

    /// <summary>An honest record of the target that is logged.</summary>
    internal async Task<string?> SomeRecordAsync()
    {
        var logged = (await ReadAsync(Target)).SelectMany(batch => batch.Entries).Select(entry => entry.Path).Where(path => Target.Honest.ContainsKey(path) && !Target.Store.IsChanged(path)).ToArray();
        return logged.Length == 0 ? null : logged[random.Next(logged.Length)];
    }

    /// <summary>An honest record of the target that waits.</summary>
    internal async Task<string?> UnloggedAsync()
    {
        var logged = (await ReadAsync(Target)).SelectMany(batch => batch.Entries).Select(entry => entry.Path).ToHashSet();
        return Target.Honest.Keys.Order(StringComparer.Ordinal).LastOrDefault(path => !logged.Contains(path));
    }

    internal async Task<byte[]> ForgeAsync(Checkpoint checkpoint) => await CheckpointNote.SignAsync(checkpoint, [await SignerAsync()], default);

    /// <summary>A thief's batch at the next name; what it lists has to be named where it came to that.</summary>
    internal async Task<IReadOnlyList<Naming>> ListAsync(IReadOnlyList<BatchEntry> entries, params IReadOnlyList<Naming> named) =>
        await SignBatchAsync(new BatchFile(Target.Origin, await NextBatchAsync(), await SizeAsync(), entries)) is not null ? named : Deed.NoEffect;

    /// <summary>Null where the log is closed, or the name was taken.</summary>
    internal async Task<string?> SignBatchAsync(BatchFile batch)
    {
        var signer = await SignerAsync();
        var (text, keyId) = (batch.Text(), Es256.KeyId((await signer.PublicKeyAsync(default)).Span));
        var signature = await signer.SignAsync(SHA256.HashData(BatchFile.SignedText(text)), default);
        if ((await ReadAsync(Target)).Exists(one => one.Closes) || (await Target.Store.TryCreateAsync(BatchName.Of(batch.Number), BatchFile.Seal(text, keyId, signature), BatchName.ContentType, default)).Answer != CreateAnswer.Created)
            return null;
        Target.Stolen.Add(batch.Number);
        return BatchName.Of(batch.Number);
    }

    internal async Task<RecordReference> WriteAsThiefAsync(EvidenceRecord record, TimeSpan shift = default)
    {
        var writer = new EvidenceWriter(YearlyContainers.Single(Target.Store), null, thief, null, new FakeTimeProvider(Now + shift), Clock, Options);
        return (await writer.WriteAsync(record, default, default)).Reference;
    }

    public void Dispose()
    {
        foreach (var host in hosts)
            host?.Dispose();
        Writers.Dispose();
        thief.Dispose();
        LogKeys.Dispose();
        ProducersKeys.Dispose();
    }

    /// <summary>The newest version of ours that the target goes by.</summary>
    private async Task<ISigner> SignerAsync()
    {
        var (valid, chain) = await Target.ReadAsync(await LogKeys.PublicAsync());
        using var read = chain;
        foreach (var key in valid.Count == 0 ? [] : chain.Keys.Reverse())
        {
            foreach (var version in LogKeys.All)
            {
                if ((await version.PublicKeyAsync(default)).Span.SequenceEqual(key.Spki.Span))
                    return version;
            }
        }

        return LogKeys.Newest;
    }

    private async Task<List<(string, long, int)>> SizesAsync()
    {
        List<(string, long, int)> sizes = [];
        foreach (var log in Logs)
            sizes.Add((log.Origin, await log.NextBatchAsync(), (await ReadAsync(log)).Sum(batch => batch.Entries.Count)));
        return sizes;
    }

    private sealed class PolicyState(AttackWorld world) : IContainerPolicyState
    {
        public Task<ContainerPolicyLook> ReadAsync(string origin, CancellationToken ct) => Task.FromResult(new ContainerPolicyLook(world.Policy));
    }
}
