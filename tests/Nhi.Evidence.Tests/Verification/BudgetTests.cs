using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>What a verification holds in memory and what it allocates. Speed is measured in tests/Nhi.Benchmarks.</summary>
[Collection(nameof(Alone))]
public sealed class BudgetTests(ITestOutputHelper output)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    // Many small batches: what is under way at a time weighs little beside what is kept.
    [InlineData(60_000, 500)]
    public async Task A_verification_holds_at_most_64_bytes_a_record(int records, int batch)
    {
        using var log = await GeneratedLog.CreateAsync(records, batch);
        var options = new VerifyOptions { LogKeys = [await log.KeyAsync()], ProducerKeys = [await log.KeyAsync()], Signatures = false, At = Samples.Start, Cores = 1 };
        // What ran before in this process is forgotten now and then, and makes more or less of it: the middle one of five tells.
        List<double> each = [];
        for (var attempt = 0; attempt < 5; attempt++)
            each.Add(await Task.Run(() => EachRecordAsync(log, options, records), Ct));
        output.WriteLine($"{string.Join(", ", each.Select(bytes => $"{bytes:0.0}"))} bytes a record");
        Assert.True(each.Order().ElementAt(2) <= 64, string.Join(", ", each));
    }

    private static async Task<double> EachRecordAsync(GeneratedLog log, VerifyOptions options, int records)
    {
        // Nothing of the attempt before is held by whoever waits.
        await Task.Yield();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var held = new Held(records);
        var report = await Task.Run(() => LogVerifier.VerifyAsync(log, options, held, Ct), Ct);
        Assert.Equal("", HonestLogTests.Told(report));
        Assert.Equal((records, records), (report.Logs[0].Records, report.Logs[0].RecordsRead));
        return (held.Bytes - before) / (double)records;
    }

    [Fact]
    public async Task A_proof_of_one_record_among_a_million_reads_at_most_5_tiles()
    {
        const int size = 1_000_000;
        var tiles = new MemoryTileStore();
        var writer = new TileWriter(tiles);
        for (var i = 0; i < size; i++)
            await writer.AppendAsync(LeafOf(i), default, Ct);
        await writer.FlushAsync(withBundle: false, Ct);
        // Both ends, both sides of where tiles of each level begin, and a few anywhere.
        var random = new Random(4);
        int[] places = [0, 255, 256, 65_535, 65_536, 983_039, 983_040, 999_935, 999_936, size - 1, .. Enumerable.Range(0, 200).Select(_ => random.Next(size))];
        var most = 0L;
        foreach (var place in places)
        {
            var before = tiles.Reads;
            var proof = await new TreeProver(new TileReader(tiles, size)).InclusionAsync(place, size, Ct);
            most = Math.Max(most, tiles.Reads - before);
            Assert.True(TreeProof.IsIncluded(LeafOf(place), place, size, proof, writer.Root()));
        }

        output.WriteLine($"{most} tiles");
        Assert.InRange(most, 1, 5);
    }

    private static TreeHash LeafOf(int number)
    {
        Span<byte> hash = stackalloc byte[TreeHash.Size];
        BinaryPrimitives.WriteInt32LittleEndian(hash, number);
        return new TreeHash(hash);
    }

    /// <summary>Counted, not timed: what a record costs in allocations is the greater part of what a verification costs beside hashing.</summary>
    [Fact]
    public async Task A_verification_without_signatures_allocates_at_most_2_KB_a_record_beyond_reading_it()
    {
        const int records = 8_000;
        using var log = await GeneratedLog.CreateAsync(records);
        var read = await ReadLog.OfAsync(log, Ct);
        var options = new VerifyOptions { LogKeys = [await log.KeyAsync()], ProducerKeys = [await log.KeyAsync()], Signatures = false, At = Samples.Start, Cores = 1 };
        await LogVerifier.VerifyAsync(read, options, null, Ct);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var report = await LogVerifier.VerifyAsync(read, options, null, Ct);
        var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)records;
        Assert.Equal("", HonestLogTests.Told(report));
        Assert.Equal(records, report.Logs[0].RecordsRead);
        output.WriteLine($"{each:0} bytes a record");
        Assert.True(each <= 2_048, $"{each:0} bytes a record");
    }

    /// <summary>All of a log at hand: reading costs nothing.</summary>
    private sealed class ReadLog : IReadableLog
    {
        private readonly SortedDictionary<string, Task<LogBlob?>> blobs = new(StringComparer.Ordinal);

        public string Place => "memory";
        public string? Origin => EvidenceBench.Origin;
        public DateTimeOffset? AsOf => null;
        public int ReadsAtATime => 1;
        public ExportListing? Listing => null;

        internal static async Task<ReadLog> OfAsync(GeneratedLog log, CancellationToken ct)
        {
            var read = new ReadLog();
            await foreach (var name in log.ListAsync("", ct))
                read.blobs[name.Path] = Task.FromResult(await log.ReadAsync(name.Path, int.MaxValue, ct));
            return read;
        }

        public Task<LogBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) => blobs.TryGetValue(path, out var blob) ? blob : Task.FromResult<LogBlob?>(null);

        public async IAsyncEnumerable<LogName> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            foreach (var path in blobs.Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal)))
                yield return new LogName(path, 1, Samples.Start);
        }
    }

    /// <summary>Looks when the last batch is done: nothing is forgotten before the end.</summary>
    private sealed class Held(int records) : IProgress<VerifyProgress>
    {
        internal long Bytes { get; private set; }

        public void Report(VerifyProgress value)
        {
            if (value.Stage == "batches" && value.Done == records)
                Bytes = GC.GetTotalMemory(forceFullCollection: true);
        }
    }
}
