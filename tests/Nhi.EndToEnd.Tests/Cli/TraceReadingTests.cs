using Nhi.Cli.Output;
using Nhi.Cli.Reading;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary><c>nhi trace</c> over an index that lacks rows: what it tells is never said to be all.</summary>
public sealed class TraceReadingTests
{
    private static readonly CredentialId Id = CredentialId.Of("kv1.vault.azure.net", "payroll");
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 0, 0, TimeSpan.Zero);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static EvidenceRecord Rotation(int number) => new()
    {
        Op = TimerOp.Of($"{number}", "rotate", Start), Stage = RecordStage.Outcome, Action = "credential.rotate", Result = "ok", Time = Start.AddDays(number), Recorded = Start.AddDays(number), Summary = "Rotated.",
        Log = "a.blob.core.windows.net/evidence-2026", Credential = new CredentialFacts(Id.ToString()), Change = new ChangeFacts(new VersionFacts($"v{number}"), new VersionFacts($"v{number + 1}")),
    };

    [Theory]
    [InlineData(false, ExitCode.Fine)]
    [InlineData(true, ExitCode.Findings)]
    public async Task A_version_that_no_record_here_made_is_said_and_who_says_whether_rows_are_missing(bool lacksOne, int exit)
    {
        var (index, log) = (new MemoryEvidenceIndex(), new Records());
        for (var number = 0; number < 3; number++)
        {
            var path = $"records/2026/11/2{number + 4}/13/130000Z_payroll_rotate_2-ok_{Rotation(number).Op}.json";
            log.All[path] = Rotation(number);
            if (number != 1 || !lacksOne)
                await index.UpsertAsync(IndexRows.Of(Rotation(number), new BatchEntry(path, Nhi.Evidence.Tree.TreeHash.Empty, Nhi.Evidence.Tree.TreeHash.Empty), number, number), Ct);
        }

        var answer = await new TraceReading(log, index).CredentialAsync(Id, null, Ct);
        var text = string.Join('\n', answer.Blocks.SelectMany(block => block.Rows).Select(row => row[0]));
        Assert.Equal(exit, answer.Exit);
        Assert.Equal(lacksOne, text.Contains("superseded version v2, and no record here made it", StringComparison.Ordinal));
        Assert.Contains("nhi verify --index says whether rows are missing", text, StringComparison.Ordinal);
    }

    private sealed class Records : IEvidenceLog
    {
        public Dictionary<string, EvidenceRecord> All { get; } = [];

        public Task<ReadRecord?> ReadAsync(string path, CancellationToken ct) => Task.FromResult(All.TryGetValue(path, out var record) ? new ReadRecord(record, Nhi.Evidence.Tree.TreeHash.Empty.ToString()) : null);

        public Task<RecordReference> WriteAsync(EvidenceRecord record, WriteRules rules, CancellationToken ct) => throw new NotSupportedException();

        public string PathOf(EvidenceRecord record) => throw new NotSupportedException();

        public Task<string?> ClosingOfAsync(string intentPath, CancellationToken ct) => throw new NotSupportedException();

        public Task<ReadRecord?> NewestAsync(string action, DateTimeOffset before, CancellationToken ct) => throw new NotSupportedException();

        public Task<IReadOnlyList<IndexedRecord>> OfResourceAsync(ResourceId resource, CancellationToken ct) => throw new NotSupportedException();

        public IAsyncEnumerable<IndexedRecord> OpenIntentsAsync(DateTimeOffset before, CancellationToken ct) => throw new NotSupportedException();
    }
}
