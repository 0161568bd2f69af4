using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Tests.Sweeps.Findings;

public sealed class FindingDeskTests
{
    private const string Subject = "kv:kv1.vault.azure.net/app";
    private static readonly DateTimeOffset _start = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly HashSet<string> _both = [SignalNames.NoOwner, SignalNames.NoExpiry];
    private readonly SweepTables _tables = new();

    private static Finding Found(string signal = SignalNames.NoOwner, params string[] facts) => new()
    {
        Signal = signal, Subject = Subject, Credential = CredentialId.Parse(Subject), Severity = "warning", Score = 50, Facts = facts.Length == 0 ? ["nobody"] : facts, Remedy = "Name somebody.", Owner = "ada@contoso.com",
    };

    private Task<FindingNews> TellAsync(IReadOnlyCollection<Finding> found, int hour, IReadOnlySet<string>? judged = null) =>
        new FindingDesk(_tables, _tables).TellAsync(Subject, found, judged ?? _both, Trigger.FromTimer("SweepInventory", _start.AddHours(hour)), _start.AddHours(hour).AddMilliseconds(7), TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_finding_is_told_once_with_its_record_before_its_row()
    {
        var news = await TellAsync([Found()], 0);
        var told = Assert.Single(news.Raised);
        Assert.Equal((_start, (DateTimeOffset?)null), (told.FirstSeen, told.Resolved));
        var record = Assert.Single(_tables.Of("finding.raise"));
        Assert.Equal(("FINDING", SignalNames.NoOwner, 50, "ada@contoso.com", Subject), (record.Result, record.Finding!.Signal, record.Finding.Score, record.Owner!.Id, record.Credential!.Id));
        Assert.Contains(told.Record!, _tables.Records.Keys);
        Assert.NotEmpty(record.Controls);

        var before = _tables.Writes;
        Assert.Empty((await TellAsync([Found()], 1)).Raised);
        Assert.Equal(before, _tables.Writes);
    }

    [Fact]
    public async Task Changed_facts_are_told_again_and_the_first_sight_stays()
    {
        await TellAsync([Found()], 0);
        var again = Assert.Single((await TellAsync([Found(facts: "still nobody")], 1)).Raised);
        Assert.Equal(_start, again.FirstSeen);
        Assert.Equal(2, _tables.Of("finding.raise").Count());
        Assert.Equal(["still nobody"], Assert.Single(_tables.Open).Facts);
        Assert.Single((await TellAsync([Found(facts: "still nobody") with { Owner = "bob" }], 2)).Raised);
        Assert.Single((await TellAsync([Found(facts: "still nobody") with { Owner = "bob", Score = 51 }], 3)).Raised);
    }

    [Fact]
    public async Task What_is_over_is_told_as_over_and_comes_back_as_new()
    {
        await TellAsync([Found(), Found(SignalNames.NoExpiry)], 0);
        var news = await TellAsync([Found(SignalNames.NoExpiry)], 1);
        Assert.Equal((SignalNames.NoOwner, _start.AddHours(1)), (Assert.Single(news.Resolved).Signal, news.Resolved[0].Resolved));
        Assert.Equal("ok", Assert.Single(_tables.Of("finding.resolve")).Result);
        Assert.Equal(SignalNames.NoExpiry, Assert.Single(_tables.Open).Signal);
        Assert.Empty((await TellAsync([Found(SignalNames.NoExpiry)], 2)).Resolved);
        Assert.Equal(_start.AddHours(3), Assert.Single((await TellAsync([Found(), Found(SignalNames.NoExpiry)], 3)).Raised).FirstSeen);
    }

    [Fact]
    public async Task S20_what_was_not_judged_stays_open()
    {
        await TellAsync([Found()], 0);
        Assert.Empty((await TellAsync([], 1, new HashSet<string> { SignalNames.NoExpiry })).Resolved);
        Assert.Single(_tables.Open);
    }

    [Fact]
    public async Task S20_a_finding_about_another_subject_or_of_a_signal_that_was_not_judged_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => TellAsync([Found() with { Subject = "another" }], 0));
        await Assert.ThrowsAsync<ArgumentException>(() => TellAsync([Found(SignalNames.Shadow)], 0));
        Assert.Equal(0, _tables.Writes);
    }

    [Fact]
    public async Task Without_evidence_no_row_is_written_and_the_next_look_tells_it()
    {
        _tables.LogFails = new EvidenceRefusedException("no");
        await Assert.ThrowsAsync<EvidenceRefusedException>(() => TellAsync([Found()], 0));
        Assert.Empty(_tables.Findings);
        _tables.LogFails = null;
        Assert.Equal(_start.AddHours(1), Assert.Single((await TellAsync([Found()], 1)).Raised).FirstSeen);
    }

    [Fact]
    public async Task A_crash_between_record_and_row_tells_it_once_more_and_no_more()
    {
        _tables.FindingsFail = new ExternalCallException("no answer");
        await Assert.ThrowsAsync<ExternalCallException>(() => TellAsync([Found()], 0));
        Assert.Single(_tables.Of("finding.raise"));
        _tables.FindingsFail = null;
        Assert.Single((await TellAsync([Found()], 0)).Raised);
        // The same second: the same record.
        Assert.Single(_tables.Of("finding.raise"));
        Assert.Empty((await TellAsync([Found()], 1)).Raised);
        Assert.Single(_tables.Of("finding.raise"));
    }

    [Fact]
    public void A_finding_has_the_same_mark_just_as_long_as_it_says_the_same()
    {
        var one = Found(facts: ["a", "b"]);
        Finding[] others =
        [
            one with { FirstSeen = _start, Record = "records/x.json", Remedy = "Another one." }, one with { Facts = ["a", "b"] },
            one with { Signal = SignalNames.NoExpiry }, one with { Subject = "x" }, one with { Severity = "info" }, one with { Score = 51 }, one with { Owner = null }, one with { Facts = ["a"] }, one with { Facts = ["b", "a"] }, one with { Facts = ["a\n1 b"] },
        ];
        Assert.All(others, other => Assert.Equal(one.SaysTheSameAs(other), one.Mark == other.Mark));
        Assert.Equal(2, others.Count(one.SaysTheSameAs));
    }
}
