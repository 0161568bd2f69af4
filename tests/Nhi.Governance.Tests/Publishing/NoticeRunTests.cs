using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing.Notices;
using Nhi.Governance.Rotation;
using Nhi.Governance.Tests.Evidence;

namespace Nhi.Governance.Tests.Publishing;

public sealed class NoticeRunTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);
    private readonly Hook _hook = new("a");
    private int _serial;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static NoticeRun Over(LogRig rig, params IDigestSink[] sinks) => new([rig.Containers], rig.Places, rig.Producer, rig, sinks, rig.Receipts, rig.Clock, NullLogger<NoticeRun>.Instance);

    private EvidenceRecord Record(LogRig rig, string action, string? result, string? owner = null, string severity = "warning", RecordStage stage = RecordStage.Outcome) => new()
    {
        Op = RotationId.Op($"{++_serial}", "x", rig.Clock.GetUtcNow(), _serial),
        Stage = stage,
        Action = action,
        Result = result,
        Time = new DateTimeOffset(rig.Clock.GetUtcNow().UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero),
        Summary = $"{_serial}",
        Owner = owner is null ? null : new OwnerFacts("name", owner),
        Finding = result == "FINDING" ? new FindingFacts("unused", severity, "Keep it.") : null,
    };

    private async Task<string> SayAsync(LogRig rig, string action, string? result, string? owner = null, string severity = "warning", RecordStage stage = RecordStage.Outcome)
    {
        // The log orders what one batch takes by the second in which it began.
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        await rig.WriteAsync(Record(rig, action, result, owner, severity, stage));
        return $"{_serial}";
    }

    /// <summary>An hour ends, and the next one has its first batch: what a seal does.</summary>
    private static async Task NextHourAsync(LogRig rig)
    {
        await rig.Sequencing.RunAsync(Ct);
        rig.Clock.Advance(TimeSpan.FromHours(1));
        await rig.WriteAsync(0);
        await rig.Sequencing.RunAsync(Ct);
    }

    [Fact]
    public async Task News_of_an_hour_come_as_one_digest_an_owner_once_the_hour_is_over()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await SayAsync(rig, "finding.raise", "FINDING", "ada", "critical");
        await rig.Sequencing.RunAsync(Ct);
        await SayAsync(rig, "removal.tell", "ok", "ada");
        await SayAsync(rig, "removal.quarantine", "ok", "bob");
        await SayAsync(rig, "finding.resolve", "ok");
        await rig.Sequencing.RunAsync(Ct);
        Assert.Equal(0, await Over(rig, _hook).RunAsync(Ct));
        await NextHourAsync(rig);
        Assert.Equal(3, await Over(rig, _hook).RunAsync(Ct));
        Assert.Equal([null, "ada", "bob"], _hook.Digests.Select(digest => digest.Owner));
        var ada = _hook.Digests[1];
        Assert.Equal(["1", "2"], ada.Items.Select(item => item.Summary));
        Assert.Equal(("critical", Start.AddMinutes(-5).AddSeconds(-7), Start.AddMinutes(55).AddSeconds(-7)), (ada.Severity, ada.From, ada.Until));
        Assert.All(ada.Items, item => Assert.Equal($"https://{rig.Year(2026).Origin}/{item.Path}", item.Url));
        Assert.NotNull(await rig.Year(2026).ReadAsync(ada.Items[0].Path, 100_000, Ct));
        Assert.Equal(0, await Over(rig, _hook).RunAsync(Ct));
    }

    [Theory]
    [InlineData("credential.rotate", "ok", false)]
    [InlineData("credential.rotate", "RETRY", false)]
    [InlineData("credential.rotate", "BLOCKED", true)]
    [InlineData("credential.revoke", "FAILED", true)]
    [InlineData("credential.emergency", "ok", true)]
    [InlineData("finding.raise", "FINDING", true)]
    [InlineData("finding.resolve", "ok", true)]
    [InlineData("removal.restore", "ok", true)]
    [InlineData("removal.sweep", "summary", false)]
    [InlineData("estate.sweep", "summary", false)]
    [InlineData("removal.quarantine", null, false)]
    public async Task What_people_want_to_know_is_news_and_each_rotation_is_not(string action, string? result, bool news)
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await SayAsync(rig, action, result, stage: result is null ? RecordStage.Intent : RecordStage.Outcome);
        await NextHourAsync(rig);
        Assert.Equal(news ? 1 : 0, await Over(rig, _hook).RunAsync(Ct));
    }

    [Fact]
    public async Task A_digest_shows_what_a_reader_can_take_the_most_severe_and_what_is_told_first_and_counts_the_rest()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        for (var i = 0; i < 3; i++)
            await SayAsync(rig, "finding.resolve", "ok", "ada");
        for (var i = 0; i < Digest.MostItems; i++)
            await SayAsync(rig, "finding.raise", "FINDING", "ada", i == 20 ? "warning" : "critical");
        var told = await SayAsync(rig, "removal.tell", "ok", "ada");
        var last = await SayAsync(rig, "finding.raise", "FINDING", "ada", "critical");
        await SayAsync(rig, "finding.raise", "FINDING", "ada", "warning");
        await NextHourAsync(rig);
        await Over(rig, _hook).RunAsync(Ct);
        var digest = Assert.Single(_hook.Digests);
        Assert.Equal((Digest.MostItems, 6, "critical"), (digest.Items.Count, digest.More, digest.Severity));
        Assert.Equal(told, Assert.Single(digest.Items, item => item.Severity != "critical").Summary);
        var shown = digest.Items.Select(item => int.Parse(item.Summary, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(shown.Order(), shown);
        Assert.DoesNotContain(last, digest.Items.Select(item => item.Summary));
    }

    [Fact]
    public async Task A_sink_that_fails_never_stops_the_others_and_catches_up()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        var broken = new Hook("b") { Fails = _ => true };
        for (var hour = 0; hour < 3; hour++)
        {
            await SayAsync(rig, "removal.tell", "ok", "ada");
            await NextHourAsync(rig);
            Assert.Equal(1, await Over(rig, broken, _hook).RunAsync(Ct));
        }

        Assert.Empty(broken.Digests);
        broken.Fails = _ => false;
        Assert.Equal(3, await Over(rig, broken, _hook).RunAsync(Ct));
        Assert.Equal(_hook.Digests.Select(digest => digest.Id), broken.Digests.Select(digest => digest.Id));
    }

    [Fact]
    public async Task What_a_sink_took_does_not_come_again_because_a_later_one_failed()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        for (var owner = 0; owner < 6; owner++)
            await SayAsync(rig, "removal.tell", "ok", $"o{owner}");
        await NextHourAsync(rig);
        var limit = 2;
        _hook.Fails = _ => _hook.Tried.Count % 3 == 0 && limit-- > 0;
        for (var minute = 0; minute < 5; minute++)
        {
            await Over(rig, _hook).RunAsync(Ct);
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["o0", "o1", "o2", "o3", "o4", "o5"], _hook.Taken.Select(digest => digest.Owner));
        Assert.Equal(8, _hook.Tried.Count);
    }

    [Fact]
    public async Task A_digest_that_is_refused_for_an_hour_is_given_up_and_the_owners_behind_it_hear()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        foreach (var owner in (string[])["ada", "bob", "eve"])
            await SayAsync(rig, "removal.tell", "ok", owner);
        await NextHourAsync(rig);
        _hook.Refuses = digest => digest.Owner == "bob";
        for (var minute = 0; minute < 59; minute++)
        {
            await Over(rig, _hook).RunAsync(Ct);
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["ada"], _hook.Taken.Select(digest => digest.Owner));
        for (var minute = 0; minute < 3; minute++)
        {
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
            await Over(rig, _hook).RunAsync(Ct);
        }

        Assert.Equal(["ada", "eve"], _hook.Taken.Select(digest => digest.Owner));
        Assert.InRange(_hook.Tried.Count(digest => digest.Owner == "bob"), 2, 62);

        // Whatever the sink refused once is sent where it changes its mind within the hour.
        _hook.Refuses = _ => _hook.Tried.Count(digest => digest.Owner == "joe") < 3;
        await SayAsync(rig, "removal.tell", "ok", "joe");
        await NextHourAsync(rig);
        for (var minute = 0; minute < 4; minute++)
        {
            await Over(rig, _hook).RunAsync(Ct);
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["ada", "eve", "joe"], _hook.Taken.Select(digest => digest.Owner));
    }

    [Fact]
    public async Task After_any_sequence_of_failures_each_piece_of_news_was_handed_over_in_order_and_what_came_twice_is_the_same()
    {
        for (var seed = 0; seed < 25; seed++)
        {
            var random = new Random(seed);
            using var rig = new LogRig(Start, [2026, 2027, 2028]);
            var hook = new Hook("a") { Fails = _ => random.Next(3) == 0 };
            var said = new Dictionary<string, List<string>> { ["ada"] = [], ["bob"] = [], ["eve"] = [] };
            for (var step = 0; step < 24; step++)
            {
                var owner = said.Keys.ElementAt(random.Next(3));
                if (random.Next(3) > 0)
                    said[owner].Add(await SayAsync(rig, "finding.raise", "FINDING", owner));
                if (random.Next(4) == 0)
                    rig.Clock.Advance(TimeSpan.FromMinutes(random.Next(100)));
                if (random.Next(2) == 0)
                    await rig.Sequencing.RunAsync(Ct);
                await Over(rig, hook).RunAsync(Ct);
            }

            hook.Fails = _ => false;
            await NextHourAsync(rig);
            await Over(rig, hook).RunAsync(Ct);
            foreach (var (owner, words) in said)
                Assert.Equal(words, hook.Digests.Where(digest => digest.Owner == owner).SelectMany(digest => digest.Items).Select(item => item.Summary));
            Assert.All(hook.Taken.CountBy(digest => digest.Id), taken => Assert.Equal(1, taken.Value));
            foreach (var again in hook.Tried.GroupBy(digest => digest.Id))
                Assert.Single(again.Select(digest => string.Join(' ', digest.Items.Select(item => item.Path))).Distinct());
        }
    }

    [Fact]
    public async Task What_cannot_be_whole_yet_is_not_read_again_each_minute()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await SayAsync(rig, "removal.tell", "ok", "ada");
        await rig.Sequencing.RunAsync(Ct);
        await Over(rig, _hook).RunAsync(Ct);
        var cursor = await rig.ReadAsync($"notices-a-{CrockfordBase32.OfSha256(rig.Year(2026).Origin)}", Ct);
        Assert.EndsWith("14:00:00.0000000+00:00", cursor!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S6_a_record_that_says_it_was_written_far_ahead_dates_no_window()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await SayAsync(rig, "removal.tell", "ok", "ada");
        // Whoever stole a writer's key says when a record was written.
        await rig.WriteAsync(Record(rig, "removal.tell", "ok", "eve"), Start.AddDays(20));
        await NextHourAsync(rig);
        Assert.Equal(2, await Over(rig, _hook).RunAsync(Ct));
        await SayAsync(rig, "removal.tell", "ok", "bob");
        await NextHourAsync(rig);
        Assert.Equal(1, await Over(rig, _hook).RunAsync(Ct));
        Assert.Equal(["ada", "eve", "bob"], _hook.Taken.Select(digest => digest.Owner));
        Assert.All(_hook.Taken, digest => Assert.True(digest.Until <= rig.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task S7_a_sink_that_is_new_is_told_the_news_of_a_day_and_none_of_a_year()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        for (var batch = 0; batch < 70; batch++)
        {
            await SayAsync(rig, "removal.tell", "ok", "old");
            await rig.Sequencing.RunAsync(Ct);
        }

        rig.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal(0, await Over(rig, _hook).RunAsync(Ct));
        await NextHourAsync(rig);
        await SayAsync(rig, "removal.tell", "ok", "ada");
        await NextHourAsync(rig);
        await Over(rig, _hook).RunAsync(Ct);
        Assert.Equal(["ada"], _hook.Taken.Select(digest => digest.Owner));

        // Of a log that is long, another one that is new hears of today.
        var another = new Hook("b");
        await Over(rig, another).RunAsync(Ct);
        Assert.Equal(["ada"], another.Taken.Select(digest => digest.Owner));

        // The next year's log begins under a cursor that stands there already.
        rig.Clock.SetUtcNow(new DateTimeOffset(2027, 1, 1, 0, 0, 1, TimeSpan.Zero));
        await SayAsync(rig, "removal.tell", "ok", "eve");
        await NextHourAsync(rig);
        await Over(rig, _hook).RunAsync(Ct);
        Assert.Equal("eve", _hook.Taken[^1].Owner);
    }

    /// <summary>Whoever has the state account can take a cursor away, and no signature shows that it was there.</summary>
    [Fact]
    public async Task S27_whoever_deletes_a_sinks_place_each_minute_hides_nothing_that_is_to_be_told()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        for (var batch = 0; batch < 70; batch++)
        {
            await SayAsync(rig, "removal.sweep", "summary");
            await rig.Sequencing.RunAsync(Ct);
        }

        rig.Clock.Advance(TimeSpan.FromHours(30));
        await Over(rig, _hook).RunAsync(Ct);
        for (var hour = 0; hour < 6; hour++)
        {
            await SayAsync(rig, "removal.tell", "ok", $"o{hour:D2}");
            rig.LoseCursors();
            await Over(rig, _hook).RunAsync(Ct);
            await NextHourAsync(rig);
        }

        rig.LoseCursors();
        await Over(rig, _hook).RunAsync(Ct);
        Assert.Equal(Enumerable.Range(0, 6).Select(hour => $"o{hour:D2}"), _hook.Taken.Select(digest => digest.Owner).Distinct());
        // What came again says what it said.
        Assert.Equal(6, _hook.Taken.Select(digest => digest.Id).Distinct().Count());
    }

    [Fact]
    public async Task S15_what_fell_back_to_the_secondary_account_is_told_too()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        using var other = new LogRig(Start, [2026, 2027, 2028], account: "b", beside: rig);
        await SayAsync(rig, "removal.tell", "ok", "ada");
        await SayAsync(other, "removal.restore", "ok", "eve");
        await other.Sequencing.RunAsync(Ct);
        await NextHourAsync(rig);
        await other.WriteAsync(0);
        await other.Sequencing.RunAsync(Ct);
        var run = new NoticeRun([rig.Containers, other.Containers], rig.Places, rig.Producer, rig, [_hook], rig.Receipts, rig.Clock, NullLogger<NoticeRun>.Instance);
        Assert.Equal(2, await run.RunAsync(Ct));
        Assert.Equal(["ada", "eve"], _hook.Taken.Select(digest => digest.Owner));
        Assert.StartsWith("https://b.", _hook.Taken[1].Items[0].Url, StringComparison.Ordinal);
        Assert.Equal(0, await run.RunAsync(Ct));
    }

    [Fact]
    public async Task A_sink_that_asks_to_be_left_alone_is_left_alone_for_so_long()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await SayAsync(rig, "removal.tell", "ok", "ada");
        await SayAsync(rig, "removal.tell", "ok", "bob");
        await NextHourAsync(rig);
        var asks = true;
        _hook.Fails = digest => digest.Owner == "bob" && asks;
        _hook.Asks = TimeSpan.FromMinutes(10);
        for (var minute = 0; minute < 9; minute++)
        {
            await Over(rig, _hook).RunAsync(Ct);
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(2, _hook.Tried.Count);
        asks = false;
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await Over(rig, _hook).RunAsync(Ct);
        Assert.Equal(["ada", "bob"], _hook.Taken.Select(digest => digest.Owner));
        Assert.Equal(3, _hook.Tried.Count);
    }

    [Fact]
    public async Task Each_of_several_owners_of_one_credential_is_told()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await SayAsync(rig, "removal.tell", "ok", "bob@contoso.com; ann@contoso.com");
        await NextHourAsync(rig);
        await Over(rig, _hook).RunAsync(Ct);
        Assert.Equal(["ann@contoso.com", "bob@contoso.com"], _hook.Taken.Select(digest => digest.Owner));
    }

    /// <summary>Remembers by digest, as a receiver that knows ids does.</summary>
    private sealed class Hook(string name) : IDigestSink
    {
        public List<Digest> Digests { get; } = [];
        public List<Digest> Tried { get; } = [];

        /// <summary>Each that it took, as often as it took it.</summary>
        public List<Digest> Taken { get; } = [];
        public Func<Digest, bool> Refuses { get; set; } = _ => false;
        public Func<Digest, bool> Fails { get; set; } = _ => false;
        public TimeSpan? Asks { get; set; }
        public string Name => name;
        public TimeSpan Window => TimeSpan.FromHours(1);

        public Task SendAsync(Digest digest, CancellationToken ct)
        {
            Tried.Add(digest);
            if (Fails(digest))
                throw new ExternalCallException("It is down.", mayHaveHappened: true, transient: true) { RetryAfter = Asks };
            if (Refuses(digest))
                throw new DigestRefusedException("It is too long.");
            Taken.Add(digest);
            if (Digests.All(known => known.Id != digest.Id))
                Digests.Add(digest);
            return Task.CompletedTask;
        }
    }
}
