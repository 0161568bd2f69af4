using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>A long log whose records are made as they are read, so that what a verifier holds can be told from what the log takes.</summary>
internal sealed class GeneratedLog : IReadableLog, IDisposable
{
    private readonly PemSigner key = PemSigner.Create();
    private readonly SortedDictionary<string, byte[]> log = new(StringComparer.Ordinal);
    private readonly EvidenceRecord intent;
    private readonly int records;

    private GeneratedLog(int records) => (this.records, intent) = (records, Samples.Intent() with
    {
        Log = EvidenceBench.Origin, Recorded = Samples.Start, Summary = new string('w', 1_000), Producer = new ProducerFacts("nhi", "1", "i", "S0VZ", "Q0VSVA=="),
    });

    public string Place => "generated";
    public string? Origin => EvidenceBench.Origin;
    public DateTimeOffset? AsOf => null;
    public int ReadsAtATime => 1;
    public ExportListing? Listing => null;

    internal async Task<ReadOnlyMemory<byte>> KeyAsync() => await key.PublicKeyAsync(default);

    internal static async Task<GeneratedLog> CreateAsync(int records, int batch = BatchFile.MostEntries)
    {
        var made = new GeneratedLog(records);
        var tree = new CompactRange();
        var keyId = Es256.KeyId((await made.KeyAsync()).Span);
        for (var (number, at) = (0L, 0); at < records; number++, at += batch)
        {
            var entries = Enumerable.Range(at, Math.Min(batch, records - at)).Select(i => LeafHash.EntryOf(PathOf(i), made.Record(i))).ToList();
            var text = new BatchFile(EvidenceBench.Origin, number, at, entries).Text();
            var signature = await made.key.SignAsync(SHA256.HashData(BatchFile.SignedText(text)), default);
            made.log[BatchName.Of(number)] = BatchFile.Seal(text, keyId, signature);
            entries.ForEach(entry => tree.Append(entry.LeafHash));
            made.log[CheckpointName.Of(number)] = await CheckpointNote.SignAsync(new Checkpoint(EvidenceBench.Origin, tree.Size, tree.Root(), number), [made.key], default);
        }

        return made;
    }

    public Task<LogBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) => Task.FromResult(
        log.TryGetValue(path, out var file) ? new LogBlob(file, Samples.Start) : RecordPath.TryParse(path, out var name) ? new LogBlob(Record(NumberOf(name)), Samples.Start) : null);

    public async IAsyncEnumerable<LogName> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        foreach (var path in log.Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal)))
            yield return new LogName(path, 1, Samples.Start);
        for (var i = 0; prefix.Length == 0 && i < records; i++)
            yield return new LogName(PathOf(i), 1, Samples.Start);
    }

    public void Dispose() => key.Dispose();

    private static string OpOf(int number) => (number / 2).ToString("D26", CultureInfo.InvariantCulture);

    private static string PathOf(int number) => $"records/2026/11/24/13/130507Z_payroll-api_rotate_{(number % 2 == 0 ? "1-intent" : "2-FAILED")}_{OpOf(number)}.json";

    private static int NumberOf(RecordName name) => (int.Parse(name.Op, CultureInfo.InvariantCulture) * 2) + (name.IsIntent ? 0 : 1);

    /// <summary>2 KB each, in pairs of intent and outcome, without a signature that anybody could verify.</summary>
    private byte[] Record(int number)
    {
        var record = intent with { Op = OpOf(number), Path = PathOf(number) };
        var stage = number % 2 == 0 ? record : record with { Stage = RecordStage.Outcome, Result = "FAILED", Deadline = null };
        return RecordSerializer.Seal(RecordSerializer.Prefix(stage), new byte[RecordSerializer.SignatureBytes]);
    }
}
