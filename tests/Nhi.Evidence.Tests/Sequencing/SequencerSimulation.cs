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

namespace Nhi.Evidence.Tests.Sequencing;

/// <summary>What goes wrong in a history beside crashes and lost answers.</summary>
[Flags]
internal enum Trouble
{
    None = 0,

    /// <summary>Tiles, work list and index are lost or altered.</summary>
    Derived = 1,

    /// <summary>The log key gets a new version, which processes learn of one after the other.</summary>
    Rotation = 2,

    /// <summary>Somebody with write access takes names.</summary>
    Squatter = 4,

    /// <summary>Somebody who can sign with the log key writes checkpoints that are not true.</summary>
    Forger = 8,

    /// <summary>The log is closed in the end.</summary>
    Close = 16,
}

/// <summary>
/// One history out of a seed: 16 writers, 3 sequencers without a lease, killed at any call, over one container. At each call of one process others may act first, so that every order of their steps comes up; all of it in one thread at a time.
/// </summary>
internal sealed class SequencerSimulation : IDisposable
{
    private const int Deep = 3;
    private readonly Random random;
    private readonly Trouble trouble;
    private readonly SimulationRecords records;
    private readonly FakeTimeProvider clock = new(Samples.Start.AddHours(1));
    private readonly MemoryPendingRecords pending = new();
    private readonly Process?[] processes = new Process?[3];
    private readonly Queue<(string Path, byte[] Bytes)>[] writers;
    private readonly List<SequencerAlarm> alarms = [];
    private readonly Dictionary<string, byte[]> written = new(StringComparer.Ordinal);
    private readonly bool remembers;
    private bool rotated;
    private int depth;

    internal SequencerSimulation(int seed, Trouble trouble, SimulationRecords records)
    {
        (random, this.trouble, this.records) = (new Random(seed), trouble, records);
        Store = new MemoryEvidenceStore(EvidenceBench.Origin, clock);
        remembers = seed % 3 == 0;
        writers = [.. records.ByWriter.Select(ours => new Queue<(string, byte[])>(ours.Take(random.Next(8) == 0 ? 4 : 2)))];
    }

    internal MemoryEvidenceStore Store { get; }

    internal MemoryTileStore Tiles { get; } = new();

    internal async Task RunAsync()
    {
        for (var i = 0; i < 40; i++)
            await ActAsync();
        foreach (var writer in writers)
        {
            while (writer.Count > 0)
                await WriteAsync(writer);
        }

        await RecoverAsync();
        await AssertAsync();
    }

    public void Dispose()
    {
        foreach (var process in processes)
            process?.Dispose();
    }

    private async Task ActAsync()
    {
        depth++;
        var dice = random.Next(100);
        await (dice < 50 ? WriteAsync(writers[random.Next(writers.Length)]) : dice < 92 ? SequenceAsync(random.Next(processes.Length)) : TroubleAsync());
        depth--;
    }

    /// <summary>A writer announces its record, or dies before it does, or announces it twice.</summary>
    private async Task WriteAsync(Queue<(string Path, byte[] Bytes)> writer)
    {
        if (!writer.TryDequeue(out var record))
            return;
        await Store.TryCreateAsync(record.Path, record.Bytes, RecordSerializer.ContentType, default);
        written[record.Path] = record.Bytes;
        for (var i = random.Next(3); i > 0; i--)
            await pending.AddAsync(record.Path[^31..^5], $"{i}", record.Path, default);
    }

    private async Task SequenceAsync(int number)
    {
        var process = processes[number] ??= new Process(this, random.Next(2, 300));
        if (process.IsBusy)
            return;
        process.IsBusy = true;
        try
        {
            await process.Sequencer.RunAsync(default);
        }
        catch (Exception e) when (IsCrash(e))
        {
            process.Dispose();
            processes[number] = null;
        }
        catch (EvidenceStoreException)
        {
        }
        finally
        {
            process.IsBusy = false;
        }
    }

    private static bool IsCrash(Exception e) => e is CrashException || (e is AggregateException many && many.Flatten().InnerExceptions.All(IsCrash));

    private async Task TroubleAsync()
    {
        if (trouble.HasFlag(Trouble.Derived))
            await LoseAsync();
        if (trouble.HasFlag(Trouble.Rotation))
            rotated = true;
        if (trouble.HasFlag(Trouble.Squatter))
            await SquatAsync();
        if (trouble.HasFlag(Trouble.Forger))
            await ForgeAsync(random.Next(12));
    }

