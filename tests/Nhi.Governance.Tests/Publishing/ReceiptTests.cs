using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Publishing;
using Nhi.Governance.Publishing.Notices;
using Nhi.Governance.Rotation;
using Nhi.Governance.Tests.Evidence;

namespace Nhi.Governance.Tests.Publishing;

/// <summary>That an owner was told of a removal is evidence once a sink took it, and so is that none did.</summary>
public sealed class ReceiptTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);
    private readonly LogRig _rig = new(Start, [2026, 2027, 2028]);
    private readonly Sink _sink = new();
    private int _serial;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private NoticeRun Notices => new([_rig.Containers], _rig.Places, _rig.Producer, _rig, [_sink], _rig.Receipts, _rig.Clock, NullLogger<NoticeRun>.Instance);

    private Publisher Publisher => new([_rig.Containers], _rig.Places, _rig.Producer, _rig, [_sink], _rig.Receipts, NullLogger<Publisher>.Instance);

    private async Task<EvidenceRecord> TellAsync(string action = "removal.tell", string owner = "ada")
    {
        var record = new EvidenceRecord
        {
            Op = RotationId.Op($"{++_serial}", "tell", _rig.Clock.GetUtcNow(), _serial),
            Stage = RecordStage.Outcome,
            Action = action,
            Result = "ok",
            Time = _rig.Clock.GetUtcNow(),
            Summary = $"{_serial}",
            Owner = new OwnerFacts("name", owner),
            Credential = new CredentialFacts($"kv:kv1.vault.azure.net/app-{_serial}", "multi", $"app-{_serial}", "handle"),
            Resource = new ResourceFacts($"res-{_serial}"),
        };
        await _rig.WriteAsync(record);
        return record;
    }

    private async Task NextHourAsync()
    {
        await _rig.Sequencing.RunAsync(Ct);
        _rig.Clock.Advance(TimeSpan.FromHours(1));
        await _rig.WriteAsync(0);
        await _rig.Sequencing.RunAsync(Ct);
    }

    private async Task<List<EvidenceRecord>> ReceiptsAsync()
    {
        var judge = await _rig.Producer.AuthenticityAsync(Ct);
        List<EvidenceRecord> receipts = [];
        await foreach (var blob in _rig.Year(2026).ListAsync(RecordPath.Root, Ct))
            if (blob.Path.Contains("_deliver_", StringComparison.Ordinal) && await _rig.Year(2026).ReadAsync(blob.Path, RecordLimits.Bytes, Ct) is { } stored)
                receipts.Add(judge.Check(stored.Bytes.Span, blob.Path, _rig.Year(2026).Origin, stored.Created).Record!);
        return receipts;
    }

    [Theory]
    [InlineData("removal.tell")]
    [InlineData("privilege.tell")]
    public async Task S31_what_a_sink_took_is_recorded_once_beside_the_notice_and_is_no_news_itself(string action)
    {
        var told = await TellAsync(action);
        await TellAsync("removal.quarantine");
        await NextHourAsync();
        Assert.Empty(await ReceiptsAsync());
        await Notices.RunAsync(Ct);
        var receipt = Assert.Single(await ReceiptsAsync());
        Assert.Equal((Receipts.Action, "ok", told.Time, "ada", told.Credential!.Id, "res-1", RecordPath.Of(told)), (receipt.Action, receipt.Result, receipt.Time, receipt.Owner!.Id, receipt.Credential!.Id, receipt.Resource!.Id, receipt.Correlation!.Id));
        Assert.Equal(_rig.Clock.GetUtcNow(), receipt.Recorded);
        Assert.Contains("The sink 'kept' took what 'ada' is told", receipt.Summary, StringComparison.Ordinal);

        // Handed over once more, it is the same one.
        _rig.LoseCursors();
        for (var hour = 0; hour < 3; hour++)
        {
            await NextHourAsync();
            await Notices.RunAsync(Ct);
        }

        Assert.Single(await ReceiptsAsync());
        Assert.Single(_sink.Digests.DistinctBy(digest => digest.Id));
    }

    [Fact]
    public async Task S31_what_a_topic_took_is_recorded_too()
    {
        var told = await TellAsync();
        await _rig.Sequencing.RunAsync(Ct);
        await Publisher.RunAsync(Ct);
        Assert.Equal(("ok", RecordPath.Of(told), "ada"), (await ReceiptsAsync()) is [var receipt] ? (receipt.Result, receipt.Correlation!.Id, receipt.Owner!.Id) : default);
        await _rig.Sequencing.RunAsync(Ct);
        await Publisher.RunAsync(Ct);
        Assert.Single(await ReceiptsAsync());
    }

    [Fact]
    public async Task S31_what_fails_three_times_in_a_row_is_recorded_once_and_that_it_was_taken_after_all()
    {
        await TellAsync();
        await TellAsync(owner: "bob");
        await NextHourAsync();
        _sink.Throws = new ExternalCallException("It is down.", mayHaveHappened: true, transient: true, "NoAnswer");
        for (var minute = 0; minute < 9; minute++)
        {
            await Notices.RunAsync(Ct);
            Assert.Equal(minute < 2 ? 0 : 1, (await ReceiptsAsync()).Count);
            _rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(("RETRY", 3, "NoAnswer"), (await ReceiptsAsync()) is [var failed] ? (failed.Result, failed.Tries, failed.Error!.Code) : default);
        _sink.Throws = null;
        await Notices.RunAsync(Ct);
        Assert.Equal(["RETRY ada", "ok ada", "ok bob"], (await ReceiptsAsync()).Select(receipt => $"{receipt.Result} {receipt.Owner!.Id}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task S31_what_is_given_up_is_recorded_as_failed()
    {
        await TellAsync();
        await NextHourAsync();
        _sink.Throws = new DigestRefusedException("It is too long.");
        await Notices.RunAsync(Ct);
        _rig.Clock.Advance(TimeSpan.FromMinutes(61));
        await Notices.RunAsync(Ct);
        Assert.Equal(["FAILED Refused"], (await ReceiptsAsync()).Select(receipt => $"{receipt.Result} {receipt.Error!.Code}"));

        // Nor is that news, which would fail in its turn.
        _sink.Throws = null;
        await TellAsync();
        await NextHourAsync();
        await Notices.RunAsync(Ct);
        Assert.Equal(["removal.tell"], _sink.Digests.SelectMany(digest => digest.Items).Select(item => item.Action));
    }

    [Fact]
    public async Task S31_what_cannot_be_recorded_is_handed_over_again_in_an_hour_and_not_each_minute()
    {
        await TellAsync();
        await NextHourAsync();
        _rig.Refuses = new EvidenceRefusedException("Down.");
        for (var minute = 0; minute < 50; minute++)
        {
            await Notices.RunAsync(Ct);
            _rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Single(_sink.Digests);
        _rig.Refuses = null;
        _rig.Clock.Advance(TimeSpan.FromMinutes(11));
        await Notices.RunAsync(Ct);
        Assert.Equal(2, _sink.Digests.Count);
        Assert.Single(await ReceiptsAsync());
    }

    [Fact]
    public async Task S31_however_many_are_told_in_one_window_each_of_them_is_handed_over()
    {
        for (var i = 0; i < 120; i++)
        {
            await TellAsync();
            await TellAsync("removal.quarantine");
            _rig.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await NextHourAsync();
        await Notices.RunAsync(Ct);
        Assert.Equal([50, 50, 40], _sink.Digests.Select(digest => digest.Items.Count));
        Assert.Equal((3, 100), (_sink.Digests.Select(digest => digest.Id).Distinct().Count(), _sink.Digests.Sum(digest => digest.More)));
        Assert.Equal(120, (await ReceiptsAsync()).Count);
    }

    public void Dispose() => _rig.Dispose();

    private sealed class Sink : IDigestSink, ISink
    {
        public List<Digest> Digests { get; } = [];
        public Exception? Throws { get; set; }
        public string Name => "kept";
        public TimeSpan Window => TimeSpan.FromHours(1);

        public Task SendAsync(Digest digest, CancellationToken ct)
        {
            if (Throws is { } why)
                throw why;
            Digests.Add(digest);
            return Task.CompletedTask;
        }

        public Task SendAsync(IReadOnlyList<PublishedRecord> records, CancellationToken ct) => Task.CompletedTask;
    }
}
