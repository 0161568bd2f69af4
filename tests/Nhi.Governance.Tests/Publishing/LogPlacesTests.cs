using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Governance.Publishing;
using Nhi.Governance.Publishing.Notices;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Tests.Evidence;

namespace Nhi.Governance.Tests.Publishing;

/// <summary>Whoever may write the table Cursors keeps nothing from anybody by it (story L6).</summary>
public sealed class LogPlacesTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);
    private readonly LogRig rig = new(Start, [2026, 2027, 2028]);
    private readonly Kept kept = new();
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private SignedCursors Cursors => new(rig, rig.Producer);

    private Publisher Publisher => new([rig.Containers], rig.Places, rig.Producer, Cursors, [kept], rig.Receipts, NullLogger<Publisher>.Instance);

    private NoticeRun Notices => new([rig.Containers], rig.Places, rig.Producer, Cursors, [kept], rig.Receipts, rig.Clock, NullLogger<NoticeRun>.Instance);

    private BatchedEvidence Batched => new([rig.Containers], rig.Places, rig.Producer, Cursors);

    /// <summary>Written by whoever could sign it, so that the log alone says that it is none.</summary>
    private async Task LieAsync(string cursor, Func<string, string> lie)
    {
        var identity = await rig.Producer.IdentityAsync(Ct);
        rig.Overwrite(cursor, (name, value) => SignedText.Sign(identity, $"cursor {name}", lie(value[..value.LastIndexOf('\n')])));
    }

    private async Task SayAsync(int number)
    {
        var now = rig.Clock.GetUtcNow();
        await rig.WriteAsync(new EvidenceRecord { Op = RotationId.Op($"{number}", "rotate", now, 1), Stage = RecordStage.Outcome, Action = "credential.rotate", Result = "FAILED", Time = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)), Summary = $"said {number}" });
        await rig.Sequencing.RunAsync(Ct);
    }

    private async Task<List<string>> BatchedAsync()
    {
        List<string> taken = [];
        await Batched.EachAsync(rig.Clock.GetUtcNow(), TimeSpan.FromHours(3), null, (records, _) =>
        {
            taken.AddRange(records.Select(record => record.Summary));
            return Task.CompletedTask;
        }, Ct);
        return [.. taken.Where(summary => summary.StartsWith("said", StringComparison.Ordinal))];
    }

    public static TheoryData<string> Lies => ["900 900", "3 2", "2 900", "9223372036854775807 9223372036854775807", "1 0", "junk", "", "-1 -1"];

    [Theory, MemberData(nameof(Lies))]
    public async Task L6_A_cursor_of_the_publisher_that_the_log_does_not_bear_out_alarms_and_everything_is_published(string lie)
    {
        await SayAsync(1);
        await Publisher.RunAsync(Ct);
        Assert.Empty(rig.Refused.Lines);
        await LieAsync("publish-", _ => lie);
        await SayAsync(2);
        kept.Summaries.Clear();
        await Publisher.RunAsync(Ct);
        Assert.Contains("said 2", kept.Summaries);
        Assert.Contains(rig.Refused.Lines, line => line is (4302, LogLevel.Critical, _) && line.Text.Contains("publish-kept-", StringComparison.Ordinal));
        rig.Refused.Lines.Clear();
        kept.Summaries.Clear();
        await Publisher.RunAsync(Ct);
        Assert.Empty(kept.Summaries);
        Assert.Empty(rig.Refused.Lines);
    }

    [Theory, MemberData(nameof(Lies))]
    public async Task L6_A_cursor_of_notices_that_the_log_does_not_bear_out_alarms_and_everything_is_told(string lie)
    {
        await SayAsync(1);
        await Notices.RunAsync(Ct);
        await LieAsync("notices-", _ => lie);
        await SayAsync(2);
        rig.Clock.Advance(TimeSpan.FromHours(2));
        await SayAsync(3);
        await Notices.RunAsync(Ct);
        Assert.Contains(kept.Told, text => text.Contains("said 2", StringComparison.Ordinal));
        Assert.Contains(rig.Refused.Lines, line => line is (4302, LogLevel.Critical, _) && line.Text.Contains("notices-kept-", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Lies))]
    public async Task L6_A_cursor_of_what_is_compared_with_the_platform_that_the_log_does_not_bear_out_alarms_and_everything_is_compared(string lie)
    {
        await SayAsync(1);
        await BatchedAsync();
        await LieAsync("batched-evidence-", _ => $"{lie};9000 {Start:O}");
        await SayAsync(2);
        Assert.Empty(await BatchedAsync());
        Assert.Contains(rig.Refused.Lines, line => line is (4302, LogLevel.Critical, _));
        rig.Clock.Advance(TimeSpan.FromHours(4));
        Assert.Equal(["said 1", "said 2"], await BatchedAsync());
    }

    /// <summary>A true place that lies further on keeps from the sink what was passed over, if whoever may write the table can say it.</summary>
    [Fact]
    public async Task L6_A_true_place_that_no_instance_wrote_is_none_and_neither_is_another_cursors()
    {
        await SayAsync(1);
        await Publisher.RunAsync(Ct);
        await Notices.RunAsync(Ct);
        await SayAsync(2);
        await SayAsync(3);
        using var stranger = new Producer(rig.LogKey, new ProducerDescription("nhi", "1", "i"));
        using var other = new Producer(rig.ProducersKey, new ProducerDescription("nhi", "1", "j"));
        var identity = await other.IdentityAsync(Ct);
        var end = await rig.Places.EndAsync(rig.Year(2026), Ct);
        var place = $"{end.Next} {end.Size}";
        var name = "";
        rig.Overwrite("publish-", (key, value) =>
        {
            name = key;
            return value;
        });
        foreach (var lie in (string[])[place, SignedText.Sign(await stranger.IdentityAsync(Ct), $"cursor {name}", place), SignedText.Sign(identity, "cursor notices-kept", place), $"{place}\n{SignedText.Sign(identity, $"cursor {name}", "0 0").Split('\n')[1]}"])
        {
            kept.Summaries.Clear();
            rig.Overwrite(name, (_, _) => lie);
            await Publisher.RunAsync(Ct);
            Assert.Contains("said 3", kept.Summaries);
        }

        // What another instance signed for this cursor is its place.
        kept.Summaries.Clear();
        rig.Overwrite(name, (_, _) => SignedText.Sign(identity, $"cursor {name}", place));
        rig.Refused.Lines.Clear();
        await Publisher.RunAsync(Ct);
        Assert.Empty(kept.Summaries);
        Assert.Empty(rig.Refused.Lines);
    }

    [Fact]
    public async Task L6_Marks_of_looks_that_nobody_had_do_not_hand_records_over_before_their_time()
    {
        await BatchedAsync();
        await SayAsync(1);
        await LieAsync("batched-evidence-", value => $"{value};9000 {Start.AddDays(-1):O}");
        Assert.Empty(await BatchedAsync());
        await LieAsync("batched-evidence-", value => $"{value.Split(';')[0]};1 {Start.AddDays(300):O}");
        Assert.Empty(await BatchedAsync());
        rig.Clock.Advance(TimeSpan.FromHours(4));
        Assert.Equal(["said 1"], await BatchedAsync());
    }

    /// <summary>The batch that names a new version of the log key may hold records, and who follows knows that version already.</summary>
    [Fact]
    public async Task L5_Whoever_follows_the_log_goes_on_over_a_rotation_of_its_key()
    {
        using var next = PemSigner.Create();
        await SayAsync(1);
        await Publisher.RunAsync(Ct);
        await BatchedAsync();
        rig.LogKeys.Add(next);
        foreach (var number in (int[])[2, 3])
            await SayAsync(number);
        await Publisher.RunAsync(Ct);
        Assert.Equal(["said 1", "said 2", "said 3"], kept.Summaries.Where(summary => summary.StartsWith("said", StringComparison.Ordinal)));
        await SayAsync(4);
        await Publisher.RunAsync(Ct);
        Assert.Contains("said 4", kept.Summaries);
        await BatchedAsync();
        rig.Clock.Advance(TimeSpan.FromHours(4));
        Assert.Equal(["said 2", "said 3", "said 4"], await BatchedAsync());
        Assert.Empty(rig.Refused.Lines);
    }

    public void Dispose() => rig.Dispose();

    private sealed class Kept : ISink, IDigestSink
    {
        public List<string> Summaries { get; } = [];
        public List<string> Told { get; } = [];
        public string Name => "kept";
        public TimeSpan Window => TimeSpan.FromHours(1);

        public Task SendAsync(IReadOnlyList<PublishedRecord> records, CancellationToken ct)
        {
            Summaries.AddRange(records.Select(record => record.Record.Summary));
            return Task.CompletedTask;
        }

        public Task SendAsync(Digest digest, CancellationToken ct)
        {
            Told.Add(System.Text.Json.JsonSerializer.Serialize(digest));
            return Task.CompletedTask;
        }
    }
}
