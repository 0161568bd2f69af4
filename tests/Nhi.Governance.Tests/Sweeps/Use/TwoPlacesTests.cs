using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps.Use;

/// <summary>One vault's log in the archive and in a workspace.</summary>
public sealed class TwoPlacesTests
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly CredentialId App = CredentialId.Of(AuditLines.Host, "app");
    private readonly SweepMemory _memory = new();
    private readonly LogPlaceFake _workspace;

    public TwoPlacesTests() => _workspace = new(_memory);

    private static Task<AuditWalked> ReadAsync(SweepMemory memory, IReadOnlyList<IPlatformLog> logs, DateTimeOffset now)
    {
        memory.Now = now;
        return new AuditWalk(logs, memory, memory, ProductIdentities.None with { ClientIds = [AuditLines.Own] }, NullLogger<AuditWalk>.Instance)
            .RunAsync(AuditLines.Host, now, (one, ct) => VaultChanges.Of(one, AuditLines.Host) is { } change ? memory.NoteAsync(change, ct) : Task.CompletedTask, default);
    }

    private Task<AuditWalked> ReadAsync(DateTimeOffset now) => ReadAsync(_memory, [_memory, _workspace], now);

    private static void Archive(SweepMemory memory, DateTimeOffset at, byte[] line, DateTimeOffset? visible = null) =>
        memory.Lines.Add((visible ?? at, Nhi.Governance.Triggers.Trigger.Floor(at, TimeSpan.FromHours(1)), line));

    private static void Workspace(LogPlaceFake workspace, DateTimeOffset at, byte[] line, DateTimeOffset? visible = null) => workspace.Lines.Add((visible ?? at, at, line));

    private static byte[] Heard(DateTimeOffset at) => AuditLines.Bytes(AuditLines.Line(at, "SecretList", name: null, app: AuditLines.Own));

    private static IEnumerable<DateTimeOffset> Every15Minutes(double from, double to)
    {
        for (var at = Begin.AddHours(from); at <= Begin.AddHours(to); at = at.AddMinutes(15))
            yield return at;
    }

    [Fact]
    public void A_call_that_stands_in_both_places_counts_once_whichever_tells_of_it_first() =>
        Gen.Select(Gen.Select(Gen.Int[1, 300], Gen.Int[0, 3], Gen.Int[1, 240], Gen.Int[1, 240]).List[1, 40], Gen.Int[1, 600].List[1, 6]).Sample((calls, runs) =>
        {
            var memory = new SweepMemory();
            var workspace = new LogPlaceFake(memory);
            foreach (var (minute, where, archived, ingested) in calls)
            {
                var at = Begin.AddMinutes(minute);
                foreach (var line in (byte[][])[AuditLines.Bytes(AuditLines.Line(at)), AuditLines.Bytes(AuditLines.Line(at, "SecretUpdate"))])
                {
                    if (where != 0)
                        Archive(memory, at, line, at.AddMinutes(archived));
                    if (where != 1)
                        Workspace(workspace, at, line, at.AddMinutes(ingested));
                }
            }

            foreach (var run in runs.Order().Append(601).Append(602))
                ReadAsync(memory, [memory, workspace], Begin.AddMinutes(run)).GetAwaiter().GetResult();
            var instants = calls.Select(call => Begin.AddMinutes(call.Item1)).Distinct().ToList();
            var fact = Assert.Single(memory.OfAsync(App, default).ToBlockingEnumerable());
            Assert.Equal((instants.Min(), instants.Max()), (fact.First, fact.Last));
            Assert.InRange(fact.Reads, 1, instants.Count);
            Assert.Equal(instants.Order(), memory.OpenAsync(Begin, default).ToBlockingEnumerable().Select(change => change.Time).Order());
        });

    [Fact]
    public async Task Reading_again_an_hour_that_grew_counts_what_came_late_and_nothing_twice()
    {
        Workspace(_workspace, Begin.AddMinutes(5), AuditLines.Bytes(AuditLines.Line(Begin.AddMinutes(5))));
        Workspace(_workspace, Begin.AddMinutes(30), AuditLines.Bytes(AuditLines.Line(Begin.AddMinutes(30))));
        await ReadAsync(Begin.AddHours(1));
        Workspace(_workspace, Begin.AddMinutes(10), AuditLines.Bytes(AuditLines.Line(Begin.AddMinutes(10), version: AuditLines.V2)), Begin.AddHours(1.5));
        var again = await ReadAsync(Begin.AddHours(2));

        Assert.Equal(3, again.Lines);
        Assert.Equal([(AuditLines.V1, 2L), (AuditLines.V2, 1L)], await _memory.OfAsync(App, default).OrderBy(fact => fact.Version).Select(fact => (fact.Version, fact.Reads)).ToListAsync());
        Assert.Equal(0, (await ReadAsync(Begin.AddHours(3))).Lines);
    }

    [Fact]
    public async Task What_is_known_ends_with_the_lag_of_the_place_that_told_last()
    {
        foreach (var at in Every15Minutes(0, 3))
            Workspace(_workspace, at, Heard(at));
        await ReadAsync(Begin.AddHours(3));
        Assert.Equal(new UseWindow(Begin, Begin.AddHours(3).AddMinutes(-15)), await _memory.KnownAsync(AuditLines.Host, default));

        foreach (var at in Every15Minutes(0, 3))
            Archive(_memory, at, Heard(at));
        await ReadAsync(Begin.AddHours(3));
        Assert.Equal(new UseWindow(Begin, Begin.AddHours(3).AddMinutes(-10)), await _memory.KnownAsync(AuditLines.Host, default));
    }

    [Fact]
    public async Task One_place_fills_the_hole_of_the_other_and_two_places_with_holes_are_not_whole_together()
    {
        foreach (var at in Every15Minutes(0, 1).Concat(Every15Minutes(5, 7)))
            Archive(_memory, at, Heard(at));
        await ReadAsync(Begin.AddHours(7.5));
        Assert.Equal(Begin.AddHours(5), (await _memory.KnownAsync(AuditLines.Host, default))!.From);

        // A line each 18 minutes, in turns: each place was silent for longer than may pass.
        for (var minutes = 78; minutes < 300; minutes += 36)
        {
            Workspace(_workspace, Begin.AddMinutes(minutes), Heard(Begin.AddMinutes(minutes)));
            Archive(_memory, Begin.AddMinutes(minutes + 18), Heard(Begin.AddMinutes(minutes + 18)));
        }

        var holes = await ReadAsync(Begin.AddHours(7.5));
        Assert.False(holes.Spans.Covers(Begin.AddHours(1), Begin.AddHours(5)));

        foreach (var at in Every15Minutes(0.75, 5.25))
            Workspace(_workspace, at, Heard(at));
        var whole = await ReadAsync(Begin.AddHours(7.5));
        Assert.True(whole.Spans.Covers(Begin, Begin.AddHours(7)));
        Assert.Equal(Begin, (await _memory.KnownAsync(AuditLines.Host, default))!.From);
    }

    [Fact]
    public async Task Where_one_place_does_not_answer_the_other_is_read_and_what_it_said_before_still_counts()
    {
        foreach (var at in Every15Minutes(0, 2))
            Workspace(_workspace, at, Heard(at));
        await ReadAsync(Begin.AddHours(2));
        _workspace.Fails = true;
        foreach (var at in Every15Minutes(1.75, 4))
            Archive(_memory, at, Heard(at));
        Archive(_memory, Begin.AddHours(3), AuditLines.Bytes(AuditLines.Line(Begin.AddHours(3))));
        var walked = await ReadAsync(Begin.AddHours(4));

        Assert.Equal(["workspace"], walked.Unread);
        Assert.Single(await _memory.OfAsync(App, default).ToListAsync());
        Assert.Equal(new UseWindow(Begin, Begin.AddHours(4).AddMinutes(-10)), await _memory.KnownAsync(AuditLines.Host, default));
    }

    [Fact]
    public async Task Where_no_place_answers_the_walk_fails()
    {
        var other = new LogPlaceFake(_memory, "other") { Fails = true };
        _workspace.Fails = true;
        await Assert.ThrowsAsync<ExternalCallException>(() => ReadAsync(_memory, [_workspace], Begin));
        await Assert.ThrowsAsync<ExternalCallException>(() => ReadAsync(_memory, [_workspace, other], Begin));
    }
}
