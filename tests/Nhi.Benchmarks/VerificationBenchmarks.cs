using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Nhi.Evidence.Verification;

namespace Nhi.Benchmarks;

/// <summary>A log of 4,000 records, verified beside raw SHA-256 of their bytes. By the clock: on a machine that does something else the `budgets` command tells more.</summary>
public class VerificationBenchmarks
{
    private const int Records = 4_000;
    private Workload log = null!;
    private ReadyLog ready = null!;
    private List<byte[]> records = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        log = await Workload.WrittenAsync(Records);
        await log.SequenceAsync(index: false);
        (ready, records) = (await log.ReadyAsync(), await log.RecordsAsync());
    }

    [GlobalCleanup]
    public void CleanUp() => log.Dispose();

    [Benchmark(Baseline = true, OperationsPerInvoke = Records)]
    public void RawSha256()
    {
        foreach (var record in records)
            SHA256.HashData(record);
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public Task FullWithoutSignatures() => VerifyAsync(signatures: false, cores: 1);

    [Benchmark(OperationsPerInvoke = Records)]
    public Task FullWithoutSignaturesOnTwoCores() => VerifyAsync(signatures: false, cores: 2);

    [Benchmark(OperationsPerInvoke = Records)]
    public Task FullWithSignatures() => VerifyAsync(signatures: true, cores: 1);

    private Task<Nhi.Evidence.Verification.Findings.VerificationReport> VerifyAsync(bool signatures, int cores) =>
        LogVerifier.VerifyAsync(ready, new VerifyOptions { LogKeys = [log.LogKey], ProducerKeys = [log.ProducersKey], Signatures = signatures, Cores = cores }, null, default);
}
