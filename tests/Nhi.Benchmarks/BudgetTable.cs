using System.Globalization;
using System.Security.Cryptography;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification;

namespace Nhi.Benchmarks;

/// <summary>The budgets of speed, each beside what it is a ratio of, as rows of a table in Markdown.</summary>
internal sealed class BudgetTable(TextWriter output, string? only)
{
    private const int Records = 20_000;
    private const int Signed = 4_000;
    private const int Sequenced = 8_000;
    private const int SequencingRounds = 9;

    // The just-in-time compiler comes back to what runs often for as long: a sequencer runs for days.
    private const int SequencingWarmUp = 5;

    /// <summary>Prints the table. Returns 0, or 1 where a log does not verify: then nothing was measured.</summary>
    internal static async Task<int> PrintAsync(TextWriter output, string? only)
    {
        var table = new BudgetTable(output, only);
        await output.WriteLineAsync(BudgetRow.Head);
        if (table.Wants("verify"))
            await table.VerifyAsync();
        if (table.Wants("sequence"))
            await table.SequenceAsync();
        return 0;
    }

    private bool Wants(string part) => only is null || only == part;

    private async Task VerifyAsync()
    {
        using var log = await Workload.WrittenAsync(Records);
        await log.SequenceAsync(index: false);
        var ready = await log.ReadyAsync();
        var records = await log.RecordsAsync();
        await BundlesAsync(log, records);
        var options = new VerifyOptions { LogKeys = [log.LogKey], ProducerKeys = [log.ProducersKey], Signatures = false, Cores = 1 };
        var average = records.Average(record => record.Length);
        Action raw = () => records.ForEach(static record => SHA256.HashData(record));
        await RowAsync(BudgetRow.Verification, SideBySide.Ratio(raw, () => Verify(ready, options)), average.ToString("0", CultureInfo.InvariantCulture));
        await RowAsync(BudgetRow.VerificationBytes, SideBySide.AllocatedBy(() => Verify(ready, options)) / (double)Records);
        await TwoCoresAsync(ready, options, records);

        using var few = await Workload.WrittenAsync(Signed);
        await few.SequenceAsync(index: false);
        var fewReady = await few.ReadyAsync();
        var full = new VerifyOptions { LogKeys = [few.LogKey], ProducerKeys = [few.ProducersKey], Cores = 1 };
        var texts = await few.RecordsAsync();
        await RowAsync(BudgetRow.Held, (HeldBy(ready, options, Records) - HeldBy(fewReady, full with { Signatures = false }, Signed)) / (Records - Signed));
        await RowAsync(BudgetRow.Tiles, await ProofTiles.MostAsync());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signature = key.SignData(texts[0], HashAlgorithmName.SHA256);
        Action ecdsa = () => texts.ForEach(_ => Es256.Verify(key, texts[0], signature));
        await RowAsync(BudgetRow.Signatures, SideBySide.Ratio(ecdsa, () => Verify(fewReady, full)));
    }

    /// <summary>
    /// The clock tells only while nothing else runs, and two cores of a virtual machine may be less than two: what bare hashing gains by a second thread is told beside it.
    /// Processor time tells at any time what two cores cost more than one, and so what two idle ones could give at best.
    /// </summary>
    private async Task TwoCoresAsync(ReadyLog ready, VerifyOptions options, List<byte[]> records)
    {
        Action one = () => Verify(ready, options), two = () => Verify(ready, options with { Cores = 2 });
        await RowAsync(BudgetRow.TwoCores, SideBySide.Ratio(one, two, byClock: true));
        await RowAsync(BudgetRow.TwoCoresRaw, SideBySide.Ratio(() => HashAll(records, threads: 1), () => HashAll(records, threads: 2), byClock: true));
        await RowAsync(BudgetRow.TwoCoresAtBest, 2 * SideBySide.Ratio(one, two));
    }

