using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Records;
using Nhi.Governance.Operators;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Tests.Sweeps.Findings;

public sealed class FindingClosingTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly OperatorRequest Asked = OperatorRequest.WithReason("nhi findings resolve", "ada", "INC-7: it was me");
    private readonly SweepMemory _memory = new() { Now = Now };

    private FindingClosing Closing => new(_memory, _memory, _memory, _memory, new FakeTimeProvider(Now));

    private async Task<Finding> OpenAsync(string signal, string subject)
    {
        var finding = new Finding { Signal = signal, Subject = subject, Severity = "critical", Score = 90, Facts = ["seen"], Remedy = "Ask.", Owner = "team@contoso.com", FirstSeen = Now.AddDays(-1) };
        await _memory.WriteAsync(finding, default);
        return finding;
    }

    [Theory]
    [InlineData("entra:x")]
    [InlineData("ENTRA:X")]
    [InlineData(null)]
    public async Task A_person_closes_what_no_look_can_and_the_record_names_who_and_why(string? name)
    {
        var other = await OpenAsync(SignalNames.LockDeleted, "entra:x");
        var finding = await OpenAsync(SignalNames.UngovernedChange, "entra:x");
        var closed = await Closing.ResolveAsync(name ?? finding.Key, finding.Signal, Asked, default);

        Assert.Equal((finding.Key, Now), (closed.Key, closed.Resolved));
        Assert.Equal(other.Key, Assert.Single(await _memory.OfAsync("entra:x", default)).Key);
        var record = Assert.Single(_memory.Written);
        Assert.Equal(("finding.resolve", "ok", RecordStage.Outcome), (record.Action, record.Result, record.Stage));
        Assert.Equal(("ada", "INC-7: it was me", SignalNames.UngovernedChange), (record.RequestedBy!.Id, Assert.Single(record.Decision!.Reasons!), record.Finding!.Signal));
        Assert.Contains("ada", record.Summary, StringComparison.Ordinal);
        await Assert.ThrowsAsync<OperatorRefusedException>(() => Closing.ResolveAsync("entra:x", finding.Signal, Asked, default));
    }

    [Theory]
    [InlineData(SignalNames.NoOwner)]
    [InlineData(SignalNames.ReadInQuarantine)]
    [InlineData("no-such-signal")]
    public async Task What_a_sweep_judges_is_not_closed_by_hand(string signal)
    {
        await OpenAsync(signal, "s");
        var refused = await Assert.ThrowsAsync<OperatorRefusedException>(() => Closing.ResolveAsync("s", signal, Asked, default));
        Assert.Contains(SignalNames.UngovernedChange, refused.Message, StringComparison.Ordinal);
        Assert.Empty(_memory.Written);
    }

    [Fact]
    public void Every_signal_that_stays_is_one_of_all() => Assert.Subset(SignalNames.All.ToHashSet(), SignalNames.ClosedByPeople.ToHashSet());
}