    private async Task LoseAsync()
    {
        foreach (var row in await pending.ListAsync(default).ToListAsync())
            await pending.RemoveAsync(row, default);
        foreach (var name in Tiles.Names.Order(StringComparer.Ordinal))
        {
            var dice = random.Next(4);
            if (dice == 0)
                Tiles.Drop(name);
            else if (dice == 1 && name != TilePath.Checkpoint && await Tiles.ReadAsync(name, EntryBundle.MostBytes, default) is { Length: > 0 } bytes)
                await Tiles.WriteAsync(name, bytes[..random.Next(bytes.Length)], default);
        }
    }

    private async Task SquatAsync()
    {
        var number = random.Next(12);
        var genuine = await Store.ReadAsync(CheckpointName.Of(random.Next(6)), SignedNote.MostBytes, default);
        await (random.Next(4) switch
        {
            0 => Store.TryCreateAsync(BatchName.Of(number), "junk"u8.ToArray(), "text/plain", default),
            1 => Store.TryCreateAsync(CheckpointName.Of(number), "junk"u8.ToArray(), "text/plain", default),
            2 => Store.TryCreateAsync(CheckpointName.Of(number), genuine?.Bytes ?? "junk"u8.ToArray(), "text/plain", default),
            _ => Store.TryCreateAsync($"{RecordPath.HourFolder(Samples.Start)}junk-{number}.json", "{}"u8.ToArray(), "application/json", default),
        });
    }

    private async Task ForgeAsync(int number) =>
        await Store.TryCreateAsync(CheckpointName.Of(number), await CheckpointNote.SignAsync(new Checkpoint(EvidenceBench.Origin, number, TreeHash.Empty, number), [records.LogKey], default), "text/plain", default);

    /// <summary>Somebody's call: others act before it, or it is the last thing that its process does.</summary>
    private async ValueTask OnCallAsync(Process process)
    {
        if (--process.CallsLeft <= 0)
            throw new CrashException();
        if (depth < Deep && random.Next(100) < 7)
            await ActAsync();
        if (random.Next(100) < 1)
            throw new EvidenceStoreException("no answer");
    }

    /// <summary>Whoever is left, in any order, and then a process that has just started.</summary>
    private async Task RecoverAsync()
    {
        depth = Deep;
        for (var i = 0; i < 3; i++)
            await SequenceAsync(i);
        rotated |= trouble.HasFlag(Trouble.Rotation);
        using var last = new Process(this, int.MaxValue) { IsSteady = true };
        for (var (more, tries) = (true, 0); more || tries < 4; tries++)
        {
            var report = trouble.HasFlag(Trouble.Close) ? await last.Sequencer.CloseAsync(default) : await last.Sequencer.RunAsync(default);
            more = report.Claimed > 0;
        }
    }

    private async Task AssertAsync()
    {
        IReadOnlyList<ReadOnlyMemory<byte>> first = [await records.LogKey.PublicKeyAsync(default), await records.NextLogKey.PublicKeyAsync(default)];
        var audit = await LogAuditor.ReadAsync(Store, first);
        var logged = audit.Valid.SelectMany(batch => batch.Entries).Select(entry => entry.Path).ToArray();
        Assert.Equal(written.Keys.Order(StringComparer.Ordinal), logged.Order(StringComparer.Ordinal));
        Assert.All(logged.Zip(audit.Leaves), leaf => Assert.Equal(TreeHash.Leaf(written[leaf.First]), leaf.Second));
        var at = logged.Select((path, i) => (path, i)).ToDictionary(pair => pair.path, pair => pair.i);
        Assert.All(records.IntentOf.Where(pair => at.ContainsKey(pair.Key)), pair => Assert.True(at[pair.Value] < at[pair.Key]));
        audit.AssertCheckpointed();
        await audit.AssertTiledAsync(Tiles, Store);
        Assert.Equal(trouble.HasFlag(Trouble.Close), audit.Valid[^1].Closes);
        // A log that begins after the rotation begins with the new key.
        Assert.True(audit.Keys[^1].Spki.Span.SequenceEqual(first[trouble.HasFlag(Trouble.Rotation) ? 1 : 0].Span));
        AssertAlarms(audit);
        await AssertRecoversAlikeAsync(audit, first);
    }

