using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Tests.Rotation;

/// <summary>What an attempt may still rely on after it slept or waited.</summary>
public sealed class AttemptMemoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly ResourceId Resource = new("res-app");
    private static readonly CredentialId Id = CredentialId.Of("kv1.vault.azure.net", "app");

    [Fact]
    public void IsOlderThan_AtTheLimit_IsNotOld()
    {
        var memory = new AttemptMemory();
        Assert.False(memory.IsOlderThan(TimeSpan.Zero, Now.AddYears(1)));
        memory.Begin(Now, Now);
        Assert.False(memory.IsOlderThan(AttemptMemory.Fresh, Now + AttemptMemory.Fresh));
        Assert.True(memory.IsOlderThan(AttemptMemory.Fresh, Now + AttemptMemory.Fresh + TimeSpan.FromTicks(1)));
    }

    [Fact]
    public void Begin_SoonAgain_KeepsWhatItKnowsAndCountsFromTheFirstLook()
    {
        var memory = Filled();
        memory.Begin(Now + TimeSpan.FromSeconds(20), Now + TimeSpan.FromSeconds(20));
        Assert.NotEmpty(memory.Verdicts);
        Assert.NotNull(memory.Take(Id));
        Assert.True(memory.IsOlderThan(AttemptMemory.Fresh, Now + TimeSpan.FromSeconds(31)));
    }

    [Fact]
    public void Begin_AfterASleep_ForgetsAllThatOthersMayHaveChanged()
    {
        var memory = Filled();
        memory.Begin(Now + TimeSpan.FromSeconds(1), Now + TimeSpan.FromMinutes(5));
        Assert.Empty(memory.Verdicts);
        Assert.Null(memory.Take(Id));
        Assert.Null(memory.Siblings);
        Assert.Null(memory.Notes);
        Assert.NotEmpty(memory.Values);

        // The earlier of the two instants counts: the answer may have waited for a process that slept.
        Assert.True(memory.IsOlderThan(AttemptMemory.Fresh, Now + TimeSpan.FromSeconds(32)));
    }

    [Fact]
    public async Task Records_OfItsOwnHand_OutliveASleepAlthoughNoIndexKnowsThem()
    {
        var ct = TestContext.Current.CancellationToken;
        var log = new Index();
        var memory = new AttemptMemory();
        Assert.Empty(await memory.RecordsAsync(log, Resource, ct));
        memory.Begin(Now, Now);
        memory.Wrote(Record("op1", RecordStage.Intent, null), "1");
        memory.Wrote(Record("op1", RecordStage.Outcome, "RETRY"), "2");
        memory.Wrote(Record("op2", RecordStage.Intent, null), "3");
        memory.Begin(Now + TimeSpan.FromMinutes(5), Now + TimeSpan.FromMinutes(5));
        log.Records.Add(IndexedRecord.Of(Record("op0", RecordStage.Outcome, "ok"), "0"));
        log.Records.Add(IndexedRecord.Of(Record("op1", RecordStage.Intent, null), "1"));

        var records = await memory.RecordsAsync(log, Resource, ct);
        Assert.Equal(2, log.Asked);
        Assert.Equal(["0", "1", "2", "3"], records.Select(record => record.Path).Order(StringComparer.Ordinal));
        Assert.Equal(["1"], records.Where(record => record.Closed).Select(record => record.Path));
    }

    private static AttemptMemory Filled()
    {
        var memory = new AttemptMemory();
        memory.Begin(Now, Now);
        memory.Verdicts["v1"] = Verdict.Accepted;
        memory.Values["v1"] = new SecretMaterial("value");
        memory.Keep(Id, new VersionList([], Now));
        (memory.Siblings, memory.Notes) = ([new OwnedSecret(Id, null)], []);
        return memory;
    }

    private static EvidenceRecord Record(string op, RecordStage stage, string? result) => new() { Op = op, Stage = stage, Result = result, Action = "credential.rotate", Time = Now, Summary = "" };

    /// <summary>An index that answers late or never is a list that a test fills.</summary>
    private sealed class Index : IEvidenceLog
    {
        public List<IndexedRecord> Records { get; } = [];
        public int Asked { get; private set; }

        public Task<IReadOnlyList<IndexedRecord>> OfResourceAsync(ResourceId resource, CancellationToken ct)
        {
            Asked++;
            return Task.FromResult<IReadOnlyList<IndexedRecord>>(Records);
        }

        public string PathOf(EvidenceRecord record) => throw new NotSupportedException();
        public Task<RecordReference> WriteAsync(EvidenceRecord record, WriteRules rules, CancellationToken ct) => throw new NotSupportedException();
        public Task<ReadRecord?> NewestAsync(string action, DateTimeOffset before, CancellationToken ct) => throw new NotSupportedException();
        public Task<ReadRecord?> ReadAsync(string path, CancellationToken ct) => throw new NotSupportedException();
        public Task<string?> ClosingOfAsync(string intentPath, CancellationToken ct) => throw new NotSupportedException();
        public IAsyncEnumerable<IndexedRecord> OpenIntentsAsync(DateTimeOffset before, CancellationToken ct) => throw new NotSupportedException();
    }
}
