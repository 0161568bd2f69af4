using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Evidence.Records;
using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing;
using Nhi.Governance.Publishing.Notices;
using Nhi.Governance.Rotation;
using Nhi.Governance.Tests.Evidence;

namespace Nhi.Governance.Tests.Publishing;

/// <summary>Both halves of <c>Publish</c>: each log and each sink fails alone.</summary>
public sealed class OutboxTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);
    private readonly LogRig _primary = new(Start, [2026, 2027, 2028]);
    private readonly LogRig _secondary;
    private readonly Sink _sink = new("b");
    private int _serial;

    public OutboxTests() => _secondary = new LogRig(Start, [2026, 2027, 2028], account: "b", beside: _primary);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _secondary.Dispose();
        _primary.Dispose();
    }

    private Task<int> RunAsync(bool notices, IEvidenceContainers primary, CancellationToken ct, params Sink[] sinks) => notices
        ? new NoticeRun([primary, _secondary.Containers], _primary.Places, _primary.Producer, _primary, sinks, _secondary.Receipts, _primary.Clock, NullLogger<NoticeRun>.Instance).RunAsync(ct)
        : new Publisher([primary, _secondary.Containers], _primary.Places, _primary.Producer, _primary, sinks, _secondary.Receipts, NullLogger<Publisher>.Instance).RunAsync(ct);

    private async Task SayAsync(LogRig rig, string summary) => await rig.WriteAsync(new EvidenceRecord
    {
        Op = RotationId.Op($"{++_serial}", "x", rig.Clock.GetUtcNow(), _serial),
        Stage = RecordStage.Outcome,
        Action = "credential.emergency",
        Result = "ok",
        Time = new DateTimeOffset(rig.Clock.GetUtcNow().UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero),
        Summary = summary,
        Owner = new OwnerFacts("name", "ada"),
    });

    /// <summary>Both logs have news of an hour that is over.</summary>
    private async Task HourAsync()
    {
        await SayAsync(_primary, "normal");
        await SayAsync(_secondary, "fallen back");
        foreach (var rig in (LogRig[])[_primary, _secondary])
            await rig.Sequencing.RunAsync(Ct);
        _primary.Clock.Advance(TimeSpan.FromHours(1));
        foreach (var rig in (LogRig[])[_primary, _secondary])
        {
            await rig.WriteAsync(0);
            await rig.Sequencing.RunAsync(Ct);
        }
    }

    [Theory]
    [InlineData(false, "reads")]
    [InlineData(true, "reads")]
    [InlineData(false, "names")]
    [InlineData(true, "names")]
    public async Task S40_an_account_that_is_down_keeps_nothing_of_the_other_from_a_sink_and_catches_up(bool notices, string down)
    {
        await HourAsync();
        IEvidenceContainers primary = down == "names" ? new Unnamed() : _primary.Containers;
        _primary.Year(2026).OnCall = (_, _) => new(StoreFault.Unreachable);
        await RunAsync(notices, primary, Ct, _sink);
        Assert.Equal(["fallen back"], _sink.Heard);

        _primary.Year(2026).OnCall = null;
        await RunAsync(notices, _primary.Containers, Ct, _sink);
        Assert.Equal(["fallen back", "normal"], _sink.Heard);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S41_a_sink_may_throw_whatever_it_likes_and_stops_no_other(bool notices)
    {
        await HourAsync();
        foreach (var thrown in (Exception[])[new UnauthorizedAccessException(), new IOException(), new InvalidOperationException(), new TaskCanceledException()])
            await RunAsync(notices, _primary.Containers, Ct, new Sink("a") { Throws = thrown }, _sink);
        Assert.Equal(["normal", "fallen back"], _sink.Heard);

        // What ends the run is no failure of a sink.
        using var ends = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(notices, _primary.Containers, ends.Token, new Sink("c") { Throws = new OperationCanceledException(), Before = ends.Cancel }));
    }

    [Fact]
    public async Task S41_a_sink_that_asks_for_patience_gets_nothing_of_another_log_either()
    {
        await HourAsync();
        var busy = new Sink("a") { Throws = new ExternalCallException("Later.", mayHaveHappened: false, transient: true) { RetryAfter = TimeSpan.FromMinutes(5) } };
        await RunAsync(true, _primary.Containers, Ct, busy, _sink);
        Assert.Equal((1, 2), (busy.Calls, _sink.Calls));
    }

    private sealed class Sink(string name) : ISink, IDigestSink
    {
        public List<string> Heard { get; } = [];
        public int Calls { get; private set; }
        public Exception? Throws { get; init; }
        public Action? Before { get; init; }
        public string Name => name;
        public TimeSpan Window => TimeSpan.FromHours(1);

        public Task SendAsync(Digest digest, CancellationToken ct) => Take(digest.Items.Select(item => item.Summary));

        public Task SendAsync(IReadOnlyList<PublishedRecord> records, CancellationToken ct) => Take(records.Where(one => one.Record.Action == "credential.emergency").Select(one => one.Record.Summary));

        private Task Take(IEnumerable<string> summaries)
        {
            Calls++;
            Before?.Invoke();
            if (Throws is { } why)
                throw why;
            Heard.AddRange(summaries);
            return Task.CompletedTask;
        }
    }

    private sealed class Unnamed : IEvidenceContainers
    {
        public ValueTask<IEvidenceStore> CurrentAsync(DateTimeOffset now, CancellationToken ct) => throw new EvidenceStoreException("Down.");

        public ValueTask<IReadOnlyList<IEvidenceStore>> AllAsync(CancellationToken ct) => throw new EvidenceStoreException("Down.");
    }
}