    /// <summary>What was forged within the log is said by whoever met it; an honest history has nothing to say.</summary>
    private void AssertAlarms(LogAuditor audit)
    {
        var forks = alarms.Where(alarm => alarm.Kind == SequencerAlarmKind.Fork).Select(alarm => alarm.Path).ToHashSet();
        var needed = audit.Valid.Select(batch => CheckpointName.Of(batch.Number)).ToHashSet();
        // A forgery that landed after the batch had its own checkpoint has no name to go to; one at a void batch that is not a run's end is met by nobody.
        Assert.Subset(audit.Forks.ToHashSet(), forks);
        Assert.All(audit.Forks.Where(needed.Contains), path => Assert.Contains(path, forks));
        if ((trouble & (Trouble.Squatter | Trouble.Forger)) == 0)
            Assert.DoesNotContain(alarms, alarm => alarm.Kind != SequencerAlarmKind.Tiles);
        if ((trouble & Trouble.Squatter) == 0)
            Assert.Empty(audit.Void);
    }

    /// <summary>From the batch files alone, and over tiles that are new or old, the same log comes out.</summary>
    private async Task AssertRecoversAlikeAsync(LogAuditor audit, IReadOnlyList<ReadOnlyMemory<byte>> first)
    {
        var rebuilt = new MemoryTileStore();
        Assert.Equal(audit.Leaves.Count, await new TilesRebuilder(Store, first, rebuilt, clock).RebuildAsync(default));
        foreach (var name in rebuilt.Names.Where(name => name != TilePath.Checkpoint))
        {
            var (there, wanted) = (await Tiles.ReadAsync(name, EntryBundle.MostBytes, default), await rebuilt.ReadAsync(name, EntryBundle.MostBytes, default));
            Assert.True(there is null || there.Value.Span.SequenceEqual(wanted!.Value.Span) || trouble.HasFlag(Trouble.Derived), name);
        }
    }

    /// <summary>A sequencer with a number of calls to live, and the versions of the key that it knows.</summary>
    private sealed class Process : IEvidenceStore, ITileStore, IBatchSink, ILogKeys, ISigner, IDisposable
    {
        private readonly SequencerSimulation world;
        private readonly bool knowsNew;

        internal Process(SequencerSimulation world, int calls)
        {
            (this.world, CallsLeft) = (world, calls);
            knowsNew = world.rotated && (calls == int.MaxValue || world.random.Next(2) == 0);
            // As the product runs: what a process has read of records it remembers, up to a bound, which here is soon reached.
            IEvidenceStore store = world.remembers ? new RecentBlobs(world.random.Next(2) == 0 ? 8_000 : 1 << 20).Over(this) : this;
            Sequencer = new Sequencer(store, this, world.records.Producer, world.pending, this, this, world.clock,
                new SequencerOptions { Parallel = 1, StrayEvery = TimeSpan.Zero, BatchEntries = world.random.Next(2, 9), PartialBundleEvery = TimeSpan.Zero, MostTileLeaves = 20 }) { OnAlarm = world.alarms.Add };
        }

        internal Sequencer Sequencer { get; }

        internal int CallsLeft { get; set; }

        internal bool IsBusy { get; set; }

        internal bool IsSteady { get; init; }

        public string Origin => EvidenceBench.Origin;

        public ReadOnlyMemory<byte>? First => null;

        public void Dispose() => Sequencer.Dispose();

        public async Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct)
        {
            await AskAsync();
            var result = await world.Store.TryCreateAsync(path, bytes, contentType, ct);
            await AskAsync();
            return result;
        }

        public async Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
        {
            await AskAsync();
            return await world.Store.ReadAsync(path, maxBytes, ct);
        }

        public async IAsyncEnumerable<ListedBlob> ListAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            await AskAsync();
            await foreach (var blob in world.Store.ListAsync(prefix, ct))
                yield return blob;
        }

        async Task<ReadOnlyMemory<byte>?> ITileStore.ReadAsync(string path, int maxBytes, CancellationToken ct)
        {
            await AskAsync();
            return await world.Tiles.ReadAsync(path, maxBytes, ct);
        }

        async Task ITileStore.WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken ct)
        {
            await AskAsync();
            await world.Tiles.WriteAsync(path, bytes, ct);
            await AskAsync();
        }

        public async Task FinishAsync(BatchFile batch, BatchRecords records, CancellationToken ct) => await AskAsync();

        public async Task<bool> HasFinishedAsync(BatchFile batch, CancellationToken ct)
        {
            await AskAsync();
            return true;
        }

        public ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct) => new(knowsNew || (fresh && world.rotated) ? [this, world.records.NextLogKey] : [this]);

        public ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct) => world.records.LogKey.PublicKeyAsync(ct);

        public async Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct)
        {
            await AskAsync();
            return await world.records.LogKey.SignAsync(digest, ct);
        }

        private ValueTask AskAsync() => IsSteady ? ValueTask.CompletedTask : world.OnCallAsync(this);
    }
}
