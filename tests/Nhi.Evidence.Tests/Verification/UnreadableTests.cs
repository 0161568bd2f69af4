using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Sequencing;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Proofs;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>Whoever may add blobs encrypts one with a key of his own: nobody can read it, and that is what is said of it, not that it is too long.</summary>
public sealed class UnreadableTests(HonestLogFixture fixture) : IClassFixture<HonestLogFixture>
{
    private const string Cause = "x-ms-encryption-key";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_verifier_names_the_cause()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var record = bench.Batch(1).Entries[0].Path;
        var last = bench.LastBatch;
        var policy = bench.Copy.Below("policies/").First();
        const string Foreign = "records/2026/11/24/13/x.json";
        var beside = CheckpointName.Beside(1, "x"u8);
        foreach (var added in (string[])[Foreign, beside, BatchName.Of(last + 1)])
            bench.Copy.Put(added, "short"u8.ToArray());
        var log = new Locked(bench.Copy, [record, policy, "README.txt", Foreign, beside, BatchName.Of(last + 1)]);
        var report = await LogVerifier.VerifyAsync([new LogShard(log)], bench.Options, null, Ct);
        foreach (var (path, kind) in ((string, LogFindingKind)[])[(record, LogFindingKind.RecordAltered), (policy, LogFindingKind.BlobAltered), ("README.txt", LogFindingKind.ReadmeDiffers), (Foreign, LogFindingKind.RecordForeign), (beside, LogFindingKind.CheckpointVoid), (BatchName.Of(last + 1), LogFindingKind.BatchVoid)])
        {
            var finding = Assert.Single(report.Findings, one => one.Path == path && one.Kind == kind);
            Assert.Contains(Cause, finding.Found, StringComparison.Ordinal);
            Assert.Null(finding.Bytes);
        }

        Assert.Contains(Cause, Assert.Single((await RecordVerifier.VerifyAsync(new LogShard(log), Foreign, null, bench.Options, Ct)).Findings).Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sequencer_names_the_cause_and_goes_on()
    {
        using var bench = new SequencerBench();
        await bench.PutAsync(BatchName.Of(0), "short");
        await bench.PutAsync(CheckpointName.Of(1), "short");
        await bench.WriteAsync(0, 2);
        var report = await bench.NewSequencer(store: new LockedStore(bench.Store, [BatchName.Of(0), CheckpointName.Of(1)])).RunAsync(Ct);
        Assert.Equal(2, report.Logged);
        foreach (var kind in (SequencerAlarmKind[])[SequencerAlarmKind.VoidBatch, SequencerAlarmKind.VoidCheckpoint])
            Assert.Contains(Cause, Assert.Single(report.Alarms, alarm => alarm.Kind == kind).What, StringComparison.Ordinal);
    }

    private sealed class Locked(LogCopy log, string[] names) : IReadableLog
    {
        public string Place => log.Place;
        public string? Origin => log.Origin;
        public DateTimeOffset? AsOf => log.AsOf;
        public int ReadsAtATime => log.ReadsAtATime;
        public ExportListing? Listing => log.Listing;

        public async Task<LogBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) =>
            await log.ReadAsync(path, maxBytes, ct) is { } blob && names.Contains(path) ? blob with { Bytes = default, Truncated = true, IsUnreadable = true } : await log.ReadAsync(path, maxBytes, ct);

        public IAsyncEnumerable<LogName> ListAsync(string prefix, CancellationToken ct) => log.ListAsync(prefix, ct);
    }

    private sealed class LockedStore(IEvidenceStore store, string[] names) : IEvidenceStore
    {
        public string Origin => store.Origin;

        public Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct) => store.TryCreateAsync(path, bytes, contentType, ct);

        public async Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) =>
            await store.ReadAsync(path, maxBytes, ct) is { } blob && names.Contains(path) ? StoredBlob.Unreadable(blob.Created) : await store.ReadAsync(path, maxBytes, ct);

        public IAsyncEnumerable<ListedBlob> ListAsync(string prefix, CancellationToken ct) => store.ListAsync(prefix, ct);
    }
}
