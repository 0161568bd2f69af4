using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Tree;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operators;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Tests.Operators;

/// <summary>What a person said twice within a second: names tell whole seconds, and a batch puts them in the order of their names.</summary>
public sealed class EvidenceMemoryTests : IEvidenceLog
{
    private static readonly DateTimeOffset At = new(2026, 11, 30, 9, 0, 0, TimeSpan.Zero);
    private readonly MemoryEvidenceIndex _index = new();
    private readonly Dictionary<string, EvidenceRecord> _records = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_last_word_is_the_one_that_was_written_last_wherever_the_batch_put_it(bool reversed)
    {
        string[] said = ["credential.hold", "credential.release", "credential.hold", "credential.pause", "credential.resume", "credential.pause"];
        for (var i = 0; i < said.Length; i++)
            await SayAsync(said[i], i, reversed ? said.Length - i : i);
        var memory = await EvidenceMemory.ReadAsync(_index, Ct);
        Assert.Equal("hold 2", Assert.Single(await memory.HoldsAsync(this, At, Ct)).HeldWhy);
        Assert.Equal("pause 5", Assert.Single(await memory.PausesAsync(this, At, Ct)).Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_taken_back_in_the_same_second_is_taken_back(bool reversed)
    {
        string[] said = ["credential.hold", "credential.release", "credential.pause", "credential.resume"];
        for (var i = 0; i < said.Length; i++)
            await SayAsync(said[i], i, reversed ? said.Length - i : i);
        var memory = await EvidenceMemory.ReadAsync(_index, Ct);
        Assert.Empty(await memory.HoldsAsync(this, At, Ct));
        Assert.Empty(await memory.PausesAsync(this, At, Ct));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_assignments_the_later_one_names_the_owner(bool reversed)
    {
        await SayAsync(OwnerRecords.Assign, 1, reversed ? 9 : 1);
        await SayAsync(OwnerRecords.Assign, 2, reversed ? 8 : 2);
        await SayAsync(OwnerRecords.Confirm, 3, 3);
        var entry = Assert.Single(await (await EvidenceMemory.ReadAsync(_index, Ct)).OwnersAsync(this, Ct));
        Assert.Equal(("owner 2", "owner 3"), (entry.Assigned!.Owner, entry.Confirmed!.Owner));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_words_on_a_removal_and_of_two_steps_with_a_role_the_one_under_the_higher_fence_is_the_last(bool reversed)
    {
        for (var i = 1; i <= 2; i++)
        {
            await SayAsync(RemovalVerbs.Action(RemovalVerbs.Keep), i, reversed ? 9 - i : i);
            await SayAsync(CurtailmentVerbs.Action(i == 1 ? CurtailmentVerbs.Curtail : CurtailmentVerbs.Restore), i, reversed ? 7 - i : i + 2);
        }

        var memory = await EvidenceMemory.ReadAsync(_index, Ct);
        var id = CredentialId.Parse("kv:kv1.vault.azure.net/payroll");
        Assert.Equal("keep 2", (await RemovalMemory.ReadAsync(this, memory.Removals[id], id, Ct)).Kept!.Why);
        Assert.Equal(CurtailmentVerbs.Action(CurtailmentVerbs.Restore), Assert.Single(memory.Roles.Values).Action);
    }

    private async Task SayAsync(string action, int nth, int index)
    {
        var verb = action[(action.IndexOf('.', StringComparison.Ordinal) + 1)..];
        var record = new EvidenceRecord
        {
            Op = TimerOp.Of($"{nth}", verb, At), Stage = RecordStage.Outcome, Action = action, Result = "ok", Time = At, Recorded = At.AddMilliseconds(100 * nth), Summary = "Said.", Fence = nth, Rotation = "ROLE",
            Log = "a.blob.core.windows.net/evidence-2026", Credential = new CredentialFacts("kv:kv1.vault.azure.net/payroll"), Resource = new ResourceFacts("postgres:db/app"),
            RequestedBy = new PrincipalFacts("user", "ada"), Owner = new OwnerFacts("group", $"owner {nth}"), Debt = new DebtFacts("role-a"),
            Approval = new ApprovalFacts("human", "ada", Expires: At.AddDays(1)), Decision = new DecisionFacts("allow", "operator", Reasons: [$"{verb} {nth}"]),
        };
        var path = $"records/2026/11/30/09/090000Z_payroll_{verb}_2-ok_{record.Op}.json";
        _records[path] = record;
        await _index.UpsertAsync(IndexRows.Of(record, new BatchEntry(path, TreeHash.Empty, TreeHash.Empty), index, 0), Ct);
    }

    Task<ReadRecord?> IEvidenceLog.ReadAsync(string path, CancellationToken ct) => Task.FromResult(_records.TryGetValue(path, out var record) ? new ReadRecord(record, TreeHash.Empty.ToString()) : null);

    Task<RecordReference> IEvidenceLog.WriteAsync(EvidenceRecord record, WriteRules rules, CancellationToken ct) => throw new NotSupportedException();

    string IEvidenceLog.PathOf(EvidenceRecord record) => throw new NotSupportedException();

    Task<string?> IEvidenceLog.ClosingOfAsync(string intentPath, CancellationToken ct) => throw new NotSupportedException();

    Task<ReadRecord?> IEvidenceLog.NewestAsync(string action, DateTimeOffset before, CancellationToken ct) => throw new NotSupportedException();

    Task<IReadOnlyList<IndexedRecord>> IEvidenceLog.OfResourceAsync(ResourceId resource, CancellationToken ct) => throw new NotSupportedException();

    IAsyncEnumerable<IndexedRecord> IEvidenceLog.OpenIntentsAsync(DateTimeOffset before, CancellationToken ct) => throw new NotSupportedException();
}
