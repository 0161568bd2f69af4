using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;

namespace Nhi.Benchmarks;

/// <summary>What is done to one record, beside raw SHA-256 of its bytes.</summary>
public class RecordBenchmarks
{
    private readonly EvidenceRecord record = SampleRecords.Intent(0);
    private byte[] stored = [];

    [GlobalSetup]
    public void SetUp() => stored = RecordSerializer.Seal(RecordSerializer.Prefix(record), new byte[RecordSerializer.SignatureBytes]);

    [Benchmark(Baseline = true)]
    public byte[] RawSha256() => SHA256.HashData(stored);

    [Benchmark]
    public byte[] Write() => RecordSerializer.Prefix(record);

    [Benchmark]
    public EvidenceRecord Read() => RecordSerializer.Read(stored);

    [Benchmark]
    public BatchEntry Entry() => LeafHash.EntryOf("records/2026/11/24/13/130507Z_a_rotate_1-intent_00000000000000000000000000.json", stored);
}
