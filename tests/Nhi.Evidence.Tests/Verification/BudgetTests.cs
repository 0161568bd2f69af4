using System.Runtime.CompilerServices;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>What a verification holds in memory (design.md 7): at most 64 bytes a record.</summary>
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

    /// <summary>Design.md 7 in figures, by CPU time beside raw SHA-256 over the same bytes; asked for by name, since only a quiet machine says something.</summary>
    [Fact(Explicit = true)]
    public async Task Speed_beside_raw_SHA256()
    {
        using var generated = await GeneratedLog.CreateAsync(20_000);
        var copy = new InMemory();
        await foreach (var name in generated.ListAsync("", Ct))
            copy.Blobs[name.Path] = (await generated.ReadAsync(name.Path, int.MaxValue, Ct))!;
        var records = copy.Blobs.Where(pair => pair.Key.StartsWith("records/", StringComparison.Ordinal)).Select(pair => pair.Value.Bytes.ToArray()).ToList();
        var options = new VerifyOptions { LogKeys = [await generated.KeyAsync()], ProducerKeys = [await generated.KeyAsync()], Signatures = false, At = Samples.Start, Cores = 1 };
        for (var round = 0; round < 5; round++)
        {
            var raw = CpuOf(() => records.ForEach(bytes => System.Security.Cryptography.SHA256.HashData(bytes)));
            var full = CpuOf(() => LogVerifier.VerifyAsync(copy, options, null, Ct).GetAwaiter().GetResult());
            output.WriteLine($"raw {raw.TotalMilliseconds:0} ms, full without signatures {full.TotalMilliseconds:0} ms of {records.Average(bytes => bytes.Length):0} bytes each: {raw / full:0.00}");
        }
    }

    /// <summary>Costs next to nothing to read, so that the verifier is what is measured.</summary>
    private sealed class InMemory : IReadableLog
    {
        private string[]? names;

        internal Dictionary<string, LogBlob> Blobs { get; } = new(StringComparer.Ordinal);
        public string Place => "memory";
        public string? Origin => EvidenceBench.Origin;
        public DateTimeOffset? AsOf => null;
        public int ReadsAtATime => 1;
        public ExportListing? Listing => null;

        public Task<LogBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) => Task.FromResult(Blobs.GetValueOrDefault(path));

        public async IAsyncEnumerable<LogName> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            foreach (var path in names ??= [.. Blobs.Keys.Order(StringComparer.Ordinal)])
            {
                if (path.StartsWith(prefix, StringComparison.Ordinal))
                    yield return new LogName(path, Blobs[path].Bytes.Length, Samples.Start);
            }
        }
    }

    private static TimeSpan CpuOf(Action work)
    {
        var before = Environment.CpuUsage.TotalTime;
        work();
        return Environment.CpuUsage.TotalTime - before;
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