    /// <summary>The middle of five: what ran before in this process is forgotten now and then.</summary>
    private static double HeldBy(ReadyLog log, VerifyOptions options, int records) => SideBySide.Middle(Enumerable.Range(0, 5).Select(_ =>
    {
        var (before, held) = (GC.GetTotalMemory(forceFullCollection: true), 0L);
        LogVerifier.VerifyAsync(log, options, new AtEnd(records, () => held = GC.GetTotalMemory(forceFullCollection: true)), default).GetAwaiter().GetResult();
        return (double)(held - before);
    }));

    private async Task BundlesAsync(Workload log, List<byte[]> records)
    {
        List<ReadOnlyMemory<byte>> bundles = [];
        for (var i = 0; i < Records / TilePath.Width; i++)
            bundles.Add((await log.Tiles.ReadAsync(TilePath.OfBundle(i, TilePath.Width), EntryBundle.MostBytes, default))!.Value);
        var same = records.Take(bundles.Count * TilePath.Width).ToList();
        await RowAsync(BudgetRow.Bundles, SideBySide.Ratio(() => same.ForEach(static record => SHA256.HashData(record)), () =>
        {
            var tree = new CompactRange();
            foreach (var bundle in bundles)
            {
                if (!EntryBundle.TryDecode(bundle, TilePath.Width, out var entries))
                    throw new InvalidDataException("A bundle does not read back.");
                foreach (var entry in entries)
                    tree.Append(TreeHash.Leaf(entry.Span));
            }

            tree.Root();
        }));
    }

    /// <summary>Each run takes a log of its own, written before: what is sequenced once is sequenced.</summary>
    private async Task SequenceAsync()
    {
        foreach (var index in (bool[])[false, true])
        {
            List<double> took = [], bare = [], bytes = [];
            for (var round = -SequencingWarmUp; round < SequencingRounds; round++)
            {
                using var work = await Workload.WrittenAsync(Sequenced);
                var records = await work.RecordsAsync();
                using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                var signature = key.SignData(records[0], HashAlgorithmName.SHA256);
                GC.Collect();
                var before = Environment.CpuUsage.TotalTime;
                records.ForEach(record => Bare(key, record, records[0], signature));
                var alone = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
                GC.Collect();
                var allocated = GC.GetTotalAllocatedBytes(precise: true);
                before = Environment.CpuUsage.TotalTime;
                if (await work.SequenceAsync(index) != Sequenced)
                    throw new InvalidDataException("Not every record was sequenced.");
                var all = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
                if (round < 0)
                    continue;
                bare.Add(alone);
                took.Add(all);
                bytes.Add((GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)Sequenced);
            }

            await RowAsync(index ? BudgetRow.Indexing : BudgetRow.Sequencing, bare.Min() / took.Min());
            await RowAsync(index ? BudgetRow.Indexed : BudgetRow.Sequenced, Sequenced / took.Min(), (Sequenced / bare.Min()).ToString("N0", CultureInfo.InvariantCulture));
            if (!index)
                await RowAsync(BudgetRow.SequencingBytes, SideBySide.Middle(bytes));
        }
    }

    /// <summary>What nobody can sequence a record without.</summary>
    private static void Bare(ECDsa key, byte[] record, byte[] signed, byte[] signature)
    {
        if (!Es256.Verify(key, signed, signature))
            throw new CryptographicException("A signature just made does not verify.");
        SHA256.HashData(record);
        LeafHash.Of(record);
    }

    private static void HashAll(List<byte[]> records, int threads) => Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
    {
        for (var i = thread; i < records.Count; i += threads)
            SHA256.HashData(records[i]);
    });

    private static void Verify(ReadyLog log, VerifyOptions options)
    {
        var report = LogVerifier.VerifyAsync(log, options, null, default).GetAwaiter().GetResult();
        if (report.Logs[0].RecordsRead == 0 || report.Findings.Count > 0)
            throw new InvalidDataException($"The log does not verify: {string.Join(", ", report.Findings.Take(3))}");
    }

    /// <summary>Looks when the last batch is done and nothing is forgotten yet.</summary>
    private sealed class AtEnd(int records, Action look) : IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value)
        {
            if (value.Stage == "batches" && value.Done == records)
                look();
        }
    }

    private Task RowAsync(BudgetRow row, double value, string number = "") => output.WriteLineAsync(row.Line(value, number));
}
