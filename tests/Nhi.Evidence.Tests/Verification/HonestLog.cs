using Nhi.Evidence.Index;
using Nhi.Evidence.Seals;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>A log as the product writes it: operations, sweeps, seals, several batches, all by the real writer and sequencer.</summary>
internal sealed class HonestLog : IDisposable
{
    private readonly HonestWork work;
    private Sequencer sequencer;

    internal HonestLog()
    {
        Bench = new EvidenceBench();
        work = new HonestWork(Bench.Clock);
        LogKeys = [Bench.LogKey];
        Sealer = new Sealer(Bench.Store, Bench.Writer, Bench.Producer);
        sequencer = NewSequencer();
    }

    internal EvidenceBench Bench { get; }
    internal MemoryTileStore Tiles { get; } = new();
    internal MemoryEvidenceIndex Index { get; } = new();
    internal List<PemSigner> LogKeys { get; }
    internal Sealer Sealer { get; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal Sequencer NewSequencer() =>
        new(Bench.Store, new LogKeys([.. LogKeys]), Bench.Producer, Bench.Pending, new IndexSink(Index), Tiles, Bench.Clock, new SequencerOptions { PartialBundleEvery = TimeSpan.Zero });

    /// <summary>Some hours of work: 20 operations, sweeps, seals.</summary>
    internal static async Task<HonestLog> CreateAsync(int operations = 12)
    {
        var log = new HonestLog();
        await new ShardPreparation(await log.PublicKeysAsync(), [await log.Bench.ProducersKey.PublicKeyAsync(Ct)], "mode: observe\n"u8.ToArray()).PrepareAsync(log.Bench.Store, Ct);
        for (var i = 0; i < operations; i++)
        {
            await log.OperateAsync($"app-{i % 4:D3}", i % 5 == 3 ? "RETRY" : "ok");
            if (i % 3 == 2)
                await log.RunAsync();
            if (i % 4 == 3)
                await log.SweepAsync();
            await log.PassAsync(TimeSpan.FromMinutes(20));
        }

        await log.RunAsync();
        await log.RunAsync();
        return log;
    }

    /// <summary>One operation, begun and closed.</summary>
    internal async Task OperateAsync(string name, string result = "ok", bool reconciled = false)
    {
        var (intent, closing) = work.Operation(name, result, reconciled);
        var written = await Bench.WriteAsync(intent);
        await PassAsync(TimeSpan.FromSeconds(20));
        await Bench.WriteAsync(closing with { Intent = written.Reference });
    }

    internal async Task SweepAsync()
    {
        var sweep = work.Sweep();
        await Bench.WriteAsync(sweep);
        work.Swept(sweep);
    }

    /// <summary>Sequences and seals, as the timer does.</summary>
    internal async Task<SequencerReport> RunAsync()
    {
        var report = await sequencer.RunAsync(Ct);
        await Sealer.SealAsync(sequencer, Bench.Clock.GetUtcNow(), Ct);
        return report;
    }

    internal Task CloseAsync() => sequencer.CloseAsync(Ct);

    internal Task PassAsync(TimeSpan time)
    {
        Bench.Clock.Advance(time);
        return Task.CompletedTask;
    }

    /// <summary>Another process takes over.</summary>
    internal void Restart()
    {
        sequencer.Dispose();
        sequencer = NewSequencer();
    }

    internal void RotateKey()
    {
        LogKeys.Add(PemSigner.Create());
        Restart();
    }

    internal async Task<IReadOnlyList<ReadOnlyMemory<byte>>> PublicKeysAsync()
    {
        List<ReadOnlyMemory<byte>> keys = [];
        foreach (var key in LogKeys)
            keys.Add(await key.PublicKeyAsync(Ct));
        return keys;
    }

    internal async Task<VerifyOptions> OptionsAsync() => new()
    {
        LogKeys = await PublicKeysAsync(),
        ProducerKeys = [await Bench.ProducersKey.PublicKeyAsync(Ct)],
        At = Bench.Clock.GetUtcNow(),
        Cores = 1,
    };

    internal async Task<VerificationReport> VerifyAsync(Func<VerifyOptions, VerifyOptions>? with = null) =>
        await LogVerifier.VerifyAsync([new LogShard(new StoreLog(Bench.Store, 1), Tiles)], (with ?? (options => options))(await OptionsAsync()), null, Ct);

    internal Task<LogCopy> CopyAsync() => LogCopy.OfAsync(Bench.Store);

    public void Dispose()
    {
        sequencer.Dispose();
        LogKeys.Skip(1).ToList().ForEach(key => key.Dispose());
        Bench.Dispose();
    }
}
