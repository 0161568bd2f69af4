using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps.Use;

public sealed class UseTests
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly CredentialId App = CredentialId.Of(AuditLines.Host, "app");

    private static AuditWalk Walk(SweepMemory memory) => new([memory], memory, memory, ProductIdentities.None with { ClientIds = [AuditLines.Own] }, NullLogger<AuditWalk>.Instance);

    private static async Task<AuditWalked> ReadAsync(SweepMemory memory, DateTimeOffset now)
    {
        memory.Now = now;
        return await Walk(memory).RunAsync(AuditLines.Host, now, (_, _) => Task.CompletedTask, CancellationToken.None);
    }

    private static void Add(SweepMemory memory, System.Text.Json.Nodes.JsonObject line, DateTimeOffset at) =>
        memory.Lines.Add((at, new DateTimeOffset(at.Year, at.Month, at.Day, at.Hour, 0, 0, TimeSpan.Zero), AuditLines.Bytes(line)));

    private static void Listen(SweepMemory memory, DateTimeOffset from, DateTimeOffset to)
    {
        for (var at = from; at <= to; at = at.AddMinutes(15))
            Add(memory, AuditLines.Line(at, "SecretList", name: null, app: AuditLines.Own), at);
    }

    /// <summary>What looks back over days counts a silence of half an hour as heard; what accuses does not.</summary>
    [Fact]
    public async Task S21_what_a_walk_leaves_for_others_are_stretches_without_a_silence_of_an_hour()
    {
        var memory = new SweepMemory();
        foreach (var minutes in (int[])[0, 30, 75, 200, 230])
            Add(memory, AuditLines.Line(Begin.AddMinutes(minutes), "SecretList", name: null, app: AuditLines.Own), Begin.AddMinutes(minutes));
        var walked = await ReadAsync(memory, Begin.AddHours(5));
        var window = (await memory.KnownAsync(AuditLines.Host, default))!;
        Assert.Equal([new LogSpan(Begin, Begin.AddMinutes(75)), new LogSpan(Begin.AddMinutes(200), Begin.AddMinutes(230))], window.Heard);
        Assert.Equal((Begin.AddMinutes(200), Begin.AddMinutes(230)), (window.From, window.To));
        Assert.Equal(5, walked.Spans.All.Count);
    }

    [Fact]
    public void Reads_that_are_read_again_or_overlap_are_counted_once_and_first_and_last_are_exact() =>
        Gen.Select(Gen.Int[1, 500].List[1, 60], Gen.Select(Gen.Int[0, 60], Gen.Int[1, 60]).List[1, 12]).Sample((minutes, pieces) =>
        {
            var log = minutes.Select(minute => Begin.AddMinutes(minute)).Order().ToList();
            UseFact? fact = null;
            foreach (var (from, length) in pieces.Append((0, log.Count)).Append((0, log.Count)))
            {
                var piece = log.Skip(from).Take(length).ToList();
                if (piece.Count == 0)
                    continue;
                var before = fact;
                fact = new UseSeen(App, AuditLines.V1, AuditLines.Reader, null, piece, "x").Onto(fact);
                Assert.Equal(fact, new UseSeen(App, AuditLines.V1, AuditLines.Reader, null, [.. piece, .. piece], "x").Onto(fact));
                Assert.True(fact.Reads >= (before?.Reads ?? 1));
            }

            Assert.Equal((log[0], log[^1]), (fact!.First, fact.Last));
            Assert.InRange(fact.Reads, 1, log.Distinct().Count());
        });

    [Fact]
    public void A_log_that_only_grows_is_counted_exactly_however_often_it_is_read_from_its_beginning() =>
        Gen.Select(Gen.Int[1, 500].List[1, 60], Gen.Int[1, 60].List[1, 8]).Sample((minutes, ends) =>
        {
            var log = minutes.Select(minute => Begin.AddMinutes(minute)).Order().ToList();
            UseFact? fact = null;
            foreach (var end in ends.Order().Append(log.Count))
                fact = new UseSeen(App, AuditLines.V1, AuditLines.Reader, null, log.Take(end).ToList(), "x").Onto(fact);
            Assert.Equal(log.Distinct().Count(), fact!.Reads);
        });

    [Fact]
    public async Task Who_read_which_version_is_known_and_a_lost_place_changes_nothing()
    {
        var memory = new SweepMemory();
        Listen(memory, Begin, Begin.AddHours(3));
        for (var i = 0; i < 20; i++)
            Add(memory, AuditLines.Line(Begin.AddMinutes(i * 7), version: i % 2 == 0 ? AuditLines.V1 : AuditLines.V2), Begin.AddMinutes(i * 7));
        Add(memory, AuditLines.Line(Begin.AddMinutes(5), app: AuditLines.Own), Begin.AddMinutes(5)); // ours
        Add(memory, AuditLines.Line(Begin.AddMinutes(6), status: 403, oid: "3d0f5a3e-6c1b-4b7e-9a57-0d3b6f1c7a11"), Begin.AddMinutes(6)); // denied
        Add(memory, AuditLines.Line(Begin.AddMinutes(8), "SecretSet"), Begin.AddMinutes(8));
        await ReadAsync(memory, Begin.AddHours(1.5));
        await ReadAsync(memory, Begin.AddHours(3));
        var facts = await memory.OfAsync(App, default).OrderBy(fact => fact.Version).ToListAsync();

        Assert.Equal([(AuditLines.V1, AuditLines.Reader, 10L), (AuditLines.V2, AuditLines.Reader, 10L)], facts.Select(fact => (fact.Version, fact.Principal, fact.Reads)));
        Assert.Equal((Begin, Begin.AddMinutes(126)), (facts[0].First, facts[0].Last));
        Assert.Equal(new UseWindow(Begin, Begin.AddHours(3) - AuditWalk.Lag), await memory.KnownAsync(AuditLines.Host, default));

        memory.Cursors.Clear();
        await ReadAsync(memory, Begin.AddHours(3.1));
        Assert.Equal(facts, await memory.OfAsync(App, default).OrderBy(fact => fact.Version).ToListAsync());
    }

    /// <summary>A backlog of days is a part an hour: a write for each of them would be most of what a run does.</summary>
    [Fact]
    public async Task The_place_in_a_log_is_written_once_for_many_parts_and_a_run_that_breaks_reads_no_more_than_these_again()
    {
        var memory = new SweepMemory();
        Listen(memory, Begin, Begin.AddHours(60));
        Add(memory, AuditLines.Line(Begin.AddHours(59)), Begin.AddHours(59));
        var lines = (await ReadAsync(memory, Begin.AddHours(61))).Lines;
        Assert.Equal(242, lines);
        Assert.Equal("3", Assert.Single(memory.Cursors).Value.ETag);
        Assert.Equal(0, (await ReadAsync(memory, Begin.AddHours(61))).Lines);
        Assert.Equal("3", Assert.Single(memory.Cursors).Value.ETag);
    }

    [Fact]
    public async Task Who_is_refused_only_because_a_version_is_disabled_wanted_to_use_it()
    {
        var memory = new SweepMemory();
        Add(memory, AuditLines.Line(Begin, status: 403, version: null, description: "Operation get is not allowed on a disabled secret."), Begin);
        await ReadAsync(memory, Begin.AddHours(1));

        Assert.Equal(UseFact.Latest, Assert.Single(await memory.OfAsync(App, default).ToListAsync()).Version);
    }

    [Fact]
    public async Task A_read_counts_also_where_its_line_does_not_say_of_which_version_or_by_whom()
    {
        var memory = new SweepMemory();
        Add(memory, AuditLines.Line(Begin, version: null), Begin);
        Add(memory, AuditLines.Line(Begin.AddMinutes(1), oid: null, app: null), Begin.AddMinutes(1));
        await ReadAsync(memory, Begin.AddHours(1));

        Assert.Equal(
            [(UseFact.Latest, AuditLines.Reader), (AuditLines.V1, UseFact.Unnamed)],
            (await memory.OfAsync(App, default).ToListAsync()).Select(fact => (fact.Version, fact.Principal)));
    }

    [Fact]
    public async Task A_hole_ends_what_is_known_and_lines_that_come_late_close_it()
    {
        var memory = new SweepMemory();
        Listen(memory, Begin, Begin.AddHours(1));
        Listen(memory, Begin.AddHours(5), Begin.AddHours(7));
        await ReadAsync(memory, Begin.AddHours(7).AddMinutes(30));
        Assert.Equal(new UseWindow(Begin.AddHours(5), Begin.AddHours(7)), await memory.KnownAsync(AuditLines.Host, default));

        Listen(memory, Begin.AddHours(1.25), Begin.AddHours(4.75));
        Add(memory, AuditLines.Line(Begin.AddHours(3)), Begin.AddHours(3));
        await ReadAsync(memory, Begin.AddHours(7).AddMinutes(31));
        Assert.Equal(new UseWindow(Begin, Begin.AddHours(7)), await memory.KnownAsync(AuditLines.Host, default));
        Assert.Equal(Begin.AddHours(3), Assert.Single(await memory.OfAsync(App, default).ToListAsync()).Last);
    }

    [Fact]
    public async Task Lines_of_another_vault_or_another_day_than_their_part_are_junk()
    {
        var memory = new SweepMemory();
        Add(memory, AuditLines.Line(Begin, vault: "KV2"), Begin);
        Add(memory, AuditLines.Line(Begin.AddDays(-3)), Begin);
        memory.Lines.Add((Begin, Begin, "rubbish"u8.ToArray()));
        var walked = await ReadAsync(memory, Begin.AddHours(1));

        Assert.Equal((3L, 3L, 0), (walked.Lines, walked.Junk, walked.Spans.All.Count));
        Assert.Empty(await memory.OfAsync(App, default).ToListAsync());
    }

    private static async Task<LastUse> LastUseAsync(SweepMemory memory, DateTimeOffset now, DateTimeOffset superseded) =>
        await new UseSignal(memory, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(now)).LastUseAsync(null!, "h", [new SupersededVersion(App, AuditLines.V1, superseded)], default);

    [Fact]
    public async Task No_use_is_known_only_where_the_log_is_known_since_the_version_was_superseded_and_up_to_nearly_now()
    {
        var memory = new SweepMemory();
        var superseded = Begin.AddHours(1);
        Assert.Equal(LastUse.NotReported, await LastUseAsync(memory, Begin.AddDays(1), superseded));
        await memory.KnowAsync(AuditLines.Host, new UseWindow(Begin.AddHours(2), Begin.AddDays(1)), default);
        Assert.Equal(new LastUse(false, null, UseSignal.Source, Begin.AddDays(1)), await LastUseAsync(memory, Begin.AddDays(1), superseded));
        await memory.KnowAsync(AuditLines.Host, new UseWindow(Begin, Begin.AddDays(1)), default);
        Assert.Equal(new LastUse(true, null, UseSignal.Source, Begin.AddDays(1)), await LastUseAsync(memory, Begin.AddDays(1).AddHours(1), superseded));
        Assert.Equal(new LastUse(false, null, UseSignal.Source, Begin.AddDays(1)), await LastUseAsync(memory, Begin.AddDays(1).AddHours(4), superseded));
    }

    [Fact]
    public async Task A_read_of_the_superseded_version_counts_even_where_the_log_has_holes_and_one_of_another_version_does_not()
    {
        var memory = new SweepMemory();
        await memory.AddAsync(new UseSeen(App, AuditLines.V2, AuditLines.Reader, null, [Begin.AddHours(5)], "x"), default);
        Assert.Equal(LastUse.NotReported, await LastUseAsync(memory, Begin.AddDays(1), Begin));
        await memory.AddAsync(new UseSeen(App, AuditLines.V1, AuditLines.Reader, null, [Begin.AddHours(4)], "x"), default);
        var use = await LastUseAsync(memory, Begin.AddDays(1), Begin);

        Assert.Equal((true, Begin.AddHours(4)), (use.Reported, use.At));
    }

    [Fact]
    public async Task A_read_of_whatever_was_current_may_have_been_of_the_superseded_version_until_it_was_superseded()
    {
        var memory = new SweepMemory();
        await memory.KnowAsync(AuditLines.Host, new UseWindow(Begin, Begin.AddDays(1)), default);
        var superseded = Begin.AddHours(5);
        await memory.AddAsync(new UseSeen(App, UseFact.Latest, "later", null, [Begin.AddHours(6)], "x"), default);
        Assert.Null((await LastUseAsync(memory, Begin.AddDays(1), superseded)).At);
        await memory.AddAsync(new UseSeen(App, UseFact.Latest, AuditLines.Reader, null, [Begin.AddHours(4)], "x"), default);
        Assert.Equal(Begin.AddHours(4), (await LastUseAsync(memory, Begin.AddDays(1), superseded)).At);
        await memory.AddAsync(new UseSeen(App, UseFact.Latest, AuditLines.Reader, null, [Begin.AddHours(7)], "x"), default);
        Assert.Equal(superseded, (await LastUseAsync(memory, Begin.AddDays(1), superseded)).At);
    }
}
